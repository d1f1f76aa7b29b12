"""One call for each element of a list: results in order, decided as a whole, nothing left out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping.evaluate import Ask, ItemEvaluation
from gateway.mapping.outcomes import Answer, Answered, Failure, Faulted, Impossible, Outcome, Unanswered
from tests.support.mappings import PerElement, context, drive, findings, loaded, told

SURVEY = """\
let: {sites: =item.sites}
steps:
  survey:
    each: {name: site, from: =sites, most: 3}
    soap: nimbus
    operation: Survey
    with: {Site: =site.id}
    on:
      fault GONE: {red: "='No site ' + site.id"}
      fault BUSY: retry
      any fault: fail
answer:
  - when: all(s.code == 'A' for s in survey)
    serviceabilityConfidence: green
    serviceabilityConfidenceReason: "=join([s.name for s in survey], ', ')"
  - otherwise: {red: Not all of them}
"""
SITES = [{"id": "s-1"}, {"id": "s-2"}, {"id": "s-3"}]
FINE = [{"code": "A", "name": name} for name in ("one", "two", "three")]


def asked(replies: Any, sites: Any = SITES, body: str = SURVEY, order: Any = ()) -> tuple[Outcome, list[Any]]:
    replies = PerElement(replies) if isinstance(replies, list) else replies
    found, made = drive(loaded(body), {"survey": replies}, context({"id": "item-001", "sites": sites}), order)
    return found, [(call.arguments["Site"], call.index, call.attempt) for call in made]


def said(found: Outcome) -> Any:
    assert isinstance(found, Answer), found
    return found.fields["serviceabilityConfidence"], found.fields["serviceabilityConfidenceReason"]


def test_each_element_is_asked_for_and_the_replies_are_in_its_order() -> None:
    found, made = asked(FINE)
    assert said(found) == ("green", "one, two, three")
    assert made == [("s-1", 0, 1), ("s-2", 1, 1), ("s-3", 2, 1)]


def test_all_calls_may_be_made_at_the_same_time_and_answered_in_any_order() -> None:
    evaluation = ItemEvaluation(loaded(SURVEY), context({"id": "item-001", "sites": SITES}))
    step = evaluation.advance()
    assert isinstance(step, Ask)
    assert [call.index for call in step.calls] == [0, 1, 2]
    for number in (2, 0):
        evaluation.settle("survey", Answered(FINE[number]), number)
        assert evaluation.advance() == Ask(())
    evaluation.settle("survey", Answered(FINE[1]), 1)
    assert said(evaluation.advance()) == ("green", "one, two, three")  # type: ignore[arg-type]


@pytest.mark.parametrize("index", [None, 0, 5])
def test_a_reply_that_belongs_to_no_call_decides_nothing(index: int | None) -> None:
    evaluation = ItemEvaluation(loaded(SURVEY), context({"id": "item-001", "sites": SITES}))
    evaluation.advance()
    evaluation.settle("survey", Answered(FINE[0]), 0)
    with pytest.raises(ValueError, match="no call"):
        evaluation.settle("survey", Answered(FINE[0]), index)


def test_the_first_element_that_failed_decides_whatever_came_first() -> None:
    evaluation = ItemEvaluation(loaded(SURVEY), context({"id": "item-001", "sites": SITES}))
    evaluation.advance()
    evaluation.settle("survey", Faulted(["OTHER"], "no"), 2)
    assert evaluation.advance() == Ask(())
    evaluation.settle("survey", Answered(FINE[0]), 0)
    assert evaluation.advance() == Ask(())
    evaluation.settle("survey", Faulted(["GONE"], "no"), 1)
    assert said(evaluation.advance()) == ("red", "No site s-2")  # type: ignore[arg-type]


def test_only_the_element_that_was_refused_is_asked_again() -> None:
    found, made = asked([FINE[0], (Faulted(["BUSY"], "b"), FINE[1]), FINE[2]])
    assert said(found)[0] == "green"
    assert made == [("s-1", 0, 1), ("s-2", 1, 1), ("s-3", 2, 1), ("s-2", 1, 2)]


def test_tries_are_counted_for_each_element() -> None:
    found, made = asked([FINE[0], (Faulted(["BUSY"], "b"),) * 3, FINE[2]])
    assert isinstance(found, Failure)
    assert "(2 of 3)" in found.reason
    assert [attempt for site, _, attempt in made if site == "s-2"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("sites", "words"),
    [
        pytest.param(None, "null", id="no list"),
        pytest.param("abc", "a text", id="a text"),
        pytest.param([{"id": "a"}, None], "null among", id="null among the elements"),
        pytest.param([{"id": str(n)} for n in range(4)], "4 elements are more than 3", id="too many"),
    ],
)
def test_a_list_that_cannot_be_asked_for_fails_before_anything_is_asked(sites: Any, words: str) -> None:
    found, made = asked([], sites)
    assert made == []
    assert isinstance(found, Failure)
    assert words in found.reason


def test_nothing_is_asked_for_an_empty_list_and_nothing_follows_from_it() -> None:
    found, made = asked([], [])
    assert made == []
    assert isinstance(found, Failure)  # all(…) of an empty list says nothing


def test_a_step_that_is_skipped_is_null_and_no_list() -> None:
    body = SURVEY.replace("    soap:", "    when: item.action == 'modify'\n    soap:")
    found, _ = drive(loaded(body), {}, context({"id": "item-001", "action": "add", "sites": SITES}))
    assert isinstance(found, Failure)
    assert "null" in found.reason


def test_rows_of_each_element_are_read_as_the_step_says() -> None:
    body = """\
steps:
  port:
    each: {name: ref, from: =item.refs}
    sql: s
    query: q
    with: {ref: =ref}
    rows: %s
    on: {no rows: {red: "='No port ' + ref"}, many rows: fail}
answer: [{otherwise: {red: "=text(count(port))"}}]
"""
    around = context({"id": "item-001", "refs": ["a", "b"]})
    found, _ = drive(loaded(body % "one"), {"port": PerElement([[{"k": 1}], []])}, around)
    assert said(found) == ("red", "No port b")
    several = (body % "many\n    most: 1").replace("no rows: {red: \"='No port ' + ref\"}, ", "")
    found, _ = drive(loaded(several), {"port": PerElement([[{"k": 1}], []])}, around)
    assert said(found) == ("red", "2")


BAD = st.sampled_from([Faulted(["X"], "t"), Faulted(["GONE"], "t"), Unanswered("late"), Impossible("no"), {}, None, 5])


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(3)), st.integers(0, 2), BAD)
def test_no_promise_beside_an_element_that_did_not_answer_well(order: list[int], bad: int, reply: Any) -> None:
    replies = [reply if number == bad else FINE[number] for number in range(3)]
    evaluation = ItemEvaluation(loaded(SURVEY), context({"id": "item-001", "sites": SITES}))
    step = evaluation.advance()
    for number in order:
        if not isinstance(step, Ask):
            break
        result = replies[number]
        evaluation.settle(
            "survey", result if isinstance(result, Faulted | Unanswered | Impossible) else Answered(result), number
        )
        step = evaluation.advance()
    assert not isinstance(step, Ask)
    assert not (isinstance(step, Answer) and step.fields["serviceabilityConfidence"] != "red")


OTHERWISE = "answer: [{otherwise: fail}]\n"
STEP = "steps: {a: {soap: s, operation: o, each: %s, on: {any fault: fail}}}\n" + OTHERWISE


@pytest.mark.parametrize(
    ("code", "each", "column"),
    [
        pytest.param("MAP-102", "{name: x, from: =item.l, at_most: 5}", 67, id="a slip"),
        pytest.param("MAP-101", "{name: x}", 42, id="no list"),
        pytest.param("MAP-106", "{name: x, from: item.l}", 58, id="no expression"),
        pytest.param("MAP-106", "{name: x, from: =item.l, most: 0}", 73, id="none"),
        pytest.param("MAP-106", "{name: x, from: =item.l, most: 101}", 73, id="more than there may be"),
        pytest.param("MAP-203", "{name: x, from: =itm.l}", 59, id="a name"),
        pytest.param("MAP-204", "{name: x, from: =a}", 9, id="itself"),
        pytest.param("MAP-205", "{name: item, from: =item.l}", 49, id="a name that is taken"),
    ],
)
def test_a_mistake_in_each_is_found_at_its_place(code: str, each: str, column: int) -> None:
    assert told(findings(STEP % each)) == [(code, 1, column)]


def test_an_element_has_its_name_in_its_own_step_only() -> None:
    body = SURVEY.replace("{sites: =item.sites}", "{sites: =item.sites, other: =site.id}")
    assert told(findings(body)) == [("MAP-203", 1, 35)]


def test_two_steps_may_call_their_elements_the_same() -> None:
    step = (
        "  {0}: {{soap: s, operation: o, each: {{name: each_one, from: =item.l}}, with: {{a: =each_one}}, "
        "on: {{any fault: fail}}}}\n"
    )
    assert not findings("steps:\n" + step.format("a") + step.format("b") + OTHERWISE)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        pytest.param("default(ports.l, [])", "MAP-308", id="a reply"),
        pytest.param("wanted", "MAP-308", id="a reply by another name"),
        pytest.param("default(item.l, [])", None, id="the request"),
        pytest.param("ports.l", None, id="no default"),
        pytest.param("default(ports.l, None)", None, id="null"),
    ],
)
def test_a_gap_must_not_empty_the_list(source: str, code: str | None) -> None:
    body = f"""\
let:
  wanted: =default(ports.l, [])
steps:
  ports: {{soap: s, operation: o, on: {{any fault: fail}}}}
  a:
    soap: s
    operation: o
    each:
      name: x
      from: ={source}
    on: {{any fault: fail}}
"""
    assert [one.code for one in findings(body + OTHERWISE)] == ([code] if code else [])
