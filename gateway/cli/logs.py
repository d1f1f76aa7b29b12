"""Log lines: one event a line on standard error; a fixed message and fields, JSON for machines or text for people."""

from __future__ import annotations

import logging
import sys

import structlog

from gateway.rehearsal import REHEARSAL
from gateway.settings.models import LogSettings


def configure_logs(settings: LogSettings) -> None:
    """Set up structlog once, before anything logs."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if settings.format == "json"
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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def quiet_logs() -> None:
    """Nothing is logged: for commands that run what a gateway runs and tell themselves what came of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _without_rehearsals(logger: object, name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """What mappings answer to their own tests, before they are used, is nothing that has happened."""
    if REHEARSAL in event:
        raise structlog.DropEvent
    return event
