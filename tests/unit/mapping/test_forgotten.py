"""A forgotten `=`: a text that can hardly be meant as one."""

from __future__ import annotations

import pytest

from tests.support.mappings import findings, told

BODY = """\
let: {where: =item.id}
lookups: {kinds: {a: b}}
steps:
  row:
    soap: s
    operation: row.operation
    with:
      value: %s
    on: {any fault: fail}
answer: [{otherwise: fail}]
"""


@pytest.mark.parametrize(
    "text",
    [
        "place(item, 'INSTALL_LOCATION').place.id",
        "item.product.id",
        "where.place[0].id",
        "where['id']",
        "lookup(kinds, where)",
        "upper(item.id)",
        "'\"item.id\"'",
    ],
)
def test_a_text_that_looks_like_an_expression_is_found(text: str) -> None:
    assert told(findings(BODY % text.strip("'"))) == [("MAP-211", 8, 14)]


@pytest.mark.parametrize(
    "text",
    [
        "=item.id",
        "=upper('item.id')",
        "where",
        "item",
        "nimbus.example.com",
        "Items (count of all)",
        "count(those)",
        "now (at once)",
        "See item. Thank you.",
        "item.id and more",
        "2.5",
        "'1.0'",
    ],
)
def test_other_texts_are_texts(text: str) -> None:
    assert findings(BODY % text) == ()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param("let:\n  a: item.id\nanswer: [{otherwise: fail}]\n", ("MAP-211", 2, 6), id="under let"),
        pytest.param("answer:\n  - otherwise:\n      red: upper(item.id)\n", ("MAP-211", 3, 12), id="a reason"),
        pytest.param(
            "steps:\n  a: {soap: s, operation: o, on: {any fault: {red: item.id}}}\nanswer: [{otherwise: fail}]\n",
            ("MAP-211", 2, 52),
            id="after a fault",
        ),
    ],
)
def test_it_is_found_wherever_values_stand(body: str, place: tuple[str, int, int]) -> None:
    assert told(findings(body)) == [place]


def test_conditions_and_keys_are_no_values() -> None:
    body = "lookups: {a: {item.id: item.id}}\nanswer:\n  - {when: item.id == 'a', red: x}\n  - otherwise: fail\n"
    assert findings(body) == ()
