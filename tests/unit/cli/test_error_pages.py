"""Each code has a page, and what the page shows is true: the first example has that mistake, the second has none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.assembly.kinds import ADAPTERS, KINDS
from gateway.authoring.codes import TEST_CODES
from gateway.authoring.suite import load_suite
from gateway.cli import main
from gateway.cli.error_pages import error_pages
from gateway.linting import lint, misnamed
from gateway.mapping.codes import CODES
from gateway.products.codes import SPEC_CODES
from gateway.settings import literal_secrets, load_settings
from gateway.settings.codes import CFG_CODES
from gateway.sources.codes import SHAPE_CODES
from gateway.sources.findings import FindingsError
from gateway.surroundings import Surroundings, read_surroundings
from tests.conftest import REPOSITORY
from tests.support.error_pages import Page, read_page, write_files

ALL_CODES = {**CODES, **CFG_CODES, **SPEC_CODES, **TEST_CODES}
PAGES = {code: read_page(path) for code, path in error_pages().items()}

WITHOUT_EXAMPLE = {
    "YAML-001": "a file that is not there",
    "YAML-002": "a page is UTF-8 itself",
    "YAML-011": "two million characters",
    "MAP-001": "a folder that is not there",
    "SPEC-006": "the draft's own rules find what is known to break a validator",
}

BESIDE = {"MAP-504": {"MAP-102"}}
"""Codes that cannot come alone: the second one is told in another file."""


@pytest.fixture(scope="module")
def estate() -> Surroundings:
    """The demo's systems and products: what the examples are held against."""
    surroundings = read_surroundings(REPOSITORY / "config" / "gateway.yaml")
    assert surroundings.findings == ()
    return surroundings


def found(code: str, folder: Path, files: Mapping[str, str], estate: Surroundings) -> set[str]:
    paths = write_files(folder, files)
    if code.startswith(("CFG-", "SPEC-")):
        config = folder / "gateway.yaml"
        told = list(read_surroundings(config).findings)
        return {one.code for one in told or literal_secrets(load_settings(config, ADAPTERS))}
    if code.startswith("TEST-"):
        try:
            load_suite([folder], KINDS)
        except FindingsError as error:
            return {finding.code for finding in error.findings}
        return set()
    return {finding.code for finding in [*lint(paths, estate), *misnamed([folder])]}


def test_there_is_a_page_for_each_code_and_for_nothing_else() -> None:
    assert set(PAGES) == set(ALL_CODES)


def test_every_code_of_configurations_specifications_and_tests_is_registered(repository: Path) -> None:
    pattern = re.compile(r"\"((?:CFG|SPEC|TEST)-[0-9]{3})\"")
    emitted: set[str] = set()
    for path in [*(repository / "gateway").rglob("*.py"), *(repository / "adapters").rglob("*.py")]:
        emitted |= set(pattern.findall(path.read_text(encoding="utf-8"))) if path.name != "codes.py" else set()

    shapes = {f"{kind}-{number}" for kind in ("CFG", "TEST") for number in SHAPE_CODES}
    assert emitted - shapes == {code for code in ALL_CODES if code.startswith(("CFG", "SPEC", "TEST"))} - shapes


@pytest.mark.parametrize("code", ["CFG-301", "spec-013", "TEST-205", "YAML-003"])
def test_lint_explains_any_code(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mapping", "lint", "--explain", code]) == 0
    assert capsys.readouterr().out.startswith(f"# {code.upper()}\n")


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_a_page_begins_with_its_code_and_what_it_means(page: Page) -> None:
    assert (page.title, page.meaning) == (page.code, ALL_CODES[page.code])


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_a_page_shows_the_mistake_and_what_to_write(page: Page) -> None:
    assert bool(page.before) == bool(page.after) == (page.code not in WITHOUT_EXAMPLE)


@pytest.mark.parametrize("page", [one for one in PAGES.values() if one.before], ids=lambda page: page.code)
def test_the_first_example_has_this_mistake_alone_and_the_second_has_none(
    page: Page, estate: Surroundings, tmp_path: Path
) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()

    expected = {page.code} | BESIDE.get(page.code, set())
    assert found(page.code, tmp_path / "before", page.before, estate) == expected
    assert found(page.code, tmp_path / "after", page.after, estate) == set()
