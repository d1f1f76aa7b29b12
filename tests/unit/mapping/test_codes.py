"""The registry of codes: what the source emits is registered, and what is registered is provoked by a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.cli.error_pages import error_pages
from gateway.mapping.codes import CODES
from tests.support.error_pages import read_page

ROOMS = ("gateway/mapping", "gateway/sources", "gateway/qualification")
TESTS = ("tests/unit/mapping", "tests/unit/sources")
_CODE = re.compile(r"\"((?:MAP|YAML)-\d{3})\"")


def emitted(repository: Path) -> set[str]:
    found: set[str] = set()
    for path in (path for room in ROOMS for path in (repository / room).rglob("*.py") if path.name != "codes.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(_CODE.findall(text))
        found |= {f"MAP-{number}" for number in re.findall(r"\{prefix\}-(\d{3})", text)}
        if path.name == "models.py":
            found |= {f"MAP-{number}" for number in re.findall(r"\"(1\d\d)\"", text)}
    return found


def test_every_code_that_is_emitted_is_registered_and_the_other_way_round(repository: Path) -> None:
    assert emitted(repository) == set(CODES)


def test_every_registered_code_is_provoked_by_a_test(repository: Path) -> None:
    """By the example on its page (tests/unit/cli/test_error_pages.py), or by a test that names it."""
    shown = {code for code, path in error_pages().items() if read_page(path).before}
    texts = "".join(
        path.read_text(encoding="utf-8") for room in TESTS for path in (repository / room).glob("test_*.py")
    )
    assert set(CODES) - shown <= set(_CODE.findall(texts))


@pytest.mark.parametrize("code", CODES)
def test_a_meaning_is_one_line(code: str) -> None:
    assert CODES[code].endswith(".")
    assert "\n" not in CODES[code]
