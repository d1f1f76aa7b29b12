"""What one request may cost: hints, problems and warnings come to an end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.lso.problems import MOST_PROBLEMS
from gateway.products import hints
from gateway.products.rules import SpecificationRules
from gateway.products.specifications import MOST_WARNINGS, ProductSpecifications

LINE, WARNED = "urn:example:line", "urn:example:warned"
SCHEMA = "$id: %s\ntype: object\nproperties: {ports: {type: array, items: {type: object, required: [name]}}}\n"


@pytest.fixture
def specifications(tmp_path: Path) -> ProductSpecifications:
    for name, product_type in (("line", LINE), ("warned", WARNED)):
        (tmp_path / f"{name}.yaml").write_text(SCHEMA % product_type)
    rules = {WARNED: SpecificationRules(validation="warn")}
    return ProductSpecifications.load([tmp_path], specifications=rules)


def of(*configurations: dict[str, Any]) -> dict[str, Any]:
    items = [{"product": {"productConfiguration": configuration}} for configuration in configurations]
    return {"productOfferingQualificationItem": items}


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The unknown names that were compared with the known ones."""
    names: list[str] = []

    def nearest(name: str, known: Any) -> str:
        names.append(name)
        return f"did you mean {LINE!r}?"

    monkeypatch.setattr(hints, "nearest", nearest)
    return names


@pytest.mark.requirement("P23")
def test_an_unknown_type_is_compared_once_and_every_item_gets_its_hint(
    specifications: ProductSpecifications, compared: list[str]
) -> None:
    found = specifications.check_request(of({"@type": "urn:example:lime"}, {"@type": "urn:example:lime"}))

    assert compared == ["urn:example:lime"]
    assert [LINE in problem.message for problem in found.problems] == [True, True]


@pytest.mark.requirement("P23")
def test_no_more_types_are_compared_than_agreed_but_all_are_refused(
    specifications: ProductSpecifications, compared: list[str]
) -> None:
    found = specifications.check_request(of(*({"@type": f"urn:{number}"} for number in range(100))))

    assert len(compared) == hints.MOST_NAMES
    assert len(found.problems) == 100


@pytest.mark.requirement("P23")
def test_a_name_that_resembles_none_by_its_length_is_refused_without_a_hint(
    specifications: ProductSpecifications, compared: list[str]
) -> None:
    (problem,) = specifications.check_request(of({"@type": LINE + "x" * 200})).problems

    assert compared == []
    assert problem.message == ""


def test_there_is_an_end_to_the_problems_of_a_request(specifications: ProductSpecifications) -> None:
    broken = {"@type": LINE, "ports": [{}] * (MOST_PROBLEMS // 2 + 1)}

    assert len(specifications.check_request(of(broken, broken, broken)).problems) == MOST_PROBLEMS


def test_the_first_warnings_are_told_and_the_rest_is_counted(specifications: ProductSpecifications) -> None:
    checked = specifications.check_request(of({"@type": WARNED, "ports": [{}] * 300}))

    assert checked.problems == ()
    assert (len(checked.warnings), checked.warning_count) == (MOST_WARNINGS, 300)
    assert checked.warnings[0].pointer.endswith("/ports/0/name")


def test_warnings_without_end_do_not_hide_a_problem(specifications: ProductSpecifications) -> None:
    flood = [{"@type": WARNED, "ports": [{}] * MOST_PROBLEMS}] * 3

    checked = specifications.check_request(of(*flood, {"@type": LINE, "ports": [{}]}))

    assert [problem.pointer.split("/")[2] for problem in checked.problems] == ["3"]
    assert checked.warning_count == MOST_PROBLEMS
