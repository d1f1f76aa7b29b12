"""SOAP messages of a gateway carry its time and its ids, whatever the machine's clock says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from lxml import etree

from adapters.soap.addressing import WSA
from adapters.soap.security import WSU
from tests.support.gateways import running
from tests.support.legacy import MAPPING, nimbus, seller
from tests.support.requests import valid_request
from tests.support.soap_server import WSDL_FOLDER

LATER = timedelta(days=400)


async def test_messages_are_made_at_the_gateways_time_and_have_its_ids(tmp_path: Path) -> None:
    async with nimbus() as legacy:
        soap = {
            "wsdl": str(WSDL_FOLDER / "feasibility.wsdl"),
            "endpoint": legacy.server.url,
            "ws_security": {"timestamp": {"required": False}},
            "ws_addressing": {"relates_to": False},
        }
        settings = seller(legacy, systems={"nimbus": {"soap": soap}})
        async with running(tmp_path, settings, {"line": MAPPING}, now=lambda: datetime.now(UTC) + LATER) as gateway:
            status, _ = await gateway.post(valid_request())
        (_, sent), *_ = legacy.server.asked

    assert status == 201
    message = etree.fromstring(sent)
    created = message.findtext(f".//{{{WSU}}}Created") or ""
    assert abs(datetime.fromisoformat(created) - datetime.now(UTC) - LATER) < timedelta(minutes=5)
    assert UUID((message.findtext(f".//{{{WSA}}}MessageID") or "").removeprefix("urn:uuid:")).version == 7
