"""Which keys a model knows at a place: for the hint behind an unknown one. Knows models only, no file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Tag

_Shape = tuple[Any, str]
"""An annotation and the name of its choice in a union, as pydantic spells it in an error's place."""


def members_at(model: type[BaseModel], loc: Sequence[Any]) -> list[str]:
    """The keys that may stand at pydantic's error place `loc`, those of all its possible models."""
    shapes: list[Any] = [model]
    for step in loc:
        shapes = list(_step(shapes, step))
    models = [shape for shape, _ in _choices(shapes) if _is_model(shape)]
    return sorted({field.alias or name for found in models for name, field in found.model_fields.items()})


def _step(shapes: Sequence[Any], step: Any) -> Iterator[Any]:
    choices = list(_choices(shapes))
    named = [shape for shape, name in choices if name and _marks(step, name)]
    if named:  # a mark of pydantic's own: it says which choice of the union was tried
        yield from named
        return
    for shape, _ in choices:
        if _is_model(shape):
            yield from (_annotation(field) for name, field in shape.model_fields.items() if step in (field.alias, name))
        elif _origin(shape) is dict:
            yield get_args(shape)[1]
        elif _origin(shape) in (list, tuple):
            yield get_args(shape)[0]


def _marks(step: Any, name: str) -> bool:
    """A choice's own name, or that of pydantic's function around it."""
    return step == name or (isinstance(step, str) and step.startswith("function-") and step.endswith(f" {name}]"))


def _annotation(field: Any) -> Any:
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def _choices(shapes: Sequence[Any]) -> Iterator[_Shape]:
    """Unions and annotations taken apart."""
    for shape in shapes:
        if _origin(shape) is Annotated:
            inner, *marks = get_args(shape)
            tag = next((mark.tag for mark in marks if isinstance(mark, Tag)), None)
            yield from ((found, tag or name) for found, name in _choices([inner]))
        elif get_args(shape) and _origin(shape) not in (dict, list, tuple):
            yield from _choices(get_args(shape))
        else:
            yield shape, getattr(shape, "__name__", "")


def _origin(shape: Any) -> Any:
    return get_origin(shape)


def _is_model(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)
