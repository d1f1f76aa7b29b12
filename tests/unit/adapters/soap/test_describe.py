"""What a WSDL offers, told for people: every field with what is to be known of it; what cannot be used, in one line."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from adapters.described import Branch, Described, DescriptionError, Field
from adapters.soap.describe import describe_operation, list_operations, place_of
from adapters.soap.options import SoapOptions, SoapStep
from adapters.soap.system import SoapSystem
from adapters.soap.vendoring import vendored
from tests.conftest import REPOSITORY
from tests.support.soap_server import WSDL_FOLDER

UGLY = WSDL_FOLDER / "ugly" / "ugly.wsdl"
SMALL = WSDL_FOLDER / "feasibility.wsdl"


@pytest.fixture(scope="module")
def check() -> Described:
    return describe_operation(UGLY, "Check", port="Soap12")


def _field(fields: tuple[Field, ...], *path: str) -> Field:
    found = next(one for one in fields if one.name == path[0])
    return _field(found.parts, *path[1:]) if path[1:] else found


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(("Site", "Number"), Field("Number", "text", True), id="needed"),
        pytest.param(("Site", "Note"), Field("Note", "text", False), id="optional"),
        pytest.param(
            ("Site", "Country"), Field("Country", "text", True, enum=("NO", "DE", "US")), id="inherited, with values"
        ),
        pytest.param(("Labels",), Field("Labels", "text", False, many=True), id="repeated"),
        pytest.param(("Ceiling",), Field("Ceiling", "number", True, nillable=True), id="nillable"),
        pytest.param(("on",), Field("on", "true or false", True), id="boolean"),
        pytest.param(("trace",), Field("trace", "text", False, note="an attribute"), id="attribute"),
        pytest.param(
            ("Kbps",), Field("Kbps", "whole number", False, branch=Branch(1, 0, True, True)), id="first alternative"
        ),
        pytest.param(
            ("Burst",), Field("Burst", "whole number", False, branch=Branch(1, 0, True, False)), id="optional there"
        ),
        pytest.param(("Before",), Field("Before", "date", False, branch=Branch(2, 0, False, True)), id="other choice"),
    ],
)
def test_a_field_is_told_with_all_that_holds_for_it(check: Described, path: tuple[str, ...], expected: Field) -> None:
    assert _field(check.arguments, *path) == expected


def test_the_other_branch_of_a_choice_has_another_number(check: Described) -> None:
    branches = {name: _field(check.arguments, name).branch for name in ("Kbps", "Profile")}

    assert {name: branch and (branch.choice, branch.branch) for name, branch in branches.items()} == {
        "Kbps": (1, 0),
        "Profile": (1, 1),
    }


def test_a_type_that_contains_itself_is_told_once(check: Described) -> None:
    inner = _field(check.reply, "Route", "Next")

    assert (inner.is_cut, inner.parts) == (True, ())


def test_a_wildcard_is_told(check: Described) -> None:
    assert "elements that the schema does not name" in _field(check.arguments, "Vendor", "any").note


def test_what_is_described_is_what_lint_checks() -> None:
    def names(fields: tuple[Field, ...]) -> dict[str, bool]:
        return {one.name: one.required for one in fields}

    system = SoapSystem("ugly", SoapOptions(wsdl=UGLY, port="Soap12"))
    contract = system.operation(SoapStep(operation="Check")).contract
    described = describe_operation(UGLY, "Check", port="Soap12")

    for schema, fields in ((contract.arguments, described.arguments), (contract.reply, described.reply)):
        assert {name: name in schema["required"] for name in schema["properties"]} == names(fields)


def test_every_operation_is_listed_and_what_cannot_be_called_says_why() -> None:
    listed = {(one.port, one.name): one.problem for one in list_operations(UGLY)}

    assert {key for key, problem in listed.items() if problem} == {("Soap11", "OneWay")}
    assert "one-way" in listed["Soap11", "OneWay"]
    assert ("Soap12", "Check") in listed


def test_a_large_wsdl_is_listed_whole(tmp_path: Path) -> None:
    file = tmp_path / "large.wsdl"
    file.write_text(_large(150), encoding="utf-8")

    assert [one.name for one in list_operations(file)] == sorted(f"Ask{number}" for number in range(150))


def _large(count: int) -> str:
    numbers = range(count)
    elements = "".join(f'<x:element name="E{n}" type="x:string"/>' for n in numbers)
    messages = "".join(f'<message name="M{n}"><part name="p" element="t:E{n}"/></message>' for n in numbers)
    abstract = "".join(
        f'<operation name="Ask{n}"><input message="t:M{n}"/><output message="t:M{n}"/></operation>' for n in numbers
    )
    body = '<s:body use="literal"/>'
    bound = "".join(
        f'<operation name="Ask{n}"><s:operation soapAction=""/><input>{body}</input><output>{body}</output></operation>'
        for n in numbers
    )
    return (
        '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" '
        'xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:large" targetNamespace="urn:large">'
        f'<types><x:schema targetNamespace="urn:large">{elements}</x:schema></types>{messages}'
        f'<portType name="P">{abstract}</portType><binding name="B" type="t:P">'
        f'<s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>{bound}</binding>'
        '<service name="S"><port name="P" binding="t:B"><s:address location="http://large.test/"/></port></service>'
        "</definitions>"
    )


def test_a_copy_names_only_files_beside_it_and_can_be_used_alone(tmp_path: Path) -> None:
    for name, content in vendored(UGLY).items():
        (tmp_path / name).write_bytes(content)

    named = {
        where
        for path in tmp_path.iterdir()
        for where in re.findall(r'(?:schemaLocation|location)="((?!http)[^"]*)"', path.read_text(encoding="utf-8"))
    }

    assert named == {"abstract.wsdl", "common.xsd", "common-2.xsd", "more.xsd"}
    assert describe_operation(tmp_path / "ugly.wsdl", "Check", port="Soap12") == describe_operation(
        UGLY, "Check", port="Soap12"
    )


def test_a_file_that_needs_no_change_is_copied_to_the_byte() -> None:
    assert vendored(SMALL) == {SMALL.name: SMALL.read_bytes()}


def test_an_import_over_a_network_is_taken_from_the_file_beside(tmp_path: Path) -> None:
    text = (WSDL_FOLDER / "odd.wsdl").read_text(encoding="utf-8")
    remote = text.replace('schemaLocation="odd.xsd"', 'schemaLocation="http://vendor.test/x/odd.xsd"')
    (tmp_path / "odd.wsdl").write_text(remote, encoding="utf-8")

    with pytest.raises(DescriptionError, match=r"save it as odd\.xsd beside odd\.wsdl"):
        vendored(tmp_path / "odd.wsdl")

    (tmp_path / "odd.xsd").write_bytes((WSDL_FOLDER / "odd.xsd").read_bytes())
    assert b'schemaLocation="odd.xsd"' in vendored(tmp_path / "odd.wsdl")["odd.wsdl"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "cannot be read", id="not there"),
        pytest.param(b"", "no well-formed XML", id="empty"),
        pytest.param(b"\x00\x01\x02", "no well-formed XML", id="binary"),
        pytest.param(b"<html/>", "this is no WSDL", id="another document"),
        pytest.param(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "DOCTYPE", id="entities"),
        pytest.param(b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>', "service", id="nothing in it"),
    ],
)
def test_what_is_no_wsdl_is_said_in_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "some.wsdl"
    if content is not None:
        file.write_bytes(content)

    for look in (lambda: list_operations(file), lambda: describe_operation(file, "Ask")):
        with pytest.raises(DescriptionError, match=said) as told:
            look()
        assert "\n" not in str(told.value)
        assert "poq-gateway-wsdl-" not in str(told.value)


@pytest.mark.parametrize("seed", range(10))
def test_a_broken_wsdl_is_described_or_refused_in_one_line(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for name, content in vendored(UGLY).items():
        (tmp_path / name).write_bytes(content)
    refusals: list[str] = []
    for _ in range(40):
        name = chance.choice(["ugly.wsdl", "abstract.wsdl", "abstract.wsdl", "common.xsd", "more.xsd"])
        before = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(_mutated(before, chance))
        try:
            describe_operation(tmp_path / "ugly.wsdl", "Check", port="Soap12")
            list_operations(tmp_path / "ugly.wsdl")
        except DescriptionError as error:
            refusals.append(str(error))
        (tmp_path / name).write_bytes(before)

    assert refusals, "the mutations break something"
    assert [text for text in refusals if "\n" in text or len(text) > 1500] == []


def _mutated(content: bytes, chance: random.Random) -> bytes:
    """The file with one thing wrong: a tag or value gone, doubled or swapped, a part cut off, a byte changed."""
    parts = re.findall(rb"<[^>]*>|[^<]+", content)
    at = chance.randrange(len(parts))
    match chance.randrange(6):
        case 0:
            del parts[at]
        case 1:
            parts.insert(at, parts[at])
        case 2:
            other = chance.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
        case 3:
            values = re.findall(rb'"[^"]*"', content)
            parts[at] = re.sub(rb'"[^"]*"', lambda _: chance.choice(values), parts[at], count=1)
        case 4:
            parts[at] = re.sub(rb'[\w:]+="[^"]*"', b"", parts[at], count=1)
        case _:
            text = bytearray(parts[at])
            text[chance.randrange(len(text))] = chance.randrange(256)
            parts[at] = bytes(text)
    return b"".join(parts)


def test_a_recorded_reply_is_read_as_one_that_has_just_come() -> None:
    operation = SoapSystem("ugly", SoapOptions(wsdl=UGLY, port="Soap11")).operation(SoapStep(operation="Check"))
    content = b"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
        <m:CheckResult xmlns:m="urn:test:ugly:messages"><m:Verdict>007</m:Verdict>
        <m:Checked>2026-01-31T12:00:00Z</m:Checked></m:CheckResult></e:Body></e:Envelope>"""

    value = operation.recorded(content).value

    assert (value["Verdict"], value["Route"]) == ("007", None)


def test_the_only_port_that_has_an_operation_is_found() -> None:
    assert place_of(UGLY, "Repeats", None, None) == (None, "Soap11")
    assert place_of(UGLY, "Repeats", None, "Soap11") == (None, "Soap11")
    assert place_of(UGLY, "Check", None, "Soap12") == (None, "Soap12")


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        pytest.param("Check", "several ports have Check: say --port, one of Soap11, Soap12", id="of several ports"),
        pytest.param("Chekc", "it has no operation Chekc; there are: ByHeader,", id="of none"),
    ],
)
def test_an_operation_of_several_ports_or_of_none_is_told(operation: str, told: str) -> None:
    with pytest.raises(DescriptionError, match=re.escape(told)):
        describe_operation(UGLY, operation)


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        pytest.param("FaultCode", (), id="found by its name"),
        pytest.param("Rc", ("ServiceFault/Rc", "ServiceFault/FaultText"), id="to be named"),
    ],
)
def test_where_the_code_of_a_fault_may_stand_is_told_if_its_name_does_not(
    element: str, expected: tuple[str, ...], tmp_path: Path
) -> None:
    text = (REPOSITORY / "config" / "demo" / "nimbus.wsdl").read_text(encoding="utf-8")
    assert 'name="FaultCode" type=' in text
    file = tmp_path / "nimbus.wsdl"
    file.write_text(text.replace('name="FaultCode" type=', f'name="{element}" type='), encoding="utf-8")

    assert describe_operation(file, "QueryReach").fault_values == expected
