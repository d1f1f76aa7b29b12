"""The one place before every call of a system, whatever it speaks. Decides whether, when and how often it is asked.

In this order, for each try: is there time, is the system known to be down, is there a place, then the call itself
within its time limit. Then: is it worth asking again, may it be (nothing that changes something is), is there budget
and time.
Knows no protocol and no mapping.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.alarm import Alarm, Limit
from adapters.base import AdapterError, BadArguments, Cause, NoAnswer, Operation, Reply, SystemFault
from adapters.guard.breaker import Breaker, Change, State, Verdict
from adapters.guard.budget import RetryBudget
from adapters.guard.line import Line, Refused
from adapters.guard.options import GuardOptions
from adapters.limits import ALMOST, WHOLE, had_its_time
from gateway.loggers import logger
from gateway.values import value

_FAILURES = frozenset({Cause.TIMEOUT, Cause.UNREACHABLE, Cause.BROKEN, Cause.OVERLOADED})
"""What speaks against the system. What it answers and nobody can read may be the fault of one question alone."""

GRACE = 1.0
"""Seconds after its limit at which a call is cut off. Every adapter ends its calls by itself; this is for others."""

# read once: a member of an enumeration costs as much as a call of a function
_CLOSED = State.CLOSED
_WORKED, _FAILED, _NOTHING = Verdict.WORKED, Verdict.FAILED, Verdict.NOTHING

_log = logger()


@value(frozen=True)
class Asking:
    """How one step asks. `timeout`: seconds for one try, without the wait for a place.

    `deadline`: when its answer is of no use any more, on the guard's clock; `urgent`: somebody waits for it now;
    `write`: it changes something, and is never sent twice; `attempt`: from 1, how often the mapping has asked, with the
    guard's own tries.
    """

    timeout: float
    deadline: float | None = None
    urgent: bool = True
    write: bool = False
    attempt: int = 1


@value(frozen=True)
class Asked:
    """What came of it: a usable reply or why there is none. `tries`: how often the system was asked for it.

    `remark`: why it was not asked again, where that might have helped and was refused.
    `is_hurried`: who asked had too little time; who has more may get something else.
    """

    outcome: Reply | AdapterError
    tries: int = 1
    remark: str = field(default="", compare=False)
    is_hurried: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Snapshot:
    """The state of a guard. `calls` and `failures` are those of the breaker's window, the rest is now or in all.

    `pause`: seconds until an open breaker lets a probe through; `budget`: retries that are left; `refused`: calls that
    were not made.
    """

    breaker: State
    pause: float
    calls: int
    failures: int
    busy: int
    busy_deferred: int
    waiting: int
    waiting_deferred: int
    budget: float
    asked: int
    retried: int
    refused: int


class Refusal(NoAnswer):
    """A guard did not let the call be made. As an outcome: nothing was asked, at this call of the guard."""


@dataclass
class _Counts:
    asked: int = 0
    retried: int = 0
    refused: int = 0


@dataclass
class Guard:
    """Guards one system. `monotonic` gives the seconds of the event loop's clock, `chance` numbers from 0 to 1."""

    name: str
    options: GuardOptions = field(default_factory=GuardOptions)
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def __post_init__(self) -> None:
        self._line = Line(self.options, self.monotonic)
        self._breaker = Breaker(self.options.breaker, self._tell)
        self._budget = RetryBudget(self.options.retries, self.monotonic())
        self._alarm = Alarm()
        self._counts = _Counts()

    async def call(self, operation: Operation, arguments: Mapping[str, Any], asking: Asking) -> Asked:
        """Ask, and where that may help, ask again. Raises nothing but cancellation, and what an adapter must not."""
        tries, last = 0, None
        if asking.attempt > 1:
            refused = await self._before_another(asking, asking.attempt)
            if refused is not None:
                return self._none(asking, 0, refused)
        else:
            self._budget.called()
        while True:
            try:
                return Asked(await self._once(operation, arguments, asking), tries + 1)
            except Refusal as error:
                return self._none(asking, tries, error, last)
            except NoAnswer as error:
                tries, last = tries + 1, error
            except (SystemFault, BadArguments) as error:
                return Asked(_light(error), tries + 1)
            may_again = self._may_again(last, asking, tries)
            refused = await self._before_another(asking, asking.attempt + tries) if may_again else None
            if refused is not None or not may_again:
                return self._none(asking, tries, refused, last)

    def _none(self, asking: Asking, tries: int, refused: Refusal | None, last: NoAnswer | None = None) -> Asked:
        """No answer: the last one that the system did not give, else why it was not asked."""
        outcome = last or refused
        assert outcome is not None
        is_hurried = asking.deadline is not None and (
            (refused is not None and refused.cause is Cause.TIMEOUT) or self.monotonic() >= asking.deadline - ALMOST
        )
        remark = refused.text if refused is not None and last is not None else ""
        return Asked(_light(outcome), tries, remark, is_hurried)

    def snapshot(self) -> Snapshot:
        """The state now, for the operator."""
        now = self.monotonic()
        calls, failures = self._breaker.window.counts(now)
        waiting, deferred = self._line.waiting
        return Snapshot(
            self._breaker.state,
            self._breaker.left(now),
            calls,
            failures,
            self._line.busy,
            self._line.busy_deferred,
            waiting,
            deferred,
            self._budget.left(now),
            self._counts.asked,
            self._counts.retried,
            self._counts.refused,
        )

    def _once(self, operation: Operation, arguments: Mapping[str, Any], asking: Asking) -> Coroutine[Any, Any, Reply]:
        """One try, to be awaited at once. Raises a refusal where none is made, and what the operation raises."""
        now = self.monotonic()
        seconds = self._refuse_hopeless(now, asking)
        if self._line.enter_now(now, urgent=asking.urgent):
            return self._placed(operation, arguments, asking, now, seconds)
        return self._waited(operation, arguments, asking, now)

    async def _waited(self, operation: Operation, arguments: Mapping[str, Any], asking: Asking, now: float) -> Reply:
        await self._turn(now, asking)
        now = self.monotonic()
        try:
            seconds = self._refuse_hopeless(now, asking)
        except Refusal:
            self._line.leave(urgent=asking.urgent)
            raise
        return await self._placed(operation, arguments, asking, now, seconds)

    async def _placed(
        self, operation: Operation, arguments: Mapping[str, Any], asking: Asking, began: float, seconds: float
    ) -> Reply:
        """The call itself, on a place that is free again afterwards; what it says about the system is noted."""
        generation, verdict = None, _NOTHING
        whole = WHOLE.set(asking.timeout) if seconds < asking.timeout else None
        limit = Limit(self._alarm, began + seconds + GRACE)
        try:
            generation = self._breaker.begin(began)
            if generation is None:
                raise self._refusal(Cause.OVERLOADED, self._down(began))
            self._counts.asked += 1
            with limit:
                reply = await operation.call(arguments, timeout=seconds)
            verdict = _WORKED
            return reply
        except BaseException as error:
            verdict = self._verdict_of(error, began, seconds, asking, is_cut=limit.is_over)
            if isinstance(error, TimeoutError) and limit.is_over:
                raise NoAnswer(Cause.TIMEOUT, f"{self.name} gave no answer in time") from error
            raise
        finally:
            if whole is not None:
                WHOLE.reset(whole)
            self._line.leave(urgent=asking.urgent)
            if generation is not None:
                now = self.monotonic()
                self._breaker.end(generation, now, verdict, now - began)

    def _verdict_of(
        self, error: BaseException, began: float, seconds: float, asking: Asking, *, is_cut: bool
    ) -> Verdict:
        """What it says about the system that a call has ended so."""
        match error:
            case SystemFault():
                return _WORKED
            case NoAnswer(cause=cause):
                return self._verdict(cause, began, seconds, asking)
            case TimeoutError() if is_cut:
                return _FAILED
            case asyncio.CancelledError():
                return self._verdict_of_cancelled(began, seconds, asking)
            case _:
                return _NOTHING

    def _verdict(self, cause: Cause, began: float, seconds: float, asking: Asking) -> Verdict:
        if cause not in _FAILURES:
            return _WORKED
        if cause is Cause.TIMEOUT and not had_its_time(self.monotonic() - began, seconds, asking.timeout):
            return _NOTHING
        return _FAILED

    def _verdict_of_cancelled(self, began: float, seconds: float, asking: Asking) -> Verdict:
        """Who waits for an immediate answer gives up at its deadline, which may come before the call's own limit."""
        is_late = asking.deadline is not None and self.monotonic() >= asking.deadline - ALMOST
        return self._verdict(Cause.TIMEOUT, began, seconds, asking) if is_late else _NOTHING

    def _refuse_hopeless(self, now: float, asking: Asking) -> float:
        """Seconds that a call begun now may take. Refuses it where it cannot end in time, or the system is down."""
        if self._breaker.state is not _CLOSED and self._breaker.is_open(now):
            raise self._refusal(Cause.OVERLOADED, self._down(now))
        if asking.deadline is None or now + asking.timeout <= asking.deadline:
            return asking.timeout
        left = asking.deadline - now
        if left <= 0 or left < self._breaker.window.fastest(now):
            raise self._refusal(Cause.TIMEOUT, f"{max(left, 0):.3g} s are left, in which {self.name} cannot answer")
        return left

    async def _turn(self, now: float, asking: Asking) -> None:
        """Wait for a place; refuses the call where there is none."""
        seconds = self.options.longest_wait if asking.urgent else None
        if asking.deadline is not None:
            left = max(asking.deadline - now, 0.0)
            seconds = left if seconds is None else min(seconds, left)
        try:
            await self._line.enter(urgent=asking.urgent, seconds=seconds)
        except Refused as refused:
            raise self._refusal(Cause.OVERLOADED, f"{self.name} has no free place: {refused}") from None

    def _may_again(self, error: NoAnswer, asking: Asking, tries: int) -> bool:
        return (
            error.cause in self.options.try_again
            and not asking.write
            and asking.attempt - 1 + tries < self.options.tries
        )

    async def _before_another(self, asking: Asking, attempt: int) -> Refusal | None:
        """Wait before the next try; gives why there is none."""
        pause = self.options.first_pause * 2 ** (attempt - 2) * (0.5 + self.chance())
        if asking.deadline is not None and self.monotonic() + pause >= asking.deadline:
            return self._refusal(Cause.TIMEOUT, "no time is left to ask again")
        if not self._budget.take(self.monotonic()):
            return self._refusal(Cause.OVERLOADED, f"too much is asked of {self.name} again already")
        self._counts.retried += 1
        await self.sleep(pause)
        return None

    def _down(self, now: float) -> str:
        return f"{self.name} is not asked: it failed too often; next try in {self._breaker.left(now):.3g} s"

    def _refusal(self, cause: Cause, text: str) -> Refusal:
        self._counts.refused += 1
        return Refusal(cause, text, is_sent=False)

    def _tell(self, change: Change) -> None:
        """One line for each change of the breaker."""
        counted = {"system": self.name, "breaker": str(change.state), "calls": change.calls}
        if change.state is State.OPEN:
            _log.warning("system is not asked", **counted, failures=change.failures, pause=round(change.pause, 1))
        else:
            _log.info("system is asked again", **counted)


def _light(error: AdapterError) -> AdapterError:
    """Without the frames that it came through: they hold what was received, which may be megabytes."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()  # causes may go round: one that is raised again is the context of what it caused
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = None
            waiting += [one.__cause__, one.__context__]
    return error
