"""A mapping held against what an operation takes and gives."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.mapping.contracts import StepContract, check_contract
from tests.support.mappings import HEAD, loaded

TAKES: dict[str, Any] = {
    "properties": {"ref": {}, "circuit": {"properties": {"kbps": {}}, "required": ["kbps"]}, "open": True},
    "required": ["ref"],
}
GIVES: dict[str, Any] = {"properties": {"code": {}, "list": {"items": {"properties": {"id": {}}}}, "any": {}}}
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
        for finding in check_contract(mapping, mapping.step("check"), contract)
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
    ],
)
def test_members_of_the_reply(condition: str, expected: list[tuple[str, int, str]]) -> None:
    assert found("{}", condition, StepContract({}, GIVES)) == expected


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
