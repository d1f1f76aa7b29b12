"""Headers of a reply that must be understood: SOAP lets nobody pass over them."""

from __future__ import annotations

import pytest

from adapters.base import Cause, NoAnswer
from adapters.soap.addressing import WSA
from adapters.soap.envelope import SOAP_11
from adapters.soap.protection_options import Timestamp, WsAddressing, WsSecurity
from adapters.soap.security import SECURITY
from tests.support.legacy import fault
from tests.support.soap_server import envelope, feasible
from tests.unit.adapters.soap.protecting import asked, timestamped


def with_header(tag: str, *, soap: str = SOAP_11.namespace, body: str = "", **attributes: str) -> str:
    """A reply with one more header, of the namespace `h`."""
    said = " ".join(f's:{name}="{value}"' for name, value in attributes.items())
    header = f'<s:Header><h:{tag.partition("}")[2]} xmlns:h="{tag[1:].partition("}")[0]}" {said}/></s:Header>'
    return envelope(body or feasible(), soap=soap).replace("<s:Body>", f"{header}<s:Body>")


ROUTING = "{urn:test:routing}Route"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param(with_header(ROUTING, mustUnderstand="1"), f"{ROUTING} is not", id="unknown"),
        pytest.param(with_header(ROUTING, mustUnderstand="true"), f"{ROUTING} is not", id="true"),
        pytest.param(
            with_header(ROUTING, mustUnderstand="1", actor="http://schemas.xmlsoap.org/soap/actor/next"),
            f"{ROUTING} is not",
            id="for the next one",
        ),
        pytest.param(with_header(SECURITY, mustUnderstand="1"), "say `ws_security`", id="security, not configured"),
        pytest.param(
            with_header(f"{{{WSA}}}Action", mustUnderstand="1"), "say `ws_addressing`", id="addressing, not configured"
        ),
    ],
)
async def test_a_reply_with_a_header_that_must_be_understood_and_is_not_is_no_answer(said: str, words: str) -> None:
    with pytest.raises(NoAnswer) as raised:
        await asked(said)

    assert raised.value.cause is Cause.UNREADABLE
    assert words in raised.value.text


async def test_a_fault_with_such_a_header_is_no_fault_either() -> None:
    said = fault("LOC-404").replace("<s:Body>", '<s:Header><h xmlns="urn:h" s:mustUnderstand="1"/></s:Header><s:Body>')
    with pytest.raises(NoAnswer, match="must be understood"):
        await asked(said, status=500)


@pytest.mark.parametrize(
    ("said", "addressing"),
    [
        pytest.param(with_header(ROUTING), None, id="not mandatory"),
        pytest.param(with_header(ROUTING, mustUnderstand="0"), None, id="said not to be"),
        pytest.param(with_header(ROUTING, mustUnderstand="1", actor="urn:gateway-of-theirs"), None, id="for another"),
        pytest.param(
            with_header(f"{{{WSA}}}Action", mustUnderstand="1"), WsAddressing(relates_to=False), id="addressing"
        ),
    ],
)
async def test_other_headers_of_a_reply_are_passed_over(said: str, addressing: WsAddressing | None) -> None:
    reply, _ = await asked(said, addressing=addressing)

    assert reply.value["FeasCode"] == "A"


async def test_a_security_header_that_is_checked_is_understood() -> None:
    said = timestamped("2026-01-31T12:00:00Z", None).replace("<o:Security", '<o:Security s:mustUnderstand="1"')
    reply, _ = await asked(said, WsSecurity(timestamp=Timestamp()))

    assert reply.value["FeasCode"] == "A"
