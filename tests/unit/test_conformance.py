"""docs/conformance.md says what the tests' markers say, and its list is the standard's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import conformance

pytestmark = pytest.mark.timeout(300)
"""All tests are collected here."""


@pytest.fixture(scope="module")
def proven(repository: Path) -> dict[str, list[str]]:
    return conformance.proofs(repository)


def test_the_page_shows_the_markers_of_the_tests(repository: Path, proven: dict[str, list[str]]) -> None:
    shown = (repository / conformance.PAGE).read_text(encoding="utf-8")

    fresh = conformance.page(conformance.requirements_of(shown), proven)

    assert shown == fresh, "run `make docs`"


@pytest.mark.shared
def test_the_page_lists_every_requirement_of_the_standard(repository: Path, shared: Path) -> None:
    shown = conformance.requirements_of((repository / conformance.PAGE).read_text(encoding="utf-8"))

    known = conformance.read_requirements(shared)

    assert [one.id for one in shown] == [one.id for one in known]


@pytest.mark.shared
def test_markers_name_requirements_that_exist(shared: Path, proven: dict[str, list[str]]) -> None:
    known = {one.id for one in conformance.read_requirements(shared)}

    marked = {mark for mark in proven if mark[0].isdigit()}

    assert marked <= known


def test_a_marker_that_goes_is_noticed(tmp_path: Path) -> None:
    test = tmp_path / "test_something.py"
    body = "def test_it(): ...\n"
    mark = 'import pytest\npytestmark = pytest.mark.requirement("87.1-R1")\n'
    known = [conformance.Requirement("87.1-R1", "seller", "Something.", True)]
    test.write_text(mark + body, encoding="utf-8")
    with_marker = conformance.page(known, conformance.proofs(tmp_path, "."))

    test.write_text(body, encoding="utf-8")

    assert "| tested | `test_something.py::test_it` |" in with_marker
    assert conformance.page(known, conformance.proofs(tmp_path, ".")) != with_marker
