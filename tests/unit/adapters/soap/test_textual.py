"""A message written the short way is the one that the long way writes; what is special goes the long way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.base import BadArguments
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from adapters.soap.protection_options import WsAddressing
from adapters.xml import parse
from tests.support.soap_server import WSDL_FOLDER
from tests.unit.adapters.soap.test_codecs import EXAMPLES, shown
from tests.unit.adapters.soap.test_plain import FITTING, TEXTS

FACETS = SoapSystem("facets", SoapOptions(wsdl=WSDL_FOLDER / "facets.wsdl")).operation(SoapStep(operation="Ask"))
SYSTEM = SoapSystem("types", SoapOptions(wsdl=WSDL_FOLDER / "types.wsdl"))
BUILTINS = SYSTEM.operation(SoapStep(operation="Builtins"))
PLAIN: dict[str, Any] = {
    "Bool": True,
    "Int": 7,
    "Long": 2**40,
    "Dec": Decimal("1.50"),
    "Dbl": 2.5,
    "Day": date(2026, 1, 31),
    "At": "2026-01-31T10:00:00Z",
    "Time": "10:00:00",
    "Tok": "a",
    "Uri": "urn:a",
}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="nothing special"),
        pytest.param({"Tok": "a & b <c> ]]> \"d\" 'e'"}, id="markup"),
        pytest.param({"Tok": "Straße 日本 😀"}, id="other scripts"),
        pytest.param({"Tok": ""}, id="an empty text"),
    ],
)
def test_the_short_way_writes_what_the_long_way_does(changed: dict[str, Any]) -> None:
    text = BUILTINS.text(PLAIN | changed)

    assert text is not None
    assert shown(parse(text, None)) == shown(BUILTINS.envelope(PLAIN | changed).root)
    assert BUILTINS.written(PLAIN | changed) == text


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"Tok": "a\nb"}, id="a line break"),
        pytest.param({"Tok": "a\u200bb"}, id="a sign that is not seen"),
        pytest.param({"Tok": "a  b"}, id="blanks that mean nothing"),
        pytest.param({"Span": "P1D"}, id="a type whose texts are not known"),
        pytest.param({"Day": "2026-01-31Z"}, id="an uncommon form of a date"),
    ],
)
def test_a_special_text_goes_the_long_way(changed: dict[str, Any]) -> None:
    assert BUILTINS.text(PLAIN | changed) is None
    assert BUILTINS.written(PLAIN | changed)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"Int": 2**40}, id="a number that the schema does not allow"),
        pytest.param({"Int": 10**5000}, id="a number without end"),
        pytest.param({"Int": "7"}, id="a text for a number"),
        pytest.param({"Int": None}, id="a null"),
        pytest.param({"Strange": 1}, id="a member that is not known"),
        pytest.param({"Tok": "\ud800"}, id="half a character"),
        pytest.param({"Tok": "\x00"}, id="a character that XML has not"),
        pytest.param({"Day": "2026-02-30"}, id="no date"),
    ],
)
def test_a_mistake_is_told_by_the_long_way(changed: dict[str, Any]) -> None:
    assert BUILTINS.text(PLAIN | changed) is None
    with pytest.raises((BadArguments, ValueError)):
        BUILTINS.written(PLAIN | changed)


LEAVES = ["code", "exact", "colour", "warm", "percent", "half", "price", "open", "level", "count", "big", "rate"]
LEAVES += ["at", "where", "fixed", "usual", "null", "left", "right", "more"]
VALUES = st.sampled_from([*TEXTS, *FITTING["code"], *FITTING["at"], True, False, *range(-1, 5), 50, 100, 101, 10**20])
VALUES |= st.sampled_from([0.5, 1e20, Decimal("1.50"), Decimal("-10.51"), Decimal("12345.6"), date(2026, 1, 31), None])
TREE: st.SearchStrategy[Any] = st.deferred(
    lambda: st.fixed_dictionaries({"id": VALUES}, optional={"speed": VALUES, "tree": st.lists(TREE, max_size=3)})
)
MEMBERS = dict.fromkeys(LEAVES, VALUES) | {
    "short": st.lists(VALUES, max_size=4),
    "outer": st.lists(VALUES, max_size=2),
    "tree": TREE,
    "loose": st.fixed_dictionaries({}, optional={"one": VALUES, "two": VALUES}),
    "strange": VALUES,
}


@settings(max_examples=60 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(MEMBERS)), max_size=5), st.data())
def test_what_is_written_as_text_fits_the_schema_and_is_what_the_long_way_writes(
    names: list[str], data: st.DataObject
) -> None:
    values = {"percent": 5} | {name: data.draw(MEMBERS[name]) for name in names}

    text = FACETS.text(values)

    if text is not None:
        assert shown(parse(text, None)) == shown(FACETS.envelope(values).root)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"percent": 5}, id="one element"),
        pytest.param({"percent": 0, "code": "AB-12", "short": ["a", "bc"], "exact": "ab", "warm": "red"}, id="texts"),
        pytest.param({"percent": 1, "half": 50, "price": Decimal("-1.5"), "open": 4, "level": 1}, id="numbers"),
        pytest.param({"percent": 1, "tree": {"id": "a", "tree": [{"id": "b", "speed": 7}]}}, id="types in each other"),
        pytest.param({"percent": 1, "left": "a"}, id="one branch"),
        pytest.param({"percent": 1, "right": True, "more": 5}, id="the other branch"),
    ],
)
def test_facets_and_orders_that_are_known_are_written_as_text(values: dict[str, Any]) -> None:
    assert FACETS.text(values) is not None


def test_what_is_protected_goes_the_long_way() -> None:
    options = SoapOptions(wsdl=WSDL_FOLDER / "types.wsdl", ws_addressing=WsAddressing())
    operation = SoapSystem("types", options).operation(SoapStep(operation="Builtins"))

    assert operation.text(PLAIN) is None
    assert b"MessageID" in operation.written(PLAIN)
