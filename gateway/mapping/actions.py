"""From what a row or an `on:` entry says to an action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.lso.problems import ProblemCode
from gateway.mapping.language import AnswerFields
from gateway.mapping.plan import Action, Fail, Fields, Found, LookUp, Postpone, Red, Refuse, Retry, Unknown
from gateway.mapping.template import Template, TemplateCompiler
from gateway.sources.units import seconds
from gateway.sources.yamlfile import Path, SourceDocument

FIELD_NAMES = tuple(field.alias or name for name, field in AnswerFields.model_fields.items())


class ActionBuilder:
    """Builds the actions of one file; the shape was checked by the model."""

    def __init__(self, document: SourceDocument, compiler: TemplateCompiler) -> None:
        self._document = document
        self._compiler = compiler

    def action(self, said: Any, path: Path) -> Action:
        location = self._document.location(path)
        if isinstance(said, str):
            words: dict[str, Action] = {
                "fail": Fail(None, location),
                "retry": Retry(location),
                "unknown": Unknown(None, location),
            }
            return words.get(said, Postpone(None, None, location))
        if "found" in said:
            return Found(self._values(said["found"], (*path, "found")), location)
        if "lookup" in said:
            return LookUp(said["lookup"], location)
        text = self._values(said, path)
        if "red" in said:
            return Red(text["red"], location)
        if "refuse" in said:
            return Refuse(ProblemCode(said["refuse"]), text["reason"], text.get("at"), location)
        if "unknown" in said:
            return Unknown(text["unknown"], location)
        if "fail" in said:
            return Fail(text["fail"], location)
        if "wait" in said:
            return Postpone(None, seconds(said["wait"]), location)
        if "ask an operator" in said:
            return Postpone(text["ask an operator"], None, location)
        return Fields({name: text[name] for name in FIELD_NAMES if name in text}, location)

    def _values(self, said: Mapping[str, Any], path: Path) -> dict[str, Template]:
        return {
            key: self._compiler.value(value, (*path, key)) for key, value in said.items() if key not in ("when", "wait")
        }
