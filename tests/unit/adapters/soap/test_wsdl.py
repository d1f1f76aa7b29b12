"""Loading a WSDL: from files only, one port, and a clear word about what cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.base import AdapterConfigurationError
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from tests.support.soap_server import WSDL_FOLDER

FEASIBILITY = WSDL_FOLDER / "feasibility.wsdl"


def load(wsdl: Path, **options: Any) -> SoapSystem:
    return SoapSystem("nimbus", SoapOptions(wsdl=wsdl, **options))


def changed(folder: Path, before: str, after: str, *, source: Path = FEASIBILITY) -> Path:
    text = source.read_text()
    assert before in text
    file = folder / "changed.wsdl"
    file.write_text(text.replace(before, after))
    return file


def test_the_contract_has_types_enumerations_and_what_is_required() -> None:
    contract = load(FEASIBILITY).operation(SoapStep(operation="CheckFeasibility")).contract
    circuit = contract.arguments["properties"]["Circuit"]
    option = contract.reply["properties"]["Options"]["properties"]["Option"]["items"]

    assert circuit["required"] == ["ProductCode", "BandwidthKbps", "Site"]
    assert circuit["properties"]["Site"] == {"type": "array", "items": {"type": "string"}}
    assert circuit["properties"]["mode"] == {"type": "string", "enum": ["new", "modify"]}
    assert contract.reply["properties"]["FeasCode"] == {"type": "string", "enum": ["A", "B", "N"]}
    assert contract.reply["properties"]["LeadDays"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert contract.reply["required"] == ["FeasCode", "LeadDays"]
    assert option["properties"]["MaxKbps"] == {"type": "integer"}
    assert contract.reply["properties"]["Root"]["properties"]["Child"] == {"type": "array", "items": {}}
    assert contract.reply["additionalProperties"] is False


def test_the_contract_lists_codes_and_names_of_declared_faults() -> None:
    contract = load(FEASIBILITY).operation(SoapStep(operation="CheckFeasibility")).contract

    assert contract.faults == ("LOC-404", "LOC-300", "AddressFault", "BadAddress")


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        pytest.param("Nope", "CheckFeasibility, Notify, Ping, ReadPairs", id="unknown"),
        pytest.param("Notify", "one-way", id="one-way"),
    ],
)
def test_an_operation_that_cannot_be_used_is_refused(operation: str, words: str) -> None:
    with pytest.raises(AdapterConfigurationError, match=words):
        load(FEASIBILITY).operation(SoapStep(operation=operation))


@pytest.mark.parametrize(
    ("file", "operation", "words"),
    [
        pytest.param("styles.wsdl", "Encoded", "it is encoded (use=encoded), which is not supported", id="encoded"),
        pytest.param("styles.wsdl", "Mime", "it has attachments (MIME), which are not supported", id="mime"),
        pytest.param("styles.wsdl", "Mtom", "its policy asks for attachments (MTOM)", id="mtom"),
        pytest.param("styles.wsdl", "OneWay", "it is one-way", id="one-way"),
        pytest.param("styles.wsdl", "Typed", "its part site names a type, where document style needs", id="typed"),
        pytest.param("types.wsdl", "TwicePlaced", "it cannot be written: Mark stands at two", id="two-places"),
    ],
)
def test_what_is_not_supported_is_said_in_one_line(file: str, operation: str, words: str) -> None:
    system = load(WSDL_FOLDER / file)
    with pytest.raises(AdapterConfigurationError) as raised:
        system.operation(SoapStep(operation=operation))

    assert str(raised.value).startswith(f"nimbus: operation {operation}: {words}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({}, "First, Second", id="not-said"),
        pytest.param({"service": "Third"}, "no service Third", id="unknown-service"),
        pytest.param({"service": "First", "port": "Nope"}, "no port Nope", id="unknown-port"),
    ],
)
def test_where_there_are_several_services_one_must_be_named(options: dict[str, str], words: str) -> None:
    with pytest.raises(AdapterConfigurationError, match=words):
        load(WSDL_FOLDER / "odd.wsdl", **options)


def test_the_wsdls_own_address_is_used_unless_another_is_given() -> None:
    assert load(FEASIBILITY).wsdl.endpoint == "http://feasibility.test/service"
    assert load(FEASIBILITY, endpoint="https://other.test/x").wsdl.endpoint == "https://other.test/x"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        pytest.param(
            '<xsd:import namespace="urn:test:common"/>',
            '<xsd:import namespace="urn:test:common" schemaLocation="http://127.0.0.1:9/common.xsd"/>',
            "fetched over a network",
            id="network-import",
        ),
        pytest.param(
            '<xsd:import namespace="urn:test:common"/>',
            '<xsd:import namespace="urn:test:common" schemaLocation="absent.xsd"/>',
            "absent.xsd cannot be read",
            id="missing-import",
        ),
        pytest.param('type="c:FeasCode"', 'type="c:Absent"', "Absent", id="unknown-type"),
        pytest.param("<wsdl:types>", "<wsdl:types", "well-formed", id="broken-xml"),
        pytest.param("http://feasibility.test/service", "ftp://feasibility.test/", "endpoint", id="no-http-address"),
        pytest.param(
            "<wsdl:definitions ",
            "<!DOCTYPE x [<!ENTITY a 'b'>]><wsdl:definitions ",
            "DOCTYPE",
            id="doctype",
        ),
        pytest.param('<xsd:pattern value="[A-Z]{3}', '<xsd:pattern value="[', "schemas", id="wrong-pattern"),
    ],
)
def test_a_wsdl_that_cannot_be_used_is_refused_by_name(tmp_path: Path, before: str, after: str, words: str) -> None:
    with pytest.raises(AdapterConfigurationError) as raised:
        load(changed(tmp_path, before, after))

    assert words in str(raised.value)
    assert str(raised.value).count("changed.wsdl") == 1
    assert str(raised.value).startswith("nimbus: ")


def test_a_wsdl_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "absent.wsdl"
    with pytest.raises(AdapterConfigurationError) as raised:
        load(file)

    assert str(raised.value) == f"nimbus: {file}: cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("<html><body>Sign in</body></html>", "this is no WSDL (its root is html)", id="html"),
        pytest.param("<!DOCTYPE html><html/>", "this is no WSDL (its root is html)", id="html-with-a-doctype"),
        pytest.param(
            "<xsd:schema xmlns:xsd='http://www.w3.org/2001/XMLSchema'/>",
            "this is no WSDL (its root is schema)",
            id="schema",
        ),
        pytest.param("", "it is no well-formed XML", id="empty"),
        pytest.param("soon to come", "it is no well-formed XML", id="no-xml"),
    ],
)
def test_a_file_that_is_no_wsdl_is_told_as_such(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "service.wsdl"
    file.write_text(content)
    with pytest.raises(AdapterConfigurationError) as raised:
        load(file)

    assert str(raised.value).startswith(f"nimbus: {file}: {words}")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        pytest.param(
            'element="tns:CheckFeasibility"',
            'element="tns:Nope"',
            "its message CheckIn names the element tns:Nope, which no schema defines",
            id="element-of-the-input",
        ),
        pytest.param(
            'element="tns:CheckFeasibilityResponse"',
            'element="Nope"',
            "its message CheckOut names the element Nope, which no schema defines",
            id="element-of-the-output",
        ),
        pytest.param(
            'element="c:AddressFault"',
            'type="c:Nope"',
            "its message AddressFault names the type c:Nope, which no schema defines",
            id="type-of-a-fault",
        ),
        pytest.param(
            'input message="tns:CheckIn"',
            'input message="tns:Nope"',
            "it names the message Nope, which is not there",
            id="message",
        ),
    ],
)
def test_an_operation_that_names_what_is_not_defined_is_refused_with_that_name(
    tmp_path: Path, before: str, after: str, words: str
) -> None:
    system = load(changed(tmp_path, before, after))
    with pytest.raises(AdapterConfigurationError) as raised:
        system.operation(SoapStep(operation="CheckFeasibility"))

    assert str(raised.value) == f"nimbus: operation CheckFeasibility cannot be used: {words}"
    assert system.operation(SoapStep(operation="Ping")).contract.arguments["required"] == ["value"]


def test_a_folder_may_have_a_space_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "our wsdls"
    folder.mkdir()
    for name in ("odd.wsdl", "odd.xsd"):
        (folder / name).write_bytes((WSDL_FOLDER / name).read_bytes())

    assert load(folder / "odd.wsdl", service="First").wsdl.operations == ("Rpc", "WithHeader")


@pytest.mark.parametrize("options", [{"endpoint": "ftp://x"}, {"timeout": "0 s"}, {"max_reply": "1 B"}, {"nope": 1}])
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SoapOptions(wsdl=FEASIBILITY, **options)


def test_header_values_are_never_shown() -> None:
    options = SoapOptions(wsdl=FEASIBILITY, headers={"Authorization": "Basic hidden"})  # type: ignore[dict-item]

    assert "hidden" not in repr(options)
