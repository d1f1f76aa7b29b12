"""Today's WSDL against the stored one: what has changed in what is used is told, what only looks different is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from aiohttp import web

from adapters.base import Checked, CheckOutcome
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from tests.support.soap_server import WSDL_FOLDER, soap_server

STORED = WSDL_FOLDER / "feasibility.wsdl"


async def checked(today: str | None, *, live: bool = True, used: str = "CheckFeasibility") -> Sequence[Checked]:
    async with soap_server() as server:

        async def answer(request: web.Request) -> web.Response:
            assert (request.method, request.query_string) == ("GET", "wsdl")
            return web.Response(status=404) if today is None else web.Response(text=today, content_type="text/xml")

        server.answer = answer
        system = SoapSystem("nimbus", SoapOptions(wsdl=STORED, endpoint=server.url))
        system.operation(SoapStep(operation=used))
        await system.open()
        try:
            lines = await system.check(live=live, timeout=10)
        finally:
            await system.close()
        assert len(server.asked) == live
        return lines


def changed(before: str, after: str) -> str:
    text = STORED.read_text(encoding="utf-8")
    assert before in text
    return text.replace(before, after)


async def test_without_live_it_is_only_connected_to() -> None:
    assert [line.subject for line in await checked(None, live=False)] == ["connection"]


@pytest.mark.parametrize(
    "today",
    [
        pytest.param(STORED.read_text(encoding="utf-8"), id="the-same"),
        pytest.param(changed("<xsd:sequence>", "<!-- new -->\n<xsd:sequence>"), id="other-bytes"),
        pytest.param(changed("http://feasibility.test/service", "http://moved.test/"), id="another-address"),
        pytest.param(changed('"Ping" type="xsd:string"', '"Ping" type="xsd:int"'), id="what-is-not-used"),
    ],
)
async def test_what_means_the_same_is_no_drift(today: str) -> None:
    lines = await checked(today)

    assert [line.outcome for line in lines] == [CheckOutcome.OK, CheckOutcome.OK]
    assert lines[1].text.startswith("as stored")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param(
            '<xsd:element name="ZPort" type="xsd:long" minOccurs="0"/>', "", "request: Circuit.ZPort is gone", id="gone"
        ),
        pytest.param(
            '<xsd:element name="ZPort" type="xsd:long" minOccurs="0"/>',
            '<xsd:element name="ZPort" type="xsd:long"/>',
            "request: Circuit.ZPort is needed now",
            id="needed",
        ),
        pytest.param(
            '<xsd:element name="LeadDays" type="xsd:int" nillable="true"/>',
            '<xsd:element name="LeadDays" type="xsd:int"/>',
            "reply: LeadDays was integer or null and is integer",
            id="not-nillable",
        ),
        pytest.param(
            '<xsd:enumeration value="B"/>',
            '<xsd:enumeration value="C"/>',
            "reply: FeasCode has other values: without B, with C",
            id="values",
        ),
        pytest.param(
            'name="Price" type="xsd:decimal"', 'name="Price" type="xsd:string"', "Price was number", id="type"
        ),
        pytest.param(
            '<xsd:element name="OfferingId" type="xsd:string"/>',
            '<xsd:element name="OfferingId" type="xsd:string"/><xsd:element name="Rank" type="xsd:int"/>',
            "reply: Options.Option[].Rank is new and needed",
            id="new",
        ),
        pytest.param("urn:test:feasibility/check", "urn:v2", "its SOAPAction was", id="action"),
    ],
)
async def test_what_has_changed_in_what_is_used_is_told(before: str, after: str, told: str) -> None:
    lines = await checked(changed(before, after))

    assert [(line.subject, line.outcome) for line in lines[1:]] == [
        ("WSDL", CheckOutcome.DRIFT),
        ("operation CheckFeasibility", CheckOutcome.DRIFT),
    ]
    assert told in lines[2].text


async def test_an_operation_that_is_gone_is_told() -> None:
    text = STORED.read_text(encoding="utf-8")
    lines = await checked(text.replace('"CheckFeasibility">\n      <', '"CheckFeasibility2">\n      <'))

    assert lines[2].outcome is CheckOutcome.DRIFT
    assert "today it cannot be called: no operation CheckFeasibility" in lines[2].text


@pytest.mark.parametrize("today", [None, "<html></html>", "<a", changed('type="c:FeasCode"', 'type="c:Nope"')])
async def test_a_system_that_gives_no_wsdl_is_not_checked(today: str | None) -> None:
    lines = await checked(today)

    assert [(line.subject, line.outcome) for line in lines] == [
        ("connection", CheckOutcome.OK),
        ("WSDL", CheckOutcome.NOT_CHECKED),
    ]
    assert lines[1].text
    assert "\n" not in lines[1].text
