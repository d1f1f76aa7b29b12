"""How the tests of rules read what was found: `code pointer`, in the order of the document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gateway.lso.agreement import Agreement
from gateway.lso.problems import Problem, in_document_order
from gateway.lso.rules import Catalogue, check_rules

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ITEM = "/productOfferingQualificationItem/0"


def problems(
    body: dict[str, Any], agreement: Agreement | None = None, catalogue: Catalogue | None = None
) -> list[Problem]:
    given = check_rules(body, agreement or Agreement(), received_at=NOW, catalogue=catalogue)
    return in_document_order(given, body)


def found(body: dict[str, Any], agreement: Agreement | None = None, catalogue: Catalogue | None = None) -> list[str]:
    return [f"{problem.code} {problem.pointer}" for problem in problems(body, agreement, catalogue)]
