"""What no case reached is told with its line; looking on changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import KINDS
from gateway.authoring.coverage import Coverage, watched
from gateway.mapping.loading import load_mapping_text
from tests.unit.authoring.files import ITEM, LINE, case, report

CASES = {
    "green": "{port: [{free: 4}], check: {Code: A, Days: 3, Net: IN}}",
    "near": "{port: [{free: 4}], check: {Code: A, Days: 3, Net: NEAR}}",
    "none free": "{port: [{free: 0}]}",
    "last": "{port: [{free: 1}]}",
    "person": "{port: [{free: 4}], check: {Code: ASK}}",
    "otherwise": "{port: [{free: 4}], check: {Code: X}}",
    "no rows": "{port: []}",
    "many rows": "{port: [{free: 1}, {free: 2}]}",
    "busy": "{port: [{free: 4}], check: {in turn: [{fault: BUSY}, {Code: ASK}]}}",
    "fault": "{port: [{free: 4}], check: {fault: OTHER}}",
    "silence": "{port: [{free: 4}], check: no answer}",
}
SPECIFICATION = ITEM.replace("productOffering: {id: OFFER-1}", 'productSpecification: {id: "urn:example:spec:line:v1"}')


def cases(*names: str) -> str:
    return "".join(case(f"  legacy: {CASES[name]}\n  expect: fail\n", name=name) for name in names)


def candidates() -> str:
    item = f"  request: {{provideAlternative: true}}\n{SPECIFICATION}  catalogue: [{{id: OFFER-1}}]\n"
    return case("  legacy: {port: [{free: 0}]}\n  expect: red\n", name="candidates", item=item)


async def missed(folder: Path, tests: str, mapping: str = LINE) -> list[tuple[str, str]]:
    """The lines that were not reached, and what they are."""
    (coverage,) = (await report(folder, tests, mapping)).coverage.values()
    lines = mapping.splitlines()
    return [(lines[one.location.line - 1].strip(), one.what) for one in coverage.missed]


async def test_all_cases_together_reach_everything(tmp_path: Path) -> None:
    found = await report(tmp_path, cases(*CASES) + candidates())

    assert [one.missed for one in found.coverage.values()] == [[]]
    assert found.percent == 100.0


@pytest.mark.parametrize(
    ("left_out", "line", "what"),
    [
        pytest.param({"no rows"}, "no rows: {red: There is no port}", "step 'port': no rows", id="an entry under on"),
        pytest.param({"fault"}, "any fault: fail", "step 'check': any fault", id="any fault"),
        pytest.param({"silence"}, "no answer: fail", "step 'check': no answer", id="silence"),
        pytest.param({"last"}, "- when: port.free == 1", "row of the answer", id="a row"),
        pytest.param({"otherwise"}, "- otherwise: fail", "otherwise", id="the last row"),
    ],
)
async def test_what_no_case_reaches_is_told(tmp_path: Path, left_out: set[str], line: str, what: str) -> None:
    names = [name for name in CASES if name not in left_out]

    assert await missed(tmp_path, cases(*names) + candidates()) == [(line, what)]


async def test_an_entry_of_a_lookup_is_told(tmp_path: Path) -> None:
    names = [name for name in CASES if name != "near"]
    (found,) = await missed(tmp_path, cases(*names) + candidates())

    assert found[1] == "entry 'NEAR' of the lookup 'delivery'"


async def test_both_sides_of_a_steps_condition_count(tmp_path: Path) -> None:
    asked = [name for name in CASES if name not in ("none free", "last")]
    never = ["none free", "last", "no rows", "many rows"]

    assert ("when: port.free > 1", "step 'check' is skipped") in await missed(tmp_path, cases(*asked))
    assert ("check:", "step 'check' is asked") in await missed(tmp_path, cases(*never))


async def test_candidates_count(tmp_path: Path) -> None:
    assert await missed(tmp_path, cases(*CASES)) == [("from: =catalogue", "offerings are tried (use case 2b)")]


async def test_alternates_count_on_both_sides(tmp_path: Path) -> None:
    mapping = (
        LINE.replace("serviceabilityConfidence: green", "serviceabilityConfidence: yellow")
        + """\
alternates:
  each: way
  from: =default(check.Ways, [])
  when: way.Days < 10
  proposal:
    productOffering: {id: =way.Id}
    productConfiguration: =item.product.productConfiguration
    serviceabilityConfidence: green
    installationInterval: {amount: =way.Days, units: businessDays}
    deliveryType: onNetWithBuild
"""
    )
    item = f"  request: {{provideAlternative: true}}\n{ITEM}"

    def with_ways(days: int) -> str:
        ways = f"Ways: [{{Id: OFFER-2, Days: {days}}}]"
        legacy = f"{{port: [{{free: 4}}], check: {{Code: A, Days: 3, Net: IN, {ways}}}}}"
        return case(f"  legacy: {legacy}\n  expect: fail\n", name=f"{days} days", item=item)

    rest = cases(*CASES) + candidates()
    proposed, left_out = (
        ("alternates:", "an alternate is proposed"),
        ("when: way.Days < 10", "an alternate is left out"),
    )
    assert await missed(tmp_path, rest, mapping) == [proposed, left_out]
    assert await missed(tmp_path, rest + with_ways(3), mapping) == [left_out]
    assert await missed(tmp_path, rest + with_ways(30), mapping) == [proposed]


async def test_a_mapping_without_cases_is_not_reached(tmp_path: Path) -> None:
    found = await report(tmp_path, "[]")

    assert found.percent == 0.0


async def test_rows_of_dimensions_count(tmp_path: Path) -> None:
    head = LINE[: LINE.index("\nanswer:") + 1]
    mapping = f"""\
{head}dimensions:
  technical:
    - when: port.free == 0
      red: No port is free
    - otherwise: fail
  commercial:
    - when: port.free == 0
      red: Nothing is sold here
    - otherwise: fail
"""
    technical, commercial = (
        mapping.splitlines().index("  technical:") + 2,
        mapping.splitlines().index("  commercial:") + 2,
    )
    found = await report(tmp_path, cases("none free"), mapping)
    (coverage,) = found.coverage.values()
    rows = {point.location.line: reached for point, reached in coverage.points.items() if "row" in point.what}

    assert {line: reached for line, reached in rows.items() if line in (technical, commercial)} == {
        technical: True,
        commercial: True,
    }
    assert [point.location.line for point in coverage.missed if point.what == "otherwise"] == [
        technical + 2,
        commercial + 2,
    ]


async def test_a_table_in_a_file_of_its_own_counts_as_one(tmp_path: Path) -> None:
    (tmp_path / "delivery.csv").write_text("from,to\nIN,onNetWithoutBuild\nNEAR,onNetWithBuild\n", encoding="utf-8")
    mapping = LINE.replace(
        "delivery: {IN: onNetWithoutBuild, NEAR: onNetWithBuild, GONE: null}", "delivery: delivery.csv"
    )
    rest = [name for name in CASES if name not in ("green", "near")]
    row, table = (
        ("- when: check.Code == 'A'", "row of the answer"),
        ("delivery: delivery.csv", "the lookup 'delivery' is read"),
    )

    assert await missed(tmp_path, cases(*rest) + candidates(), mapping) == [table, row]
    assert await missed(tmp_path, cases(*rest, "near") + candidates(), mapping) == []


def test_who_looks_at_the_whole_mapping_reaches_nothing() -> None:
    coverage = Coverage()
    mapping = watched(load_mapping_text(LINE, "line.yaml", KINDS), coverage)
    before = len(coverage.missed)

    assert mapping.formulas, "all expressions of all entries"
    assert [dict(step.on.items()) for step in mapping.steps]
    assert len(coverage.missed) == before > 5
