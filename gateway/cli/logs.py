"""Log lines: one event a line on standard error; a fixed message and fields, JSON for machines or text for people."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson
import structlog

from gateway.log_fields import REHEARSAL, REQUEST_ID

if TYPE_CHECKING:
    from gateway.settings.models import LogSettings


def configure_logs(settings: LogSettings) -> None:
    """Set up structlog once, before anything logs."""
    is_json = settings.format == "json"
    renderer: structlog.types.Processor = (
        as_json if is_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    file = buffered(sys.stderr.buffer)
    structlog.configure(
        processors=[completed, renderer],
        wrapper_class=telling(getattr(logging, settings.level.upper())),
        logger_factory=((lambda *_: Lines(file)) if is_json else structlog.PrintLoggerFactory(sys.stderr)),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def telling(level: int) -> type[Any]:
    """The class of loggers that tell what is of this level at least: as structlog's own, without the layers that put
    bound values and arguments of a message together, which nobody uses here. The fields of a call are the line.
    """
    methods = {name: _telling(name) if number >= level else _silent for name, number in _LEVELS.items()}
    return type("Telling", (structlog.BoundLoggerBase,), methods)


_LEVELS = {name: getattr(logging, name.upper()) for name in ("debug", "info", "warning", "error", "critical")}


def _telling(level: str) -> Callable[..., None]:
    def tell(logger: Any, event: str, /, **line: Any) -> None:
        line["event"] = event
        told: Any = line
        try:
            for process in logger._processors:
                told = process(logger._logger, level, told)
        except structlog.DropEvent:
            return
        getattr(logger._logger, level)(told)

    return tell


def _silent(logger: Any, event: str, /, **line: Any) -> None:
    return None


def buffered(file: BinaryIO) -> BinaryIO:
    """The file, or one before it that waits for `flush`.

    With PYTHONUNBUFFERED, which images of containers like to set, each write is a call of the system, and may write a
    part only.
    """
    return io.BufferedWriter(file) if isinstance(file, io.RawIOBase) else file


class Lines:
    """Where lines go: what is told in one turn of the event loop goes out together, at its end; an error at once.

    Each line by itself is a call of the system, and a tenth of what it costs to make it. Outside of a loop nothing
    waits.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._is_due = False

    def msg(self, line: bytes) -> None:
        """A line that may wait for the end of the turn."""
        self._file.write(line + b"\n")
        if self._is_due:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._file.flush()
            return
        self._is_due = True
        loop.call_soon(self._go)

    def at_once(self, line: bytes) -> None:
        """A line that must be seen, whatever happens next."""
        self._file.write(line + b"\n")
        self._file.flush()

    def _go(self) -> None:
        self._is_due = False
        self._file.flush()

    debug = info = warning = msg
    error = critical = exception = at_once


def quiet_logs() -> None:
    """Nothing is logged: for commands that run what a gateway runs and tell themselves what came of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def completed(logger: object, name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """The line with its request, its level and the time; in one step, since each POQ leaves several lines.

    What mappings answer to their own tests, before they are used, is nothing that has happened.
    """
    if REHEARSAL.get():
        raise structlog.DropEvent
    request_id = REQUEST_ID.get()
    if request_id is not None:
        event.setdefault("request_id", request_id)
    event["level"] = name
    event["timestamp"] = _timestamp()
    return structlog.processors.format_exc_info(logger, name, event) if "exc_info" in event else event


def _timestamp() -> str:
    """Now, in UTC and with microseconds: of its digits, since lines of one second have all else in common."""
    nanoseconds = str(time.time_ns())
    return f"{_second(nanoseconds[:-9])}.{nanoseconds[-9:-3]}Z"


@lru_cache(maxsize=1)
def _second(since_1970: str) -> str:
    return datetime.fromtimestamp(int(since_1970), UTC).isoformat()[:19]


def as_json(logger: object, name: str, event: structlog.types.EventDict) -> bytes:
    """One line; what orjson refuses (half a character, an integer of more than 64 bits) must not lose it."""
    try:
        return orjson.dumps(event, default=repr)
    except TypeError:
        return json.dumps(event, default=repr).encode()
