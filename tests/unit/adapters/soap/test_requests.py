"""What is sent: exactly the declared elements, in the declared order, and nothing that the schema does not allow."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from lxml import etree

from adapters.base import BadArguments
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from tests.support.soap_server import QUESTION, WSDL_FOLDER, envelope, feasible
from tests.unit.adapters.soap.services import service

SYSTEM = SoapSystem("nimbus", SoapOptions(wsdl=WSDL_FOLDER / "feasibility.wsdl"))
CHECK = SYSTEM.operation(SoapStep(operation="CheckFeasibility"))
FIELD = "{urn:test:feasibility}"


def question(**circuit: Any) -> dict[str, Any]:
    return {"Reference": "poq-1", "Circuit": QUESTION["Circuit"] | circuit}


def rendered(**circuit: Any) -> etree._Element:
    return etree.fromstring(CHECK.render(question(**circuit)))


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        pytest.param("ZPort", 7, "7", id="int"),
        pytest.param("ZPort", Decimal("7.00"), "7", id="whole-decimal"),
        pytest.param("ZPort", 7.0, "7", id="whole-float"),
        pytest.param("Wanted", date(2026, 1, 31), "2026-01-31", id="date"),
        pytest.param("Wanted", "2026-01-31", "2026-01-31", id="date-as-text"),
        pytest.param("Protected", True, "true", id="true"),
        pytest.param("Protected", False, "false", id="false"),
        pytest.param("Site", ["a & <b>"], "a & <b>", id="text-that-looks-like-markup"),
    ],
)
def test_a_value_is_written_as_its_type_wants_it(name: str, value: object, text: str) -> None:
    assert rendered(**{name: value}).findtext(f".//{FIELD}{name}") == text


def test_elements_stand_in_the_schemas_order_whatever_the_arguments_order() -> None:
    circuit = rendered(ZPort=1, mode="new").find(f".//{FIELD}Circuit")

    assert circuit is not None
    assert [etree.QName(child).localname for child in circuit] == ["ProductCode", "BandwidthKbps", "Site", "ZPort"]
    assert circuit.get("mode") == "new"


@pytest.mark.parametrize("value", [None, "left out"], ids=["null", "left-out"])
def test_an_optional_element_without_a_value_is_not_sent(value: str | None) -> None:
    given = {"ZPort": None} if value is None else {}

    assert rendered(**given).find(f".//{FIELD}ZPort") is None


@pytest.mark.parametrize(
    ("circuit", "words"),
    [
        pytest.param(
            {"BandwidthKbps": None}, "Circuit.BandwidthKbps: null, but the element is needed", id="required-and-null"
        ),
        pytest.param({"Sites": "a"}, "Circuit.Sites: not known", id="unknown-element"),
        pytest.param(
            {"ProductCode": 73}, "Circuit.ProductCode: expected text, got a value of type int", id="number-for-text"
        ),
        pytest.param({"BandwidthKbps": "10"}, "Circuit.BandwidthKbps: expected a whole number", id="text-for-number"),
        pytest.param({"BandwidthKbps": 10.5}, "Circuit.BandwidthKbps: expected a whole number", id="fraction"),
        pytest.param(
            {"BandwidthKbps": True}, "Circuit.BandwidthKbps: expected a whole number", id="boolean-for-number"
        ),
        pytest.param({"BandwidthKbps": float("nan")}, "Circuit.BandwidthKbps: expected a whole", id="not-a-number"),
        pytest.param({"BandwidthKbps": 2**40}, "BandwidthKbps", id="number-out-of-range"),
        pytest.param({"Protected": 1}, "Circuit.Protected: expected true or false", id="number-for-boolean"),
        pytest.param({"Site": "a"}, "Circuit.Site: expected a list", id="value-for-list"),
        pytest.param({"Site": []}, "Site", id="empty-list-where-one-is-required"),
        pytest.param({"Site": ["a", None]}, "Circuit.Site[1]: null, but the element is needed", id="null-in-a-list"),
        pytest.param({"Site": ["a", "b", "c"]}, "Site", id="too-many-in-a-list"),
        pytest.param({"ProductCode": "ael-p"}, "[A-Z]{3}-[A-Z]", id="pattern"),
        pytest.param({"mode": "delete"}, "mode", id="value-that-is-not-enumerated"),
        pytest.param({"Wanted": "tomorrow"}, "Wanted", id="text-that-is-no-date"),
        pytest.param({"Site": ["\x00"]}, "Circuit.Site[0]", id="character-that-xml-cannot-carry"),
        pytest.param({"Site": [{"a": 1}]}, "Circuit.Site[0]: expected text, got an object", id="object-for-text"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_path(circuit: dict[str, Any], words: str) -> None:
    with pytest.raises(BadArguments) as raised:
        CHECK.render(question(**circuit))

    assert words in str(raised.value)


def test_all_that_does_not_fit_is_told_at_once() -> None:
    with pytest.raises(BadArguments) as raised:
        CHECK.render({"Reference": 5, "Circuit": {"ProductCode": 1}})

    for path in ("Reference", "Circuit.ProductCode", "Circuit.BandwidthKbps", "Circuit.Site"):
        assert path in str(raised.value)


def test_an_element_that_is_left_out_is_missing() -> None:
    with pytest.raises(BadArguments, match=r"Circuit\.BandwidthKbps: missing"):
        CHECK.render({"Reference": "x", "Circuit": {"ProductCode": "AEL-P", "Site": ["a"]}})


def test_a_value_for_an_object_is_refused() -> None:
    with pytest.raises(BadArguments, match="Circuit: expected an object"):
        CHECK.render({"Reference": "x", "Circuit": "y"})


async def test_what_is_rendered_is_what_is_sent() -> None:
    async with service() as asked:
        asked.server.says(envelope(feasible()))
        await asked.ask()
        _, body = asked.server.asked[0]

    sent, shown = (etree.fromstring(xml) for xml in (body, asked.operation.render(QUESTION).encode()))
    assert etree.tostring(sent, method="c14n") == etree.tostring(_unindented(shown), method="c14n")


def _unindented(element: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(element), etree.XMLParser(remove_blank_text=True))


@pytest.mark.parametrize(
    ("wsdl", "content_type", "action"),
    [
        pytest.param("feasibility.wsdl", "text/xml; charset=utf-8", '"urn:test:feasibility/check"', id="1.1"),
        pytest.param(
            "feasibility12.wsdl",
            'application/soap+xml; charset=utf-8; action="urn:test:feasibility/check"',
            None,
            id="1.2",
        ),
    ],
)
async def test_the_headers_are_those_of_the_bindings_version(wsdl: str, content_type: str, action: str | None) -> None:
    async with service(wsdl, headers={"Authorization": "Basic c2VjcmV0"}) as asked:
        asked.server.says("", status=500)
        await asyncio.gather(asked.ask(), return_exceptions=True)
        headers, _ = asked.server.asked[0]

    assert headers["Content-Type"] == content_type
    assert headers.get("SOAPAction") == action
    assert headers["Authorization"] == "Basic c2VjcmV0"


async def test_no_more_calls_than_allowed_are_under_way() -> None:
    async with service(calls_at_once=2) as asked:
        asked.server.says(envelope(feasible()))
        quick, pair = asked.server.answer, asyncio.Barrier(2)
        assert quick is not None

        async def in_pairs(request: web.Request) -> web.StreamResponse:
            await pair.wait()
            return await quick(request)

        asked.server.answer = in_pairs
        await asyncio.gather(*(asked.ask() for _ in range(10)))

    assert asked.server.most_at_once == 2
    assert len(asked.server.asked) == 10


async def test_cookies_are_not_kept_between_calls() -> None:
    async with service() as asked:
        asked.server.says(envelope(feasible()), Set_Cookie="session=1; Path=/")
        await asked.ask()
        await asked.ask()

    assert "Cookie" not in asked.server.asked[1][0]
