"""Whatever a legacy system does wrong, the Buyer gets no green and no yellow by accident, and no word of the backend.

A gateway with a real SQLite inventory and a real SOAP service, seen from the Buyer's side.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.support.gateways import Running, configuration, running
from tests.support.requests import valid_item, valid_product, valid_request
from tests.support.soap_server import WSDL_FOLDER, SoapServer, envelope, feasible, soap_server

MAPPING = """
mapping: line
version: 1
for: {product: any}
let:
  site: =place(item, 'INSTALL_LOCATION').place.id
steps:
  port:
    sql: inventory
    query: SELECT port_key, free_mbps FROM port WHERE site = :site
    with: {site: =site}
    rows: one
    on:
      no rows:
        refuse: referenceNotFound
        at: =pointer(place(item, 'INSTALL_LOCATION').place, 'id')
        reason: The address is not known
      many rows: fail
  feasibility:
    soap: nimbus
    operation: CheckFeasibility
    with:
      Reference: =item.id
      Circuit: {ProductCode: AEL-P, BandwidthKbps: 1000, Site: [a]}
    timeout: 500 ms
    on:
      fault LOC-404: {red: The address is not known to the network}
      any fault: fail
answer:
  - when: feasibility.FeasCode == 'A' and port.free_mbps >= 100
    serviceabilityConfidence: green
    installationInterval: {amount: =feasibility.LeadDays, units: businessDays}
    deliveryType: onNetWithoutBuild
  - when: feasibility.FeasCode == 'B'
    serviceabilityConfidence: yellow
    serviceabilityConfidenceReason: Not far from the network
    installationInterval: {amount: =feasibility.LeadDays, units: businessDays}
    deliveryType: onNetWithBuild
  - when: feasibility.FeasCode == 'N' and feasibility.LeadDays == None
    red: Not feasible
  - otherwise: {red: Not feasible}
"""

SECRETS = ("ORA-", "Traceback", "10.1.2.3", "sqlite", "port_key", "nimbus", "Scribe", "html", "mapping", "FROM")


def _inventory(path: Path, *rows: tuple[str, Any, Any]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE port (site TEXT, port_key INTEGER, free_mbps INTEGER)")
        connection.executemany("INSERT INTO port VALUES (?, ?, ?)", rows)
        connection.commit()


@asynccontextmanager
async def _seller(folder: Path, server: SoapServer, **systems: Any) -> AsyncIterator[Running]:
    database = folder / "inventory.db"
    if not database.exists():
        _inventory(database, ("one", 7, 4000), ("two", 1, 4000), ("two", 2, 4000), ("null", 8, None))
    nimbus = {"wsdl": str(WSDL_FOLDER / "feasibility.wsdl"), "endpoint": server.url}
    settings = configuration(
        products={"unknown_types": "accept"},
        systems={
            "inventory": {"sql": {"url": "sqlite:///inventory.db", "timeout": "2 s"}},
            "nimbus": {"soap": nimbus},
            **systems,
        },
    )
    async with running(folder, settings, {"line": MAPPING}) as gateway:
        yield gateway


@pytest.fixture
async def server() -> AsyncIterator[SoapServer]:
    async with soap_server() as started:
        started.says(envelope(feasible()))
        yield started


@pytest.fixture
async def gateway(tmp_path: Path, server: SoapServer) -> AsyncIterator[Running]:
    async with _seller(tmp_path, server) as started:
        yield started


def at(site: str) -> dict[str, Any]:
    place = {"@type": "GeographicAddressRef", "id": site}
    entry = {**valid_product()["place"][0], "place": place}
    return valid_request(productOfferingQualificationItem=[valid_item(product=valid_product(place=[entry]))])


async def confidence(gateway: Running, site: str = "one") -> str:
    status, answer = await gateway.post(at(site))
    assert status == 201, answer
    return str(answer["productOfferingQualificationItem"][0]["serviceabilityConfidence"])


async def expect_internal_error(gateway: Running, site: str = "one") -> None:
    status, error = await gateway.post(at(site))
    assert (status, error) == (500, {"code": "internalError", "reason": error["reason"]})
    assert [secret for secret in SECRETS if secret.lower() in json.dumps(error).lower()] == []


def fault(code: str, text: str = "ORA-00942 at 10.1.2.3") -> str:
    detail = f"<detail><c:AddressFault><c:FaultCode>{code}</c:FaultCode></c:AddressFault></detail>"
    return envelope(f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{text}</faultstring>{detail}</s:Fault>")


async def test_the_sound_reply_that_all_others_deviate_from_is_green(gateway: Running) -> None:
    assert await confidence(gateway) == "green"


@pytest.mark.requirement("P45", "C21", "87.1-R24")
@pytest.mark.parametrize(
    ("body", "status", "headers"),
    [
        pytest.param(fault("LOC-300"), 500, {}, id="a SOAP fault that the mapping does not name"),
        pytest.param(b"<html><body>Scribe error</body></html>", 200, {"Content_Type": "text/html"}, id="HTML"),
        pytest.param(b"<html><body>Scribe error</body></html>", 200, {}, id="HTML that says it is XML"),
        pytest.param(b"Bad Gateway", 502, {"Content_Type": "text/plain"}, id="a proxy's error"),
        pytest.param(b"", 200, {}, id="nothing"),
        pytest.param(envelope(feasible())[:-30], 200, {}, id="half a reply"),
        pytest.param(
            envelope(feasible()).replace("urn:test:feasibility", "urn:other"), 200, {}, id="another namespace"
        ),
        pytest.param(envelope(""), 200, {}, id="an empty body"),
        pytest.param(envelope(feasible("<f:FeasCode>A</f:FeasCode>")), 200, {}, id="a required element is not there"),
        pytest.param(
            envelope(feasible("<f:FeasCode>A</f:FeasCode><f:LeadDays xsi:nil='true'/>")), 200, {}, id="no interval"
        ),
        pytest.param(
            envelope(feasible("<f:FeasCode>A</f:FeasCode><f:LeadDays>soon</f:LeadDays>")), 200, {}, id="a text"
        ),
        pytest.param(envelope(feasible("<f:FeasCode>A</f:FeasCode><f:LeadDays>-3</f:LeadDays>")), 200, {}, id="minus"),
        pytest.param(b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + envelope(feasible()).encode(), 200, {}, id="a DTD"),
        pytest.param(b" " * 10_000_000, 200, {}, id="10 MB of nothing"),
        pytest.param(
            envelope(feasible(f"<f:FeasCode>A</f:FeasCode><f:LeadDays>1</f:LeadDays><!--{'x' * 10_000_000}-->")),
            200,
            {},
            id="10 MB of a sound reply",
        ),
        pytest.param(b"", 302, {"Location": "http://127.0.0.1:9/"}, id="a redirect"),
    ],
)
async def test_a_soap_service_that_answers_badly_fails_the_poq(
    gateway: Running, server: SoapServer, body: str | bytes, status: int, headers: dict[str, str]
) -> None:
    server.says(body, status=status, **headers)

    await expect_internal_error(gateway)


async def test_a_fault_that_the_mapping_names_is_answered_as_it_says_without_the_faults_text(
    gateway: Running, server: SoapServer
) -> None:
    server.says(fault("LOC-404"), status=500)

    status, answer = await gateway.post(at("one"))

    item = answer["productOfferingQualificationItem"][0]
    assert (status, item["serviceabilityConfidence"]) == (201, "red")
    assert item["serviceabilityConfidenceReason"] == "The address is not known to the network"
    assert "ORA-" not in json.dumps(answer)


@pytest.mark.requirement("P45")
async def test_a_timeout_fails_the_poq_and_leaves_the_gateway_able(gateway: Running, server: SoapServer) -> None:
    never = asyncio.Event()
    server.waits_for(never)

    await expect_internal_error(gateway)

    never.set()
    assert await confidence(gateway) == "green"


@pytest.mark.requirement("P45")
async def test_a_refused_connection_fails_the_poq(tmp_path: Path, server: SoapServer) -> None:
    nothing = {"soap": {"wsdl": str(WSDL_FOLDER / "feasibility.wsdl"), "endpoint": "http://127.0.0.1:9/"}}
    async with _seller(tmp_path, server, nimbus=nothing) as gateway:
        await expect_internal_error(gateway)


@pytest.mark.requirement("P45")
async def test_a_connection_cut_in_the_middle_of_a_reply_fails_the_poq(gateway: Running, server: SoapServer) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/xml", "Content-Length": "5000"})
        await response.prepare(request)
        await response.write(b"<s:Envelope")
        assert request.transport is not None
        request.transport.abort()
        return response

    server.answer = cut

    await expect_internal_error(gateway)


@pytest.mark.requirement("P44", "P40")
async def test_no_row_is_refused_where_the_mapping_says_so(gateway: Running) -> None:
    status, errors = await gateway.post(at("nowhere"))

    assert status == 422
    assert [(error["code"], error["propertyPath"]) for error in errors] == [
        ("referenceNotFound", "/productOfferingQualificationItem/0/product/place/0/place/id")
    ]


@pytest.mark.requirement("P45")
@pytest.mark.parametrize(
    "site", [pytest.param("two", id="two rows"), pytest.param("null", id="NULL where a value counts")]
)
async def test_rows_that_say_too_much_or_too_little_fail_the_poq(gateway: Running, site: str) -> None:
    await expect_internal_error(gateway, site)


@pytest.mark.requirement("P45")
async def test_a_database_without_the_table_fails_the_poq(tmp_path: Path, server: SoapServer) -> None:
    sqlite3.connect(tmp_path / "inventory.db").close()
    async with _seller(tmp_path, server) as gateway:
        await expect_internal_error(gateway)


@pytest.mark.requirement("P45")
async def test_a_database_that_is_not_there_fails_the_poq_and_is_not_made(tmp_path: Path, server: SoapServer) -> None:
    async with _seller(tmp_path, server) as gateway:
        (tmp_path / "inventory.db").unlink()
        await expect_internal_error(gateway)

    assert not (tmp_path / "inventory.db").exists()


@pytest.mark.requirement("P43")
async def test_an_answer_that_comes_too_late_is_no_answer(tmp_path: Path, server: SoapServer) -> None:
    server.waits_for(asyncio.Event())
    slow = MAPPING.replace("timeout: 500 ms", "timeout: 9 s")
    nimbus = {"wsdl": str(WSDL_FOLDER / "feasibility.wsdl"), "endpoint": server.url}
    _inventory(tmp_path / "inventory.db", ("one", 7, 4000))
    settings = configuration(
        products={"unknown_types": "accept"},
        responses={"immediate_budget": "300 ms"},
        systems={"inventory": {"sql": {"url": "sqlite:///inventory.db"}}, "nimbus": {"soap": nimbus}},
    )

    async with running(tmp_path, settings, {"line": slow}) as gateway:
        status, errors = await gateway.post(at("one"))

    assert status == 422
    assert [(error["code"], error["propertyPath"]) for error in errors] == [("otherIssue", "/instantSyncQualification")]
