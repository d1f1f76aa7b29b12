"""Replies as plain data; replies that the schema does not allow are refused: a missing part must not be a promise."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from adapters.base import Cause, NoAnswer
from adapters.soap import SoapStep
from tests.support.soap_server import envelope, feasible
from tests.unit.adapters.soap.services import service

BASE = "<f:FeasCode>A</f:FeasCode><f:LeadDays>10</f:LeadDays>"
OPTION = "<c:OfferingId>1</c:OfferingId><c:MaxKbps>5</c:MaxKbps>"
BUILD = OPTION + "<c:BuildCost>9.90</c:BuildCost>"

READ: list[Any] = [
    pytest.param(BASE, "LeadDays", 10, id="int"),
    pytest.param(BASE.replace("10", " 10\n"), "LeadDays", 10, id="int-with-white-space"),
    pytest.param(f"<!-- x -->{BASE.replace('>A<', '><!-- x -->A<')}", "FeasCode", "A", id="comments-inside"),
    pytest.param(BASE.replace(">A<", "><![CDATA[A]]><"), "FeasCode", "A", id="cdata"),
    pytest.param(
        '<f:FeasCode>A</f:FeasCode><f:LeadDays xsi:nil="true"/>', "LeadDays", None, id="nil-where-it-is-allowed"
    ),
    pytest.param(BASE, "Price", None, id="optional-and-absent"),
    pytest.param(BASE + "<f:Price>10.50</f:Price>", "Price", Decimal("10.50"), id="decimal"),
    pytest.param(BASE + "<f:Load>1e-3</f:Load>", "Load", 0.001, id="double"),
    pytest.param(BASE + "<f:Valid>2026-01-31Z</f:Valid>", "Valid", date(2026, 1, 31), id="date-with-a-zone"),
    pytest.param(
        BASE + "<f:Checked>2026-01-31T10:00:00Z</f:Checked>",
        "Checked",
        datetime(2026, 1, 31, 10, tzinfo=UTC),
        id="date-time",
    ),
    pytest.param(BASE + "<f:Near>0</f:Near>", "Near", False, id="boolean"),
    pytest.param(
        BASE + '<f:Remark lang="en">near</f:Remark>',
        "Remark",
        {"value": "near", "lang": "en"},
        id="text-with-attribute",
    ),
    pytest.param(BASE + "<f:Options/>", "Options", {"Option": []}, id="empty-list"),
    pytest.param(
        BASE + f"<f:Options><f:Option>{OPTION}</f:Option></f:Options>",
        "Options",
        {"Option": [{"@type": None, "OfferingId": "1", "MaxKbps": 5, "LeadDays": None, "BuildCost": None}]},
        id="list",
    ),
    pytest.param(
        BASE + f'<f:Options><f:Option xsi:type="c:BuildOption">{BUILD}</f:Option></f:Options>',
        "Options",
        {
            "Option": [
                {
                    "@type": "BuildOption",
                    "OfferingId": "1",
                    "MaxKbps": 5,
                    "LeadDays": None,
                    "BuildCost": Decimal("9.90"),
                }
            ]
        },
        id="derived-type-named-by-the-envelopes-prefix",
    ),
    pytest.param(
        BASE + "<f:Root><c:Name> a  b </c:Name><c:Child><c:Name>x</c:Name></c:Child></f:Root>",
        "Root",
        {"Name": "a b", "Child": [{"Name": "x", "Child": []}]},
        id="type-that-contains-itself",
    ),
    pytest.param(BASE + "<f:Copper>yes</f:Copper>", "Copper", "yes", id="choice"),
    pytest.param(BASE + "<f:Copper>yes</f:Copper>", "Fibre", None, id="choice-not-made"),
]


@pytest.mark.parametrize(("inner", "name", "value"), READ)
async def test_a_member_is_read_as_plain_data(inner: str, name: str, value: object) -> None:
    async with service() as asked:
        asked.server.says(envelope(feasible(inner)))
        reply = await asked.ask()

    assert reply.value[name] == value
    assert type(reply.value[name]) is type(value)


async def test_attributes_are_members() -> None:
    async with service() as asked:
        asked.server.says(envelope(feasible(attributes=' version="3"')))
        reply = await asked.ask()

    assert reply.value["version"] == 3


async def test_a_message_that_is_one_value_is_an_object_with_that_value() -> None:
    async with service() as asked:
        asked.server.says(envelope("<f:Pong>hello</f:Pong>"))
        ping = asked.system.operation(SoapStep(operation="Ping"))
        reply = await ping.call({"value": "x"}, timeout=10)

    assert reply.value == {"value": "hello"}


REFUSED = [
    pytest.param("<f:LeadDays>10</f:LeadDays>", "FeasCode", id="required-element-missing"),
    pytest.param("<f:FeasCode>A</f:FeasCode>", "LeadDays", id="required-nillable-element-missing"),
    pytest.param("<f:FeasCode/><f:LeadDays>10</f:LeadDays>", "FeasCode", id="required-element-empty"),
    pytest.param(BASE.replace(">A<", ' xsi:nil="true"><'), "FeasCode", id="nil-where-it-is-not-allowed"),
    pytest.param(BASE.replace(">A<", ">Z<"), "FeasCode", id="value-that-is-not-enumerated"),
    pytest.param(BASE.replace(">A<", ">a<"), "FeasCode", id="enumerated-value-in-another-case"),
    pytest.param(BASE.replace("10", "soon"), "LeadDays", id="text-for-a-number"),
    pytest.param(BASE.replace("10", ""), "LeadDays", id="nothing-for-a-number"),
    pytest.param(BASE.replace("10", "99999999999"), "LeadDays", id="number-out-of-range"),
    pytest.param(BASE + "<f:Load>INF</f:Load>", "Load", id="infinity"),
    pytest.param(BASE + "<f:Load>NaN</f:Load>", "Load", id="not-a-number"),
    pytest.param(BASE + "<f:Valid>2026-02-30</f:Valid>", "Valid", id="day-that-does-not-exist"),
    pytest.param(BASE + "<f:Near>yes</f:Near>", "Near", id="word-for-a-boolean"),
    pytest.param(BASE + "<f:Surprise>1</f:Surprise>", "Surprise", id="element-that-is-not-declared"),
    pytest.param(BASE + BASE, "FeasCode", id="element-twice"),
    pytest.param("<f:LeadDays>10</f:LeadDays><f:FeasCode>A</f:FeasCode>", "LeadDays", id="another-order"),
    pytest.param(BASE.replace("f:FeasCode", "FeasCode"), "FeasCode", id="element-without-its-namespace"),
    pytest.param(BASE + "<f:Fibre>a</f:Fibre><f:Copper>b</f:Copper>", "Copper", id="both-of-a-choice"),
    pytest.param(BASE + '<f:Options xsi:type="c:Note"/>', "Options", id="xsi-type-that-does-not-fit"),
]


@pytest.mark.parametrize(("inner", "word"), REFUSED)
async def test_a_reply_that_breaks_the_schema_is_no_answer(inner: str, word: str) -> None:
    async with service() as asked:
        asked.server.says(envelope(feasible(inner)))
        with pytest.raises(NoAnswer) as raised:
            await asked.ask()

    assert raised.value.cause is Cause.UNREADABLE
    assert word in raised.value.text


@pytest.mark.parametrize(
    ("declared", "header", "encoding"),
    [
        pytest.param("iso-8859-1", "", "latin-1", id="by-the-declaration"),
        pytest.param("utf-8", "; charset=iso-8859-1", "latin-1", id="the-header-goes-first"),
        pytest.param("iso-8859-1", "; charset=iso-8859-1", "utf-8-sig", id="a-byte-order-mark-goes-before-both"),
        pytest.param("utf-16", "", "utf-16", id="utf-16"),
    ],
)
async def test_the_charset_follows_the_rules_of_xml(declared: str, header: str, encoding: str) -> None:
    content = envelope(feasible(BASE + "<f:Remark>Zürich</f:Remark>"))
    async with service() as asked:
        asked.server.says(
            f'<?xml version="1.0" encoding="{declared}"?>{content}'.encode(encoding), Content_Type=f"text/xml{header}"
        )
        reply = await asked.ask()

    assert reply.value["Remark"]["value"] == "Zürich"
