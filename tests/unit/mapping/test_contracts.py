"""A mapping held against what an operation takes and gives."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.mapping.contracts import StepContract, check_contracts
from tests.support.mappings import HEAD, complete, loaded

TAKES: dict[str, Any] = {
    "properties": {"ref": {}, "circuit": {"properties": {"kbps": {}}, "required": ["kbps"]}, "open": True},
    "required": ["ref"],
}
TYPED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "kbps": {"type": "integer"},
        "rate": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "write": {"type": "boolean"},
        "name": {"type": "string"},
        "kind": {"type": "string", "enum": ["A", "S"]},
        "site": {"type": "object", "properties": {"id": {"type": "string"}}},
        "tags": {"type": "array", "items": {"type": "string"}},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    },
}
GIVES: dict[str, Any] = complete({"properties": {"code": {}, "list": {"items": {"properties": {"id": {}}}}, "any": {}}})
LIST = "take an element or write a comprehension"
BODY = """\
steps:
  check: {soap: s, operation: o, with: %s, on: {any fault: fail}}
answer:
  - when: %s
    red: x
  - otherwise: fail
"""


def found(arguments: str, condition: str, contract: StepContract, body: str = BODY) -> list[tuple[str, int, str]]:
    mapping = loaded(body % (arguments, condition))
    return [
        (finding.code, finding.location.line - HEAD.count("\n"), finding.hint)
        for finding in check_contracts(mapping, {"check": contract})
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param("{ref: =item.id}", [], id="what is needed"),
        pytest.param("{ref: =item.id, circuit: {kbps: 5}, open: {x: 1}}", [], id="all of it"),
        pytest.param("{ref: =item.id, circuit: =item.product}", [], id="an object that an expression makes"),
        pytest.param("{rev: =item.id, ref: a}", [("MAP-402", 2, "did you mean 'ref'?")], id="a slip"),
        pytest.param("{circuit: {kbps: 5}}", [("MAP-403", 2, "add it under 'with'")], id="a needed one left out"),
        pytest.param("{ref: a, circuit: {mbps: 5, kbps: 6}}", [("MAP-402", 2, "did you mean 'kbps'?")], id="deeper"),
        pytest.param("{ref: a, circuit: {}}", [("MAP-403", 2, "add it under 'with'")], id="left out deeper"),
    ],
)
def test_arguments(arguments: str, expected: list[tuple[str, int, str]]) -> None:
    assert found(arguments, "item.a", StepContract(TAKES, {})) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("check.code == 'A'", [], id="a member"),
        pytest.param("check.any.thing.at.all", [], id="an open member"),
        pytest.param("check.list[0].id == 'a'", [], id="an element's member"),
        pytest.param("check.cod == 'A'", [("MAP-404", 4, "did you mean 'code'?")], id="a slip"),
        pytest.param("check.list[0].ids == 'a'", [("MAP-404", 4, "did you mean 'id'?")], id="a slip in an element"),
        pytest.param("any(check.x for check in item.checks)", [], id="a loop's own name"),
        pytest.param("check['cod'] == 'A'", [("MAP-404", 4, "did you mean 'code'?")], id="a slip between brackets"),
        pytest.param("check['code'] == 'A'", [], id="a member between brackets"),
        pytest.param("check.list.id == 'a'", [("MAP-408", 4, LIST)], id="a member of a list"),
        pytest.param("check[0].code == 'a'", [("MAP-408", 4, "leave out the [ ]")], id="an element of an object"),
        pytest.param("any(p.id == 'a' for p in check.list)", [], id="elements"),
        pytest.param(
            "any(p.ids == 'a' for p in check.list)", [("MAP-404", 4, "did you mean 'id'?")], id="a slip in all elements"
        ),
        pytest.param(
            "count([p for p in check.list if p.ids == 'a']) == 0",
            [("MAP-404", 4, "did you mean 'id'?")],
            id="a slip in a comprehension's condition",
        ),
        pytest.param("any(p == 'a' for p in check)", [("MAP-408", 4, "")], id="a comprehension over an object"),
        pytest.param("first(check.list).ids == 'a'", [("MAP-404", 4, "did you mean 'id'?")], id="the first one"),
        pytest.param("default(check.list, [])[0].id == 'a'", [], id="a list with a default"),
        pytest.param("default(check, None).cod == 'a'", [("MAP-404", 4, "did you mean 'code'?")], id="with a default"),
        pytest.param("(check if item.a else item.b).cod == 'a'", [], id="perhaps something else"),
    ],
)
def test_members_of_the_reply(condition: str, expected: list[tuple[str, int, str]]) -> None:
    assert found("{}", condition, StepContract({}, GIVES)) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(
            "{kbps: 5, rate: 1.5, write: true, name: a, kind: A, site: {id: a}, tags: [a], either: 5}", [], id="all fit"
        ),
        pytest.param("{kbps: =item.id, site: =item.b, tags: [=item.c]}", [], id="expressions"),
        pytest.param("{kbps: 5.0, rate: null}", [], id="a whole number with a point, and null"),
        pytest.param("{kbps: fast}", [("MAP-409", 2, "")], id="a text for a number"),
        pytest.param("{kbps: 1.5}", [("MAP-409", 2, "")], id="a fraction for a whole number"),
        pytest.param("{kbps: true}", [("MAP-409", 2, "")], id="a truth value for a number"),
        pytest.param("{rate: fast}", [("MAP-409", 2, "")], id="a text for a number that may be null"),
        pytest.param("{write: 1}", [("MAP-409", 2, "")], id="a number for a truth value"),
        pytest.param("{name: 5}", [("MAP-409", 2, 'quote it: "..."')], id="a number for a text"),
        pytest.param("{kind: a}", [("MAP-409", 2, "known: A, S")], id="a value that is not listed"),
        pytest.param("{site: [a, b]}", [("MAP-409", 2, "")], id="a list for an object"),
        pytest.param("{tags: a}", [("MAP-409", 2, "")], id="a text for a list"),
        pytest.param("{tags: [a, {b: c}]}", [("MAP-409", 2, "")], id="an object in a list of texts"),
        pytest.param("{tags: [=item.id, 5]}", [("MAP-409", 2, 'quote it: "..."')], id="beside an expression"),
    ],
)
def test_literal_arguments_are_of_the_type_that_is_taken(arguments: str, expected: list[tuple[str, int, str]]) -> None:
    assert found(arguments, "item.a", StepContract(TYPED, {})) == expected


def test_a_slip_is_found_where_a_name_under_let_stands_for_the_reply() -> None:
    body = "let: {reply: =check, parts: =reply.list}\n" + BODY
    assert found("{}", "reply.cod == parts[0].ids", StepContract({}, GIVES), body) == [
        ("MAP-404", 5, "did you mean 'code'?"),
        ("MAP-404", 5, "did you mean 'id'?"),
    ]


def test_a_slip_in_an_alternate_is_found() -> None:
    alternates = """\
alternates:
  each: option
  from: =check.list
  when: option.ids == 'a'
  proposal: {productOffering: {id: =option.id}, productConfiguration: {}}
"""
    assert found("{}", "check.code == 'A'", StepContract({}, GIVES), BODY + alternates) == [
        ("MAP-404", 10, "did you mean 'id'?")
    ]


def test_names_that_double_with_each_level_are_read_in_time() -> None:
    lets = "let:\n  a0: =check.cod\n" + "".join(f"  a{n}: =[a{n - 1}, a{n - 1}]\n" for n in range(1, 35))
    assert found("{}", "a34 == item.a", StepContract({}, GIVES), lets + BODY) == [
        ("MAP-404", 2, "did you mean 'code'?")
    ]


def test_rows_are_a_list_only_where_many_are_meant() -> None:
    body = """\
steps:
  check: {sql: s, query: q, with: %s, rows: many, on: {many rows: fail}}
answer:
  - when: %s
    red: x
  - otherwise: fail
"""
    assert found("{}", "check[0].code == 'A'", StepContract({}, GIVES), body) == []
    assert [code for code, *_ in found("{}", "check[0].cod == 'A'", StepContract({}, GIVES), body)] == ["MAP-404"]


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert found("{x: 1}", "check.anything", StepContract({}, {})) == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("check[0].code == 'A'", [], id="a member of a reply"),
        pytest.param("any(c.code == 'A' for c in check)", [], id="each reply"),
        pytest.param("check.code == 'A'", [("MAP-408", 5, LIST)], id="the list as a reply"),
        pytest.param("any(c.cod == 'A' for c in check)", [("MAP-404", 5, "did you mean 'code'?")], id="a slip"),
    ],
)
def test_a_step_with_each_gives_a_list_of_replies(condition: str, expected: list[tuple[str, int, str]]) -> None:
    body = BODY.replace("  check: {", "  check: {each: {name: site, from: =item.l}, ").replace("answer:", "\nanswer:")
    assert found("{}", condition, StepContract({}, GIVES), body) == expected


@pytest.mark.parametrize(
    ("member", "expected"),
    [pytest.param("id", [], id="a member"), pytest.param("ids", [("MAP-404", 3, "did you mean 'id'?")], id="a slip")],
)
def test_an_element_of_a_reply_is_known_where_it_has_its_name(
    member: str, expected: list[tuple[str, int, str]]
) -> None:
    more = (
        "  more: {soap: s, operation: o, each: {name: site, from: =check.list}, "
        f"with: {{Id: =site.{member}}}, on: {{any fault: fail}}}}\n"
    )
    body = BODY.replace("answer:", more + "answer:")
    assert found("{}", "item.a", StepContract({}, GIVES), body) == expected


def test_a_write_is_read_as_what_looks_up_its_outcome_gives() -> None:
    body = """\
steps:
  check: {soap: s, operation: o, with: %s, on: {any fault: fail}}
  reserve: {soap: s, operation: o, write: true, on: {any fault: fail, unknown: {lookup: check}}}
answer:
  - when: %s
    red: x
  - otherwise: fail
"""
    contract = StepContract({}, GIVES)
    assert found("{}", "reserve.code == 'A'", contract, body) == []
    assert found("{}", "reserve.state == 'A'", contract, body) == [("MAP-404", 5, "known: any, code, list")]
