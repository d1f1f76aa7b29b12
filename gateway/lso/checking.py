"""What the standard itself has against a request: its structure, then the rules of the guide, as one list.

Knows nothing of product specifications, of backends or of a Seller's settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.lso.agreement import Agreement
from gateway.lso.documents import check_create_request
from gateway.lso.problems import MOST_PROBLEMS, Problem, ProblemCode, in_document_order
from gateway.lso.request import ITEMS
from gateway.lso.rules import Catalogue, check_rules
from gateway.lso.rules.places import without_what_is_not_checked


def part_to_check(document: Mapping[str, Any], agreement: Agreement) -> Mapping[str, Any]:
    """The document itself; with more items than agreed, all of it but the items.

    Nothing is said of items that are not taken anyway, so what they cost does not grow with their number (P47).
    """
    items = document.get(ITEMS)
    has_too_many = isinstance(items, list) and len(items) > agreement.max_items
    return {**document, ITEMS: []} if has_too_many else document


def check_request(
    document: Mapping[str, Any], agreement: Agreement, *, received_at: datetime, catalogue: Catalogue | None = None
) -> list[Problem]:
    """The problems of a request in document order, one a pointer, structure before rules (87.1-R21, R22, R25 to R39).

    Of a place whose `@type` is refused nothing else is reported (P38), nor what is in a representation that was not
    agreed (P40), nor anything about items where there are more than agreed (P47). `received_at` is aware; without a
    catalogue, ids of offerings and specifications are not looked up.
    """
    part = part_to_check(document, agreement)
    # the first one at a pointer is heard: that there are too many items, and not that the part has none
    found = [] if part is document else [_too_many_items(agreement.max_items)]
    found += check_create_request(part)
    if len(found) < MOST_PROBLEMS:
        found += check_rules(part, agreement, received_at=received_at, catalogue=catalogue)
    return in_document_order(without_what_is_not_checked(found), document)


def _too_many_items(limit: int) -> Problem:
    return Problem(ProblemCode.INVALID_VALUE, (ITEMS,), "has too many items", f"At most {limit} items are taken.")
