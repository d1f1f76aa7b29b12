"""What is left of a file whose shape is wrong, so that the rest of it can still be held against its contracts.

What has a mistake in it is left out whole: a step, a name under `let`, a row. So only what is said of one place counts;
whether a value is thought of elsewhere, or a row before took it, cannot be told any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from gateway.sources.models import mistaken
from gateway.sources.yamlfile import Path, SourceDocument

OF_ONE_PLACE = frozenset(
    {"MAP-210", "MAP-401", "MAP-402", "MAP-403", "MAP-404", "MAP-405", "MAP-406", "MAP-407", "MAP-408", "MAP-409"}
    | {"MAP-411"}
)
"""Codes of findings that hold whatever else the file says."""

_BY_NAME = ("include", "let", "lookups", "steps")
_ROW = {"otherwise": "fail"}
_DEMANDED = {"version": 1, "for": {"product": "any"}, "answer": [_ROW]}


def salvaged(document: SourceDocument, model: type[BaseModel]) -> SourceDocument | None:
    """The document without what is wrong with it; places stay what they are. None where nothing useful is left."""
    if not isinstance(document.data, dict):
        return None
    left = replace(document, data=_without(document.data, mistaken(model, document)))
    return None if mistaken(model, left) else left


def _without(data: dict[Any, Any], paths: Iterable[Path]) -> dict[Any, Any]:
    left = {name: dict(part) if isinstance(part, dict) else part for name, part in data.items()}
    rows = left.get("answer")
    if isinstance(rows, list):
        left["answer"] = list(rows)
    for path in paths:
        section = left.get(path[0]) if path else None
        if len(path) > 1 and path[0] in _BY_NAME and isinstance(section, dict):
            section.pop(path[1], None)
        elif len(path) > 1 and path[0] == "answer" and isinstance(section, list) and isinstance(path[1], int):
            section[path[1]] = _ROW
        elif path:
            left.pop(path[0], None)
    needed = {name: part for name, part in _DEMANDED.items() if name != "answer" or "dimensions" not in left}
    return {**needed, **left}
