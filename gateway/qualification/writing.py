"""The writes of one evaluation: each noted before it is made, and what came of it after. Knows no store.

Whoever finds that a write was begun before does not make it again: it takes the reply that was kept, or says that it
was begun, and hears of the step that looks up what became of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import assert_never

from gateway.loggers import logger
from gateway.lso.identifiers import ItemId
from gateway.mapping.outcomes import AlreadyBegun, Answered, Call, Impossible, StepResult, Unanswered
from gateway.mapping.plan import LoadedMapping
from gateway.qualification.intents import (
    Begun,
    Ending,
    Found,
    IntentNotKept,
    Intents,
    Unknown,
    WriteIntent,
    ending_of,
)
from gateway.qualification.observing import ItemNotes

_log = logger()


class Writing:
    """Makes the writes of one run of a mapping for one item, and for one candidate where there are several."""

    def __init__(
        self, intents: Intents, notes: ItemNotes, mapping: LoadedMapping, item: ItemId, offering: str | None
    ) -> None:
        self._intents = intents
        self._notes = notes
        self._mapping = mapping
        self._item = item
        self._offering = offering
        self._open: dict[str, WriteIntent] = {}

    async def write(self, call: Call, make: Callable[[Call], Awaitable[StepResult]]) -> StepResult:
        """Make the call where nobody has before; what then becomes of it is known, or it is never made again."""
        intent = self._intent(call)
        try:
            begun = await self._intents.begin(intent)
        except IntentNotKept as error:
            return Impossible(str(error))
        match begun:
            case Answered():
                self._notes.begin(self._mapping.step(call.step), call).kept(begun)
                return begun
            case Begun.ALREADY:
                return self._begun_before(intent, call)
            case Begun.NEW:
                return await self._made(intent, await make(call))
            case _:
                assert_never(begun)

    async def looked_up(self, call: Call, result: StepResult) -> None:
        """A step that may look up has been asked: if it has answered, somebody knows what became of the write."""
        intent = self._open.get(call.step)
        if intent is not None and isinstance(result, Answered):
            await self._settle(intent, Found())

    def _intent(self, call: Call) -> WriteIntent:
        step = self._mapping.step(call.step)
        about = (self._item, self._mapping.name, call.step, self._offering)
        return WriteIntent(*about, call.arguments, self._mapping.version, step.system)

    def _begun_before(self, intent: WriteIntent, call: Call) -> AlreadyBegun:
        result = AlreadyBegun()
        self._notes.begin(self._mapping.step(call.step), call).kept(result)
        self._is_open(intent)
        return result

    async def _made(self, intent: WriteIntent, result: StepResult) -> StepResult:
        ending = ending_of(self._mapping.step(intent.step), result)
        await self._settle(intent, ending)
        if isinstance(ending, Unknown):
            self._is_open(intent)
        if isinstance(result, Unanswered) and not result.is_sent:
            return Impossible(result.cause)  # so it is not unknown, and may be tried again later
        return result

    def _is_open(self, intent: WriteIntent) -> None:
        """Nobody knows what became of it, but a step may find out."""
        target = self._mapping.step(intent.step).looks_up
        if target is not None:
            self._open[target] = intent

    async def _settle(self, intent: WriteIntent, ending: Ending) -> None:
        """Note it; what cannot be noted only makes a later try more careful than it need be."""
        try:
            await self._intents.settle(intent, ending)
        except IntentNotKept as error:
            about = {"item_id": intent.item, "mapping": intent.mapping, "step": intent.step}
            _log.warning("what came of a write is not kept", ending=type(ending).__name__, cause=str(error), **about)
