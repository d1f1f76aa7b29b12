"""All checks of a request together, and what of them is logged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.lso.agreement import Agreement
from gateway.lso.rules import Catalogue
from gateway.products.rules import SpecificationRules
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.checking import RequestChecker
from tests.support.requests import PRODUCT_TYPE, valid_item, valid_product, valid_request

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SCHEMA = (
    f"$id: {PRODUCT_TYPE}\ntype: object\nproperties: {{bandwidth: {{type: integer}}}}\nadditionalProperties: false\n"
)


def checker(folder: Path, rules: SpecificationRules, agreement: Agreement | None = None) -> RequestChecker:
    (folder / "line.yaml").write_text(SCHEMA)
    products = ProductSpecifications.load([folder], specifications={PRODUCT_TYPE: rules})
    return RequestChecker(agreement or Agreement(), Catalogue(), products)


def of(count: int, **attributes: Any) -> dict[str, Any]:
    product = valid_product(productConfiguration={"@type": PRODUCT_TYPE, **attributes})
    return valid_request(
        productOfferingQualificationItem=[valid_item(id=f"item-{n}", product=product) for n in range(count)]
    )


def test_problems_of_the_standard_and_of_products_stand_in_one_order(tmp_path: Path) -> None:
    body = of(2, bandwidth="5")
    body["productOfferingQualificationItem"][0]["action"] = "delete"

    problems = checker(tmp_path, SpecificationRules()).problems(body, NOW)

    assert [problem.path[1:] for problem in problems] == [
        (0, "action"),
        (0, "product", "productConfiguration", "bandwidth"),
        (1, "product", "productConfiguration", "bandwidth"),
    ]


@pytest.mark.requirement("P47")
def test_products_of_too_many_items_are_not_checked(tmp_path: Path) -> None:
    problems = checker(tmp_path, SpecificationRules(), Agreement(max_items=1)).problems(of(2, bandwidth="5"), NOW)

    assert [problem.pointer for problem in problems] == ["/productOfferingQualificationItem"]


def test_warnings_take_one_line_of_bounded_length_in_the_log(tmp_path: Path) -> None:
    attributes = {f"{number}{'x' * 1000}": 1 for number in range(300)}

    with capture_logs() as lines:
        problems = checker(tmp_path, SpecificationRules(validation="warn")).problems(of(1, **attributes), NOW)

    (line,) = lines
    assert problems == []
    assert line["count"] == 300
    assert len(str(line)) < 10_000
