"""WS-Addressing: where a message says that it goes to, and which reply is the one to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from lxml import etree

from adapters.base import NoAnswer
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from adapters.soap.addressing import WSA
from adapters.soap.ambient import Ambient
from adapters.soap.envelope import SOAP_11
from adapters.soap.protection import Protection
from adapters.soap.protection_options import Timestamp, WsAddressing, WsSecurity
from tests.support.soap_server import QUESTION, WSDL_FOLDER, envelope, feasible, soap_server
from tests.unit.adapters.soap.protecting import AMBIENT, NOW, asked, found, signature, signed_by


async def test_addressing_goes_out_and_the_reply_must_relate_to_it() -> None:
    def related(request: bytes) -> bytes:
        identity = found(etree.fromstring(request), "s:Header/a:MessageID").text
        header = f'<s:Header><a:RelatesTo xmlns:a="{WSA}">{identity}</a:RelatesTo></s:Header>'
        return envelope(feasible()).replace("<s:Body>", f"{header}<s:Body>").encode()

    reply, sent = await asked("", addressing=WsAddressing(to="urn:nimbus"), answer=related)

    header = found(sent, "s:Header")
    assert reply.value["FeasCode"] == "A"
    assert found(header, "a:Action").text == "urn:test:feasibility/check"
    assert found(header, "a:To").text == "urn:nimbus"
    assert (found(header, "a:MessageID").text or "").startswith("urn:uuid:00010203-")
    assert found(header, "a:ReplyTo/a:Address").text == f"{WSA}/anonymous"


@pytest.mark.parametrize("lax", [False, True])
async def test_a_reply_to_another_message_is_never_taken(lax: bool) -> None:
    header = f'<s:Header><a:RelatesTo xmlns:a="{WSA}">urn:uuid:other</a:RelatesTo></s:Header>'
    said = envelope(feasible()).replace("<s:Body>", f"{header}<s:Body>")
    with pytest.raises(NoAnswer, match="relates to another message"):
        await asked(said, addressing=WsAddressing(relates_to=not lax))


async def test_a_reply_that_relates_to_nothing_is_taken_only_where_that_is_allowed() -> None:
    with pytest.raises(NoAnswer, match="does not say which message"):
        await asked(envelope(feasible()), addressing=WsAddressing())

    reply, _ = await asked(envelope(feasible()), addressing=WsAddressing(relates_to=False))
    assert reply.value["FeasCode"] == "A"


def test_the_action_is_made_from_names_where_the_wsdl_says_none() -> None:
    system = SoapSystem("styles", SoapOptions(wsdl=WSDL_FOLDER / "styles.wsdl"))

    assert system.wsdl.exchange("Qualify").wsa_action == "urn:test:styles:Styles:QualifyRequest"
    assert system.wsdl.exchange("WithHeaders").wsa_action == "urn:ask"


@pytest.mark.parametrize("to", [None, "urn:nimbus"])
async def test_a_message_goes_to_the_endpoint_that_it_is_sent_to(
    to: str | None, keys: dict[str, tuple[Path, Path]]
) -> None:
    """Also after failover; it is then another message, signed anew."""
    security = WsSecurity(timestamp=Timestamp(), signature=signature(keys, "ours", "theirs", sign_headers=True))

    async with soap_server() as second:
        second.says(etree.tostring(signed_by(keys, "theirs", feasible())))
        async with hanging_up() as (first, received):
            system = SoapSystem(
                "nimbus",
                SoapOptions(
                    wsdl=WSDL_FOLDER / "feasibility.wsdl",
                    endpoints=(first, second.url),
                    ws_security=security,
                    ws_addressing=WsAddressing(to=to, relates_to=False),
                ),
                ambient=Ambient(now=lambda: NOW),
            )
            await system.open()
            reply = await system.operation(SoapStep(operation="CheckFeasibility")).call(QUESTION, timeout=10)
            await system.close()

    sent = [etree.fromstring(content) for content in (*received, second.asked[0][1])]
    assert reply.value["FeasCode"] == "A"
    assert [found(one, "s:Header/a:To").text for one in sent] == [to or first, to or second.url]
    assert len({found(one, "s:Header/a:MessageID").text for one in sent}) == 2
    receiver = WsSecurity(timestamp=Timestamp(), signature=signature(keys, "theirs", "ours"))
    options = SoapOptions(wsdl=WSDL_FOLDER / "feasibility.wsdl", ws_security=receiver)
    for one in sent:
        Protection(options, SOAP_11, AMBIENT).check(one, one[0], one[1], "", fault=False)


@asynccontextmanager
async def hanging_up() -> AsyncIterator[tuple[str, list[bytes]]]:
    """An endpoint that takes one request and ends the connection; gives its address, and what it was sent."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        received.append(await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0])))
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/service", received


async def test_the_reply_must_relate_to_the_message_that_was_answered() -> None:
    async with soap_server() as second, hanging_up() as (first, received):

        async def answer(request: web.Request) -> web.Response:
            own = found(etree.fromstring(await request.read()), "s:Header/a:MessageID").text
            header = f'<s:Header><a:RelatesTo xmlns:a="{WSA}">{own}</a:RelatesTo></s:Header>'
            text = envelope(feasible()).replace("<s:Body>", f"{header}<s:Body>")
            return web.Response(text=text, content_type="text/xml")

        second.answer = answer
        said = {"wsdl": WSDL_FOLDER / "feasibility.wsdl", "endpoints": (first, second.url)}
        system = SoapSystem("nimbus", SoapOptions(**said, ws_addressing=WsAddressing()))  # type: ignore[arg-type]
        await system.open()
        reply = await system.operation(SoapStep(operation="CheckFeasibility")).call(QUESTION, timeout=10)
        await system.close()

    assert reply.value["FeasCode"] == "A"
    assert len(received) == 1
