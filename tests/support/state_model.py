"""The state model of a deferred POQ, told a second time and in the plainest way: dicts, words and rules.

It shares nothing with the product: no tables, no types. What it says a POQ, its events and its deliveries must be is
compared with what is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

OPEN = ("acknowledged", "inProgress")
ITEM, POQ = "poqItemStateChangeEvent", "poqStateChangeEvent"

Told = tuple[str, int | None, str]
"""An event: its type, the position of the item, the state that was reached."""


@dataclass
class Item:
    """`history` has states with reasons; `needs`: the position of the item whose answer it reads.

    `is_persons`: nobody but an operator can answer it.
    """

    needs: int | None
    history: list[tuple[str, str | None]] = field(default_factory=lambda: [("acknowledged", None)])
    answer: int | None = None
    is_persons: bool = False

    @property
    def state(self) -> str:
        return self.history[-1][0]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass
class Poq:
    """One POQ. `told`: all that happened, in order, from its creation on."""

    buyer: str
    items: list[Item]
    history: list[tuple[str, str | None]] = field(default_factory=lambda: [("acknowledged", None)])
    told: list[Told] = field(default_factory=list)

    @property
    def state(self) -> str:
        return self.history[-1][0]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def is_blocked(self, position: int) -> bool:
        """It waits for the answer of an open item."""
        needed = self.items[position].needs
        return needed is not None and self.items[needed].is_open

    def waits_for_a_person(self, position: int) -> bool:
        """Itself, or the item whose answer it reads."""
        item = self.items[position]
        if item.is_persons:
            return True
        return item.needs is not None and self.items[item.needs].is_open and self.waits_for_a_person(item.needs)

    def postpone(self, position: int, *, to_a_person: bool) -> None:
        """It is asked again later, unless it came to its end in the meantime."""
        if self.items[position].is_open:
            self.items[position].is_persons = to_a_person

    def begin(self, positions: Iterable[int]) -> None:
        """Work on acknowledged items has begun."""
        for position in positions:
            assert self.is_open
            assert self.items[position].state == "acknowledged", "only what has not begun begins"
            self._reach(position, "inProgress")
            self._settle(None)

    def end(self, ends: Mapping[int, tuple[str, Any]]) -> None:
        """Results of one commit: `done` with the number of the answer, `rejected` or `late` with the reason."""
        if not self.is_open:
            return
        ends = {n: end for n, end in sorted(ends.items()) if self.items[n].is_open}
        begun = [n for n, (kind, _) in ends.items() if kind != "rejected" and self.items[n].state == "acknowledged"]
        for position in begun:
            self._reach(position, "inProgress")
        if begun:
            self._settle(None)
        self._finish(ends)

    def overdue(self) -> None:
        """The requested date has passed: who was at work is late, who was not is abandoned; nobody at work: all."""
        waiting = [n for n, item in enumerate(self.items) if item.state == "acknowledged"]
        working = [n for n, item in enumerate(self.items) if item.state == "inProgress"]
        self.end(dict.fromkeys(working or waiting, ("late", "The answer was not complete by the requested date")))

    def _finish(self, ends: Mapping[int, tuple[str, Any]]) -> None:
        kinds = {kind for kind, _ in ends.values()}
        bad = "rejected" if "rejected" in kinds else "late" if "late" in kinds else None
        reason = next((said for kind, said in ends.values() if kind == bad), None)
        abandoned = "Another item of the request could not be answered"
        goes_on = [n for n, item in enumerate(self.items) if item.is_open and n not in ends]
        starts = not bad and ends and not any(self.items[n].state == "inProgress" for n in goes_on)
        for position, item in enumerate(self.items):
            kind, said = ends.get(position, (None, None))
            if kind == "done":
                item.answer = said
                self._reach(position, "done")
            elif kind is not None and kind == bad:
                self._reach(position, "rejected" if kind == "rejected" else "terminatedWithError", said)
            elif item.is_open and bad:
                self._reach(position, "done.abandoned", abandoned)
            elif item.is_open and starts:
                self._reach(position, "inProgress")
        self._settle(reason)

    def _reach(self, position: int, state: str, reason: str | None = None) -> None:
        self.items[position].history.append((state, reason))
        self.told.append((ITEM, position, state))

    def _settle(self, reason: str | None) -> None:
        """The POQ follows its items."""
        states = [item.state for item in self.items]
        if "rejected" in states:
            state = "rejected"
        elif "terminatedWithError" in states:
            state = "terminatedWithError"
        elif set(states) == {"done"}:
            state = "done"
        else:
            state = "inProgress" if "inProgress" in states else "acknowledged"
        if state != self.state:
            self.history.append((state, reason))
            self.told.append((POQ, None, state))


@dataclass
class Registration:
    buyer: str
    types: tuple[str, ...]
    is_enabled: bool = True


@dataclass
class Letter:
    """One event for one registration: `open`, `delivered` or `dead`."""

    event: Told
    state: str = "open"


@dataclass
class Queue:
    """The events of one POQ for one registration, by number; `turn`: the one that may be sent."""

    letters: dict[int, Letter] = field(default_factory=dict)
    turn: int | None = None

    def add(self, number: int, event: Told) -> None:
        self.letters[number] = Letter(event)
        self._next()

    def settle(self, number: int, state: str) -> None:
        """It was delivered, or is given up."""
        self.letters[number].state = state
        if self.turn == number:
            self.turn = None
        self._next()

    def replay(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.letters[number].state = "open"
        self._next()

    def give_up(self) -> None:
        """The registration is disabled."""
        for letter in self.letters.values():
            if letter.state == "open":
                letter.state = "dead"
        self.turn = None

    def _next(self) -> None:
        if self.turn is None:
            self.turn = min((n for n, letter in self.letters.items() if letter.state == "open"), default=None)


@dataclass
class Model:
    """All POQs, registrations and queues."""

    poqs: dict[str, Poq] = field(default_factory=dict)
    registrations: dict[str, Registration] = field(default_factory=dict)
    queues: dict[tuple[str, str], Queue] = field(default_factory=dict)
    wanted: dict[str, dict[int, Told]] = field(default_factory=dict)
    _posted: dict[str, int] = field(default_factory=dict)

    def post(self) -> None:
        """What happened since the last time goes to whoever is registered now."""
        for poq_id, poq in self.poqs.items():
            for number in range(self._posted.get(poq_id, 0) + 1, len(poq.told) + 1):
                event = poq.told[number - 1]
                takers = [
                    name
                    for name, one in self.registrations.items()
                    if one.is_enabled and one.buyer == poq.buyer and event[0] in one.types
                ]
                for name in takers:
                    self.queues.setdefault((name, poq_id), Queue()).add(number, event)
                if takers:
                    self.wanted.setdefault(poq_id, {})[number] = event
            self._posted[poq_id] = len(poq.told)

    def disable(self, registration: str) -> None:
        self.registrations[registration].is_enabled = False
        for (name, _), queue in self.queues.items():
            if name == registration:
                queue.give_up()

    def forget(self, registration: str) -> None:
        """The registration has been deleted, with all that waited."""
        del self.registrations[registration]
        self.queues = {key: queue for key, queue in self.queues.items() if key[0] != registration}
