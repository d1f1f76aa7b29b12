"""Texts with a unit, as people write them in settings and mappings: `8 s`, `500 ms`, `8 MiB`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_QUANTITY = re.compile(r"\s*([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*([A-Za-z]+)\s*\Z")


def _quantity(value: Any, units: dict[str, Any], example: str) -> float:
    match = _QUANTITY.match(value) if isinstance(value, str) else None
    if match is None or match[2] not in units:
        raise ValueError(f"write a number and a unit ({', '.join(units)}), for example {example}")
    return float(match[1]) * float(units[match[2]])


def seconds(value: Any) -> float:
    """`8 s`, `500 ms`, `2 min`, `1 h`, `30 d` in seconds. Raises ValueError."""
    return _quantity(value, _SECONDS, "8 s")


def size(value: Any) -> int:
    """`8 MiB`, `512 KiB` in bytes. Raises ValueError."""
    return int(_quantity(value, _BYTES, "8 MiB"))


_TIME_PATTERN = r"^\s*[0-9]{1,12}(\.[0-9]{1,12})?\s*(ms|s|min|h|d)\s*$"
_SIZE_PATTERN = r"^\s*[0-9]{1,12}(\.[0-9]{1,12})?\s*(B|KiB|MiB|GiB)\s*$"

Seconds = Annotated[float, BeforeValidator(seconds), WithJsonSchema({"type": "string", "pattern": _TIME_PATTERN})]
Bytes = Annotated[int, BeforeValidator(size), WithJsonSchema({"type": "string", "pattern": _SIZE_PATTERN})]
