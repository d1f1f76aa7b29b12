"""Which tests carry which `requirement` marks, as pytest itself sees them; as a plugin it writes them down."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

TARGET = "POQ_MARKS_FILE"
COLLECTED = pytest.StashKey[Sequence[pytest.Item]]()
"""In a run's configuration: all that was collected, before any of it was deselected."""


def requirements(items: Iterable[pytest.Item]) -> dict[str, list[str]]:
    """For each id the tests (`folder/file.py::test`, without parameters) that are marked with it, sorted."""
    found: dict[str, set[str]] = defaultdict(set)
    for item in items:
        name = item.nodeid.split("[")[0].removeprefix("tests/")
        for mark in item.iter_markers("requirement"):
            for word in mark.args:
                found[word].add(name)
    return {word: sorted(names) for word, names in found.items()}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write them to a JSON file."""
    Path(os.environ[TARGET]).write_text(json.dumps(requirements(session.items)), encoding="utf-8")
