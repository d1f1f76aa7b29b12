"""What a rule may look at, and only where it is sound: right type, not blank.

Every reader here gives nothing for what is absent or faulty, so that no rule reports an echo of another fault. What
several rules look at is read once, when the context is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.lso.agreement import Agreement
from gateway.lso.problems import Path
from gateway.lso.request import ITEMS
from gateway.lso.visible import says_something

if TYPE_CHECKING:
    from gateway.lso.rules.catalogue import Catalogue

CONTACTS = "relatedContactInformation"


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
        self.request = Node((), document)
        self.contacts = [(contact, contact.text("role")) for contact in self.request.objects(CONTACTS)]
        """Each with its role."""
        self.items: list[Node] = []
        self.ids: list[str | None] = []
        """Of the items."""
        self.products: list[Node] = []
        self.added: list[Node] = []
        self.modified: list[Node] = []
        """The products of the items with this action."""
        self.places: list[Place] = []
        for item in self.request.objects(ITEMS):
            self._take(item)
        agreed = agreement.place_types
        self.agreed_places: Sequence[Node] = [
            one.place for one in self.places if one.place is not None and one.type in agreed
        ]
        """The places themselves, where their `@type` is one that was agreed; of others nothing else is checked."""
        self.described_addresses: Sequence[Node] = [
            place for place in self.agreed_places if place.value["@type"] == "GeographicAddress_Query"
        ]
        """The agreed places that are addresses described by value."""

    def _take(self, item: Node) -> None:
        self.items.append(item)
        self.ids.append(item.text("id"))
        product = item.object("product")
        if product is None:
            return
        self.products.append(product)
        action = item.text("action")
        if action == "add":
            self.added.append(product)
        elif action == "modify":
            self.modified.append(product)
        for entry in product.objects("place"):
            place = entry.object("place")
            self.places.append(Place(entry, place, None if place is None else place.text("@type")))
