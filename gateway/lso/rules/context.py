"""What a rule may look at, and only where it is sound: right type, not blank.

Every reader here gives nothing for what is absent or faulty, so that no rule reports an echo of another fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.lso.agreement import Agreement
from gateway.lso.problems import Path
from gateway.lso.request import ITEMS
from gateway.lso.visible import says_something
from gateway.values import value

if TYPE_CHECKING:
    from gateway.lso.rules.catalogue import Catalogue


class Node(NamedTuple):
    """A JSON object of the request and where it stands."""

    path: Path
    value: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """A member that is a string and says something."""
        value = self.value.get(name)
        return value if isinstance(value, str) and says_something(value) else None

    def object(self, name: str) -> Node | None:
        value = self.value.get(name)
        return Node((*self.path, name), value) if isinstance(value, dict) else None

    def objects(self, name: str) -> Iterator[Node]:
        """The objects of a list; other elements are passed over."""
        value = self.value.get(name)
        path = (*self.path, name)
        for index, element in enumerate(value if isinstance(value, list) else ()):
            if isinstance(element, dict):
                yield Node((*path, index), element)

    def at(self, *keys: str | int) -> Path:
        return (*self.path, *keys)


@value(frozen=True, slots=False)
class Context:
    """A request, and what its rules depend on. `received_at` is aware."""

    document: Mapping[str, Any]
    agreement: Agreement
    received_at: datetime
    catalogue: Catalogue | None = None

    @cached_property
    def request(self) -> Node:
        return Node((), self.document)

    @cached_property
    def items(self) -> Sequence[Node]:
        return tuple(self.request.objects(ITEMS))

    @cached_property
    def _products(self) -> Sequence[tuple[str | None, Node]]:
        """The products, each with the action of its item."""
        pairs = ((item.text("action"), item.object("product")) for item in self.items)
        return tuple((action, product) for action, product in pairs if product is not None)

    def products(self, *actions: str) -> Iterator[Node]:
        """The products of the items with one of these actions, or of all items if none is named."""
        return (product for action, product in self._products if not actions or action in actions)

    @cached_property
    def places(self) -> Sequence[Node]:
        """The entries of `place`, each with its role and contact."""
        return tuple(entry for product in self.products() for entry in product.objects("place"))

    @cached_property
    def agreed_places(self) -> Sequence[Node]:
        """The places themselves, where their `@type` is one that was agreed; of others nothing else is checked."""
        places = (entry.object("place") for entry in self.places)
        agreed = self.agreement.place_types
        return tuple(place for place in places if place is not None and place.text("@type") in agreed)

    def described_addresses(self) -> Iterator[Node]:
        """The agreed places that are addresses described by value."""
        return (place for place in self.agreed_places if place.text("@type") == "GeographicAddress_Query")
