"""Both ways to write and read a message say the same, and what was written is read as it was given."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.base import AdapterConfigurationError
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from adapters.soap.codec import Codec, CompiledCodec
from adapters.soap.envelope import Blank, blank
from adapters.soap.exchange import Exchange
from adapters.soap.shapes import reached
from adapters.soap.textual import text_writer
from adapters.soap.zeep_codec import ZeepCodec
from adapters.xml import parse
from tests.support.soap_server import WSDL_FOLDER
from tests.support.soap_values import expected_message, message_values
from tests.support.wsdls import large_wsdl

SYSTEMS = {
    name: SoapSystem(name, SoapOptions(wsdl=WSDL_FOLDER / file))
    for name, file in {"styles": "styles.wsdl", "types": "types.wsdl", "spread": "spread/spread.wsdl"}.items()
}
BY_ZEEP = {("types", "GroupWithChoice"), ("types", "OtherOrder")}
REFUSED = {
    ("styles", "Encoded"),
    ("styles", "Mime"),
    ("styles", "Mtom"),
    ("styles", "OneWay"),
    ("styles", "Typed"),
    ("types", "TwicePlaced"),
}
USABLE = [
    (name, one) for name, system in SYSTEMS.items() for one in system.wsdl.operations if (name, one) not in REFUSED
]

LIBRARY_CANNOT = {"Any", "Choice", "AnyType", "Derived", "Mixed", "Substituted", "SharedInChoice", "Lists", "Unions"}
"""What the library writes or reads in another form, or not at all: there the compiled way stands alone."""

EXAMPLES = int(os.environ.get("POQ_SOAP_EXAMPLES", "8"))
"""Of each operation; a campaign takes more."""

quick = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def reply_as_request(system: SoapSystem, operation: str) -> Exchange:
    """The operation with its reply also sent, so that a reply can be written."""
    exchange = system.wsdl.exchange(operation)
    # What cannot be written by shape can be read so: the request says which.
    return replace(exchange, request=replace(exchange.reply, uncompiled=exchange.request.uncompiled))


def written(codec: Codec, system: SoapSystem, value: dict[str, Any]) -> Blank:
    envelope = blank(system.wsdl.version)
    assert codec.write(envelope.header, envelope.body, value) == []
    return envelope


def compiled(system: SoapSystem, exchange: Exchange) -> Codec:
    return CompiledCodec(exchange, system.wsdl.names)


def by_zeep(system: SoapSystem, exchange: Exchange) -> Codec:
    both = {word: replace(getattr(exchange, word), uncompiled="the test wants it") for word in ("request", "reply")}
    return ZeepCodec(replace(exchange, **both), system.wsdl.names, system.wsdl._types)


def text_of(system: SoapSystem, exchange: Exchange, value: dict[str, Any]) -> bytes | None:
    """The message written the short way, where it can be."""
    writer = text_writer(system.wsdl.version, exchange.request, system.wsdl.declarations)
    return writer.text(value) if writer is not None else None


def check(system: SoapSystem, exchange: Exchange, codecs: list[Codec], value: dict[str, Any]) -> None:
    envelopes = [written(codec, system, value) for codec in codecs]
    wanted = expected_message(exchange.reply, value)
    assert len({shown(envelope.body) for envelope in envelopes}) == 1
    text = text_of(system, exchange, value)
    assert text is None or shown(parse(text, None)[0]) == shown(envelopes[0].body)
    for envelope in envelopes:
        _refuse_nothing(system, exchange, envelope)
        came = parse(etree.tostring(envelope.root), None)
        for codec in codecs:
            squeeze = squeezed if isinstance(codec, ZeepCodec) else lambda value: value
            assert squeeze(codec.read(came[0], came[1])) == squeeze(wanted)


def _refuse_nothing(system: SoapSystem, exchange: Exchange, envelope: Blank) -> None:
    schema = system.wsdl.schema
    assert schema is not None
    if exchange.reply.is_rpc:
        problem = schema.wrapped_problem(envelope.root, envelope.body[0], f"{exchange.name}Response")
    else:
        problem = schema.problem(envelope.root)
    assert problem is None


def squeezed(value: Any) -> Any:
    """A value in which an object with nothing in it is null: the library does not tell an empty element from none."""
    if isinstance(value, list):
        return [squeezed(one) for one in value]
    if not isinstance(value, dict):
        return value
    inside = {name: squeezed(one) for name, one in value.items()}
    return inside if any(one not in (None, []) for one in inside.values()) else None


def shown(element: etree._Element) -> str:
    """An element without the prefixes that were chosen for it."""
    attributes = sorted((str(name), str(value)) for name, value in element.attrib.items())
    inside = "".join(shown(child) for child in element)
    return f"<{element.tag} {attributes}>{element.text or ''}{inside}</>{element.tail or ''}"


@pytest.mark.parametrize(("name", "operation"), USABLE)
def test_what_is_written_is_read_as_it_was_given_whichever_way(name: str, operation: str) -> None:
    system = SYSTEMS[name]
    exchange = reply_as_request(system, operation)
    codecs = [system.wsdl.codec(exchange)]
    if operation not in LIBRARY_CANNOT:
        codecs.append(by_zeep(system, exchange))

    @quick
    @given(message_values(exchange.reply))
    def holds(value: dict[str, Any]) -> None:
        check(system, exchange, codecs, value)

    holds()


@cache
def large() -> SoapSystem:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "large.wsdl"
        file.write_text(large_wsdl(120, seed=1), encoding="utf-8")
        return SoapSystem("large", SoapOptions(wsdl=file))


@settings(
    max_examples=6 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.integers(0, 119), st.data())
def test_a_hundred_operations_say_the_same_both_ways(number: int, data: st.DataObject) -> None:
    system = large()
    exchange = reply_as_request(system, f"Ask{number}")
    value = data.draw(message_values(exchange.reply))

    check(system, exchange, [compiled(system, exchange), by_zeep(system, exchange)], value)


@pytest.mark.parametrize(("name", "operation"), USABLE)
def test_which_way_an_operation_goes_can_be_seen(name: str, operation: str) -> None:
    codec = SYSTEMS[name].operation(SoapStep(operation=operation)).codec

    assert codec.startswith("zeep: ") if (name, operation) in BY_ZEEP else codec == "compiled"


def test_the_library_refuses_what_it_would_lose() -> None:
    exchange = SYSTEMS["types"].wsdl.exchange("Any")

    assert any(struct.wild for struct in reached(exchange.reply.body))
    with pytest.raises(Exception, match="it has a wildcard"):
        by_zeep(SYSTEMS["types"], exchange)


_REPEATS = '<xsd:sequence maxOccurs="unbounded"><xsd:element name="Key" type="xsd:string"/><xsd:choice>'
_MAY_BE_EMPTY = (
    '<xsd:sequence maxOccurs="unbounded"><xsd:element name="Key" type="xsd:string" minOccurs="0"/>'
    '<xsd:choice minOccurs="0">'
)
_END = "</xsd:choice></xsd:sequence>"


@pytest.mark.parametrize("behind", ["", '<xsd:element name="Last" type="xsd:string"/>'], ids=["nothing", "an element"])
@pytest.mark.parametrize("group", [_REPEATS, _MAY_BE_EMPTY], ids=["never empty", "may be empty"])
def test_a_group_of_which_the_library_would_make_empty_ones_is_refused(tmp_path: Path, group: str, behind: str) -> None:
    """It would do so without an end."""
    text = (WSDL_FOLDER / "types.wsdl").read_text(encoding="utf-8")
    before, name, rest = text.partition('<xsd:element name="GroupWithChoiceResponse">')
    assert _REPEATS in rest
    assert _END in rest
    rest = rest.replace(_REPEATS, group).replace(_END, f"{_END}{behind}")
    (tmp_path / "types.wsdl").write_text(f"{before}{name}{rest}", encoding="utf-8")
    system = SoapSystem("types", SoapOptions(wsdl=tmp_path / "types.wsdl"))

    if group == _MAY_BE_EMPTY and behind:
        with pytest.raises(AdapterConfigurationError, match="may be empty"):
            system.operation(SoapStep(operation="GroupWithChoice"))
    else:
        assert system.operation(SoapStep(operation="GroupWithChoice")).codec.startswith("zeep: ")
