"""What a rule may look at, and only where it is sound: right type, not blank.

Every reader here gives nothing for what is absent or faulty, so that no rule reports an echo of another fault. What
several rules look at is read once: items when the context is made, contacts and places when a rule asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
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

CONTACTS = "relatedContactInformation"


@value(frozen=True)
class Node:
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

    def objects(self, name: str) -> Sequence[Node]:
        """The objects of a list; other elements are passed over."""
        value = self.value.get(name)
        if not value or not isinstance(value, list):
            return ()
        path = (*self.path, name)
        return [Node((*path, index), one) for index, one in enumerate(value) if isinstance(one, dict)]

    def at(self, *keys: str | int) -> Path:
        return (*self.path, *keys)


class Place(NamedTuple):
    """An entry of `place`, with its role and contact, and the place itself with its `@type`."""

    entry: Node
    place: Node | None
    type: str | None


class Context:
    """A request, and what its rules depend on."""

    def __init__(
        self,
        document: Mapping[str, Any],
        agreement: Agreement,
        received_at: datetime,
        catalogue: Catalogue | None = None,
    ) -> None:
        """`received_at` is aware."""
        self.document = document
        self.agreement = agreement
        self.received_at = received_at
        self.catalogue = catalogue
        self.items: list[tuple[Node, str | None]] = []
        """Each with its id."""
        self.products: list[Node] = []
        self.added: list[Node] = []
        self.modified: list[Node] = []
        """The products of the items with this action."""
        for item in self.request.objects(ITEMS):
            self.items.append((item, item.text("id")))
            product = item.object("product")
            if product is not None:
                self._take(product, item.value.get("action"))

    @property
    def request(self) -> Node:
        """The whole of it."""
        return Node((), self.document)

    @cached_property
    def ids(self) -> Set[str | None]:
        """Of the items; None is among them while one has no sound id."""
        ids = {item_id for _, item_id in self.items}
        return ids if len(self.items) == len(self.document[ITEMS]) else ids | {None}

    @cached_property
    def contacts(self) -> Sequence[tuple[Node, str | None]]:
        """Each with its role."""
        return [(contact, contact.text("role")) for contact in self.request.objects(CONTACTS)]

    @cached_property
    def places(self) -> Sequence[Place]:
        """Of all products."""
        places: list[Place] = []
        for product in self.products:
            for entry in product.objects("place"):
                place = entry.object("place")
                places.append(Place(entry, place, None if place is None else place.text("@type")))
        return places

    @cached_property
    def agreed_places(self) -> Sequence[Node]:
        """The places themselves, where their `@type` is one that was agreed; of others nothing else is checked."""
        agreed = self.agreement.place_types
        return [one.place for one in self.places if one.place is not None and one.type in agreed]

    @cached_property
    def described_addresses(self) -> Sequence[Node]:
        """The agreed places that are addresses described by value."""
        return [place for place in self.agreed_places if place.value["@type"] == "GeographicAddress_Query"]

    def _take(self, product: Node, action: Any) -> None:
        self.products.append(product)
        if action == "add":
            self.added.append(product)
        elif action == "modify":
            self.modified.append(product)
