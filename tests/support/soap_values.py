"""Values for SOAP messages, made from their shapes: whatever a mapping could give, and what comes out of it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from adapters.soap.exchange import Message
from adapters.soap.shapes import TYPE, Kind, Leaf, Member, Shape, Struct

LEXICAL = {
    "Time": "12:30:00",
    "Span": "P1DT2H",
    "Bytes": "QUJD",
    "Uri": "http://x.test/a?b",
    "Year": "2026",
    "id": "a-1",
    "lang": "en",
}
"""Texts whose form the schema prescribes, by the member's name; as the library would write them, too."""

BRANCHES: Mapping[str, Sequence[Sequence[str]]] = {
    "Burst": (("Kbps", "Burst"), ("Profile",)),
    "Nick": (("Nick",), ("Number",), ()),
    "First2": (("First2", "Second"),),
    "Street": (("Street", "City"), ("Box", "City")),
    "Words": (("Words",), ("Parts",)),
    "Address": (("Address",), ("Coordinates",)),
}
"""The branches of choices in the test's WSDLs, by a member that only that choice has. All but `Burst` are needed."""

OPTIONAL_IN_BRANCH = frozenset({"Burst"})
FIXED = {"fixed": "v1"}

plain_characters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn"))
texts = st.text(plain_characters, min_size=1, max_size=8)
words = st.text(st.characters(categories=("Ll", "Lu", "Nd")), min_size=1, max_size=6)

KINDS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: texts,
    Kind.COLLAPSED: st.lists(words, min_size=1, max_size=3).map(" ".join),
    Kind.BOOLEAN: st.booleans(),
    Kind.INTEGER: st.integers(0, 2**31 - 1),
    Kind.DECIMAL: st.decimals(-(10**6), 10**6, places=4),
    Kind.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    Kind.DATE: st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    Kind.DATETIME: st.datetimes(
        datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.none() | st.just(UTC)
    ),  # as the language has them: with and without a zone
    Kind.ANY: texts,
}

NEVER_ZERO = frozenset({"Kbps", "Number"})
"""Numbers in a choice, where the library takes 0 for nothing."""


def message_values(message: Message) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments of a message that its schema allows."""
    body = _struct(message.body, 0)
    if message.header is None:
        return body
    header = st.none() | _struct(message.header, 1)
    return st.tuples(body, header).map(
        lambda both: both[0] | ({} if both[1] is None else {message.header_name: both[1]})
    )


def _shape(shape: Shape, name: str, depth: int) -> st.SearchStrategy[Any]:
    if isinstance(shape, Struct):
        return _struct(shape, depth)
    if shape.listed:
        return st.lists(_shape(Leaf(shape.kind, shape.enum), name, depth), max_size=3)
    if name in LEXICAL and shape.kind in (Kind.LEXICAL, Kind.COLLAPSED):
        return st.just(LEXICAL[name])
    if shape.enum:
        return st.sampled_from(shape.enum)
    if name in NEVER_ZERO:
        return st.integers(1, 10**9)
    if name in FIXED:
        return st.just(FIXED[name])
    if shape.kind is Kind.COLLAPSED and name == "Speed":
        return st.just("unbounded") | st.integers(0, 99).map(str)
    return KINDS[shape.kind]


def _struct(struct: Struct, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    here = (
        [(name, one) for name, one in struct.derived.items() if not one.is_abstract]
        if depth < 4 or struct.is_abstract
        else []
    )
    own = [] if struct.is_abstract else [st.deferred(lambda: _members(struct, depth))]
    others = [
        st.deferred(lambda kind=name, one=one: _members(one, depth).map(lambda value: {TYPE: kind} | value))  # type: ignore[misc]
        for name, one in here
    ]
    return st.one_of(*own, *others)


def _members(struct: Struct, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    members = struct.members
    choice = next((branches for name, branches in BRANCHES.items() if name in members), None)
    if choice is None:
        return _object(list(members.values()), depth, frozenset())
    named = {name for branch in choice for name in branch}
    rest = [member for name, member in members.items() if name not in named]
    return st.one_of(
        *(_object([*rest, *(members[name] for name in branch)], depth, frozenset(branch)) for branch in choice)
    )


def _object(members: list[Member], depth: int, needed: frozenset[str]) -> st.SearchStrategy[dict[str, Any]]:
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for member in members:
        must = member.required or (member.name in needed and member.name not in OPTIONAL_IN_BRANCH)
        if must:
            required[member.name] = _value(member, depth)
        elif depth < 3:
            optional[member.name] = _value(member, depth)
    return st.fixed_dictionaries(required, optional=optional)


def _value(member: Member, depth: int) -> st.SearchStrategy[Any]:
    if member.wild:
        vendor = st.fixed_dictionaries({"value": KINDS[Kind.DECIMAL], "currency": texts})
        return st.lists(vendor.map(lambda one: {"{urn:test:types}Vendor": one}), max_size=2)
    one = _shape(member.shape, member.name, depth + 1)
    if member.nillable:
        one = st.none() | one if member.required or member.many else one
    if not member.many:
        return one
    return st.lists(one, min_size=1 if member.required else 0, max_size=2)


def expected(shape: Shape, value: Any, declared: Shape | None = None) -> Any:
    """What a reply with this value is read as: everything that may be there is, by its name."""
    if isinstance(shape, Leaf):
        return list(value) if shape.listed and value is not None else value
    if value is None:
        return None
    said = value.get(TYPE)
    struct = shape.derived[said] if said is not None and said != shape.name else shape
    found: dict[str, Any] = {name: [] if one.many else None for name, one in shape.every().items()}
    found |= {name: [] if one.many else None for name, one in struct.members.items()}
    if shape.derived:
        found[TYPE] = said if struct is not shape else None
    for name, member in struct.members.items():
        given = value.get(name)
        if member.wild:
            found[name] = [{key.rpartition("}")[2]: one for key, one in item.items()} for item in given or ()]
        elif given is not None:
            found[name] = (
                [expected(member.shape, item) for item in given] if member.many else expected(member.shape, given)
            )
    if struct.mixed and struct.text is not None:
        found[struct.text.name] = " ".join((value.get(struct.text.name) or "").split())
    return found


def expected_message(message: Message, value: Mapping[str, Any]) -> dict[str, Any]:
    """What a whole reply is read as."""
    body = {name: one for name, one in value.items() if name != message.header_name or message.header is None}
    found: dict[str, Any] = expected(message.body, body)
    if message.header is not None:
        header = value.get(message.header_name) or {}
        found[message.header_name] = {
            name: None if header.get(name) is None else expected(member.shape, header[name])
            for name, member in message.header.members.items()
        }
    return found
