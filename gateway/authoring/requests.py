"""The request that a case is about: from a file, or written in the case, whole or one item of it. Asks nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.authoring.cases import Asked, ItemCase
from gateway.lso.agreement import Agreement
from gateway.lso.checking import check_request
from gateway.lso.problems import Path, parse_pointer
from gateway.lso.request import ITEMS, QualificationRequest, read_request
from gateway.sources.findings import nearest

_AGREEMENT = Agreement(
    unknown_contact_roles="ignore", place_contact_required=False, past_completion_dates="accept", max_items=10_000
)
"""What was agreed with a Buyer is not the mapping's business: the widest that the standard allows."""

_CONTACT = {
    "emailAddress": "buyer@buyer.example",
    "name": "A Buyer",
    "number": "+1-202-555-0100",
    "role": "buyerContactInformation",
}
_ENVELOPE = {
    "instantSyncQualification": True,
    "provideAlternative": False,
    "relatedContactInformation": [_CONTACT],
}
_ITEM = {"id": "item-1", "action": "add"}


class RequestError(Exception):
    """The case names no item of a sound request. `key` is the part of the case to look at."""

    def __init__(self, key: str, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.key = key
        self.code = code
        self.message = message
        self.hint = hint


class Requests:
    """The requests of one test file; one that several cases name is read and checked once."""

    def __init__(self, read_file: Callable[[str], Any]) -> None:
        self._read_file = read_file
        self._named: dict[str, QualificationRequest] = {}

    def asked(self, said: ItemCase) -> Asked:
        """The request and the item of a case. Raises RequestError, and what reading a file raises."""
        if isinstance(said.request, str) and said.change:
            request = _read(said, self._read_file(said.request))
        elif isinstance(said.request, str):
            if said.request not in self._named:
                self._named[said.request] = _read(said, self._read_file(said.request))
            request = self._named[said.request]
        else:
            request = _read(said, _written(said))
        return _item(said, request)


def _written(said: ItemCase) -> dict[str, Any]:
    """The request of a case that writes it out; what it does not say about the envelope does not matter to it."""
    if not isinstance(said.item, dict) and not isinstance(said.request, dict):
        raise RequestError("test", "TEST-101", "'request' is missing", "name a file, or write the item under 'item'")
    own = said.request if isinstance(said.request, dict) else {}
    items = {ITEMS: [{**_ITEM, **said.item}]} if isinstance(said.item, dict) else {}
    return {**_ENVELOPE, **own, **items}


def _read(said: ItemCase, document: Any) -> QualificationRequest:
    key = "request" if said.request is not None else "item"
    if not isinstance(document, Mapping):
        raise RequestError(key, "TEST-204", "the request is no object")
    for where, value in said.change.items():
        document = _changed(document, where, value)
    problems = check_request(document, _AGREEMENT, received_at=said.now)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        message = f"the request breaks the standard: {problems[0].pointer} {problems[0].reason}{more}"
        raise RequestError(key, "TEST-204", message)
    return read_request(document)


def _changed(document: Mapping[str, Any], where: str, value: Any) -> Mapping[str, Any]:
    """A copy of the request with another value at a JSON Pointer; null takes a member out. Raises RequestError."""
    try:
        path = parse_pointer(where)
        changed: Mapping[str, Any] = _with(document, path, value)
    except (ValueError, LookupError, TypeError) as error:
        hint = f"a JSON Pointer into the request, such as /{ITEMS}/0/product"
        raise RequestError("change", "TEST-207", f"'{where}' leads to no part of the request", hint) from error
    return changed


def _with(node: Any, path: Path, value: Any) -> Any:
    """A copy of the tree with this value; the last member may be new. Raises ValueError, LookupError or TypeError."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(node, list):
        number = int(first)
        element = _with(node[number], rest, value)
        return [*node[:number], *([] if element is None else [element]), *node[number + 1 :]]
    member = _with(node[first] if rest else None, rest, value)
    others = {name: other for name, other in node.items() if name != first or member is not None}
    return others if member is None else {**others, str(first): member}


def _item(said: ItemCase, request: QualificationRequest) -> Asked:
    if isinstance(said.item, str):
        found = next((item for item in request.items if item.id == said.item), None)
        if found is None:
            hint = nearest(said.item, [item.id for item in request.items])
            raise RequestError("item", "TEST-203", f"the request has no item '{said.item}'", hint)
        return Asked(request, found)
    if len(request.items) != 1:
        raise RequestError("request", "TEST-203", f"the request has {len(request.items)} items", "name one by 'item'")
    return Asked(request, request.items[0])
