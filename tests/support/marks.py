"""A pytest plugin that writes down which tests carry which `requirement` marks, as pytest itself sees them."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

TARGET = "POQ_MARKS_FILE"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write a JSON file: for each id the tests (`folder/file.py::test`, without parameters) that are marked with it."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in session.items:
        name = item.nodeid.split("[")[0].removeprefix("tests/")
        for mark in item.iter_markers("requirement"):
            for word in mark.args:
                if name not in found[word]:
                    found[word].append(name)
    Path(os.environ[TARGET]).write_text(json.dumps(found), encoding="utf-8")
