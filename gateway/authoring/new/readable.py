"""What a mapping may read of a request for one product, and which of it an argument of an operation may mean. Pure.

The product comes in as the outline of its schema and the names of its relations and places. Nothing here decides: what
looks alike is proposed in comments, and the TODO stays until somebody has said what is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.described import Field
from gateway.authoring.new.wording import words

_CONFIGURATION = "item.product.productConfiguration"
_KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
_MOST_DEEP = 8
_MOST_PROPOSED = 3
_ENOUGH = 1.25
_MUCH_LESS = 0.75
_ALIKE = (
    {"kbps", "mbps", "bandwidth", "speed", "rate", "cir", "bw", "throughput"},
    {"uom", "unit", "units"},
    {"location", "site", "address", "place", "premises", "loc"},
    {"postcode", "zip", "postal", "plz"},
    {"city", "town", "locality", "cty"},
    {"country", "ctry"},
    {"state", "province", "county"},
    {"street", "road", "str"},
    {"latitude", "lat"},
    {"longitude", "lon", "lng", "long"},
    {"buyer", "customer", "client", "requestor", "requester"},
    {"offering", "product", "prod", "prd"},
    {"down", "downstream", "download", "dn"},
    {"up", "upstream", "upload"},
    {"frame", "mtu"},
    {"quantity", "count", "amount"},
)
_SAME = {word: group[0] for group in map(sorted, _ALIKE) for word in group}
_WEAK = frozenset(
    {"id", "code", "cd", "key", "ref", "reference", "number", "nr", "no", "num", "name", "type", "value", "of"}
    | {"the", "to", "connect", "install"}
)
"""Words that many names have: they count for little."""


_FIELDED = ("streetNr", "streetName", "postcode", "city", "stateOrProvince", "countryCode")


@dataclass(frozen=True)
class Product:
    """What is known of a product: the outline of its configuration, what leads on from there by `$ref`, the names of
    its relations and place roles (None where nothing is said of them), which of those an item needs, and the id of an
    offering of it.
    """

    outline: Mapping[str, Any]
    behind: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    relations: Sequence[str] = ()
    places: Sequence[str] | None = None
    needed_relations: Sequence[str] = ()
    needed_places: Sequence[str] = ()
    offering: str = "1"

    def schema(self, node: Any) -> Mapping[str, Any]:
        """The schema itself, or what its `$ref` leads to; an open one where that is unknown."""
        for _ in range(_MOST_DEEP):
            if not isinstance(node, Mapping) or "$ref" not in node:
                break
            try:
                node = self.behind[node["$ref"]]
            except KeyError:
                return {}
        return node if isinstance(node, Mapping) else {}


@dataclass(frozen=True)
class Readable:
    """A value of a request: the expression that reads it, its type and values, and whether it may be missing.

    `names`: those that lead to it, the nearest last.
    """

    expression: str
    names: tuple[str, ...]
    kind: str = "text"
    enum: tuple[str, ...] = ()
    optional: bool = False
    of_list: bool = False

    @property
    def told(self) -> str:
        """For a comment: the expression, and what is to be thought of."""
        of_list = ", the first of a list" if self.of_list else ""
        return f"={self.expression}  ({self.kind}{of_list}{', may be left out' if self.optional else ''})"


def readable(product: Product | None) -> tuple[Readable, ...]:
    """All that may be read, of any product where none is known."""
    return tuple(_of_request(product)) + (tuple(_of_product(product)) if product else ())


def proposals(one: Field, path: Sequence[str], known: Sequence[Readable]) -> list[Readable]:
    """What an argument may mean, the likeliest first. `path`: the names that lead to it, its own last."""
    rated = [(_likeness(path, reading) + _fit(one, reading), number) for number, reading in enumerate(known)]
    enough = max(_ENOUGH, max(rated, default=(0.0, 0))[0] - _MUCH_LESS)
    best = [known[number] for rate, number in sorted(rated, key=lambda one: (-one[0], one[1])) if rate >= enough]
    in_mbit = not {"mbps", "mbit"}.isdisjoint(words(path[-1]))
    return [_in_mbit(reading) if in_mbit else reading for reading in best[:_MOST_PROPOSED]]


def _in_mbit(reading: Readable) -> Readable:
    return replace(reading, expression=re.sub(r"\Akbps\(", "mbps(", reading.expression))


def _of_request(product: Product | None) -> Iterator[Readable]:
    yield Readable("offering.id", ("product offering id",))
    yield Readable("buyer.id", ("buyer id",))
    yield Readable("poq.externalId", ("poq", "external id"), optional=True)
    for role in product.relations if product else ():
        yield Readable(f"relation(item, '{role}').id", (f"{role} port",))
        if product is not None and not product.places:  # the item that it connects to has the place
            end = f"place(related('{role}'), 'INSTALL_LOCATION').place.id"
            yield Readable(end, (role, "address id"), optional=True)
    roles = product.places if product and product.places is not None else ("INSTALL_LOCATION",)
    for role in roles:
        yield from _of_place(f"place(item, '{role}').place", role)


def _of_place(place: str, role: str) -> Iterator[Readable]:
    """A place by its id, or as it is described (GeographicAddress_Query): which of the two, its @type says."""
    yield Readable(f"{place}.id", (role, "address id"))
    address = f"{place}.fieldedAddressRepresentation[0]"
    for member in _FIELDED:
        yield Readable(f"{address}.{member}", (role, member), optional=True, of_list=True)
    point = f"{place}.geographicPointRepresentation[0]"
    for member in ("latitude", "longitude"):
        yield Readable(f"{point}.{member}", (role, member), of_list=True)


def _of_product(product: Product) -> Iterator[Readable]:
    yield from _below(product, product.outline, Readable(_CONFIGURATION, (), "object"), 0)


def _below(product: Product, node: Any, at: Readable, depth: int) -> Iterator[Readable]:
    schema = product.schema(node)
    members = schema.get("properties", {})
    if depth > _MOST_DEEP:
        return
    if {"irValue", "irUnits"} <= set(members):
        yield Readable(f"kbps({at.expression})", (*at.names, "kbps"), "number", (), at.optional, at.of_list)
    for name, part in members.items():
        if name != "@type":
            optional = at.optional or name in schema.get("optional", ())
            yield from _member(product, part, _reached(at, name, optional=optional), depth)


def _member(product: Product, node: Any, at: Readable, depth: int) -> Iterator[Readable]:
    schema = product.schema(node)
    if "items" in schema:
        element = Readable(f"{at.expression}[0]", at.names, at.kind, (), at.optional, of_list=True)
        yield from _member(product, schema["items"], element, depth + 1)
    elif "properties" in schema:
        yield from _below(product, schema, at, depth + 1)
    elif schema.get("type") in _KINDS:
        enum = tuple(value for value in schema.get("enum", ()) if isinstance(value, str))
        yield Readable(at.expression, at.names, _KINDS[schema["type"]], enum, at.optional, at.of_list)


def _reached(at: Readable, name: str, *, optional: bool) -> Readable:
    step = f".{name}" if name.isidentifier() else f"['{name}']"
    return Readable(f"{at.expression}{step}", (*at.names, name), at.kind, (), optional, at.of_list)


def _likeness(path: Sequence[str], reading: Readable) -> float:
    """How many words the two have in common: those of the last name count double, words that many have little."""
    wanted, offered = _weighed(path), _weighed(reading.names)
    return sum(min(weight, offered[word]) for word, weight in wanted.items() if word in offered)


def _weighed(names: Sequence[str]) -> dict[str, float]:
    """Each word with its weight; the more words a name has, the less does one of them say."""
    weights: dict[str, float] = {}
    while len(names) > 1 and _WEAK.issuperset(map(_plain, words(names[-1]))):
        names = [*names[:-2], f"{names[-2]} {names[-1]}"]  # a `value` or `id` is one of what it stands in
    for number, name in enumerate(reversed(names)):
        said = {_plain(word) for word in words(name)}
        most = min(2.0, 3.0 / max(1, len(said - _WEAK))) / (1 if number == 0 else 2)
        for word in said:
            weights[word] = max(most * (0.25 if word in _WEAK else 1.0), weights.get(word, 0.0))
    return weights


def _plain(word: str) -> str:
    """One word for those that mean the same, and for one and many."""
    single = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "ps")) else word
    return _SAME.get(single, single)


def _fit(one: Field, reading: Readable) -> float:
    """Types that do not go together make it less likely; values in common more."""
    shared = set(one.enum) & set(reading.enum)
    numbers = ("whole number", "number")
    if (one.kind in numbers and reading.kind == "true or false") or one.kind == "true or false" != reading.kind:
        return -2.0
    if one.kind in numbers and reading.enum:
        return -1.0
    is_number = one.kind in numbers and reading.kind in numbers
    return (1.0 if shared else 0.0) + (0.5 if is_number else 0.0) - (0.25 if reading.optional else 0.0)
