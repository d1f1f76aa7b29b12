"""Deferred POQs, two processes, a clock, faults, registrations and listeners, in any order: the state model holds.

Here is what can happen; what must come of it is said by `tests.support.state_model` and held against the store by
`tests.support.machine`. POQ_STATE_MACHINE_RUNS sets the number of runs (1,000 in CI), POQ_STATE_MACHINE_CHANCE makes
them other ones each time.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count

import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.lso.identifiers import BuyerId, Interface
from gateway.notify.outcomes import Delivered, Failed, Gone, Outcome
from gateway.qualification.recording import PATIENCE
from gateway.store.records_notify import DeliveryId, Subscription, SubscriptionId
from tests.support.machine import Machine
from tests.support.memory_store import Fault, Memory
from tests.support.simulation import BUYERS, KEEP_EVENTS, SELLER, WORDS, Process, Question, acknowledged, answer
from tests.support.state_model import ITEM, POQ, Item, Poq, Registration

RUNS = int(os.environ.get("POQ_STATE_MACHINE_RUNS", "100"))
BY_CHANCE = "POQ_STATE_MACHINE_CHANCE" in os.environ

PICK = st.integers(0, 11)
SOMEBODY = st.sampled_from([0, 1])
SOMEBODY_OR_NOBODY = st.sampled_from([None, 0, 1])
FAULTS = st.sampled_from([*[Fault.NONE] * 4, *Fault])
ANSWERS = st.sampled_from([*["green"] * 4, *WORDS])
REPLIES: dict[str, Outcome] = {"taken": Delivered(), "failed": Failed("HTTP 500"), "gone": Gone()}
SAID = st.sampled_from([*["taken"] * 4, "failed", "gone"])
TYPES = st.sampled_from([(POQ, ITEM), (POQ, ITEM), (POQ,), (ITEM,)])
KEPT = (Fault.NONE, Fault.TWICE, Fault.COMMITTED)
OVER_TIME = (0, 31, 61, 130, 700, 4000, 4000)
LONGEST_CALL = 30
MANY = 100
MEMORY = Memory()


class DeferredPoqs(Machine, RuleBasedStateMachine):
    """What can happen, in any order."""

    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        Machine.__init__(self, MEMORY)
        self.numbers = count(1)

    @initialize(types=TYPES)
    def somebody_listens(self, types: tuple[str, ...]) -> None:
        self.register(BUYERS[0], types)

    @rule(
        buyer=st.sampled_from(BUYERS),
        items=st.integers(1, 5),
        is_chained=st.sampled_from([False, False, True]),
        within=st.sampled_from([None, None, 20, 60, 400]),
        by=st.sampled_from([0, 1, 0, 1, None]),
    )
    def create(self, buyer: str, items: int, is_chained: bool, within: int | None, by: int | None) -> None:
        """A POQ is acknowledged. `is_chained`: all items but the first read its answer; `by`: who looks at once."""
        name, now = self.world.new_id(), self.world.clock()
        needs: list[int | None] = [None, *([0 if is_chained else None] * (items - 1))]
        deadline = now + timedelta(seconds=within) if within else None
        record = acknowledged(name, needs, now, buyer=buyer, deadline=deadline)
        self.do(lambda: self.desk.store.create(record))
        self.model.poqs[name] = Poq(buyer, [Item(needed) for needed in needs])
        if by is not None:
            self.check()
            self.look(by, Fault.NONE, 0)

    @rule(by=SOMEBODY, fault=FAULTS, after=st.integers(0, 4))
    def look(self, by: int, fault: Fault, after: int) -> None:
        """A process ends what is overdue and begins what is due; `after` so many writes one goes wrong."""
        process, now = self.processes[by], self.world.clock()
        process.database.fail(*[Fault.NONE] * after, fault)
        self.do(process.look)
        process.database.fail()
        if fault is not Fault.NONE:
            self.pass_time(PATIENCE[0] * 1.01)  # what could not be begun is tried again
        self.check()
        if fault in (Fault.NONE, Fault.TWICE) and process.database.is_there:
            late = [row.id for row in self.rows.values() if row.deadline is not None and row.deadline <= now]
            assert not late, "who looks ends what is overdue"

    @precondition(lambda self: self.answerable())
    @rule(pick=PICK, said=ANSWERS, fault=FAULTS, times=st.sampled_from([1, 1, len(PATIENCE), len(PATIENCE) + 3]))
    def answer(self, pick: int, said: str, fault: Fault, times: int) -> None:
        """A mapping comes to its end, whatever has become of the POQ; `times` the store does not do its part."""
        process, question = self.answerable()[pick % len(self.answerable())]
        self.tell(process, [question], [said], [fault] * times if fault is not Fault.NONE else ())

    @precondition(lambda self: self.crowds())
    @rule(pick=PICK, said=st.lists(ANSWERS, min_size=5, max_size=5))
    def answer_at_once(self, pick: int, said: list[str]) -> None:
        """Several items of one POQ are answered while the first answer is still being kept."""
        process, questions = self.crowds()[pick % len(self.crowds())]
        self.tell(process, questions, said[: len(questions)], ())

    @rule(seconds=st.sampled_from([1, 9, 21, 31, 31, 61, 130, 700, 4000, -15]), by=SOMEBODY_OR_NOBODY)
    def wait(self, seconds: int, by: int | None) -> None:
        """Time passes, or the clock is set back; `by`: who looks first then. No call of a listener lasts that long."""
        for _ in self.calls() if seconds > LONGEST_CALL else ():
            self.reply(0, "failed")
        self.pass_time(seconds)
        self.check_poqs()
        if by is not None:
            self.look(by, Fault.NONE, 0)

    @precondition(lambda self: self.questions())
    @rule(by=SOMEBODY)
    def take_over(self, by: int) -> None:
        """A process is silent for longer than its lease; what it still does then, another one does too."""
        self.wait(31, by)

    @rule(by=SOMEBODY, said=st.lists(st.lists(SAID, max_size=2), max_size=4), fault=FAULTS)
    def deliver(self, by: int, said: Sequence[Sequence[str]], fault: Fault) -> None:
        """A dispatcher delivers for a while; `said`: what the first listeners say at once, turn by turn."""
        for words in said:
            self.turn(self.processes[by], Fault.NONE)
            for word in words[: len(self.calls())]:
                self.reply(0, word)
            self.check()
        self.turn(self.processes[by], fault)

    @precondition(lambda self: any(self.finished.values()))
    @rule(by=SOMEBODY)
    def deliver_again(self, by: int) -> None:
        """What was delivered is not written down before its claim runs out: somebody takes it again."""
        self.wait(61, None)
        self.turn(self.processes[by], Fault.NONE)

    @precondition(lambda self: self.calls())
    @rule(pick=PICK, said=SAID)
    def reply(self, pick: int, said: str) -> None:
        """A listener replies."""
        process, call = self.calls()[pick % len(self.calls())]
        claim = self.claims.pop(call)
        verdict = "given up" if said == "failed" and self.world.clock() >= claim.expires else said
        self.finished.setdefault(process.name, []).append((claim, verdict))
        call.reply.set_result(REPLIES[said])
        self.let_go_on()

    @rule(buyer=st.sampled_from(BUYERS), types=TYPES)
    def register(self, buyer: str, types: tuple[str, ...]) -> None:
        name = self.world.new_id()
        record = Subscription(
            *(SubscriptionId(name), Interface.SONATA, BuyerId(buyer), SELLER),
            callback=f"https://{name}/hook",
            query=None,
            poq_events=POQ in types,
            item_events=ITEM in types,
            created=self.world.clock(),
        )
        assert self.do(lambda: self.desk.registrations.add(record, most=100))
        self.model.registrations[name] = Registration(buyer, types)

    @precondition(lambda self: self.model.registrations)
    @rule(pick=PICK)
    def unregister(self, pick: int) -> None:
        """The Buyer ends a registration, whatever is under way."""
        names = list(self.model.registrations)
        id = SubscriptionId(names[pick % len(names)])
        buyer = BuyerId(self.model.registrations[id].buyer)
        assert self.do(lambda: self.desk.registrations.remove(buyer, SELLER, Interface.SONATA, id))
        self.model.forget(id)
        for process in self.processes:
            process.dispatcher.forget(id)
        for _, call in self.calls():
            if call.registration == id:
                call.reply.cancel()
        self.let_go_on()

    @precondition(lambda self: any(row.settled is not None for row in self.deliveries.values()))
    @rule(delivered=st.booleans(), enable=st.booleans())
    def replay(self, delivered: bool, enable: bool) -> None:
        """An operator sends again what is dead, or all that has been settled."""
        ids, now = [DeliveryId(id) for id in self.deliveries], self.world.clock()
        again = self.desk.deliveries.operator_replay
        assert self.do(lambda: again(ids, now=now, expires=now + KEEP_EVENTS, delivered=delivered, enable=enable))
        self.replayed(("dead", "delivered") if delivered else ("dead",), enable)

    @rule(by=SOMEBODY, what=st.sampled_from(["crash", "stop", "cut off", "back again", "all crash"]))
    def accident(self, by: int, what: str) -> None:
        """A process ends and another takes its place, or it does not reach the store for a while."""
        if what == "cut off":
            self.processes[by].database.is_there = False
        elif what == "back again":
            self.processes[by].database.is_there = True
        elif what == "all crash":
            self.replace(0, Process.crash)
            self.replace(1, Process.crash)
            self.do(lambda: self.desk.store.operator_release_all(self.world.clock()))
            self.do(lambda: self.desk.deliveries.operator_release_all(now=self.world.clock()))
        else:
            self.replace(by, Process.crash if what == "crash" else Process.stop)

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        self.check()

    def answerable(self) -> list[tuple[Process, Question]]:
        """What a process has asked that can keep the answer."""
        return [(process, question) for process, question in self.questions() if process.database.is_there]

    def crowds(self) -> list[tuple[Process, list[Question]]]:
        """Questions about one POQ that one process has asked, two or more, none of which waits for another."""
        crowds: dict[tuple[Process, str], list[Question]] = {}
        for process, question in self.answerable():
            if all(item.needs is None for item in self.model.poqs[question.poq].items):
                crowds.setdefault((process, question.poq), []).append(question)
        return [(process, questions) for (process, _), questions in crowds.items() if len(questions) > 1]

    def turn(self, process: Process, fault: Fault) -> None:
        """A dispatcher writes down what became of its calls, and makes new ones."""
        is_kept = process.database.is_there and fault in KEPT
        for claim, verdict in self.finished.get(process.name, []) if is_kept else ():
            self.settle(claim, verdict)
        before, known = self.deliveries, list(process.listeners.open)
        process.database.fail(fault)
        self.do(process.turn)
        process.database.fail()
        self.read_deliveries()
        for call in process.listeners.open:
            if call not in known:
                self.sent(call, before)
        if is_kept and fault is not Fault.COMMITTED:
            self.finished[process.name] = []

    def tell(self, by: Process, questions: Sequence[Question], said: Sequence[str], faults: Sequence[Fault]) -> None:
        """Answer questions about one POQ; the first is kept alone, the others, which come meanwhile, together.

        With faults there is one question, and its result is kept when the store is back, if that is soon.
        """
        told = [(question, word, number) for question, word, number in zip(questions, said, self.numbers, strict=False)]
        by.database.fail(*faults)
        for question, word, number in told:
            answer(question, word, number)
        self.let_go_on()
        for seconds in PATIENCE[: len(faults)]:
            self.pass_time(seconds * 1.01)
        by.database.fail()
        if len(faults) > 1:
            self.pass_time(max(PATIENCE) * 1.01)  # for others that met the same
        if len(faults) <= len(PATIENCE) or self.is_visible(*told[0]):
            first = self.model.poqs[questions[0].poq].items[questions[0].position]
            is_second_answer = said[0] == "green" and first.state == "done"  # then whoever gave it stops
            for batch in (told[:1], told[1:]) if not is_second_answer else ():
                self.expect(batch)

    def is_visible(self, question: Question, word: str, number: int) -> bool:
        """Whether a result has been kept: each bears a number."""
        item = self.record(question.poq).items[question.position]
        return f"reason {number}" in f"{item.note} {item.state_changes}" or f'"amount":{number},' in (item.answer or "")

    def expect(self, told: Sequence[tuple[Question, str, int]]) -> None:
        """What results that are kept in one commit mean for the model."""
        if not told:
            return
        poq = self.model.poqs[told[0][0].poq]
        ends = {"green": lambda n: ("done", n), "rejected": lambda n: ("rejected", f"reason {n}")}
        poq.end({question.position: ends[word](n) for question, word, n in told if word in ends})
        for question, word, _ in told:
            if word not in ends:
                poq.postpone(question.position, to_a_person=word == "person")

    def teardown(self) -> None:
        try:
            if self.is_sound:
                self.bring_to_an_end()
        finally:
            self.close()

    def bring_to_an_end(self) -> None:
        """All goes well from now on, for as long as it takes: nothing may be left but what waits for a person."""
        for process in self.processes:
            process.database.is_there = True
        for seconds in OVER_TIME:
            self.pass_time(seconds)
            self.check_poqs()
            assert any(not self.goes_on() for _ in range(MANY)), "nothing goes on for ever"
            if not any(poq.is_open for poq in self.model.poqs.values()) and not self.calls_are_due():
                break
        for name, poq in self.model.poqs.items():
            left = [n for n, item in enumerate(poq.items) if item.is_open and not poq.waits_for_a_person(n)]
            assert not left, "everything comes to its end"
            assert not poq.is_open or name not in self.deadlines, "at its date at the latest"
        assert not self.calls_are_due()

    def goes_on(self) -> bool:
        """A round in which everybody does what is to be done; whether there was anything."""
        for number, process in enumerate(self.processes):
            if any(poq.is_open for poq in self.model.poqs.values()):
                self.look(number, Fault.NONE, 0)
            if self.calls_are_due():
                self.turn(process, Fault.NONE)
        questions, calls = len(self.questions()), len(self.calls())
        for _ in range(calls):
            self.reply(0, "taken")
        for _ in range(questions):
            if self.questions():  # one that rejects takes others with it
                self.answer(0, "green", Fault.NONE, 1)
                self.check_poqs()
        self.check()
        return questions + calls > 0


@pytest.fixture(autouse=True, scope="module")
def _surroundings() -> Iterator[None]:
    """Thousands of runs say nothing, and leave nothing open."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)
    MEMORY.dispose()


TestDeferredPoqs = pytest.mark.requirement(
    *("87.1-R9", "87.1-R11", "87.1-R12", "87.1-R13", "87.1-R14", "87.1-R16", "87.1-R17", "87.1-R72", "87.1-R73"),
    *("87.1-R74", "87.1-R75", "87.1-R76", "79.1-R91", "79.1-R95", "79.1-R99", "79.1-R101", "79.1-R102"),
)(pytest.mark.timeout(900)(DeferredPoqs.TestCase))
TestDeferredPoqs.settings = settings(
    max_examples=RUNS,
    stateful_step_count=25,
    derandomize=not BY_CHANCE,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
