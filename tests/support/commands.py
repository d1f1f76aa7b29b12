"""Commands of the gateway, in this process: what they print, and how they end. A process takes seconds to start."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import structlog

from gateway.cli import main


@dataclass(frozen=True)
class Output:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


def run(*words: object, cwd: Path | None = None) -> Output:
    """Run `poq-gateway` with these words, in this folder. It fails with what the command does not catch."""
    out, err = _Captured(), _Captured()
    with chdir(cwd) if cwd else nullcontext(), _log_apart(), redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([*map(str, words)])
        except SystemExit as ended:  # what the parser refuses, or shows
            code = int(ended.code or 0)
    return Output(code, out.said(), err.said())


async def command(*words: object) -> Output:
    """The same beside a gateway that runs in this process and goes on."""
    return await asyncio.to_thread(run, *words)


class _Captured(io.TextIOWrapper):
    """In the place of a standard stream, which has bytes below."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        super().__init__(self._bytes, "utf-8", write_through=True)

    def said(self) -> str:
        return self._bytes.getvalue().decode()


@contextmanager
def _log_apart() -> Iterator[None]:
    """What else runs here logs to where it did, and is not part of what the command says.

    What the command sets of the log ends with it: no logger may keep it for good, as it would in a process of its own.
    """
    before = structlog.get_config()
    configure = structlog.configure

    def configure_for_now(**said: Any) -> None:
        configure(**{**said, "cache_logger_on_first_use": False})

    structlog.configure(logger_factory=structlog.WriteLoggerFactory(sys.stdout))
    try:
        with mock.patch.object(structlog, "configure", configure_for_now):
            yield
    finally:
        structlog.configure(**before)
