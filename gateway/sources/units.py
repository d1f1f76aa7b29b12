"""Texts with a unit, as people write them in settings and mappings: `8 s`, `500 ms`, `8 MiB`, `20 %`, `20/s`."""

from __future__ import annotations

import re
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, WithJsonSchema

_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_SHARES = {"%": 0.01}
_RATE = re.compile(r"\s*([0-9]{1,6})\s*/\s*(s|min)\s*\Z")
_QUANTITY = re.compile(r"\s*([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*([A-Za-z]+|%)\s*\Z")


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


def share(value: Any) -> float:
    """`20 %` as 0.2; 100 % at most. Raises ValueError."""
    found = _quantity(value, _SHARES, "20 %")
    if found > 1:
        raise ValueError("more than 100 %")
    return found


class PerTime(NamedTuple):
    """So many in any stretch of that many seconds."""

    calls: int
    seconds: float


def rate(value: Any) -> PerTime:
    """`20/s`, `600/min`. Raises ValueError."""
    match = _RATE.match(value) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0:
        raise ValueError("write a whole number and a unit of time (s, min), for example 20/s")
    return PerTime(int(match[1]), _SECONDS[match[2]])


_TIME_PATTERN = r"^\s*[0-9]{1,12}(\.[0-9]{1,12})?\s*(ms|s|min|h|d)\s*$"
_SIZE_PATTERN = r"^\s*[0-9]{1,12}(\.[0-9]{1,12})?\s*(B|KiB|MiB|GiB)\s*$"

_SHARE_PATTERN = r"^\s*[0-9]{1,12}(\.[0-9]{1,12})?\s*%\s*$"
_RATE_PATTERN = r"^\s*[0-9]{1,6}\s*/\s*(s|min)\s*$"

Seconds = Annotated[float, BeforeValidator(seconds), WithJsonSchema({"type": "string", "pattern": _TIME_PATTERN})]
Bytes = Annotated[int, BeforeValidator(size), WithJsonSchema({"type": "string", "pattern": _SIZE_PATTERN})]
Share = Annotated[float, BeforeValidator(share), WithJsonSchema({"type": "string", "pattern": _SHARE_PATTERN})]
Rate = Annotated[PerTime, BeforeValidator(rate), WithJsonSchema({"type": "string", "pattern": _RATE_PATTERN})]
