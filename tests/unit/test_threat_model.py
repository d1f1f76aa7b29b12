"""The threat model names what guards each boundary: tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "threat-model.md"
BOUNDARIES = (
    "Buyer to gateway",
    "Gateway to listener",
    "Gateway to legacy systems",
    "Mapping author to gateway",
    "Operator and command line to store",
    "Store",
    "Configuration and secrets",
    "Supply chain",
)

_ROW = re.compile(r"^\| (?!---|tried)(.+) \| (.+) \| (.+) \|$", re.MULTILINE)
_FILE = re.compile(r"`(tests/[^`]+)`")
_TEST = re.compile(r"^ *(?:async )?def test_|RuleBasedStateMachine", re.MULTILINE)


def sections() -> dict[str, list[tuple[str, str]]]:
    """By boundary: what is tried, and the cell that names its tests."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    return {part.split("\n", 1)[0]: [(row[0], row[2]) for row in _ROW.findall(part)] for part in parts}


def test_each_boundary_is_there() -> None:
    assert tuple(sections()) == BOUNDARIES


@pytest.mark.parametrize(
    ("tried", "guards"),
    [pytest.param(*row, id=f"{name}: {row[0]}") for name, rows in sections().items() for row in rows],
)
def test_each_threat_names_test_files_that_have_tests(tried: str, guards: str) -> None:
    files = _FILE.findall(guards)

    assert files, tried
    assert ", ".join(f"`{file}`" for file in files) == guards
    assert [file for file in files if not _TEST.search(_text(REPOSITORY / file))] == []


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_no_boundary_is_left_open(boundary: str) -> None:
    assert len(sections()[boundary]) >= 3


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/security.md", "README.md"])
def test_readers_find_the_way_to_it(page: str) -> None:
    assert re.search(r"\((?:docs/)?threat-model\.md\)", _text(REPOSITORY / page))
