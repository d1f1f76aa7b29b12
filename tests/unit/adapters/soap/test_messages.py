"""Styles of messages on the wire: rpc wrappers, several parts, headers, derived types, what a wildcard allows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.base import AdapterConfigurationError, BadArguments, Cause, NoAnswer
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from adapters.soap.operation import SoapOperation
from adapters.soap.transport import Answer
from tests.support.soap_server import SOAP_11, SOAP_12, WSDL_FOLDER

STYLES = SoapSystem("styles", SoapOptions(wsdl=WSDL_FOLDER / "styles.wsdl"))
TYPES = SoapSystem("types", SoapOptions(wsdl=WSDL_FOLDER / "types.wsdl"))
SITE = {"number": "7", "note": None, "country": "NO"}
ANSWER = "<verdict>yes</verdict>"


def operation(name: str, system: SoapSystem = STYLES) -> SoapOperation:
    return system.operation(SoapStep(operation=name))


def sent(one: SoapOperation, arguments: dict[str, Any]) -> tuple[str, str]:
    """The header and the body of a request, without the envelope around them."""
    parser = etree.XMLParser(remove_blank_text=True)
    root = etree.fromstring(one.render(arguments).encode(), parser)
    parts = {str(etree.QName(part).localname): part for part in root}
    texts = ["".join(_shown(child) for child in parts.get(word, ())) for word in ("Header", "Body")]
    return texts[0], texts[1]


def _shown(element: etree._Element) -> str:
    """An element with short names for namespaces, and without declarations."""
    prefix = {"urn:test:styles": "s:", "urn:test:styles:types": "t:", "urn:test:types": "t:"}
    name = etree.QName(element)
    tag = prefix.get(name.namespace or "", "") + name.localname
    attributes = "".join(f" {etree.QName(key).localname}={value}" for key, value in element.attrib.items())
    return f"<{tag}{attributes}>{element.text or ''}{''.join(map(_shown, element))}</{tag}>"


def came(body: str, header: str = "", soap: str = SOAP_11) -> Answer:
    head = f"<s:Header>{header}</s:Header>" if header else ""
    content = (
        f'<s:Envelope xmlns:s="{soap}" xmlns:r="urn:test:styles" xmlns:t="urn:test:styles:types"'
        ' xmlns:y="urn:test:types" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{head}<s:Body>{body}</s:Body></s:Envelope>"
    )
    return Answer(200, "text/xml", None, content.encode())


def test_rpc_wraps_its_parts_without_a_namespace() -> None:
    header, body = sent(operation("Qualify"), {"kbps": 10, "site": SITE})

    assert header == ""
    assert body == (
        "<s:Qualify><site country=NO><number>7</number><note nil=true></note></site><kbps>10</kbps></s:Qualify>"
    )


def test_a_part_that_names_an_element_stands_in_its_wrapper_as_that() -> None:
    assert sent(operation("ByElement"), {"Where": SITE})[1].startswith("<s:ByElement><t:Where country=NO>")


def test_rpc_replies_are_read_by_their_parts_in_any_order() -> None:
    answer = came(
        "<r:QualifyResponse><checked>2026-01-31T10:00:00Z</checked>"
        f"<result>{ANSWER}<days>3</days></result></r:QualifyResponse>"
    )
    value = operation("Qualify").understood(answer)

    assert value["result"] == {"verdict": "yes", "days": 3, "options": []}


@pytest.mark.parametrize(
    ("body", "word"),
    [
        pytest.param(
            "<r:QualifyResponse><checked>2026-01-31T10:00:00Z</checked></r:QualifyResponse>", "result", id="no-part"
        ),
        pytest.param(
            f"<r:QualifyResponse><result>{ANSWER.replace('yes', 'maybe')}</result>"
            "<checked>2026-01-31T10:00:00Z</checked></r:QualifyResponse>",
            "Element 'verdict': [facet 'enumeration']",
            id="value-that-is-not-listed",
        ),
        pytest.param("<r:Qualify>1</r:Qualify>", "expected was {urn:test:styles}QualifyResponse", id="the-request"),
        pytest.param("<t:QualifyResponse/>", "the name is right, its namespace is not", id="wrong-namespace"),
        pytest.param("<QualifyResponse/>", "the name is right, its namespace is not", id="no-namespace"),
        pytest.param("", "the body has nothing", id="nothing"),
    ],
)
def test_an_rpc_reply_that_is_not_as_agreed_is_no_answer(body: str, word: str) -> None:
    with pytest.raises(NoAnswer) as raised:
        operation("Qualify").understood(came(body))

    assert raised.value.cause is Cause.UNREADABLE
    assert word in raised.value.text
    assert "poq:" not in raised.value.text


def test_a_null_of_an_old_rpc_server_is_null() -> None:
    body = '<r:QualifyResponse><result xsi:nil="true"/><checked>2026-01-31T10:00:00Z</checked></r:QualifyResponse>'

    assert operation("Qualify").understood(came(body))["result"] is None


def test_several_parts_stand_in_the_body_side_by_side() -> None:
    assert sent(operation("Several"), {"Where": SITE, "Speed": 5})[1] == (
        "<t:Where country=NO><number>7</number><note nil=true></note></t:Where><t:Speed>5</t:Speed>"
    )
    answer = came(f"<t:Answer>{ANSWER}</t:Answer><t:Reason>because</t:Reason>")
    assert operation("Several").understood(answer)["Reason"] == "because"


def test_a_part_that_is_missing_among_several_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match="Body has no Reason"):
        operation("Several").understood(came(f"<t:Answer>{ANSWER}</t:Answer>"))


def test_only_the_parts_that_the_binding_names_stand_in_the_body() -> None:
    assert sent(operation("OnlyOnePart"), SITE)[1].startswith("<t:Where")


def test_nothing_is_sent_and_nothing_comes_back_where_nothing_is_declared() -> None:
    assert sent(operation("Status"), {}) == ("", "")
    assert operation("Confirm").understood(came("")) == {}
    with pytest.raises(BadArguments, match="x: not known; there are: none"):
        operation("Status").render({"x": 1})


def test_header_parts_are_an_argument_of_their_own() -> None:
    header, body = sent(
        operation("WithHeaders"), {"ref": "1", "soap_header": {"Session": {"token": "a", "hops": 2}, "Trace": "t"}}
    )

    assert header == "<t:Session><token>a</token><hops>2</hops></t:Session><t:Trace>t</t:Trace>"
    assert body == "<t:Ask><ref>1</ref></t:Ask>"


def test_headers_that_are_not_given_are_not_sent() -> None:
    assert sent(operation("WithHeaders"), {"ref": "1"}) == ("", "<t:Ask><ref>1</ref></t:Ask>")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Session": {"hops": 1}}, "soap_header.Session.token: missing"),
        ({"Session": {"token": "a", "hops": "x"}}, "soap_header.Session.hops: expected a whole number"),
        ({"Nope": 1}, "soap_header.Nope: not known; there are: Session, Trace"),
    ],
)
def test_headers_are_held_against_the_schema(given: dict[str, Any], words: str) -> None:
    with pytest.raises(BadArguments) as raised:
        operation("WithHeaders").render({"ref": "1", "soap_header": given})

    assert words in str(raised.value)


def test_headers_of_a_reply_are_read_and_others_passed_over() -> None:
    head = '<t:Trace s:mustUnderstand="1">x-1</t:Trace><o:Other xmlns:o="urn:other"><a/></o:Other>'
    value = operation("WithHeaders").understood(came(f"<t:Answer>{ANSWER}</t:Answer>", head))

    assert value["soap_header"] == {"Trace": "x-1"}
    assert operation("WithHeaders").understood(came(f"<t:Answer>{ANSWER}</t:Answer>"))["soap_header"] == {"Trace": None}


def test_the_contract_knows_the_headers() -> None:
    contract = operation("WithHeaders").contract

    assert contract.arguments["properties"]["soap_header"]["properties"]["Session"]["required"] == ["token"]
    assert contract.arguments["required"] == ["ref"]
    assert list(contract.reply["properties"]["soap_header"]["properties"]) == ["Trace"]


def test_optional_attachments_do_not_keep_an_operation_from_being_called() -> None:
    assert sent(operation("PerhapsMtom"), {"ref": "1"})[1] == "<t:Ask><ref>1</ref></t:Ask>"


def test_a_reply_with_attachments_is_told_as_such() -> None:
    with pytest.raises(NoAnswer, match="attachments"):
        operation("PerhapsMtom").understood(Answer(200, "multipart/related", None, b"--x"))


def test_a_derived_type_is_named_and_told() -> None:
    one = operation("Derived", TYPES)
    value = {"Line": {"@type": "DarkLine", "Id": "1", "Rent": 2, "Fibres": 3}}

    assert sent(one, value)[1].startswith("<t:Derived><t:Line type=")
    line = one.contract.reply["properties"]["Line"]
    assert line["properties"]["@type"] == {"type": "string", "enum": ["Line", "LeasedLine", "DarkLine"]}
    assert line["properties"]["Fibres"] == {"type": "integer"}
    assert line["required"] == ["Id"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"Line": {"@type": "Copper", "Id": "1"}}, "Line.@type: 'Copper' is no type that may stand here"),
        ({"Line": {"Id": "1"}, "Access": [{"Kbps": 1}]}, "Access[0].@type: missing; there are: Copper, Fibre"),
        ({"Line": {"@type": "LeasedLine", "Id": "1"}}, "Line.Rent: missing"),
        ({"Line": {"Id": "1", "Rent": 2}}, "Line.Rent: not known"),
    ],
)
def test_a_type_that_does_not_fit_is_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(BadArguments) as raised:
        operation("Derived", TYPES).render(arguments)

    assert words in str(raised.value)


def test_a_substitute_stands_in_the_place_of_its_head() -> None:
    one = operation("Substituted", TYPES)

    assert sent(one, {"Coordinates": "1,2", "Special": ["x"]})[1] == (
        "<t:Substituted><t:Coordinates>1,2</t:Coordinates><t:Special>x</t:Special></t:Substituted>"
    )
    assert list(one.contract.arguments["properties"]) == ["Address", "Coordinates", "Extra", "Special"]


def test_what_a_wildcard_allows_is_read_by_name() -> None:
    body = (
        '<y:AnyResponse><y:Name>a</y:Name><y:Vendor currency="EUR">1.50</y:Vendor>'
        '<o:Own xmlns:o="urn:own"><o:A>1</o:A><o:A>2</o:A></o:Own></y:AnyResponse>'
    )
    value = operation("Any", TYPES).understood(came(body))

    assert value["any"][0]["Vendor"]["currency"] == "EUR"
    assert value["any"][1] == {"Own": {"A": ["1", "2"]}}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([{"Nope": 1}], "any[0].Nope: no schema of the WSDL has this element"),
        ([{"Vendor": {"value": 1}}], "any[0].Vendor.currency: missing"),
        (["x"], "any[0]: expected an object with one member"),
    ],
)
def test_what_no_schema_knows_is_not_written(given: list[Any], words: str) -> None:
    with pytest.raises(BadArguments) as raised:
        operation("Any", TYPES).render({"Name": "a", "any": given})

    assert words in str(raised.value)


def test_an_untyped_element_is_told_its_type_by_the_object() -> None:
    one = operation("AnyType", TYPES)

    assert " type=" in sent(one, {"Value": {"@type": "Money", "value": 1, "currency": "EUR"}})[1]
    with pytest.raises(BadArguments, match="say `@type`"):
        one.render({"Value": {"value": 1}})


def test_an_untyped_element_of_a_reply_is_read_as_what_it_says_it_is() -> None:
    typed = '<y:Value xsi:type="y:Money" currency="EUR">2.5</y:Value>'
    number = '<y:Value xmlns:xsd="http://www.w3.org/2001/XMLSchema" xsi:type="xsd:int">5</y:Value>'
    one = operation("AnyType", TYPES)

    assert one.understood(came(f"<y:AnyTypeResponse>{typed}</y:AnyTypeResponse>"))["Value"]["currency"] == "EUR"
    assert one.understood(came(f"<y:AnyTypeResponse>{number}</y:AnyTypeResponse>"))["Value"] == 5


def test_a_member_at_two_places_is_a_list_when_it_is_read(tmp_path: Path) -> None:
    text = (WSDL_FOLDER / "types.wsdl").read_text(encoding="utf-8")
    file = tmp_path / "types.wsdl"
    file.write_text(text.replace('<wsdl:input message="t:TwicePlacedIn"/>', '<wsdl:input message="t:AllIn"/>'))
    one = operation("TwicePlaced", SoapSystem("types", SoapOptions(wsdl=file)))
    body = "<y:TwicePlacedResponse><y:Mark>a</y:Mark><y:Between>1</y:Between><y:Mark>b</y:Mark></y:TwicePlacedResponse>"

    assert one.understood(came(body)) == {"Mark": ["a", "b"], "Between": 1}


def test_schemas_that_are_broken_can_be_done_without(tmp_path: Path) -> None:
    text = (WSDL_FOLDER / "types.wsdl").read_text(encoding="utf-8")
    file = tmp_path / "broken.wsdl"
    file.write_text(text.replace('name="Extra" type="xsd:string"', 'name="Extra" type="xsd:string" maxOccurs="2"'))
    with pytest.raises(AdapterConfigurationError, match="say `schema_check: false`"):
        SoapSystem("types", SoapOptions(wsdl=file))

    one = operation("TwoWords", SoapSystem("types", SoapOptions(wsdl=file, schema_check=False)))

    assert one.understood(came("<y:TwoWordsResponse><y:Code>1</y:Code></y:TwoWordsResponse>"))["Code"] == "1"
    builtins = operation("Builtins", SoapSystem("types", SoapOptions(wsdl=file, schema_check=False)))
    for number in ("1_000", "\u0661\u0662"):
        body = f"<y:BuiltinsResponse><y:Bool>true</y:Bool><y:Int>{number}</y:Int></y:BuiltinsResponse>"
        with pytest.raises(NoAnswer, match=r"Int: .* cannot be used as integer"):
            builtins.understood(came(body))
    for broken in ("", "<y:Code>1</y:Code><y:List><y:Item><y:Name>n</y:Name><y:Kinds>tin</y:Kinds></y:Item></y:List>"):
        with pytest.raises(NoAnswer):
            one.understood(came(f"<y:TwoWordsResponse>{broken}</y:TwoWordsResponse>"))


def test_an_envelope_of_the_other_version_is_told_as_such() -> None:
    with pytest.raises(NoAnswer, match=r"an envelope of SOAP 1\.2 came where an envelope of SOAP 1\.1 was expected"):
        operation("Several").understood(came("", soap=SOAP_12))
