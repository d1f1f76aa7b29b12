"""Loggers that are made before the log is set up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from gateway.loggers import logger


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


class _Lines:
    def __init__(self) -> None:
        self.told: list[str] = []

    def info(self, **line: str) -> None:
        self.told.append(line["event"])


@pytest.mark.parametrize("is_for_good", [True, False])
def test_a_logger_is_set_up_with_the_log_whatever_it_told_before(is_for_good: bool) -> None:
    first, second = _Lines(), _Lines()
    log = logger()
    structlog.configure(processors=[], logger_factory=lambda *_: first, cache_logger_on_first_use=False)
    log.info("before")
    structlog.configure(logger_factory=lambda *_: second, cache_logger_on_first_use=is_for_good)
    log.info("one")
    log.info("two")
    assert (first.told, second.told) == (["before"], ["one", "two"])


def test_what_a_test_captures_is_captured_also_of_loggers_that_have_told_before() -> None:
    lines = _Lines()
    log = logger()
    structlog.configure(processors=[], logger_factory=lambda *_: lines, cache_logger_on_first_use=True)
    log.info("before")
    with structlog.testing.capture_logs() as captured:
        log.info("captured")
    assert lines.told == ["before"]
    assert [line["event"] for line in captured] == ["captured"]
