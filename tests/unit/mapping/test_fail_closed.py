"""Nothing that is missing, faulty or late turns an answer into a promise, whatever the mapping says."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.mapping.outcomes import AlreadyBegun, Answer, Faulted, Impossible, Outcome, Unanswered
from gateway.mapping.plan import LoadedMapping
from gateway.sources.findings import FindingsError
from tests.support.expressions import tried
from tests.support.mappings import PerElement, context, drive, loaded

Path = tuple[Any, ...]


def promises(found: Outcome) -> bool:
    return isinstance(found, Answer) and found.fields.get("serviceabilityConfidence") in ("green", "yellow")


# conditions that a mapping may say, over a row and an item of one shape

NUMBERS = st.sampled_from(["port.n", "port.m", "item.n", "first(port.l)", "port.l[1]", "port.o[0].k", "port.d.x.n"])
TEXTS = st.sampled_from(["port.s", "port.t", "item.s", "port.d.x.y", "port.o[1].t", "upper(port.s)", "strip(port.t)"])
TRUTHS = st.sampled_from(["port.b", "item.b", "port.o[0].f", "boolean(port.t)"])
SUMS = st.sampled_from(["({} + {})", "({} - {})", "({} * {})", "min({}, {})", "max({}, {})"])
NUMBER = st.recursive(
    NUMBERS | st.integers(-3, 3).map(str) | st.sampled_from(["count(port.l)", "sum(port.l)", "count(unique(port.l))"]),
    lambda inner: st.tuples(SUMS, inner, inner).map(lambda parts: parts[0].format(*parts[1:])),
    max_leaves=3,
)
LETTER = st.sampled_from(["'A'", "'B'", "''", "'Y'"])
ORDER = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
EQUAL = st.sampled_from(["==", "!="])
# Only what systems reply: a default of what the request leaves out is the standard's own meaning.
REPLY_NUMBERS, REPLY_TEXTS, REPLY_TRUTHS = (
    names.filter(lambda name: "port" in name) for names in (NUMBERS, TEXTS, TRUTHS)
)
ATOM = st.one_of(
    TRUTHS,
    st.tuples(NUMBER, ORDER, NUMBER).map(" ".join),
    st.tuples(NUMBER, ORDER, NUMBER, ORDER, NUMBER).map(" ".join),
    st.tuples(TEXTS, EQUAL, LETTER | TEXTS).map(" ".join),
    st.tuples(TEXTS, st.sampled_from(["in", "not in"]), st.lists(LETTER, min_size=1, max_size=3)).map(
        lambda parts: f"{parts[0]} {parts[1]} [{', '.join(parts[2])}]"
    ),
    st.tuples(NUMBER, st.sampled_from(["in", "not in"])).map(lambda parts: f"{parts[0]} {parts[1]} port.l"),
    st.tuples(TEXTS, EQUAL, LETTER).map(lambda parts: f"lookup(codes, {parts[0]}) {parts[1]} {parts[2]}"),
    st.tuples(ORDER, NUMBER).map(lambda parts: f"any(e.k {parts[0]} {parts[1]} for e in port.o)"),
    st.tuples(ORDER, NUMBER).map(lambda parts: f"all(e.k {parts[0]} {parts[1]} for e in port.o)"),
    st.tuples(ORDER, NUMBER).map(lambda parts: f"count([e for e in port.o if e.f]) {parts[0]} {parts[1]}"),
    st.tuples(EQUAL, st.sampled_from(["[1, 2]", "port.l", "[port.n]"])).map(lambda p: f"port.l {p[0]} {p[1]}"),
    st.tuples(REPLY_TEXTS, LETTER, EQUAL, LETTER).map(lambda p: f"default({p[0]}, {p[1]}) {p[2]} {p[3]}"),
    st.tuples(REPLY_TRUTHS, st.booleans()).map(lambda parts: f"default({parts[0]}, {parts[1]})"),
    st.tuples(REPLY_NUMBERS, st.integers(-2, 2), ORDER, st.integers(-2, 2)).map(
        lambda parts: f"default({parts[0]}, {parts[1]}) {parts[2]} {parts[3]}"
    ),
)
CONDITION = st.recursive(
    ATOM,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(lambda parts: f"({''.join(parts)})"),
        inner.map(lambda part: f"(not {part})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
    ),
    max_leaves=4,
)

number = st.integers(-3, 3) | st.sampled_from([Decimal("1.5"), 0.5, None, "2", True])
text = st.sampled_from(["A", "B", "Y", "", "A ", None, 1])
truth = st.sampled_from([True, False, True, False, None, "Y"])
row = st.fixed_dictionaries(
    {
        "n": number,
        "m": number,
        "s": text,
        "t": text,
        "b": truth,
        "l": st.lists(st.integers(0, 2), max_size=3),
        "o": st.lists(st.fixed_dictionaries({"k": number, "f": truth, "t": text}), max_size=2),
        "d": st.fixed_dictionaries({"x": st.fixed_dictionaries({"y": text, "n": number})}),
    }
)
item = st.fixed_dictionaries({"id": st.just("item-001"), "n": number, "s": text, "b": truth})

MAPPING = """\
let:
  shared: >-
    {let}
lookups:
  codes: {{A: A, B: Y}}
steps:
  port: {{sql: s, query: q, rows: one, on: {{no rows: {{red: Nothing}}, many rows: fail}}}}
  late: {{soap: s, operation: o, when: 'shared', on: {{any fault: fail}}}}
answer:
  - when: >-
      {red}
    red: Blocked
  - when: >-
      {green}
    serviceabilityConfidence: green
  - when: >-
      {other}
    serviceabilityConfidence: >-
      ='yellow' if shared else 'red'
  - otherwise: {{red: Nothing fits}}
"""


def paths(tree: Any, path: Path = ()) -> Iterator[Path]:
    """Each place in the data but the top."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield (*path, key)
        yield from paths(value, (*path, key))


def without(tree: Any, path: Path, *, absent: bool) -> Any:
    """A copy with null at the place, or with the member absent."""
    copy = node = deepcopy(tree)
    for key in path[:-1]:
        node = node[key]
    if absent and isinstance(node, dict):
        del node[path[-1]]
    else:
        node[path[-1]] = None
    return copy


def answered(mapping: LoadedMapping, scope: dict[str, Any]) -> Outcome:
    return drive(mapping, {"port": [scope["port"]], "late": scope["late"]}, context(scope["item"]))[0]


@settings(max_examples=150, deadline=None)
@given(CONDITION, CONDITION, CONDITION, CONDITION, row, item, st.booleans(), st.data())
def test_a_gap_never_makes_a_promise(
    red: str, green: str, other: str, let: str, port: Any, asked: Any, absent: bool, data: st.DataObject
) -> None:
    body = MAPPING.format(red=red, green=green, other=other, let=f"={let}")
    mapping = tried(FindingsError, lambda: loaded(body))
    assume(isinstance(mapping, LoadedMapping))  # lint refuses defaults that help a promise
    scope = {"port": port, "item": asked, "late": {}}
    if promises(answered(mapping, scope)):
        return
    gaps = [path for path in paths({"port": port, "item": asked}) if len(path) > 1]
    for path in data.draw(st.permutations(gaps), label="gaps")[:8]:
        assert not promises(answered(mapping, without(scope, path, absent=absent))), path


def test_the_search_for_gaps_would_see_one() -> None:
    body = MAPPING.format(red="port.b", green="port.n == None", other="port.b", let="=port.b")
    scope = {"port": {"n": 1, "b": False}, "item": {"id": "item-001"}, "late": {}}
    assert not promises(answered(loaded(body), scope))
    assert promises(answered(loaded(body), without(scope, ("port", "n"), absent=False)))


# replies

STEPS = """\
let: {key: =first_one.key}
steps:
  first_one: {sql: s, query: q, rows: one, on: {no rows: {red: None there}, many rows: fail}}
  second: {soap: s, operation: o, on: {fault BUSY: retry, fault NO: {red: Said no}, any fault: fail, no answer: fail}}
  third: {soap: s, operation: o, with: {Key: =key}, on: {any fault: {refuse: otherIssue, reason: Refused}}}
  fourth: {soap: s, operation: o, when: second.more, on: {any fault: ask an operator}}
  fifth: {sql: s, query: q, rows: many, most: 2, on: {many rows: {wait: 30 s}}}
answer:
  - when: third.code == 'A'
    serviceabilityConfidence: green
  - otherwise: {red: Nothing fits}
"""
NAMES = ("first_one", "second", "third", "fourth", "fifth")
BAD = st.sampled_from([Faulted(["NO"], "t"), Faulted(["X", "Y"], "t"), Unanswered("timeout"), Impossible("no")])
SECOND = st.sampled_from([{"more": True}, {"more": False}, {}, Faulted(["BUSY"], "t")]) | BAD
REPLIES = st.fixed_dictionaries(
    {
        "first_one": st.sampled_from([[{"key": 1}], [{"key": None}], [], [{}, {}], None, 5]) | BAD,
        "second": st.tuples(SECOND, SECOND, SECOND),
        "third": st.sampled_from([{"code": "A"}, {"code": "B"}, {}, None, "A"]) | BAD,
        "fourth": st.sampled_from([{}, None]) | BAD,
        "fifth": st.sampled_from([[], [{}], [{}] * 3, [None]]) | BAD,
    }
)


@settings(max_examples=200, deadline=None)
@given(REPLIES, st.permutations(NAMES), st.permutations(NAMES))
def test_the_order_of_replies_changes_nothing(replies: Any, one: list[str], other: list[str]) -> None:
    mapping = loaded(STEPS)
    first, _ = drive(mapping, replies, order=one)
    second, _ = drive(mapping, replies, order=other)
    assert first == second


GOOD: dict[str, Any] = {
    "first_one": [{"key": 1}],
    "second": ({"more": True},) * 3,
    "third": {"code": "A"},
    "fourth": {},
    "fifth": [{}],
}


def test_the_good_replies_are_green() -> None:
    assert promises(drive(loaded(STEPS), GOOD)[0])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), BAD, st.permutations(NAMES))
def test_no_promise_beside_a_step_that_did_not_answer(name: str, bad: Any, order: list[str]) -> None:
    replies = {**GOOD, name: (bad,) * 3 if name == "second" else bad}
    assert not promises(drive(loaded(STEPS), replies, order=order)[0])


# what several calls, writes, dimensions and tables add

WORDS = """\
lookups: {codes: codes.csv}
steps:
  sites: {soap: s, operation: o, on: {any fault: fail}}
  survey:
    each: {name: site, from: =sites.list, most: 2}
    soap: s
    operation: o
    with: {Site: =site.no}
    on: {fault NO: {red: Said no}, any fault: fail}
  reserve:
    write: true
    soap: s
    operation: o
    on: {fault NO: {red: Said no}, any fault: fail, unknown: {lookup: find}}
  find: {soap: s, operation: o, on: {any fault: fail}}
dimensions:
  technical:
    - when: all(lookup(codes, s.code) == 'fits' for s in survey)
      serviceabilityConfidence: green
      installationInterval:
        amount: =max([s.days for s in survey])
        units: businessDays
      deliveryType: onNetWithBuild
    - otherwise: {red: Does not fit}
  commercial:
    - when: reserve.state == 'held' and reserve.price > 0
      serviceabilityConfidence: yellow
      guaranteedUntilDate: =datetime(reserve.until)
    - otherwise: {red: Not held}
"""
CODES = {"codes.csv": "from,to\nA,fits\nB,too far\notherwise,unknown\n"}
ALL_GOOD: dict[str, Any] = {
    "sites": {"list": [{"no": 1}, {"no": 2}]},
    "survey": [{"code": "A", "days": 3}, {"code": "A", "days": 9}],
    "reserve": {"state": "held", "price": 5, "until": "2026-06-01T00:00:00Z"},
    "find": {"state": "held", "price": 5, "until": "2026-06-01T00:00:00Z"},
}
ENDS = st.sampled_from(
    [Faulted(["NO"], "t"), Faulted(["X"], "t"), Unanswered("late"), AlreadyBegun(), Impossible("no")]
)


def in_words(replies: dict[str, Any]) -> Outcome:
    """The outcome with these replies; those to `survey` one for each element."""
    return drive(loaded(WORDS, files=CODES), {**replies, "survey": PerElement(replies["survey"])})[0]


def test_all_good_is_as_good_as_its_worst_dimension() -> None:
    found = in_words(ALL_GOOD)
    assert isinstance(found, Answer)
    assert found.fields["serviceabilityConfidence"] == "yellow"
    assert found.fields["installationInterval"]["amount"] == 9


@settings(max_examples=200, deadline=None)
@given(st.data(), st.booleans())
def test_a_gap_in_any_reply_of_these_words_makes_no_promise(data: st.DataObject, absent: bool) -> None:
    replies = {name: reply for name, reply in ALL_GOOD.items() if name != "find"}
    path = data.draw(st.sampled_from([path for path in paths(replies) if path != ("survey",)]))
    assert not promises(in_words({**ALL_GOOD, **without(replies, path, absent=absent and len(path) > 1)})) or (
        path[-1] == "no"  # an argument that the operation may do without
    )


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["sites", "survey", "reserve"]), ENDS, ENDS | st.sampled_from([{}, None]))
def test_a_call_of_these_words_that_ended_badly_makes_no_promise(name: str, bad: Any, find: Any) -> None:
    replies = {**ALL_GOOD, name: [ALL_GOOD["survey"][0], bad] if name == "survey" else bad, "find": find}
    assert not promises(in_words(replies))
