"""From a file's data to a typed model, with every mistake at its place in the file.

pydantic finds all mistakes and says where in the data; `SourceDocument` knows where that is in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.sources.findings import Finding, nearest
from gateway.sources.yamlfile import Path, SourceDocument

Model = TypeVar("Model", bound=BaseModel)

_STRING_HINT = 'quote it: "..."'


def validate(model: type[Model], document: SourceDocument, prefix: str, **context: Any) -> Model | list[Finding]:
    """The document as `model`, or all findings; their codes begin with `prefix` (`CFG`, `MAP`)."""
    try:
        return model.model_validate(document.data, context=context)
    except ValidationError as error:
        return [_finding(entry, model, document, prefix) for entry in error.errors(include_url=False)]


def _finding(entry: Any, model: type[BaseModel], document: SourceDocument, prefix: str) -> Finding:
    path = _data_path(entry["loc"], document.data)
    kind = entry["type"]
    if kind == "missing":
        return Finding(document.location(path[:-1]), f"{prefix}-101", f"'{path[-1]}' is missing")
    if kind == "extra_forbidden":
        hint = nearest(str(path[-1]), _members(model, entry["loc"][:-1]))
        return Finding(document.location(path, key=True), f"{prefix}-102", f"'{path[-1]}' is not known here", hint)
    if kind == "string_type":
        hint = _STRING_HINT if isinstance(entry["input"], int | float) else ""
        return Finding(document.location(path), f"{prefix}-103", "a text is needed here", hint)
    if kind == "dict_type" or kind == "model_type":
        return Finding(document.location(path), f"{prefix}-104", "a mapping (key: value) is needed here")
    if kind == "list_type" or kind == "tuple_type":
        return Finding(document.location(path), f"{prefix}-105", "a list is needed here")
    message = entry["msg"].removeprefix("Value error, ")
    return Finding(document.location(path), f"{prefix}-106", message[:1].lower() + message[1:])


def _data_path(loc: Sequence[Any], data: Any) -> Path:
    """pydantic's place without its own marks (union tags, `[key]`): only steps that lead through the data."""
    path: list[str | int] = []
    for number, step in enumerate(loc):
        last = number == len(loc) - 1
        if isinstance(data, Mapping) and (step in data or last):
            data = data.get(step)
            path.append(step)
        elif isinstance(data, Sequence) and not isinstance(data, str) and isinstance(step, int) and step < len(data):
            data = data[step]
            path.append(step)
    return tuple(path)


def _members(model: Any, loc: Sequence[Any]) -> list[str]:
    """Names that the model at `loc` knows, for the hint; empty where a union stands in between."""
    for step in loc:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return []
        fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        model = fields.get(step)
    if isinstance(model, type) and issubclass(model, BaseModel):
        return [field.alias or name for name, field in model.model_fields.items()]
    return []
