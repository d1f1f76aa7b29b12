"""What all tests share: the standard's files beside the checkout, and skips that CI turns into failures."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import structlog
import uvloop

from tests.support.marks import COLLECTED

REPOSITORY = Path(__file__).resolve().parent.parent
LONG = 60.0
"""Seconds: the time that a test may take which says nothing else of it."""


def skip_or_fail(reason: str) -> None:
    """Skip the test; where POQ_REQUIRE_ALL is set (CI), fail it instead."""
    if os.environ.get("POQ_REQUIRE_ALL"):
        pytest.fail(f"POQ_REQUIRE_ALL is set, but {reason}")
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Keep what was collected, for those who ask about all tests; spread those of it that run and may take long."""
    config.stash[COLLECTED] = list(items)
    yield
    items[:] = _spread(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _spread(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """So that each worker, which is given its share as a whole, begins with its part of those that may take long.

    What is left at its end others can take over; a test that has begun they cannot.
    """
    long = sorted((item for item in items if _may_take(item) > LONG), key=_may_take, reverse=True)
    short = [item for item in items if _may_take(item) <= LONG]
    spread: list[pytest.Item] = []
    for worker in range(workers):
        share = (len(items) - len(spread)) // (workers - worker)
        own = long[worker::workers]
        rest = max(share - len(own), 0)
        spread += [*own, *short[:rest]]
        short = short[rest:]
    return spread + short


def _may_take(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker else LONG


def pytest_sessionfinish() -> None:
    """What tests kept for other tests."""
    if databases := sys.modules.get("tests.support.databases"):
        databases.drop_kept_databases()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The standard's OpenAPI files, product schemas and examples (never part of this repository)."""
    folder = Path(os.environ.get("POQ_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "lso").is_dir():
        skip_or_fail(f"the standard's files are not at {folder} (set POQ_SHARED)")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """What a command sets of the log, run in this process, ends with its test.

    A line goes to the standard output of the moment in which it was begun (structlog's own default may change its mind
    meanwhile), so that what a command prints, beside a gateway, can be told from the gateway's log.
    """
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.WriteLoggerFactory())
    yield
    structlog.configure(**before)


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on the event loop that gateways are served on; one alone leaves the names of tests as they are."""
    return {"uvloop": uvloop.new_event_loop}
