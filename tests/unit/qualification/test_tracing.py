"""The trace of an item: redacted, of limited size, and never a reason for an answer not to come about."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest

from gateway.lso.identifiers import BuyerId, Interface, ItemId, PoqId, SellerId
from gateway.lso.problems import ProblemCode
from gateway.mapping.evaluate import ItemContext
from gateway.mapping.outcomes import Answered, Call, Failure, Faulted, Refusal, StepResult, Unanswered
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.composition import json_text
from gateway.qualification.observing import ItemNotes
from gateway.qualification.retelling import retold
from gateway.qualification.tracing import Ended, Tracer, answered_by_operator
from gateway.sources.findings import Location
from gateway.store.records import JsonText, StoredItem, StoredQualification, StoredTrace
from tests.support.mappings import NOW, STEP, context, loaded

RULE = Location("small.yaml", 9, 5)
MAPPING = loaded(STEP + "answer:\n  - otherwise: {red: Not here}\n")
RED = ItemAnswer({"serviceabilityConfidence": "red"}, None, RULE)


def notes(*results: StepResult | None, **arguments: Any) -> ItemNotes:
    """A step that was asked so often, with these results."""
    made = ItemNotes()
    for attempt, result in enumerate(results, start=1):
        note = made.begin(MAPPING.step("port"), Call("port", arguments, attempt, None))
        note.result, note.seconds = result, 0.25
    return made


def told(tracer: Tracer, made: ItemNotes, outcome: Ended = RED, **around: Any) -> dict[str, Any]:
    """The trace as it is read, beside the item that was asked and its answer."""
    about = context(**around)
    trace = tracer.ended(MAPPING, about, made, outcome, "red")
    assert (trace.mapping, trace.version) == ("small", 1)
    return retold(trace, kept(about, outcome), 0)


def kept(about: ItemContext, outcome: Ended) -> StoredQualification:
    """What is kept of a POQ with this one item."""
    answer = None
    if isinstance(outcome, ItemAnswer):
        offering = {"productOffering": {"id": outcome.offering}} if outcome.offering else {}
        answer = json_text({**outcome.members, **offering})
    item = StoredItem(ItemId("i"), "done", json_text(dict(about.item)), JsonText("[]"), answer)
    seller = {"name": "Seller Desk", "role": "sellerContactInformation"}
    envelope = json_text({"relatedContactInformation": [*about.document.get("relatedContactInformation", []), seller]})
    whose = Interface.SONATA, BuyerId("b-1"), SellerId("s-1")
    return StoredQualification(PoqId("p"), *whose, "done", NOW, envelope, JsonText("[]"), (item,))


def test_a_trace_says_what_was_asked_what_came_and_what_decided() -> None:
    results = (Faulted(["BUSY", "Server"], "no"), Unanswered("timeout"), None, Answered([{"free": 3}]))
    trace = told(Tracer("full"), notes(*results, ref="p-1"))

    assert (trace["rule"], trace["outcome"], trace["ended"]) == ("small.yaml:9:5", "red", RED.members)
    assert [(call["attempt"], call["result"], call["milliseconds"]) for call in trace["calls"]] == [
        (1, "fault BUSY / Server: no", 250.0),
        (2, "no answer: timeout", 250.0),
        (3, "given up", 250.0),
        (4, "1 row(s)", 250.0),
    ]
    assert trace["calls"][0]["fault"] == {"codes": ["BUSY", "Server"], "text": "no"}
    assert trace["calls"][3]["reply"] == [{"free": 3}]
    assert trace["calls"][3]["arguments"] == {"ref": "p-1"}


def test_persons_of_the_request_are_hidden_wherever_their_names_went() -> None:
    item = {"id": "i", "action": "add", "endCustomerName": "Ada Byron"}
    reply = Answered([{"name": "Bob Smith", "remark": "ask Bob Smith"}])
    answer = ItemAnswer({"serviceabilityConfidence": "red", "serviceabilityConfidenceReason": "Bob Smith"}, None, RULE)

    trace = told(Tracer("full"), notes(reply, who="Ada Byron", password="hunter2"), answer, item=item)

    text = orjson.dumps(trace).decode()
    assert not [one for one in ("Ada", "Bob", "hunter2") if one in text]
    assert trace["calls"][0]["arguments"] == {"who": "***", "password": "***"}
    assert trace["ended"]["serviceabilityConfidenceReason"] == "***"


def test_where_very_many_persons_are_named_no_values_are_kept_and_nothing_is_looked_for() -> None:
    many = [{"name": f"Person {number}", "emailAddress": f"p{number}@buyer.example"} for number in range(8_000)]
    texts = [f"Person {number} of a@b.example" for number in range(4_000)]
    made = notes(Faulted(["BUSY"], "ask Person 7"), Answered([{"remark": texts}]), texts=texts)
    about = context(document={"relatedContactInformation": many})

    began = time.process_time()
    trace = Tracer("full").ended(MAPPING, about, made, RED, "red: ask Person 7")

    assert time.process_time() - began < 0.2, "looking for each of them in each text takes seconds, for each item"
    kept = orjson.loads(trace.text or "")
    assert (kept["keeps"], kept["rule"], kept["calls_in_all"]) == ("bare", "small.yaml:9:5", 2)
    assert "Person" not in (trace.text or "")


CONTACT = {"name": "Ada Byron", "emailAddress": "ada@example.com", "role": "buyerContactInformation"}


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        pytest.param("fibre is full", "fibre is full", id="nothing to hide"),
        pytest.param("Ada Byron has to dig", "*** has to dig", id="a contact of the POQ"),
        pytest.param("ask Charles Babbage", "ask ***", id="a contact of the item"),
        pytest.param("mail to noc@example.net", "mail to ***", id="an address"),
        pytest.param("ask the Seller Desk", "ask the Seller Desk", id="the Seller's own contact"),
    ],
)
def test_an_answer_stands_in_no_trace_and_is_shown_with_it_without_what_is_hidden(reason: str, shown: str) -> None:
    item = {"id": "i", "product": {"place": [{"contact": [{"name": "Charles Babbage"}]}]}}
    around = context(item, document={"relatedContactInformation": [CONTACT]})
    alternate = {"id": "x", "alternateProduct": {"productConfiguration": {"contact": {"name": "X"}, "speed": 2**60}}}
    members = {"serviceabilityConfidence": "red", "serviceabilityConfidenceReason": reason, "alternates": [alternate]}
    answer = ItemAnswer(members, "OFF-1", RULE)

    trace = Tracer("full").ended(MAPPING, around, notes(Answered([{"free": 3}]), ref="p"), answer, "red")

    assert orjson.loads(trace.text or "")["ended"] is None
    product = {"productConfiguration": {"contact": {"name": "***"}, "speed": str(2**60)}}
    told = retold(trace, kept(around, answer), 0)
    assert list(told) == ["mapping", "version", "rule", "at", "outcome", "ended", "calls", "keeps"]
    assert told["ended"] == {
        "serviceabilityConfidence": "red",
        "serviceabilityConfidenceReason": shown,
        "alternates": [{"id": "x", "alternateProduct": product}],
        "productOffering": {"id": "OFF-1"},
    }


def test_a_trace_that_has_the_answer_in_it_is_read_as_it_is() -> None:
    old = StoredTrace("small", 1, JsonText('{"outcome":"red","ended":{"deliveryType":"***"},"keeps":"full"}'))

    assert retold(old, kept(context(), RED), 0)["ended"] == {"deliveryType": "***"}


@pytest.mark.parametrize(
    ("rows", "calls", "keeps"),
    [
        pytest.param(1, 1, "full", id="a small one"),
        pytest.param(5000, 1, "shape", id="many rows"),
        pytest.param(1, 3000, "bare", id="many calls"),
    ],
)
def test_a_long_trace_is_kept_without_its_values(rows: int, calls: int, keeps: str) -> None:
    tracer = Tracer("full", longest=20_000)
    reply = Answered([{"free": number, "text": "abcdef"} for number in range(rows)])

    trace = told(tracer, notes(*[reply] * calls, ref="p"))

    assert trace["keeps"] == keeps
    assert (trace["mapping"], trace["outcome"], trace["rule"]) == ("small", "red", "small.yaml:9:5")
    assert len(orjson.dumps(trace)) <= 20_000
    if keeps == "shape":
        assert trace["calls"][0]["reply"] == [{"free": "number", "text": "text"}, "5000 in all"]


def test_nothing_but_the_version_is_kept_where_traces_are_off() -> None:
    assert Tracer("off").ended(MAPPING, context(), notes(), RED, "red") == StoredTrace("small", 1, None)
    assert Tracer("off").unasked(None, "no mapping", NOW) == StoredTrace(None, None, None)


def test_what_cannot_be_shown_costs_no_answer() -> None:
    class Strange:
        def __str__(self) -> str:
            raise RuntimeError

    trace = Tracer("full").ended(MAPPING, context(), notes(Answered(Strange())), RED, "red")

    assert trace == StoredTrace("small", 1, None)


@pytest.mark.parametrize(
    ("outcome", "ended"),
    [
        pytest.param(Failure("broken", RULE), {"fail": "broken"}, id="a failure"),
        pytest.param(
            Refusal(ProblemCode.OTHER_ISSUE, "no", "/a", RULE),
            {"refuse": "otherIssue", "at": "/a", "reason": "no"},
            id="a refusal",
        ),
    ],
)
def test_an_outcome_is_kept_as_a_test_expects_it(outcome: Ended, ended: dict[str, Any]) -> None:
    assert told(Tracer("full"), notes(), outcome)["ended"] == ended


def test_an_operators_answer_stands_beside_what_went_before() -> None:
    before = StoredTrace("small", 1, Tracer("full").ended(MAPPING, context(), notes(), RED, "red").text)

    after = answered_by_operator(before, {"answer": {"deliveryType": "onNetWithBuild"}}, NOW)

    assert orjson.loads(after.text or "") == {
        **orjson.loads(before.text or ""),
        "operator": {"at": "2026-05-04T08:30:00.000Z", "answer": {"deliveryType": "onNetWithBuild"}},
    }
    assert answered_by_operator(None, {"refuse": "no"}, NOW).mapping is None
