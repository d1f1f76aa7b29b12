"""What each line of the log has, whoever writes it."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast
from unittest import mock

import orjson
import pytest
import structlog

from gateway.cli import logs
from gateway.cli.logs import Lines, as_json, buffered, completed, telling
from gateway.log_fields import REHEARSAL, REQUEST_ID


def test_a_line_has_its_request_its_level_and_the_time() -> None:
    token = REQUEST_ID.set("request-1")
    try:
        line = completed(None, "warning", {"event": "not available"})
    finally:
        REQUEST_ID.reset(token)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
    assert line == {"event": "not available", "request_id": "request-1", "level": "warning"}


def test_a_line_outside_of_requests_has_no_request() -> None:
    assert "request_id" not in completed(None, "info", {"event": "serving"})


def test_what_is_only_tried_is_not_logged() -> None:
    token = REHEARSAL.set(True)
    try:
        with pytest.raises(structlog.DropEvent):
            completed(None, "info", {"event": "item decided"})
    finally:
        REHEARSAL.reset(token)


def test_an_exception_is_told_with_its_traceback() -> None:
    try:
        raise ValueError("why")
    except ValueError as error:
        line = completed(None, "error", {"event": "unexpected fault", "exc_info": error})
    assert line["exception"].endswith("ValueError: why")
    assert "exc_info" not in line


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("\ud800", id="half-a-character"),
        pytest.param(2**70, id="large-number"),
        pytest.param(object(), id="no-json"),
    ],
)
def test_no_value_loses_a_line(value: object) -> None:
    line = as_json(None, "info", {"event": "poq changed", "value": value})
    assert b"poq changed" in line
    assert b"\n" not in line


class _Lines:
    """Keeps what it is told, by level."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bytes]] = []

    def __getattr__(self, level: str) -> Callable[[bytes], None]:
        return lambda line: self.told.append((level, line))


def test_lines_are_those_of_structlogs_own_loggers() -> None:
    def dropped(logger: object, name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        if event.get("reason") == "only tried":
            raise structlog.DropEvent
        return event

    told = []
    for kind in (telling(logging.INFO), structlog.make_filtering_bound_logger(logging.INFO)):
        lines = _Lines()
        log: Any = structlog.wrap_logger(lines, processors=[dropped, as_json], wrapper_class=kind)
        log.debug("starting")
        log.info("item decided", item_id="001", level="x", outcome=None)
        log.info("item decided", reason="only tried")
        log.warning("retried")
        log.error("unexpected fault", exc_info=ValueError("why"))
        told.append(lines.told)
    assert told[0] == told[1]
    assert [level for level, _ in told[0]] == ["info", "warning", "error"]


@pytest.mark.parametrize("instant", [1_767_323_040_000_000_000, 1_767_323_040_000_007_999, 1_767_323_041_999_999_000])
def test_the_time_is_that_of_the_line_with_all_its_digits(instant: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "time", mock.Mock(time_ns=lambda: instant))
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant // 1000)
    told = completed(None, "info", {"event": "serving"})["timestamp"]
    assert told == f"{at.isoformat(timespec='microseconds').removesuffix('+00:00')}Z"


def test_a_line_is_one_json_object() -> None:
    assert orjson.loads(as_json(None, "info", {"event": "serving", "buyers": 3})) == {"event": "serving", "buyers": 3}


class _File(io.BytesIO):
    """Remembers what was there whenever it was flushed."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed: list[bytes] = []

    def flush(self) -> None:
        self.flushed.append(self.getvalue())


async def test_what_one_turn_tells_goes_out_together_at_its_end() -> None:
    file = _File()
    lines = Lines(file)
    lines.info(b"one")
    lines.warning(b"two")
    assert file.flushed == []
    await asyncio.sleep(0)
    lines.info(b"three")
    await asyncio.sleep(0)
    assert file.flushed == [b"one\ntwo\n", b"one\ntwo\nthree\n"]


async def test_an_error_does_not_wait_nor_do_lines_before_it() -> None:
    file = _File()
    lines = Lines(file)
    lines.info(b"one")
    lines.error(b"two")
    assert file.flushed == [b"one\ntwo\n"]


def test_outside_of_a_loop_nothing_waits() -> None:
    file = _File()
    Lines(file).info(b"one")
    assert file.flushed == [b"one\n"]


async def test_lines_go_out_together_where_python_does_not_buffer(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb", buffering=0) as raw, buffered(cast(BinaryIO, raw)) as file:
        lines = Lines(file)
        lines.info(b"one")
        lines.info(b"two")
        assert path.read_bytes() == b""
        await asyncio.sleep(0)
        assert path.read_bytes() == b"one\ntwo\n"
