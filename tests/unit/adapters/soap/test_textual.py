"""A message written the short way is the one that the long way writes; what is special goes the long way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adapters.base import BadArguments
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from adapters.soap.protection_options import WsAddressing
from adapters.xml import parse
from tests.support.soap_server import WSDL_FOLDER
from tests.unit.adapters.soap.test_codecs import shown

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
    "Span": "P1D",
    "Bytes": "YQ==",
    "Tok": "a",
    "Uri": "urn:a",
    "Year": "2026",
}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="nothing special"),
        pytest.param({"Tok": "a & b <c> ]]> \"d\" 'e'"}, id="markup"),
        pytest.param({"Tok": "Straße 日本 😀"}, id="other scripts"),
        pytest.param({"Uri": ""}, id="an empty text"),
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


def test_what_is_protected_goes_the_long_way() -> None:
    options = SoapOptions(wsdl=WSDL_FOLDER / "types.wsdl", ws_addressing=WsAddressing())
    operation = SoapSystem("types", options).operation(SoapStep(operation="Builtins"))

    assert operation.text(PLAIN) is None
    assert b"MessageID" in operation.written(PLAIN)
