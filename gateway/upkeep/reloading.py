"""Mappings replaced while the gateway runs: rehearsed first, then swapped whole; else the old set stays and says why.

Reloaded are the mapping files, references files and what they include. The configuration, systems and product
specifications stay: they need a new start. What makes it reload: SIGHUP (`soon`), a command (control.py), and, where
the settings say so, files that have changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from gateway.catalog import Catalog
from gateway.loggers import logger
from gateway.lso.identifiers import PoqId
from gateway.mapping.collection import unread
from gateway.qualification.ruling import RuleSet, RuleSets
from gateway.settings import Settings
from gateway.sources.findings import FindingsError
from gateway.store.errors import StoreUnavailable
from gateway.store.records_audit import Action, Actor, AuditEntry
from gateway.upkeep.control import Control
from gateway.upkeep.rehearsal import NotAsTested, Rehearsed, rehearsed
from gateway.upkeep.watching import Files, files_in

LOOK = 0.5
"""Seconds between two looks for a command."""

_LOGGED = 20
"""So many reasons are told in one line of the log; the command prints all."""

_log = logger()


@dataclass(frozen=True)
class Reloaded:
    """What came of a reload. `reasons`: why the old set stays; `unversioned`: what changed without a new version.

    `cases`: tests that passed; `staying`: open POQs that end on the mappings that they began with.
    """

    is_done: bool
    mappings: int = 0
    cases: int = 0
    staying: int = 0
    unversioned: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON data."""
        return asdict(self)


class Reloader:
    """Reloads the mappings of one gateway, one reload at a time."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        rules: RuleSets,
        rule_set: Callable[[Catalog], RuleSet],
        open_poqs: Callable[[], Awaitable[Collection[PoqId]]],
        done: Callable[[Reloaded, str], Awaitable[None]],
    ) -> None:
        """`rule_set` makes what `rules` has of a catalog; `open_poqs` asks the store.

        `done` is told of each reload and what made it.
        """
        self._settings = settings
        self._catalog = catalog
        self._rules = rules
        self._rule_set = rule_set
        self._open_poqs = open_poqs
        self._done = done
        self._control = Control.beside(settings.store.path)
        self._asked = asyncio.Event()
        self._turn = asyncio.Lock()
        self._seen = self._tried = catalog.files

    def soon(self) -> None:
        """Reload when there is time; what comes of it stands in the log."""
        self._asked.set()

    async def reload(self, why: str = "") -> Reloaded:
        """Load, lint and test the mappings as they are now, then answer by them. Changes nothing if it cannot."""
        async with self._turn:
            self._tried = await self._files()
            try:
                found = await asyncio.to_thread(rehearsed, self._settings, self._catalog)
                outcome = await self._swapped(found)
            except FindingsError as error:
                outcome = Reloaded(False, reasons=tuple(map(str, error.findings)))
            except NotAsTested as error:
                outcome = Reloaded(False, reasons=error.lines)
            except StoreUnavailable as error:
                outcome = Reloaded(False, reasons=(f"the store is not available: {error}",))
            except Exception as error:
                _log.error("unexpected fault", exc_info=error)
                outcome = Reloaded(False, reasons=(f"unexpected fault: {type(error).__name__}",))
        _tell(outcome)
        await self._done(outcome, why)
        return outcome

    async def _swapped(self, found: Rehearsed) -> Reloaded:
        staying = await self._rules.swap(self._rule_set(found.catalog), self._open_poqs)
        unversioned = tuple(_unversioned(self._catalog, found.catalog))
        self._catalog = found.catalog
        self._tried |= await asyncio.to_thread(files_in, (), found.catalog.others)
        await self._tell_unread()
        return Reloaded(True, len(found.catalog.mappings.mappings), found.cases, staying, unversioned)

    async def run(self) -> None:
        """Until cancelled."""
        await self._tell_unread()
        watch = self._settings.mappings.watch
        loop = asyncio.get_running_loop()
        next_look = loop.time() + (watch or 0.0)
        while True:
            await self._answer_command()
            if watch is not None and loop.time() >= next_look:
                await self._watch()
                next_look = loop.time() + watch
            await self._wait(LOOK if watch is None else min(LOOK, watch))

    async def _files(self) -> Files:
        """What the mappings are made of, as it is now."""
        return await asyncio.to_thread(files_in, self._settings.mapping_folders, self._catalog.others)

    async def _tell_unread(self) -> None:
        for found in await asyncio.to_thread(list, unread(self._settings.mapping_folders)):
            _log.warning("a mapping file is not read", file=found.location.file, cause=found.message, help=found.hint)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
        except TimeoutError:
            return
        self._asked.clear()
        await self.reload("signal")

    async def _answer_command(self) -> None:
        try:
            request = await asyncio.to_thread(self._control.taken)
            if request is not None:
                outcome = await self.reload("mapping reload")
                await asyncio.to_thread(self._control.tell, request, outcome.plain())
        except OSError as error:
            _log.warning("a command to reload cannot be read or answered", cause=str(error))

    async def _watch(self) -> None:
        """Reload once the files are others than at the last try, and have stayed so since the last look."""
        files = await self._files()
        is_settled, self._seen = files == self._seen, files
        if is_settled and files != self._tried:
            await self.reload("files changed")


def entered_by(
    enter: Callable[[AuditEntry], Awaitable[None]], now: Callable[[], datetime]
) -> Callable[[Reloaded, str], Awaitable[None]]:
    """What enters reloads into the audit; what made the gateway reload is the place they come from."""

    async def done(outcome: Reloaded, why: str) -> None:
        told = f"{outcome.mappings} mappings" if outcome.is_done else "the old ones stay"
        try:
            await enter(AuditEntry(now(), Actor("operator", why), Action.MAPPINGS_RELOADED, told))
        except StoreUnavailable as error:
            _log.warning("a reload could not be entered into the audit", cause=str(error))

    return done


def _tell(outcome: Reloaded) -> None:
    if not outcome.is_done:
        _log.error(
            "mappings not reloaded, the old ones stay", count=len(outcome.reasons), first=outcome.reasons[:_LOGGED]
        )
        return
    told = {name: value for name, value in outcome.plain().items() if name in ("mappings", "cases", "staying")}
    _log.info("mappings reloaded", **told)
    if outcome.unversioned:
        _log.warning("mappings changed without a new version", mappings=outcome.unversioned)


def _unversioned(before: Catalog, after: Catalog) -> Iterator[str]:
    """Mappings that say something else under the same version: answers of both look alike then."""
    known = {mapping.name: mapping for mapping in before.mappings.mappings}
    for mapping in after.mappings.mappings:
        old = known.get(mapping.name)
        if old is not None and old.version == mapping.version and old.identity != mapping.identity:
            yield f"{mapping.name} {mapping.version}"
