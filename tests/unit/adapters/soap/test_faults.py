"""SOAP faults: one error, with the codes that a mapping may name, most specific first."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.base import AdapterConfigurationError, Cause, NoAnswer, SystemFault
from adapters.soap import SoapOptions, SoapSystem
from tests.support.soap_server import SOAP_11, SOAP_12, WSDL_FOLDER, envelope
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


UNDECLARED = (
    '<wsdl:fault name="BadAddress" message="tns:AddressFault"/>',
    '<wsdl:fault name="BadAddress"><soap:fault name="BadAddress" use="literal"/></wsdl:fault>',
)


def without_declared_faults(folder: Path) -> Path:
    text = (WSDL_FOLDER / "feasibility.wsdl").read_text()
    for declaration in UNDECLARED:
        assert declaration in text
        text = text.replace(declaration, "")
    file = folder / "silent.wsdl"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("path", "first"),
    [("ServiceFault/Info/Number", "17"), ("servicefault/errorcode", "E1"), ("ServiceFault/Nothing", "E1")],
    ids=["nested", "any-case", "absent"],
)
async def test_a_configured_path_finds_the_business_code(tmp_path: Path, path: str, first: str) -> None:
    async with service(str(without_declared_faults(tmp_path)), fault_code=path) as asked:
        asked.server.says(fault_11(NESTED), status=500)
        with pytest.raises(SystemFault) as raised:
            await asked.ask()

    assert raised.value.codes[0] == first


@pytest.mark.parametrize("path", ["AddressFault/Nothing", "ServiceFault/FaultCode", "FaultCode", "AddressFault"])
def test_a_path_that_no_declared_fault_has_is_refused_with_those_there_are(path: str) -> None:
    with pytest.raises(AdapterConfigurationError) as raised:
        SoapSystem("nimbus", SoapOptions(wsdl=WSDL_FOLDER / "feasibility.wsdl", fault_code=path))

    assert str(raised.value) == (
        f"nimbus: fault_code: no declared fault has {path}; there are: AddressFault/FaultCode, AddressFault/Text"
    )


@pytest.mark.parametrize("path", ["AddressFault/FaultCode", "addressfault/faultcode"], ids=["as-declared", "any-case"])
async def test_a_path_that_a_declared_fault_has_finds_its_code(path: str) -> None:
    async with service(fault_code=path) as asked:
        asked.server.says(fault_11(DETAIL), status=500)
        with pytest.raises(SystemFault) as raised:
            await asked.ask()

    assert raised.value.codes[0] == "LOC-404"


@pytest.mark.parametrize(
    "detail",
    [
        pytest.param('<xsd:any processContents="skip"/>', id="undeclared-elements-allowed"),
        pytest.param('<xsd:element name="Cause" type="c:Node"/>', id="type-that-contains-itself"),
    ],
)
def test_a_detail_that_may_hold_more_than_is_declared_refuses_no_path(tmp_path: Path, detail: str) -> None:
    text = (WSDL_FOLDER / "feasibility.wsdl").read_text()
    declared = '<xsd:element name="FaultCode" type="c:AddressFaultCode"/>'
    assert declared in text
    file = tmp_path / "open.wsdl"
    file.write_text(text.replace(declared, detail))

    assert SoapSystem("nimbus", SoapOptions(wsdl=file, fault_code="ServiceFault/FaultCode")).wsdl.declared_faults()


async def test_a_fault_of_the_other_version_is_unreadable() -> None:
    async with service() as asked:
        asked.server.says(fault_12())
        with pytest.raises(NoAnswer) as raised:
            await asked.ask()

    assert raised.value.cause is Cause.UNREADABLE
