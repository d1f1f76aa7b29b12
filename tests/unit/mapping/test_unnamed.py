"""A promise names the codes that it is for: `!=` and `not in` hold for codes that nobody has heard of."""

from __future__ import annotations

import pytest

from tests.support.mappings import GREEN, REFERENCES_HEAD, STEP, findings, told

FLAGGED = [
    ("unequal", STEP + GREEN % "port.status != 'B'", 8, 11),
    ("none of a list", STEP + GREEN % "port.a and port.status not in ['B', 'C']", 8, 22),
    ("not equal", STEP + GREEN % "not port.status == 'B'", 8, 15),
    ("not one of a list", STEP + GREEN % "not (port.a or port.status in ['B'])", 8, 26),
    ("the literal first", STEP + GREEN % "port.a and 'B' != port.status", 8, 22),
    ("a number", STEP + GREEN % "port.status != 7", 8, 11),
    ("with a default", STEP + GREEN % "default(port.status, 'B') != 'B'", 8, 11),
    ("stripped", STEP + GREEN % "strip(port.status) != 'B'", 8, 11),
    ("a condition under a name", "let: {free: =port.status != 'B'}\n" + STEP + GREEN % "free", 1, 14),
    ("a value under a name", "let: {s: =port.status}\n" + STEP + GREEN % "s != 'B'", 9, 11),
    ("of what is known", GREEN % "known(relation(item, 'X')).status != 'B'", 2, 11),
    ("of the product in service", GREEN % "existing.status != 'B'", 2, 11),
    ("of another item's answer", GREEN % "related('U').answer.deliveryType != 'B'", 2, 11),
]


@pytest.mark.parametrize(("body", "line", "column"), [pytest.param(*rest, id=what) for what, *rest in FLAGGED])
def test_a_promise_for_all_but_some_is_found(body: str, line: int, column: int) -> None:
    found = findings(body)
    assert told(found) == [("MAP-314", line, column)]
    assert "in [" in found[0].hint


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(STEP + GREEN % "port.status in ['A', 'B']", id="named"),
        pytest.param(STEP + GREEN % "port.status != None and port.free > 3", id="there at all"),
        pytest.param(STEP + GREEN % "port.blocked != true", id="a truth value has two"),
        pytest.param(STEP + GREEN % "port.ok and item.action != 'modify'", id="the request has what the standard has"),
        pytest.param(STEP + GREEN % "port.status != item.id", id="no literal"),
        pytest.param(STEP + GREEN % "count(port.list) != 0", id="a count"),
        pytest.param(
            STEP + "answer:\n  - {when: port.status != 'A', red: x}\n  - otherwise: fail\n", id="a row that refuses"
        ),
    ],
)
def test_what_promises_nothing_unnamed_is_fine(body: str) -> None:
    assert findings(body) == ()


@pytest.mark.parametrize(
    ("confidence", "found"),
    [
        pytest.param("'green' if port.s != 'B' else 'red'", ["MAP-314"], id="green for all but some"),
        pytest.param("'red' if port.s in ['B'] else 'green'", ["MAP-314"], id="red for some only"),
        pytest.param("'red' if port.s != 'A' else 'green'", [], id="red for all but some"),
        pytest.param("'yellow' if port.s != 'A' else 'green'", [], id="a promise in any case"),
    ],
)
def test_a_computed_confidence_names_its_codes(confidence: str, found: list[str]) -> None:
    body = STEP + f'answer:\n  - when: port.a\n    serviceabilityConfidence: "={confidence}"\n  - otherwise: fail\n'
    assert [one.code for one in findings(body)] == found


def test_an_alternate_names_its_codes() -> None:
    body = (
        STEP
        + "answer: [{otherwise: fail}]\nalternates:\n  each: way\n  from: =port.ways\n  when: way.net %s\n  proposal:\n"
        "    productOffering: {id: =way.id}\n    productConfiguration: {}\n    serviceabilityConfidence: green\n"
    )
    assert [one.code for one in findings(body % "!= 'NONE'")] == ["MAP-314"]
    assert findings(body % "in ['ON']") == ()


def test_what_is_found_of_an_id_names_its_codes() -> None:
    step = STEP.replace("no rows: fail", "no rows: unknown")
    body = step + "answer:\n  - {when: port.status %s, found: {}}\n  - otherwise: unknown\n"
    assert [one.code for one in findings(body % "!= 'DC'", head=REFERENCES_HEAD)] == ["MAP-314"]
    assert findings(body % "== 'IS'", head=REFERENCES_HEAD) == ()
