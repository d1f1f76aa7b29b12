"""Values of adapters as text and back, without loss: what a legacy system answered, to be read again after a restart.

JSON has texts, numbers and lists of its own; every other value is an object with one member, which says what it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.store.records import JsonText


class Unwritable(Exception):
    """A value that no adapter may give."""


def written(value: Any, *, is_sorted: bool = False) -> JsonText:
    """The value as text; `is_sorted`: whatever the order of its members, so that texts can be compared.

    Raises Unwritable.
    """
    try:
        return JsonText(json.dumps(_tagged(value), sort_keys=is_sorted, separators=(",", ":")))
    except (RecursionError, ValueError) as error:
        raise Unwritable(str(error)) from error


def read(text: JsonText) -> Any:
    """The value that `written` was given."""
    return _value(json.loads(text))


def _tagged(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return [_tagged(one) for one in value]
        case Mapping():
            return {"object": {str(name): _tagged(member) for name, member in value.items()}}
        case Decimal():
            return {"decimal": str(value)}
        case datetime():
            return {"datetime": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case timedelta():
            return {"duration": [value.days, value.seconds, value.microseconds]}
        case _:
            raise Unwritable(f"a value of the type {type(value).__name__} cannot be kept")


def _value(tagged: Any) -> Any:
    match tagged:
        case list():
            return [_value(one) for one in tagged]
        case {"object": members}:
            return {name: _value(member) for name, member in members.items()}
        case {"decimal": text}:
            return Decimal(text)
        case {"datetime": text}:
            return datetime.fromisoformat(text)
        case {"date": text}:
            return date.fromisoformat(text)
        case {"duration": [days, seconds, microseconds]}:
            return timedelta(days, seconds, microseconds)
        case _:
            return tagged
