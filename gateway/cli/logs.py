"""Log lines: one event a line on standard error; a fixed message and fields, JSON for machines or text for people."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import orjson
import structlog

from gateway.settings.models import LogSettings
from gateway.upkeep.rehearsal import REHEARSAL


def configure_logs(settings: LogSettings) -> None:
    """Set up structlog once, before anything logs."""
    is_json = settings.format == "json"
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(serializer=_json)
        if is_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _without_rehearsals,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.level.upper())),
        logger_factory=(
            structlog.BytesLoggerFactory(sys.stderr.buffer) if is_json else structlog.PrintLoggerFactory(sys.stderr)
        ),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def _json(line: Any, default: Callable[[Any], Any]) -> bytes:
    """One line; what orjson refuses (half a character, an integer of more than 64 bits) must not lose it."""
    try:
        return orjson.dumps(line, default=default)
    except TypeError:
        return json.dumps(line, default=default).encode()


def quiet_logs() -> None:
    """Nothing is logged: for commands that run what a gateway runs and tell themselves what came of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _without_rehearsals(logger: object, name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """What mappings answer to their own tests, before they are used, is nothing that has happened."""
    if REHEARSAL in event:
        raise structlog.DropEvent
    return event
