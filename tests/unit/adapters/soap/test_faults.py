"""SOAP faults: one error, with the codes that a mapping may name, most specific first."""

from __future__ import annotations

import pytest

from adapters.base import Cause, NoAnswer, SystemFault
from tests.support.soap_server import SOAP_11, SOAP_12, envelope
from tests.unit.adapters.soap.services import service

DETAIL = "<c:AddressFault><c:FaultCode>LOC-404</c:FaultCode><c:Text>none</c:Text></c:AddressFault>"


def fault_11(detail: str = "", code: str = "s:Client") -> str:
    wrapped = f"<detail>{detail}</detail>" if detail else ""
    fault = f"<s:Fault><faultcode>{code}</faultcode><faultstring>Not known</faultstring>{wrapped}</s:Fault>"
    return envelope(fault, soap=SOAP_11)


def fault_12(detail: str = "", subcodes: str = "") -> str:
    wrapped = f"<s:Detail>{detail}</s:Detail>" if detail else ""
    return envelope(
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value>{subcodes}</s:Code>"
        f'<s:Reason><s:Text xml:lang="en">Not known</s:Text></s:Reason>{wrapped}</s:Fault>',
        soap=SOAP_12,
    )


SUBCODES = "<s:Subcode><s:Value>c:Address</s:Value><s:Subcode><s:Value>c:Street</s:Value></s:Subcode></s:Subcode>"
NESTED = (
    "<e:ServiceFault xmlns:e='urn:e'><e:Info><e:Number>17</e:Number></e:Info>"
    "<e:errorcode>E1</e:errorcode></e:ServiceFault>"
)

FAULTS = [
    pytest.param("", fault_11(), ("Client",), id="1.1-bare"),
    pytest.param("", fault_11(code="s:Client.Authentication"), ("Client.Authentication", "Client"), id="1.1-dotted"),
    pytest.param("", fault_11(DETAIL), ("LOC-404", "AddressFault", "BadAddress", "Client"), id="1.1-declared-detail"),
    pytest.param("", fault_11(NESTED), ("E1", "ServiceFault", "Client"), id="1.1-undeclared-detail"),
    pytest.param("12", fault_12(), ("Sender",), id="1.2-bare"),
    pytest.param("12", fault_12(subcodes=SUBCODES), ("Street", "Address", "Sender"), id="1.2-subcodes"),
    pytest.param("12", fault_12(DETAIL), ("LOC-404", "AddressFault", "BadAddress", "Sender"), id="1.2-declared-detail"),
    pytest.param("", envelope("<s:Fault/>"), ("Fault",), id="1.1-empty"),
]


@pytest.mark.parametrize("status", [500, 200, 400])
@pytest.mark.parametrize(("version", "content", "codes"), FAULTS)
async def test_a_fault_is_a_fault_whatever_the_http_status(
    version: str, content: str, codes: tuple[str, ...], status: int
) -> None:
    async with service(f"feasibility{version}.wsdl") as asked:
        asked.server.says(content, status=status)
        with pytest.raises(SystemFault) as raised:
            await asked.ask()

    assert raised.value.codes == codes
    assert raised.value.received == content


async def test_the_faults_text_is_for_the_operator() -> None:
    async with service() as asked:
        asked.server.says(fault_11(DETAIL), status=500)
        with pytest.raises(SystemFault) as raised:
            await asked.ask()

    assert raised.value.text == "Not known"


@pytest.mark.parametrize(
    ("path", "first"),
    [("ServiceFault/Info/Number", "17"), ("servicefault/errorcode", "E1"), ("ServiceFault/Nothing", "E1")],
    ids=["nested", "any-case", "absent"],
)
async def test_a_configured_path_finds_the_business_code(path: str, first: str) -> None:
    async with service(fault_code=path) as asked:
        asked.server.says(fault_11(NESTED), status=500)
        with pytest.raises(SystemFault) as raised:
            await asked.ask()

    assert raised.value.codes[0] == first


async def test_a_fault_of_the_other_version_is_unreadable() -> None:
    async with service() as asked:
        asked.server.says(fault_12())
        with pytest.raises(NoAnswer) as raised:
            await asked.ask()

    assert raised.value.cause is Cause.UNREADABLE
