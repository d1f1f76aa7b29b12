"""Everything that can be wrong with a request and is known without asking a backend, in one list (87.1-R21).

Structure first, then the rules of the guide, then the product specifications: where two meet at one pointer the first
is heard. All run on the whole request, so that the Buyer mends it once; only one with problems beyond reading
(`MOST_PROBLEMS`) is not read to its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.loggers import logger
from gateway.lso.agreement import Agreement
from gateway.lso.checking import check_request, part_to_check
from gateway.lso.problems import MOST_PROBLEMS, Problem, in_document_order
from gateway.lso.rules import Catalogue
from gateway.products.specifications import Checked, ProductSpecifications

LONGEST_POINTER = 200
"""Characters of a pointer in the log; names of members are the Buyer's."""

_log = logger()


class RequestChecker:
    """Checks requests of one Seller's Buyers."""

    def __init__(self, agreement: Agreement, catalogue: Catalogue, products: ProductSpecifications) -> None:
        self.agreement = agreement
        self._catalogue = catalogue
        self._products = products

    def problems(self, document: Mapping[str, Any], received_at: datetime) -> list[Problem]:
        """All problems in the order of the document; none means that the request can be worked on."""
        of_standard = check_request(document, self.agreement, received_at=received_at, catalogue=self._catalogue)
        if len(of_standard) >= MOST_PROBLEMS:
            return of_standard
        of_products = self._products.check_request(part_to_check(document, self.agreement))
        _tell_warnings(of_products)
        return in_document_order([*of_standard, *of_products.problems], document)


def _tell_warnings(checked: Checked) -> None:
    """One line, whatever the number: what a Buyer sends must not flood the log."""
    if checked.warnings:
        first = [f"{warning.code} {warning.pointer[:LONGEST_POINTER]}" for warning in checked.warnings]
        _log.info("product configurations break their specifications", count=checked.warning_count, first=first)
