"""How a command learns what a running gateway knows of its systems, by files beside the store (control.py)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from adapters.guard import Guard
from gateway.loggers import logger
from gateway.upkeep.control import Control

LOOK = 0.25
"""Seconds between two looks for a question."""

TAKEN = 1.5
"""Seconds within which a gateway that is there answers."""

_POLL = 0.05

_log = logger()


class StateTeller:
    """The gateway's side: tells the state of its guards whenever it is asked."""

    def __init__(self, store: Path, guards: Mapping[str, Guard]) -> None:
        self._control = Control.beside(store, "state")
        self._guards = guards

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                request = await asyncio.to_thread(self._control.taken)
                if request is not None:
                    await asyncio.to_thread(self._control.tell, request, {"systems": self.state()})
            except OSError as error:
                _log.warning("a question about the state cannot be read or answered", cause=str(error))
            await asyncio.sleep(LOOK)

    def state(self) -> dict[str, Any]:
        """Each system's snapshot as JSON data."""
        return {name: asdict(guard.snapshot()) for name, guard in self._guards.items()}


async def ask_state(store: Path, *, within: float = TAKEN) -> Mapping[str, Any] | None:
    """The command's side: the state by system; None where no gateway answers in time, or none can be asked."""
    control, request = Control.beside(store, "state"), secrets.token_hex(8)
    if not store.parent.is_dir():
        return None
    try:
        await asyncio.to_thread(control.ask, request)
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        while (told := await asyncio.to_thread(control.told, request)) is None and loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(_POLL)
        if told is None:
            await asyncio.to_thread(control.withdraw)
            return None
    except OSError:
        return None
    state = told.get("systems")
    return state if isinstance(state, dict) else None
