"""A reply that is read without a tree is read as the long way reads it; what the long way refuses is never read so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.base import AdapterError
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from adapters.soap.operation import SoapOperation
from adapters.soap.plain import plain_reader
from adapters.soap.protection_options import WsAddressing
from adapters.soap.transport import Answer
from tests.support.soap_server import WSDL_FOLDER
from tests.support.soap_values import message_values
from tests.unit.adapters.soap.test_codecs import EXAMPLES, SYSTEMS, USABLE, compiled, large, reply_as_request, written

SYSTEM = SoapSystem("facets", SoapOptions(wsdl=WSDL_FOLDER / "facets.wsdl"))
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
    '<s:Body><t:AskResponse xmlns:t="urn:test:facets">'
)
END = "</t:AskResponse></s:Body></s:Envelope>"
ONE = f"<percent>5</percent>{END}"

TEXTS = [
    *("", " ", "a", "ab", "abc", "abcd", "AB-1", "AB-1234", "X.D", "Xa.A", "X.A", "ÄÖ-1", "é", "日本"),
    *("red", "dark blue", "dark  blue", " red", "green", "true", "1", "TRUE", "0", "false"),
    *("2", "7", "50", "51", "100", "101", "-1", "-0", "+5", "007", "1_0", "٣", " 7", "7 ", "1e3", "3", "4"),
    *("32768", "128", "-128", "4294967295", "4294967296", "99999999999999999999", "9" * 18, "9" * 19),
    *(
        "1.5",
        "-10.5",
        "-10.51",
        "1.50",
        "1.500",
        "123.45",
        "1234.56",
        "12345",
        "123456",
        ".5",
        "5.",
        "-0.00",
        "NaN",
        "INF",
    ),
    *("2026-01-31", "2026-02-30", "2026-01-31Z", "20260131", "2026-W05-1", "0000-01-01", "2026-1-31"),
    *("2026-01-31T10:00:00", "2026-01-31T10:00:00Z", "2026-01-31T24:00:00", "2026-01-31T10:00:00+15:00"),
    *("2026-01-31T10:00:00.1234567", "2026-01-31 10:00:00", "2026-01-31T10:00:60Z"),
    *("a &amp; b", "&lt;", "&#65;", "&auml;", "a > b", "]]>", "<![CDATA[a]]>", "a<!-- b -->c", "a\tb", "a\nb", "a\rb"),
    *("a\x0bb", "a\x7fb", "\ufffe", "\xa0", "v1", "http://a.test/?b#c", "1:b", "urn:x"),
]
NAMES = [
    *("code", "short", "exact", "colour", "warm", "percent", "half", "price", "open", "level", "count", "big", "rate"),
    *("at", "where", "fixed", "usual", "null", "port", "id", "speed", "left", "right", "more", "loose", "one", "two"),
    *("needs", "in", "t:outer", "t:code", "x:code", "strange"),
]
ODD = [
    *("<!-- a -->", "<?a b?>", " ", "\n  ", "\xa0", "text", "<percent/>", "<short/>", "<short />", "<a:b/>", ">", "<"),
    '<percent xmlns="">5</percent>',
    '<null xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>',
    '<t:outer note="1">a</t:outer>',
    '<x:any xmlns:x="urn:other">1</x:any>',
]


def without(operation: SoapOperation) -> SoapOperation:
    """The operation, made to go the long way."""
    operation._plain = None
    return operation


def ask(system: SoapSystem, name: str) -> SoapOperation:
    return system.operation(SoapStep(operation=name))


def outcome(operation: SoapOperation, content: bytes, charset: str | None = "utf-8") -> Any:
    """What it is read as, in the order in which it is told; None where it is refused."""
    try:
        return repr(operation.understood(Answer(200, "text/xml", charset, content)))
    except AdapterError:
        return None


def plainly(operation: SoapOperation, content: bytes, charset: str | None = "utf-8") -> Any:
    """What it is read as without a tree; None where it is not."""
    assert operation._plain is not None
    found = operation._plain.read(content, charset)
    return None if found is None else repr(found)


PLAIN = ask(SYSTEM, "Ask")
LONG = without(ask(SYSTEM, "Ask"))


@st.composite
def elements(draw: st.DrawFn) -> str:
    """Elements in the order of the schema with texts that mostly fit; some of them are something else."""
    order = [*NAMES[:18], "port", "left", "right", "more", "loose", "needs", "t:outer"]
    names = draw(
        st.lists(st.sampled_from(order), max_size=6).map(lambda found: sorted({*found, "percent"}, key=order.index))
    )
    pieces = []
    for name in names:
        inner = draw(INNER.get(name, st.sampled_from(FITTING.get(name, TEXTS)) | st.sampled_from(TEXTS)))
        pieces.append(f"<{name}>{inner}</{name}>")
    for _ in range(draw(st.integers(0, 1))):
        name, text = draw(st.sampled_from(NAMES)), draw(st.sampled_from(TEXTS))
        piece = draw(st.just(f"<{name}>{text}</{name}>") | st.sampled_from(ODD))
        pieces.insert(draw(st.integers(0, len(pieces))), piece)
    return draw(st.sampled_from(["", "", "\n  "])).join(pieces)


FITTING = {
    "code": ["AB-1", "X.D", "Xa.z", "ZZ-123"],
    "short": ["a", "abc", "&amp;"],
    "exact": ["ab", "a b"],
    "colour": ["red", "dark blue"],
    "warm": ["red"],
    "percent": ["0", "100", "50"],
    "half": ["0", "50"],
    "price": ["1.50", "-10.5", "123.45"],
    "open": ["4"],
    "level": ["1", "2"],
    "count": ["0", "7"],
    "big": ["-7", "9" * 18],
    "rate": ["1.5", "-2"],
    "at": ["2026-01-31T10:00:00Z", "2026-01-31T10:00:00.5"],
    "null": ["1"],
    "usual": ["7", ""],
    "fixed": ["v1", ""],
    "right": ["true", "0"],
    "more": ["-7"],
}
PORTS = ["<id>a</id>", "<id/><speed>5</speed><port><id>b</id></port><port><id>c</id></port>", "<speed>5</speed>"]
LOOSE = ["<two>2026-01-31</two>", "<one>1</one><two>2026-01-31</two>", "<two>2026-01-31</two><one>1</one>"]
INNER = {
    "port": st.sampled_from(PORTS),
    "loose": st.sampled_from(
        ["<two>2026-01-31</two>", "<one>1</one><two>2026-01-31</two>", "<two>x</two><one>1</one>"]
    ),
    "needs": st.just("<in>a</in>"),
}


@settings(max_examples=40 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(elements())
def test_what_is_read_plainly_is_read_the_same_the_long_way(inside: str) -> None:
    content = (HEAD + inside + END).encode("utf-8", errors="surrogatepass")

    found = plainly(PLAIN, content)

    assert found is None or found == outcome(LONG, content)


@pytest.mark.parametrize("name", sorted(FITTING))
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_allowed_plainly_only_where_the_schema_allows_it(name: str, text: str) -> None:
    before = "<percent>5</percent>" if NAMES.index(name) > NAMES.index("percent") else ""
    behind = "<percent>5</percent>" if NAMES.index(name) < NAMES.index("percent") else ""
    content = f"{HEAD}{before}<{name}>{text}</{name}>{behind}{END}".encode()

    found = plainly(PLAIN, content)

    assert found is None or found == outcome(LONG, content)


@pytest.mark.parametrize("text", TEXTS)
def test_a_number_without_a_sign_is_allowed_plainly_only_where_the_schema_allows_it(text: str) -> None:
    content = f"{HEAD}<percent>5</percent><port><id>a</id><speed>{text}</speed></port>{END}".encode()

    found = plainly(PLAIN, content)

    assert found is None or found == outcome(LONG, content)


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param("<percent>5</percent>", id="one element"),
        pytest.param("\n  <percent>5</percent>\n", id="blanks between elements"),
        pytest.param("<code>AB-12</code><percent>5</percent>", id="a pattern"),
        pytest.param("<code>X.z</code><percent>5</percent>", id="another pattern"),
        pytest.param("<short>a</short><short>&lt;&amp;</short><percent>5</percent>", id="a list, references"),
        pytest.param("<short>日本</short><percent>5</percent>", id="other scripts"),
        pytest.param("<exact>ab</exact><colour>dark blue</colour><warm>red</warm><percent>5</percent>", id="tokens"),
        pytest.param("<percent>5</percent><half>50</half><price>-1.5</price><level>1</level>", id="numbers"),
        pytest.param(f"<percent>5</percent><port>{PORTS[1]}</port>", id="types in each other, an empty element"),
        pytest.param("<percent>5</percent><right>true</right><more>1</more>", id="a choice"),
        pytest.param("<percent>5</percent><loose><one>1</one><two>2026-01-31</two></loose>", id="all of them"),
        pytest.param("<percent>5</percent>" + "<t:outer>a b</t:outer>" * 30, id="a list without end"),
    ],
)
def test_what_has_nothing_special_in_it_is_read_plainly(inside: str) -> None:
    content = (HEAD + inside + END).encode()

    assert plainly(PLAIN, content) is not None
    assert plainly(PLAIN, content) == outcome(LONG, content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(HEAD + ONE + "x", id="text behind it"),
        pytest.param(HEAD + ONE + "<x/>", id="an element behind it"),
        pytest.param(HEAD + ONE[:-1], id="cut short"),
        pytest.param(HEAD + "<code>AB-1</code>" + END, id="one that is needed is not there"),
        pytest.param(HEAD + END, id="nothing in it"),
        pytest.param(HEAD + "<percent>5", id="cut in a text"),
        pytest.param(HEAD + "<percent>5</percent>", id="cut between elements"),
        pytest.param(HEAD + "<percent>5</percent></t:AskResponse></s:Envelope></s:Body>", id="closed the wrong way"),
        pytest.param(HEAD + "<percent>5</s:Body>" + END, id="another end"),
        pytest.param(HEAD + "<percent>5<percent>5</percent></percent>" + END, id="an element in a value"),
        pytest.param(HEAD + "<percent<>5</percent>" + END, id="an odd mark"),
        pytest.param(HEAD + "<percent>5></percent<" + END, id="odd marks"),
        pytest.param(HEAD.replace("<s:Body>", "<s:Body>x") + ONE, id="text in the body"),
        pytest.param(HEAD.replace("?>", "?><!DOCTYPE a>") + ONE, id="a DOCTYPE"),
        pytest.param(HEAD.replace("AskResponse", "Ask") + ONE, id="another element"),
        pytest.param(HEAD.replace("urn:test:facets", "urn:else") + ONE, id="another namespace"),
        pytest.param(HEAD.replace("/envelope/", "/else/") + ONE, id="another envelope"),
        pytest.param(HEAD.replace("xmlns:t=", 'xmlns="urn:d" xmlns:t=') + ONE, id="a default"),
        pytest.param(HEAD.replace("xmlns:t=", 'a="1" xmlns:t=') + ONE, id="an attribute"),
        pytest.param(HEAD + "<percent>5</percent>\x01" + END, id="a character that XML has not"),
        pytest.param(HEAD + "<percent>5</percent>" + " " * 300_000 + END, id="a large one"),
        pytest.param("<a>Body", id="nearly nothing"),
        pytest.param("Body", id="no markup"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_special_or_wrong_is_not_read_plainly(content: str) -> None:
    assert plainly(PLAIN, content.encode()) is None


@pytest.mark.parametrize("charset", [None, "utf-8", "iso-8859-1"])
@pytest.mark.parametrize("declared", ["UTF-8", "ISO-8859-1", "windows-1252", "utf-16", "utf-7"])
@pytest.mark.parametrize("text", ["a", "é"])
def test_a_charset_is_heeded(charset: str | None, declared: str, text: str) -> None:
    content = (HEAD.replace("UTF-8", declared) + f"<short>{text}</short><percent>5</percent>" + END).encode()

    found = plainly(PLAIN, content, charset)

    if not declared.startswith("utf-"):
        assert (found is not None) == (text == "a" or (charset or declared).lower() == "utf-8")
    assert found is None or found == outcome(LONG, content, charset)


@pytest.mark.parametrize(
    "header", ["", "<s:Header/>", '<s:Header><t:outer xmlns:t="urn:test:facets">a</t:outer></s:Header>']
)
def test_a_header_with_something_in_it_is_not_passed_over(header: str) -> None:
    content = (HEAD.replace("<s:Body>", f"{header}<s:Body>") + ONE).encode()

    assert (plainly(PLAIN, content) is not None) == ("outer" not in header)


def test_prefixes_may_be_any() -> None:
    content = HEAD + "<percent>5</percent><t:outer>a</t:outer><u:outer>b</u:outer>" + END
    declared = content.replace("xmlns:t=", 'xmlns:u="urn:test:facets" xmlns:t=')

    assert plainly(PLAIN, content.encode()) is None
    assert plainly(PLAIN, declared.encode()) == outcome(LONG, declared.encode()) is not None


def test_beginnings_that_are_always_new_are_not_all_remembered() -> None:
    reader = plain_reader(SYSTEM.wsdl.version, SYSTEM.wsdl.exchange("Ask").reply, SYSTEM.wsdl.declarations)
    assert reader is not None
    for number in range(100):
        reader.read((HEAD.replace("xmlns:t=", f'xmlns:u{number}="u" xmlns:t=') + ONE).encode(), None)

    assert len(reader._beginnings) <= 32


def test_a_beginning_without_an_end_is_not_remembered() -> None:
    reader = plain_reader(SYSTEM.wsdl.version, SYSTEM.wsdl.exchange("Ask").reply, SYSTEM.wsdl.declarations)
    assert reader is not None
    blank = " " * 10_000
    for content in (
        HEAD.replace(" xmlns:t", f"{blank}xmlns:t") + ONE,
        f"<a{blank}>",
        f"<Body{blank}",
        blank + HEAD + ONE,
    ):
        assert reader.read(content.encode(), None) is None

    assert sum(len(content) for content, _ in reader._beginnings) < 10_000


def check(system: SoapSystem, name: str, data: st.DataObject) -> None:
    """A reply of the operation, and one with a piece of it gone, twice there, or changed."""
    operation, long = ask(system, name), without(ask(system, name))
    if operation._plain is None:
        return
    exchange = reply_as_request(system, name)
    value = data.draw(message_values(exchange.reply))
    text = etree.tostring(written(compiled(system, exchange), system, value).closed(), encoding="unicode")
    pieces = re.findall(r"<[^>]*>[^<]*", text)
    at, other = data.draw(st.integers(3, len(pieces) - 1)), data.draw(st.integers(3, len(pieces) - 1))
    changed = [*pieces]
    match data.draw(st.sampled_from(["same", "gone", "twice", "swapped", "text"])):
        case "gone":
            del changed[at]
        case "twice":
            changed.insert(other, pieces[at])
        case "swapped":
            changed[at], changed[other] = changed[other], changed[at]
        case "text":
            changed[at] = changed[at].partition(">")[0] + ">" + data.draw(st.sampled_from(TEXTS))
    content = "".join(changed).encode("utf-8", errors="replace")
    found = plainly(operation, content)
    assert found is None or found == outcome(long, content)


@pytest.mark.parametrize(("name", "operation"), USABLE)
def test_every_kind_of_reply_is_read_the_same(name: str, operation: str) -> None:
    @settings(max_examples=2 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        check(SYSTEMS[name], operation, data)

    holds()


@settings(
    max_examples=6 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.integers(0, 119), st.data())
def test_replies_of_a_large_wsdl_are_read_the_same(number: int, data: st.DataObject) -> None:
    check(large(), f"Ask{number}", data)


def test_what_is_protected_is_read_the_long_way() -> None:
    options = SoapOptions(wsdl=WSDL_FOLDER / "facets.wsdl", ws_addressing=WsAddressing())

    assert ask(SoapSystem("facets", options), "Ask")._plain is None


def test_a_wsdl_whose_schema_is_not_checked_is_read_the_long_way() -> None:
    options = SoapOptions(wsdl=WSDL_FOLDER / "facets.wsdl", schema_check=False)

    assert ask(SoapSystem("facets", options), "Ask")._plain is None
