"""A command in a process of its own does not look through the memory that ends with it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from gateway.cli import main
from tests.conftest import REPOSITORY


@pytest.fixture
def memory() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    gc.enable()


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize(
    ("command", "looks"), [pytest.param("lint", False, id="lint"), pytest.param("docs", True, id="docs")]
)
def test_what_a_command_has_read_is_not_looked_through_at_its_end(
    command: str, looks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["poq-gateway", "mapping", command, str(REPOSITORY / "mappings")])

    assert main() == 0
    assert gc.isenabled() is looks
    assert gc.get_freeze_count() > 0


def test_a_command_within_another_process_changes_nothing_there() -> None:
    frozen = gc.get_freeze_count()

    assert main(["mapping", "lint", str(REPOSITORY / "mappings")]) == 0
    assert gc.isenabled()
    assert gc.get_freeze_count() == frozen
