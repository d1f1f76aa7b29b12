"""From values of a mapping to JSON: decimals, dates and date-times as the standard writes them."""

from __future__ import annotations

import math
import string
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import is_
from typing import Any, cast

import orjson

from gateway.mapping.expressions.functions.requests import Copies
from gateway.mapping.expressions.values import kind
from gateway.mapping.template import EvaluationError
from gateway.sources.findings import Location

LEAST, LARGEST = -(2**53), 2**53
"""Beyond them a reader that keeps numbers as doubles would see another one."""


def plain(value: Any, location: Location) -> Any:
    """The value as JSON data. Raises EvaluationError for what JSON cannot hold.

    That is: a duration, a date-time in no zone, a number that is none or has more digits than JSON readers keep, half
    a character, nesting without end.
    """
    return PlainValues().of(value, location)


def is_plain(value: Any) -> bool:
    """Whether the value is JSON data as it stands."""
    try:
        return PlainValues().of(value, Location("")) is value
    except EvaluationError:
        return False


_SHAPE = bytes.maketrans(b"123456789]}", b"000000000,,")
_DROPPED = b"+" + string.ascii_letters.replace("e", "").encode()
_LARGE = (b"0" * 16 + b",", b"0" * 16 + b".", b"0e00,", b"0e000,")
"""How numbers beyond `LARGEST` end in JSON without white space, by their `_SHAPE`; few other texts look so."""
_DIGITS, _POWER = b"0" * 16, b"0e00"
"""Each of `_LARGE` has one of the two in it."""

Place = tuple[str | tuple[int, int], ...]
"""A way into a value: names of members, and numbers of elements, each with how many the list has."""

_TOO_DEEP = "a value nested so deep cannot stand in an answer"
_NOTHING: dict[str, Any] = {}


class PlainValues:
    """The values of one answer as JSON data. What is JSON as it stands stays the same object, and is looked at once.

    Answers repeat large parts of the request, with a value changed here and there. `product`: that of the request,
    whose members may come again under their names. What is the same object as there is not looked at, unless a number
    in it may have more digits than JSON readers keep. `copies`: what with_value() made, where it notes that.
    """

    def __init__(self, product: Any = None, copies: Copies | None = None) -> None:
        self._known: dict[int, tuple[Any, Any]] = {}
        """By identity: the value, which is kept so that no other takes its identity, and what it is as JSON."""
        self._product = product if type(product) is dict else _NOTHING
        self._sent: dict[str, Any] = {}
        """Members of the product as far as they were asked for; None for what may have a large number in it."""
        self._copies: Copies = {} if copies is None else copies

    def of(self, value: Any, location: Location) -> Any:
        """As `plain`."""
        return self.part(value, location, ())

    def part(self, value: Any, location: Location, place: Place) -> Any:
        """As `of`, for a part of a value: it is like what stands at the same place of the request's product."""
        like = self._like(value, place)
        if value is like:
            return value
        try:
            return self._of(value, location, like)
        except RecursionError as error:
            raise EvaluationError(_TOO_DEEP, location) from error

    def _like(self, value: Any, place: Place) -> Any:
        if not place:
            return {name: self._sent_as(name) for name in value} if self._product and type(value) is dict else None
        like = self._sent_as(place[0])
        for at in place[1:]:
            if isinstance(at, tuple):
                number, count = at
                like = like[number] if type(like) is list and len(like) == count else None
            else:
                like = like.get(at) if type(like) is dict else None
        return like

    def _sent_as(self, name: Any) -> Any:
        """The member of the product; it is looked through when it is first asked for."""
        if name not in self._sent:
            member = self._product.get(name)
            self._sent[name] = member if member is None or _is_exact(member) else None
        return self._sent[name]

    def _of(self, value: Any, location: Location, like: Any = None) -> Any:
        kind_of = type(value)
        if kind_of is str:
            return value if value.isascii() else _text(value, location)
        if kind_of is dict:
            return self._object(value, location, like)
        if kind_of is list:
            return self._list(value, location, like)
        if value is None or kind_of is bool or (kind_of is int and LEAST <= value <= LARGEST):
            return value
        return self._of_other_type(value, location)

    def _object(self, value: dict[Any, Any], location: Location, like: Any = None) -> dict[str, Any]:
        """Members that are JSON as they stand are passed over here, without a call: nearly all of them."""
        known = self._known.get(id(value))
        if known is not None:
            return cast(dict[str, Any], known[1])
        if id(value) in self._copies and self._is_sound_copy(value, location, like):
            self._known[id(value)] = (value, value)
            return value
        found = value
        for name in value:
            if type(name) is not str or not name.isascii():
                found = _named(value, location)
                break
        sent = (like if type(like) is dict else _NOTHING).get
        for name, member in found.items():
            if sent(name) is member:
                continue
            kind_of = type(member)
            if kind_of is str:
                seen = member if member.isascii() else _text(member, location)
            elif kind_of is dict:
                seen = self._object(member, location, sent(name))
            elif kind_of is bool or member is None or (kind_of is int and LEAST <= member <= LARGEST):
                continue
            else:
                seen = self._of(member, location, sent(name))
            if seen is not member:
                found = {**found} if found is value else found
                found[name] = seen
        self._known[id(value)] = (value, found)
        return found

    def _is_sound_copy(self, value: dict[Any, Any], location: Location, like: Any) -> bool:
        """Whether a copy is JSON as it stands, for what it was made of is; it may be where this says no.

        Nothing is kept of what was seen for that: its parts may stand elsewhere in the answer, unlike the request.
        """
        _, origin, new = self._copies[id(value)]
        before = len(self._known)
        try:
            return self._of(new, location) is new and (origin is like or self._of(origin, location, like) is origin)
        except EvaluationError:  # perhaps of what stands no longer in the copy
            return False
        finally:
            while len(self._known) > before:
                self._known.popitem()

    def _list(self, value: list[Any], location: Location, like: Any = None) -> list[Any]:
        known = self._known.get(id(value))
        if known is not None:
            return cast(list[Any], known[1])
        others = like if type(like) is list and len(like) == len(value) else [None] * len(value)
        pairs = zip(value, others, strict=True)
        found = [item if item is other else self._of(item, location, other) for item, other in pairs]
        found = value if all(map(is_, found, value)) else found
        self._known[id(value)] = (value, found)
        return found

    def _of_other_type(self, value: Any, location: Location) -> Any:
        match value:
            case str():
                return _text(value, location)
            case int() | float() | Decimal():
                return _number(value, location)
            case datetime():
                return _moment(value, location)
            case date():
                return value.isoformat()
            case Mapping():
                return self._object(dict(value), location)
            case list() | tuple():
                return self._list(list(value), location)
            case timedelta():
                raise EvaluationError("a duration cannot stand in an answer: add it to a date-time", location)
            case _:
                raise EvaluationError(f"{kind(value)} cannot stand in an answer", location)


def _named(value: dict[Any, Any], location: Location) -> dict[str, Any]:
    """An object with texts for names."""
    return {name if type(name) is str and name.isascii() else _text(str(name), location): value[name] for name in value}


def _is_exact(part: Any) -> bool:
    """Whether it is JSON without large numbers; it may be where this says no."""
    try:
        return not may_have_large(orjson.dumps([part]))
    except TypeError:
        return False


def may_have_large(text: bytes) -> bool:
    """Whether a number beyond 2^53 may stand in an object or a list of JSON without white space; 1e16 is also 1e+16."""
    shape = text.translate(_SHAPE, _DROPPED)
    return (_DIGITS in shape or _POWER in shape) and any(map(shape.__contains__, _LARGE))


def _text(value: str, location: Location) -> str:
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise EvaluationError("half of a character (a surrogate) cannot stand in an answer", location)
    return str(value)


def _number(value: float | Decimal, location: Location) -> int | float:
    finite = value.is_finite() if isinstance(value, Decimal) else isinstance(value, int) or math.isfinite(value)
    if not finite or not LEAST <= value <= LARGEST:
        raise EvaluationError("a number that is not finite, or as large, cannot stand in an answer", location)
    whole = int(value)
    return whole if whole == value else float(value)


def _moment(value: datetime, location: Location) -> str:
    if value.tzinfo is None:
        raise EvaluationError("a date-time without an offset cannot stand in an answer: datetime(…, zone)", location)
    try:
        return rfc3339(value)
    except OverflowError as error:
        raise EvaluationError("a date-time out of range cannot stand in an answer", location) from error


def rfc3339(value: datetime) -> str:
    """A date-time with an offset as the standard writes it, in UTC with milliseconds."""
    return _in_utc(value if value.tzinfo is UTC else value.astimezone(UTC))


@lru_cache(maxsize=64)  # one POQ is told of the same moment in many places
def _in_utc(in_utc: datetime) -> str:
    text = orjson.dumps(in_utc, default=datetime.isoformat)  # a fifth of what isoformat takes; subclasses need that
    return f"{text[1:24].decode()}Z" if in_utc.microsecond else f"{text[1:20].decode()}.000Z"
