"""Nimbus, spoken to by a SOAP client that knows the WSDL only, and by clients that know nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import zeep
from lxml import etree
from zeep.helpers import serialize_object

from gateway.demo.estate import LegacyEstate
from gateway.demo.files import demo_files
from gateway.demo.network import load_network

TYPES = "urn:nimbus:planning:types:3"
REQUESTOR = {"System": "TEST"}
Ask = Callable[..., Any]


@pytest.fixture
async def estate(tmp_path: Path) -> AsyncIterator[LegacyEstate]:
    network = load_network(demo_files() / "nimbus-network.yaml")
    async with LegacyEstate(tmp_path, network=network.model_copy(update={"slow_seconds": 0.05})) as estate:
        yield estate


@pytest.fixture
async def ask(estate: LegacyEstate) -> AsyncIterator[Ask]:
    """Calls an operation as zeep does, from a thread, and gives plain data."""
    client = zeep.Client(str(estate.wsdl))
    service = client.create_service("{urn:nimbus:planning:service:3}NimbusPlanningBinding", estate.soap_url)

    async def call(operation: str, **values: Any) -> Any:
        reply = await asyncio.to_thread(service[operation], Requestor=REQUESTOR, **values)
        return serialize_object(reply, dict)

    yield call
    client.transport.session.close()


def circuit(site: str, kbps: int, *, product: str = "AEL-P", port: int = 90011) -> dict[str, Any]:
    return {"ProductCode": product, "BandwidthKbps": kbps, "ASite": site, "ZPort": port}


async def post(estate: LegacyEstate, body: bytes) -> tuple[int, str, bytes]:
    async with aiohttp.ClientSession() as session, session.post(estate.soap_url, data=body) as response:
        return response.status, response.content_type, await response.read()


def message(operation: str, inner: str) -> bytes:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<n:{operation} xmlns:n="{TYPES}">{inner}</n:{operation}></s:Body></s:Envelope>'
    ).encode()


def survey(site: str) -> bytes:
    inner = f"<n:Site>{site}</n:Site><n:PortKbps>1000</n:PortKbps><n:Ports>1</n:Ports>"
    return message("SurveySite", f"<n:Requestor><n:System>T</n:System></n:Requestor>{inner}")


def fault_code(body: bytes) -> str | None:
    return etree.fromstring(body).findtext(f".//detail/{{{TYPES}}}ServiceFault/{{{TYPES}}}FaultCode")


async def test_the_wsdl_is_served_as_it_is(estate: LegacyEstate) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{estate.soap_url}?WSDL") as response:
        assert response.status == 200
        assert await response.read() == estate.wsdl.read_bytes()


async def test_more_than_the_network_has_needs_a_survey_and_less_is_offered(ask: Ask) -> None:
    reply = await ask("CheckFeasibility", Circuit=circuit("NB-10001", 10_000_000), WithOptions=True)
    assert (reply["FeasCode"], reply["NetStatus"], reply["LeadDays"]) == ("C", "NEAR", 10)
    assert [(option["OfferingId"], option["MaxKbps"]) for option in reply["Options"]] == [("000166", 1_000_000)]


async def test_options_come_only_when_they_are_asked_for(ask: Ask) -> None:
    reply = await ask("CheckFeasibility", Circuit=circuit("NB-10001", 10_000_000))
    assert reply["Options"] == []


@pytest.mark.parametrize(
    ("site", "kbps", "expected"),
    [
        pytest.param("NB-10002", 10_000_000, ("A", "ON", 3, None), id="as-it-stands"),
        pytest.param("NB-20102", 5_000_000, ("B", "NEAR", 35, None), id="after-a-build"),
        pytest.param("NB-10101", 500_000, ("B", "3P", 20, "Prairie Fibre Cooperative"), id="partner"),
        pytest.param("NB-10102", 500_000, ("C", "3PB", 75, "Pilsen Networks"), id="partner-builds"),
        pytest.param("NB-10103", 1_000, ("N", "NONE", None, None), id="not-at-all"),
        pytest.param("NB-10302", 1_000, ("A", "ON", None, None), id="no-lead-time"),
        pytest.param("NB-10303", 1_000, ("X", "ON", 1, None), id="not-completed"),
        pytest.param("NB-10202", 1_000, ("A", "ON", 3, None), id="slow-but-sure"),
    ],
)
async def test_a_circuit_is_answered_by_place_and_rate(ask: Ask, site: str, kbps: int, expected: Any) -> None:
    reply = await ask("CheckFeasibility", Circuit=circuit(site, kbps))
    partner = (reply["ThirdParty"] or {}).get("Name")
    assert (reply["FeasCode"], reply["NetStatus"], reply["LeadDays"], partner) == expected


@pytest.mark.parametrize(
    ("site", "kbps", "ports", "expected"),
    [
        pytest.param("NB-10001", 10_000_000, 1, ("BUILD", "NEAR", 5), id="built"),
        pytest.param("NB-10001", 10_000_000, 2, ("FULL", "NEAR", 5), id="more-than-are-free"),
        pytest.param("NB-10403", 1_000_000, 1, ("FULL", "ON", None), id="none-left"),
        pytest.param("NB-10102", 1_000_000, 1, ("VISIT", "3PB", 75), id="visit"),
        pytest.param("NB-20102", 100_000_000, 1, ("NONE", "NONE", None), id="too-fast"),
    ],
)
async def test_a_port_is_answered_by_place_rate_and_number(
    ask: Ask, site: str, kbps: int, ports: int, expected: Any
) -> None:
    reply = await ask("SurveySite", Site=site, PortKbps=kbps, Ports=ports)
    assert (reply["SurveyCode"], reply["NetStatus"], reply["LeadDays"]) == expected


async def test_reach_lists_what_there_is(ask: Ask) -> None:
    reply = await ask("QueryReach", Site="NB-20110")
    assert [(way["Tech"], way["DownKbps"], way["Confirmed"]) for way in reply["Technologies"]] == [
        ("FIBRE", 1_000_000, "Y"),
        ("DSL", 100_000, "Y"),
    ]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        pytest.param(circuit("NB-10499", 1_000), "LOC-404", id="unknown-site"),
        pytest.param(circuit("NB-10201", 1_000), "BUSY", id="busy"),
        pytest.param(circuit("NB-10002", 1_000, port=90017), "ACC-REFUSED", id="barred-port"),
        pytest.param(circuit("NB-10002", 1_000, product="NEW-1"), "PRD-UNKNOWN", id="unknown-product"),
    ],
)
async def test_a_declared_fault_carries_its_code(ask: Ask, values: dict[str, Any], code: str) -> None:
    with pytest.raises(zeep.exceptions.Fault) as raised:
        await ask("CheckFeasibility", Circuit=values)
    assert raised.value.detail.findtext(f"{{{TYPES}}}ServiceFault/{{{TYPES}}}FaultCode") == code


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<a><b></a>", id="broken"),
        pytest.param(b"<a/>", id="no-envelope"),
        pytest.param(survey("Canal Street"), id="breaks-the-schema"),
        pytest.param(
            message("ServiceFault", "<n:FaultCode>BUSY</n:FaultCode><n:FaultText>?</n:FaultText>"), id="no-operation"
        ),
        pytest.param(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + survey("&x;"), id="entity"),
    ],
)
async def test_what_is_no_request_is_a_fault_of_the_client(estate: LegacyEstate, body: bytes) -> None:
    status, kind, reply = await post(estate, body)
    assert (status, kind, fault_code(reply)) == (500, "text/xml", "REQ-INVALID")


async def test_a_crowded_site_answers_one_call_in_three(estate: LegacyEstate) -> None:
    answers = [await post(estate, survey(site)) for site in ("NB-20105",) * 3 + ("NB-10002",) + ("NB-20105",) * 3]
    told = [(status, fault_code(body)) for status, _, body in answers]
    crowded = [(500, "BUSY"), (500, "BUSY"), (200, None)]
    assert told == [*crowded, (200, None), *crowded], "and costs the others nothing"


async def test_a_proxy_in_bad_health_answers_html_with_status_200(estate: LegacyEstate) -> None:
    status, kind, reply = await post(estate, survey("NB-10301"))
    assert (status, kind) == (200, "text/html")
    assert b"Bad Gateway" in reply


async def test_a_truncated_answer_is_no_xml(estate: LegacyEstate) -> None:
    status, kind, reply = await post(estate, survey("NB-20120"))
    assert (status, kind) == (200, "text/xml")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(reply)


async def test_the_estate_tells_where_it_is_and_ends_when_it_is_left(tmp_path: Path) -> None:
    async with LegacyEstate(tmp_path / "new") as estate:
        assert estate.inventory_url == f"sqlite:///{tmp_path}/new/inventory.sqlite"
        assert estate.inventory.exists()
        url = estate.soap_url
    with pytest.raises(aiohttp.ClientConnectionError):
        async with aiohttp.ClientSession() as session, session.get(url):
            pass


async def test_a_port_that_is_taken_is_told(estate: LegacyEstate, tmp_path: Path) -> None:
    port = int(estate.soap_url.split(":")[2].split("/")[0])
    with pytest.raises(OSError, match="address already in use"):
        async with LegacyEstate(tmp_path / "second", port=port):
            pass


async def test_a_second_demo_on_the_port_leaves_the_inventory_of_the_first(estate: LegacyEstate) -> None:
    before = estate.inventory.stat()
    port = int(estate.soap_url.split(":")[2].split("/")[0])

    with pytest.raises(OSError, match="address already in use"):
        async with LegacyEstate(estate.inventory.parent, port=port):
            pass

    after = estate.inventory.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
