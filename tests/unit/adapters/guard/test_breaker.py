"""The breaker as a machine: whatever calls do, it opens only for a reason, probes with care and closes again."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from adapters.guard.breaker import Breaker, Change, State, Verdict
from adapters.guard.options import BreakerOptions

OPTIONS = BreakerOptions.model_construct(
    window=10.0, least_calls=4, failures=0.5, pause=5.0, longest_pause=12.0, probes=2
)


class BreakerMachine(RuleBasedStateMachine):
    """Calls begin and end in any order, time passes; the model keeps the whole history and judges from that."""

    begun = Bundle("begun")

    @initialize()
    def make(self) -> None:
        self.now = 100.0
        self.changes: list[tuple[float, Change]] = []
        self.breaker = Breaker(OPTIONS, lambda change: self.changes.append((self.now, change)))
        self.ends: list[tuple[float, bool]] = []
        self.probing: set[int] = set()
        self.numbers = 0

    @rule(seconds=st.sampled_from([0.0, 0.5, 1.0, 4.9, 5.0, 30.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=begun)
    def begin(self) -> tuple[int, int, State] | None:
        before = self.breaker.state
        was_open = self.breaker.is_open(self.now)
        generation = self.breaker.begin(self.now)
        assert (generation is None) == was_open
        if before is State.CLOSED:
            assert generation is not None
        if generation is None:
            return None
        self.numbers += 1
        if self.breaker.state is State.HALF_OPEN:
            if before is State.OPEN:
                self.probing.clear()
                opened, change = self.changes[-2]
                assert self.now >= opened + change.pause
            self.probing.add(self.numbers)
            assert len(self.probing) <= OPTIONS.probes
        return self.numbers, generation, self.breaker.state

    @rule(call=consumes(begun), verdict=st.sampled_from(Verdict))
    def end(self, call: tuple[int, int, State] | None, verdict: Verdict) -> None:
        if call is None:
            return
        number, generation, state = call
        changes = len(self.changes)
        self.breaker.end(generation, self.now, verdict, 0.1)
        self.probing.discard(number)
        if len(self.changes) == changes:
            return
        _, change = self.changes[-1]
        if change.state is State.OPEN:
            assert verdict is Verdict.FAILED
            if state is State.CLOSED:
                assert change.calls >= OPTIONS.least_calls
                assert change.failures >= change.calls * OPTIONS.failures
            assert change.pause <= OPTIONS.longest_pause
        else:
            assert change.state is State.CLOSED
            assert verdict is Verdict.WORKED
            assert state is State.HALF_OPEN

    @invariant()
    def tells_every_change_once(self) -> None:
        states = [State.CLOSED, *(change.state for _, change in self.changes)]
        assert states[-1] is self.breaker.state
        allowed = {
            (State.CLOSED, State.OPEN),
            (State.OPEN, State.HALF_OPEN),
            (State.HALF_OPEN, State.OPEN),
            (State.HALF_OPEN, State.CLOSED),
        }
        assert set(pairwise(states)) <= allowed

    @invariant()
    def is_never_open_for_good(self) -> None:
        if self.breaker.state is State.OPEN:
            assert not self.breaker.is_open(self.now + OPTIONS.longest_pause)


BreakerMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestBreaker = BreakerMachine.TestCase


def _fail(breaker: Breaker, now: float, times: int) -> None:
    for _ in range(times):
        generation = breaker.begin(now)
        assert generation is not None
        breaker.end(generation, now, Verdict.FAILED, 1.0)


def test_it_opens_after_enough_failures_probes_after_the_pause_and_closes_when_probes_are_answered() -> None:
    changes: list[State] = []
    breaker = Breaker(OPTIONS, lambda change: changes.append(change.state))
    _fail(breaker, 0.0, 4)
    assert breaker.begin(4.9) is None
    probes = [breaker.begin(5.0), breaker.begin(5.0)]
    assert breaker.begin(5.0) is None
    for probe in probes:
        assert probe is not None
        breaker.end(probe, 5.1, Verdict.WORKED, 0.1)
    assert changes == [State.OPEN, State.HALF_OPEN, State.CLOSED]
    _fail(breaker, 6.0, 3)
    assert breaker.state is State.CLOSED, "what failed before it closed is forgotten"


def test_failures_that_are_long_ago_do_not_count() -> None:
    breaker = Breaker(OPTIONS)
    _fail(breaker, 0.0, 3)
    _fail(breaker, 10.0, 3)
    assert breaker.state is State.CLOSED


def test_answers_keep_it_closed() -> None:
    breaker = Breaker(OPTIONS)
    for number in range(100):
        generation = breaker.begin(0.0)
        assert generation is not None
        breaker.end(generation, 0.0, Verdict.FAILED if number % 5 == 4 else Verdict.WORKED, 0.1)
    assert breaker.state is State.CLOSED


def test_a_late_result_of_before_it_opened_neither_closes_nor_reopens_it() -> None:
    breaker = Breaker(OPTIONS)
    early = [breaker.begin(0.0) for _ in range(2)]
    _fail(breaker, 0.0, 4)
    probe = breaker.begin(5.0)
    assert early[0] is not None
    assert early[1] is not None
    breaker.end(early[0], 5.1, Verdict.FAILED, 5.1)
    breaker.end(early[1], 5.1, Verdict.WORKED, 5.1)
    assert breaker.state is State.HALF_OPEN
    assert probe is not None


def test_a_failed_probe_doubles_the_pause_up_to_the_longest() -> None:
    pauses: list[float] = []
    breaker = Breaker(OPTIONS, lambda change: pauses.append(change.pause) if change.state is State.OPEN else None)
    _fail(breaker, 0.0, 4)
    now = 0.0
    for _ in range(3):
        now += 20.0
        _fail(breaker, now, 1)
    assert pauses == [5.0, 10.0, 12.0, 12.0]
