"""Each code has a page, and what the page shows is true: the first example has that mistake, the second has none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.cli.error_pages import error_pages
from gateway.linting import Surroundings, lint, misnamed, read_surroundings
from gateway.mapping.codes import CODES
from tests.conftest import REPOSITORY
from tests.support.error_pages import Page, read_page, write_files

PAGES = {code: read_page(path) for code, path in error_pages().items()}

WITHOUT_EXAMPLE = {
    "YAML-001": "a file that is not there",
    "YAML-002": "a page is UTF-8 itself",
    "YAML-011": "two million characters",
    "MAP-001": "a folder that is not there",
}

BESIDE = {"MAP-504": {"MAP-102"}}
"""Codes that cannot come alone: the second one is told in another file."""


@pytest.fixture(scope="module")
def estate() -> Surroundings:
    """The demo's systems and products: what the examples are held against."""
    surroundings = read_surroundings(REPOSITORY / "config" / "gateway.yaml")
    assert surroundings.findings == ()
    return surroundings


def found(folder: Path, files: Mapping[str, str], estate: Surroundings) -> set[str]:
    paths = write_files(folder, files)
    return {finding.code for finding in [*lint(paths, estate), *misnamed([folder])]}


def test_there_is_a_page_for_each_code_and_for_nothing_else() -> None:
    assert set(PAGES) == set(CODES)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_a_page_begins_with_its_code_and_what_it_means(page: Page) -> None:
    assert (page.title, page.meaning) == (page.code, CODES[page.code])


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_a_page_shows_the_mistake_and_what_to_write(page: Page) -> None:
    assert bool(page.before) == bool(page.after) == (page.code not in WITHOUT_EXAMPLE)


@pytest.mark.parametrize("page", [one for one in PAGES.values() if one.before], ids=lambda page: page.code)
def test_the_first_example_has_this_mistake_alone_and_the_second_has_none(
    page: Page, estate: Surroundings, tmp_path: Path
) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()

    assert found(tmp_path / "before", page.before, estate) == {page.code} | BESIDE.get(page.code, set())
    assert found(tmp_path / "after", page.after, estate) == set()
