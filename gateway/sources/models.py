"""From a file's data to a typed model, with every mistake at its place in the file.

pydantic finds all mistakes and says where in the data; `SourceDocument` knows where that is in the file. Where a value
could have been one of several things pydantic reports each of them; here one place gets one finding: what would fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.sources.findings import Finding, Location, nearest
from gateway.sources.members import members_at
from gateway.sources.wording import PATTERNS, of_shape
from gateway.sources.yamlfile import Path, SourceDocument

Model = TypeVar("Model", bound=BaseModel)

_NEEDED = {
    "string_type": ("103", "a text"),
    "dict_type": ("104", "a mapping (key: value)"),
    "model_type": ("104", "a mapping (key: value)"),
    "model_attributes_type": ("104", "a mapping (key: value)"),
    "list_type": ("105", "a list"),
    "tuple_type": ("105", "a list"),
    "int_type": ("106", "a whole number"),
    "int_from_float": ("106", "a whole number"),
    "int_parsing": ("106", "a whole number"),
    "float_parsing": ("106", "a number"),
    "bool_parsing": ("106", "true or false"),
    "float_type": ("106", "a number"),
    "bool_type": ("106", "true or false"),
}
_EXPRESSION = "^="


@dataclass(frozen=True)
class _Mistake:
    """One of pydantic's errors: where in the data, of what type, with what is needed instead, if it says so."""

    path: Path
    type: str
    needed: str
    entry: Mapping[str, Any]


def validate(model: type[Model], document: SourceDocument, prefix: str, **context: Any) -> Model | list[Finding]:
    """The document as `model`, or all findings; their codes begin with `prefix` (`CFG`, `MAP`)."""
    try:
        return model.model_validate(document.data, context=context)
    except ValidationError as error:
        return findings_of(error, model, document, prefix)


def mistaken(model: type[BaseModel], document: SourceDocument) -> list[Path]:
    """The places of all that is wrong; the last part of a path may be a member that is missing."""
    try:
        model.model_validate(document.data)
    except ValidationError as error:
        return [_mistake(entry, document.data).path for entry in error.errors(include_url=False)]
    return []


def findings_of(
    error: ValidationError, model: type[BaseModel], document: SourceDocument, prefix: str, below: Path = ()
) -> list[Finding]:
    """All findings of a model that was made of the part of the document at `below`."""
    part = document.value(below)
    places: dict[Path, list[_Mistake]] = {}
    for entry in error.errors(include_url=False):
        mistake = _mistake(entry, part)
        places.setdefault(mistake.path, []).append(mistake)
    return [
        _finding(mistakes, model, document, prefix, below)
        for path, mistakes in places.items()
        if not _explained_below(mistakes, places)
    ]


def _mistake(entry: Any, data: Any) -> _Mistake:
    kind, loc = entry["type"], entry["loc"]
    if loc and loc[-1] == "[key]":
        kind, loc = "key", loc[:-1]
    needed = _NEEDED.get(kind, ("", ""))[1]
    if kind == "literal_error":
        needed = entry["ctx"]["expected"]
    elif kind == "string_pattern_mismatch" and entry["ctx"]["pattern"] == _EXPRESSION:
        needed = "an expression (=…)"
    return _Mistake(_data_path(loc, data, missing=kind == "missing"), kind, needed, entry)


def _explained_below(mistakes: Sequence[_Mistake], places: Mapping[Path, Any]) -> bool:
    """Whether "something else is needed here" is said of a value in which more precise mistakes were found."""
    path = mistakes[0].path
    deeper = any(len(other) > len(path) and other[: len(path)] == path for other in places)
    # What is left of a list without its wrong elements is counted by pydantic: it may seem too short.
    return deeper and all(mistake.needed or mistake.type == "too_short" for mistake in mistakes)


def _finding(
    mistakes: Sequence[_Mistake], model: type[BaseModel], document: SourceDocument, prefix: str, below: Path
) -> Finding:
    first = next((mistake for mistake in mistakes if not mistake.needed), mistakes[0])
    path = (*below, *first.path)
    value, key = document.location(path), document.location(path, key=True)
    if first.type == "missing":
        return Finding(document.location(path[:-1]), f"{prefix}-101", f"'{path[-1]}' is missing", "add it")
    if first.type == "extra_forbidden":
        hint = nearest(str(path[-1]), members_at(model, first.entry["loc"][:-1]))
        return Finding(key, f"{prefix}-102", f"'{path[-1]}' is not known here", hint)
    if first.type in ("key", "invalid_key"):
        pattern = first.entry.get("ctx", {}).get("pattern", "")
        hint = PATTERNS.get(pattern, "begin with a letter; letters, digits and _ only")
        return Finding(key, f"{prefix}-107", f"'{path[-1] if path else ''}' cannot stand here as a key", hint)
    if first.needed:
        return _wrong_kind(mistakes, value, prefix)
    said = of_shape(first.entry)
    return Finding(value, f"{prefix}-106", said.message, said.hint)


def _wrong_kind(mistakes: Sequence[_Mistake], where: Location, prefix: str) -> Finding:
    """One finding for all that would have fitted."""
    needed = list(dict.fromkeys(mistake.needed for mistake in mistakes))
    code = _NEEDED.get(mistakes[0].type, ("106", ""))[0] if len(needed) == 1 else "106"
    given = mistakes[0].entry["input"]
    hint = ""
    if isinstance(given, str):
        words = [word for mistake in mistakes for word in re.findall(r"'([^']*)'", mistake.needed)]
        hint = nearest(given, words)
        hint = hint if hint.startswith("did") else ""
    elif "a text" in needed and isinstance(given, int | float):
        hint = 'quote it: "..."'
    return Finding(where, f"{prefix}-{code}", f"{' or '.join(needed)} is needed here", hint)


def _data_path(loc: Sequence[Any], data: Any, *, missing: bool) -> Path:
    """pydantic's place without its own marks (union tags): only steps that lead through the data."""
    path: list[str | int] = []
    for number, step in enumerate(loc):
        absent = missing and number == len(loc) - 1
        if isinstance(data, Mapping) and (step in data or absent):
            data = data.get(step)
            path.append(step)
        elif isinstance(data, Sequence) and not isinstance(data, str) and isinstance(step, int) and step < len(data):
            data = data[step]
            path.append(step)
    return tuple(path)
