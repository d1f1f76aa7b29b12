"""The tests beside the shipped mappings (`*.test.yaml`) pass, and reach all that the mappings say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.assembly.kinds import KINDS
from gateway.authoring.cases import ItemCase
from gateway.authoring.suite import Report, load_suite, run_suite
from gateway.authoring.telling import coverage, details
from tests.unit.demo.answering import MAPPINGS

FILES = sorted(path.name for path in MAPPINGS.glob("*.test.yaml"))


@pytest.fixture(scope="module")
def report() -> Report:
    return asyncio.run(run_suite(load_suite([MAPPINGS], KINDS)))


@pytest.mark.parametrize("file", FILES)
def test_each_case_ends_as_it_says(report: Report, file: str) -> None:
    results = [result for result in report.results if Path(result.case.document.file).name == file]
    failed = {result.case.name: list(details(result)) for result in results if not result.passed}

    assert results
    assert failed == {}


def test_the_cases_reach_all_that_the_mappings_say(report: Report) -> None:
    assert [line for line in coverage(report) if "not reached" in line] == []
    assert report.percent == 100.0


def test_each_mapping_has_cases_beside_it() -> None:
    assert [one.mapping.file for one in load_suite([MAPPINGS], KINDS) if one.cases is None] == []


def test_no_case_expects_a_promise_of_a_system_that_does_not_answer(report: Report) -> None:
    """A wrong "yes" is the costliest failure: silence and faults end otherwise, in every case that has them."""
    silent = [
        result
        for result in report.results
        if isinstance(result.case.said, ItemCase)
        and any(reply == "no answer" or reply == {"fault": "INTERNAL"} for reply in result.case.said.legacy.values())
    ]

    assert len(silent) >= 3
    assert {str(result.outcome.get("serviceabilityConfidence")) for result in silent} == {"None"}
