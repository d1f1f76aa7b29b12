"""docs/conformance.md says what the tests' markers say, and its list is the standard's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import conformance
from tests.support.marks import COLLECTED, requirements

pytestmark = pytest.mark.timeout(300)
"""All tests may be collected here."""


@pytest.fixture(scope="module")
def proven(repository: Path, request: pytest.FixtureRequest) -> dict[str, list[str]]:
    """What this run has collected, where that is every file; else all tests are collected for it."""
    collected = request.config.stash[COLLECTED]
    if {item.path for item in collected} == set((repository / "tests").rglob("test_*.py")):
        return requirements(collected)
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


def test_only_what_carries_a_marker_is_a_proof(tmp_path: Path) -> None:
    body = "import pytest\n\n@pytest.mark.parametrize('n', [1, 2])\ndef test_it(n): ...\n"
    (tmp_path / "test_without.py").write_text(body, encoding="utf-8")
    mark = 'pytestmark = pytest.mark.requirement("87.1-R1")\n'
    (tmp_path / "test_with.py").write_text(body + mark, encoding="utf-8")
    known = [conformance.Requirement("87.1-R1", "seller", "Something.", True)]

    proofs = conformance.proofs(tmp_path, ".")

    assert proofs == {"87.1-R1": ["test_with.py::test_it"]}
    assert "| tested | `test_with.py::test_it` |" in conformance.page(known, proofs)


def test_without_its_marker_a_requirement_is_open() -> None:
    known = [conformance.Requirement("87.1-R1", "seller", "Something.", True)]

    assert "| 87.1-R1 | seller | Something. | open |  |" in conformance.page(known, {})
