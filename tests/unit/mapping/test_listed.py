"""Values that a contract lists: lookups cover them, comparisons name only such as there are."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.mapping.contracts import StepContract, check_contracts
from gateway.mapping.requesting import check_request
from tests.support.mappings import HEAD, REFERENCES_HEAD, complete, findings, loaded

NET = {"type": "string", "enum": ["ON", "NEAR", "NONE"]}
REPLY: dict[str, Any] = {
    "properties": {
        "net": {"anyOf": [NET, {"type": "null"}]},
        "text": {"type": "string"},
        "days": {"type": "integer"},
        "flag": {"type": "boolean"},
        "since": {"type": "string", "format": "date"},
        "ways": {"type": "array", "items": {"properties": {"net": NET}}},
        "nets": {"type": "array", "items": NET},
    }
}
STEP = "steps:\n  check: {soap: s, operation: o, on: {any fault: fail}}\n"
ROWS = "answer:\n%s  - otherwise: fail\n"


def told(body: str) -> list[tuple[str, str, str]]:
    mapping = loaded(STEP + body)
    contract = StepContract({}, complete(REPLY))
    told = check_contracts(mapping, {"check": contract})
    return [(one.code, one.message, one.hint) for one in told if one.code != "MAP-413"]  # test_optional.py has those


def row(when: str, reason: str = "x") -> str:
    return ROWS % f"  - when: {when}\n    red: {reason}\n"


@pytest.mark.parametrize(
    ("condition", "nearest"),
    [
        pytest.param("check.net == 'NAER'", "did you mean 'NEAR'?", id="equal"),
        pytest.param("check.net != 'NO'", "did you mean 'NONE'?", id="unequal"),
        pytest.param("'NAER' == check.net", "did you mean 'NEAR'?", id="the other way round"),
        pytest.param("check.net in ['ON', 'NAER']", "did you mean 'NEAR'?", id="one of a list"),
        pytest.param("check.net not in ['NAER']", "did you mean 'NEAR'?", id="none of a list"),
        pytest.param("default(check.net, '?') == '??'", "did you mean '?'?", id="with a default"),
        pytest.param("any(way.net == 'NAER' for way in check.ways)", "did you mean 'NEAR'?", id="of an element"),
        pytest.param("default(check.ways, [])[0].net == 'X'", "known: NEAR, NONE, ON", id="of a list with a default"),
        pytest.param("'X' in check.nets", "known: NEAR, NONE, ON", id="in a list of such"),
    ],
)
def test_a_literal_that_never_comes_is_found(condition: str, nearest: str) -> None:
    (found,) = told(row(f'"{condition}"'))
    assert (found[0], found[2]) == ("MAP-411", nearest)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        pytest.param("check.text == 5", "a number is compared with a text", id="a text with a number"),
        pytest.param("check.days >= '5'", "a text is compared with a number", id="a number with a text"),
        pytest.param("check.days in [1, '2']", "a text is compared with a number", id="one of a list"),
        pytest.param("check.flag == 1", "a number is compared with true or false", id="a truth value with a number"),
    ],
)
def test_a_literal_of_another_kind_is_found(condition: str, message: str) -> None:
    (found,) = told(row(f'"{condition}"'))
    assert found[:2] == ("MAP-411", message)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("check.since == '2026-01-01'", id="a date, which is no text"),
        pytest.param("check.days > 1 and check.flag == true", id="of the same kind"),
        pytest.param("check.net == 'NEAR'", id="a value that there is"),
        pytest.param("default(check.net, '?') == '?'", id="the default itself"),
        pytest.param("check.text == 'anything'", id="a text of any kind"),
        pytest.param("check.net == item.id", id="no literal"),
    ],
)
def test_a_literal_that_may_come_is_fine(condition: str) -> None:
    assert told(row(f'"{condition}"')) == []


LOOKUP = "lookups: {l: {ON: a%s}}\n"
MISSING = "the lookup 'l' has no entry for "


@pytest.mark.parametrize(
    ("entries", "body", "missing"),
    [
        pytest.param("", row("item.id == 'a'", "=lookup(l, check.net)"), "NEAR, NONE", id="not covered"),
        pytest.param(", NEAR: b, NONE: c", row("item.id == 'a'", "=lookup(l, check.net)"), "", id="covered"),
        pytest.param(", otherwise: b", row("item.id == 'a'", "=lookup(l, check.net)"), "", id="otherwise"),
        pytest.param("", row("item.id == 'a'", "=lookup(l, check.text)"), "", id="any text"),
        pytest.param("", row("check.net == 'ON'", "=lookup(l, check.net)"), "", id="its own row lets one through"),
        pytest.param(
            "",
            row("check.net in ['ON', 'NEAR'] and item.id == 'a'", "=lookup(l, check.net)"),
            "NEAR",
            id="its own row lets two through",
        ),
        pytest.param(
            "",
            row("check.net in ['ON', 'NEAR'] or item.id == 'a'", "=lookup(l, check.net)"),
            "NEAR, NONE",
            id="an 'or' excludes nothing",
        ),
        pytest.param(
            ", NEAR: b",
            ROWS
            % "  - {when: check.net == 'NONE', red: x}\n  - when: item.id == 'a'\n    red: =lookup(l, check.net)\n",
            "",
            id="a row before it has taken the rest",
        ),
        pytest.param(
            ", NEAR: b",
            ROWS
            % "  - when: item.id == 'a'\n    red: =lookup(l, check.net)\n  - {when: check.net == 'NONE', red: x}\n",
            "NONE",
            id="a row behind it takes nothing",
        ),
        pytest.param(
            "", row("item.id == 'a'", "=lookup(l, check.net) if check.net == 'ON' else 'b'"), "", id="a choice"
        ),
        pytest.param(
            "",
            row("count([lookup(l, way.net) for way in check.ways if way.net == 'ON']) > 0"),
            "",
            id="a comprehension that leaves the rest out",
        ),
        pytest.param(
            "", row("count([lookup(l, way.net) for way in check.ways]) > 0"), "NEAR, NONE", id="a comprehension"
        ),
        pytest.param(
            ", NEAR: b, NONE: c",
            row("item.id == 'a'", "\"=lookup(l, default(check.net, '?'))\""),
            "?",
            id="the default is looked up too",
        ),
    ],
)
def test_a_lookup_covers_what_may_come(entries: str, body: str, missing: str) -> None:
    expected = [("MAP-410", MISSING + missing, "add what is missing, or 'otherwise'")] if missing else []
    assert told(LOOKUP % entries + body) == expected


@pytest.mark.parametrize(
    ("actions", "found"),
    [pytest.param("", ["MAP-410"], id="any action"), pytest.param(", actions: [add]", [], id="only the one")],
)
def test_a_lookup_of_the_action_covers_those_that_the_mapping_is_for(actions: str, found: list[str]) -> None:
    head = HEAD.replace("any}", f"any{actions}}}")
    body = "lookups: {l: {add: new}}\nlet:\n  a: =lookup(l, item.action)\n" + ROWS % ""
    assert [one.code for one in check_request(loaded(body, head=head))] == found


def test_a_lookup_of_a_kind_of_reference_covers_those_that_come_to_the_step() -> None:
    body = """\
lookups: {l: {address: A}}
steps:
  spot:
    when: reference.kind != 'product'
    soap: s
    operation: o
    with:
      kind: =lookup(l, reference.kind)
    on: {any fault: fail}
answer: [{otherwise: unknown}]
"""
    assert list(check_request(loaded(body, head=REFERENCES_HEAD))) == []
    everywhere = body.replace("reference.kind != 'product'", "reference.id != 'x'")
    (found,) = check_request(loaded(everywhere, head=REFERENCES_HEAD))
    assert (found.code, found.message) == ("MAP-410", MISSING + "product")


def test_a_slip_in_the_action_is_found() -> None:
    mapping = loaded(row("item.action == 'modfy'"))
    assert [(one.code, one.hint) for one in check_request(mapping)] == [("MAP-411", "did you mean 'modify'?")]


def test_a_mapping_by_the_language_alone_knows_no_values() -> None:
    assert findings(STEP + row("check.net == 'NAER'")) == ()
