"""Work that goes on beside serving: started with the gateway, ended with it, never silently dead in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from gateway.loggers import logger

PAUSE = 1.0
"""Seconds before work that failed unexpectedly is begun again."""

_log = logger()


class Background:
    """`async with Background(name, run)`: `run` goes on until the block is left; it is cancelled then, and awaited."""

    def __init__(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        self._name = name
        self._run = run
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.get_running_loop().create_task(self._forever(), name=self._name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _forever(self) -> None:
        while True:
            try:
                await self._run()
            except Exception as error:
                _log.error("background work failed, begun again", work=self._name, exc_info=error)
            await asyncio.sleep(PAUSE)
