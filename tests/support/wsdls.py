"""WSDLs as large as vendors ship them, made from a number: a hundred operations and more over a few hundred types."""

from __future__ import annotations

import random
from pathlib import Path

SIMPLE = ("string", "int", "long", "boolean", "decimal", "date", "dateTime", "token", "double")


def large_wsdl(operations: int, seed: int) -> str:
    """A WSDL with so many operations: wrapped and bare, rpc among them, headers, choices, attributes, recursion."""
    chance = random.Random(seed)
    types = [_type(number, operations, chance) for number in range(operations)]
    numbers = range(operations)
    return f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:large" targetNamespace="urn:large">
  <types>
    <x:schema targetNamespace="urn:large" elementFormDefault="{chance.choice(("qualified", "unqualified"))}">
      <x:simpleType name="Code"><x:restriction base="x:string">
        <x:enumeration value="A"/><x:enumeration value="B-1"/><x:enumeration value="yes"/>
      </x:restriction></x:simpleType>
      <x:element name="Session" type="x:string"/>
      {"".join(types)}
      {"".join(f'<x:element name="Ask{n}{end}" type="t:T{n}"/>' for n in numbers for end in ("", "Result"))}
    </x:schema>
  </types>
  <message name="Head"><part name="session" element="t:Session"/></message>
  {"".join(_messages(number) for number in numbers)}
  <portType name="P">{"".join(_abstract(number) for number in numbers)}</portType>
  <binding name="B" type="t:P"><s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    {"".join(_bound(number) for number in numbers)}</binding>
  <service name="S"><port name="P" binding="t:B"><s:address location="http://large.test/"/></port></service>
</definitions>"""


def write_large(folder: Path, operations: int = 120, seed: int = 1) -> Path:
    """The same, as a file."""
    file = folder / "large.wsdl"
    file.write_text(large_wsdl(operations, seed), encoding="utf-8")
    return file


def is_rpc(number: int) -> bool:
    return number % 7 == 3


def _type(number: int, count: int, chance: random.Random) -> str:
    elements = "".join(_element(at, number, count, chance) for at in range(chance.randint(1, 6)))
    attribute = '<x:attribute name="id" type="x:int"/>' if chance.random() < 0.3 else ""
    return f'<x:complexType name="T{number}"><x:sequence>{elements}</x:sequence>{attribute}</x:complexType>\n'


def _element(at: int, number: int, count: int, chance: random.Random) -> str:
    name = f"{chance.choice(('Site', 'kbps', 'Line_Id', 'x-Ref'))}{at}"
    occurs = chance.choice(("", ' minOccurs="0"', ' minOccurs="0" maxOccurs="unbounded"'))
    if chance.random() < 0.25:
        # Types refer to later ones and to themselves, optionally: there is always a message that ends.
        other = chance.choice((number, chance.randrange(number, count)))
        occurs = chance.choice((' minOccurs="0"', ' minOccurs="0" maxOccurs="2"'))
        return f'<x:element name="{name}" type="t:T{other}"{occurs}/>'
    if chance.random() < 0.15:
        return f'<x:element name="{name}" type="t:Code"{occurs}/>'
    nillable = ' nillable="true"' if chance.random() < 0.1 else ""
    return f'<x:element name="{name}" type="x:{chance.choice(SIMPLE)}"{occurs}{nillable}/>'


def _messages(number: int) -> str:
    if is_rpc(number):
        parts = f'<part name="what" type="t:T{number}"/><part name="how" type="x:string"/>'
        return f'<message name="In{number}">{parts}</message><message name="Out{number}">{parts}</message>'
    return (
        f'<message name="In{number}"><part name="p" element="t:Ask{number}"/></message>'
        f'<message name="Out{number}"><part name="p" element="t:Ask{number}Result"/></message>'
    )


def _abstract(number: int) -> str:
    return f'<operation name="Ask{number}"><input message="t:In{number}"/><output message="t:Out{number}"/></operation>'


def _bound(number: int) -> str:
    style = ' style="rpc"' if is_rpc(number) else ""
    body = f'<s:body use="literal"{" namespace=" + chr(34) + "urn:large" + chr(34) if is_rpc(number) else ""}/>'
    header = '<s:header message="t:Head" part="session" use="literal"/>' if number % 5 == 0 else ""
    return (
        f'<operation name="Ask{number}"><s:operation soapAction=""{style}/>'
        f"<input>{header}{body}</input><output>{header}{body}</output></operation>"
    )
