"""Persons in a stored POQ, removed without a trace: what the standard wants to be there says `removed`.

The Seller's own contact stays; the roles stay, since they say nothing about a person.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.lso.document import read_document, write_document

REMOVED = "removed"
SELLER_ROLE = "sellerContactInformation"
_DEMANDED = ("number", "emailAddress", "name")


def envelope_without_contacts(text: str) -> str:
    """The members of a POQ, its items apart, as JSON: without the persons on the Buyer's side."""
    return _rewritten(text, _empty_envelope)


def item_without_contacts(text: str) -> str:
    """An item, as JSON: without the persons to be contacted at its places."""
    return _rewritten(text, _empty_places)


def _rewritten(text: str, change: Callable[[dict[str, Any]], None]) -> str:
    tree = read_document(text.encode(), max_depth=10_000).sent
    change(tree)
    return write_document(tree).decode()


def _empty_envelope(tree: dict[str, Any]) -> None:
    for contact in _objects(tree.get("relatedContactInformation")):
        if contact.get("role") != SELLER_ROLE:
            _empty(contact)


def _empty_places(tree: dict[str, Any]) -> None:
    product = tree.get("product")
    for place in _objects(product.get("place") if isinstance(product, dict) else None):
        for contact in _objects(place.get("contact")):
            _empty(contact)


def _empty(contact: dict[str, Any]) -> None:
    role = {"role": contact["role"]} if "role" in contact else {}
    contact.clear()
    contact.update(dict.fromkeys(_DEMANDED, REMOVED) | role)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
