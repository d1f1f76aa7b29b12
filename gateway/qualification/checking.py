"""Everything that can be wrong with a request and is known without asking a backend, in one list (87.1-R21).

Structure first, then the rules of the guide, then the product specifications: where two meet at one pointer the first
is heard. All run on the whole request, so that the Buyer mends it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from gateway.lso.agreement import Agreement
from gateway.lso.documents import check_create_request
from gateway.lso.problems import Problem, in_document_order
from gateway.lso.rules import Catalogue, check_rules
from gateway.products.specifications import ProductSpecifications

_log = structlog.get_logger()


class RequestChecker:
    """Checks requests of one Seller's Buyers."""

    def __init__(self, agreement: Agreement, catalogue: Catalogue, products: ProductSpecifications) -> None:
        self._agreement = agreement
        self._catalogue = catalogue
        self._products = products

    def problems(self, document: Mapping[str, Any], received_at: datetime) -> list[Problem]:
        """All problems in the order of the document; none means that the request can be worked on."""
        of_structure = check_create_request(document)
        of_rules = check_rules(document, self._agreement, received_at=received_at, catalogue=self._catalogue)
        of_products = self._products.check_request(document)
        for warning in of_products.warnings:
            _log.info("product configuration breaks its specification", pointer=warning.pointer, code=warning.code)
        return in_document_order([*of_structure, *of_rules, *of_products.problems], document)
