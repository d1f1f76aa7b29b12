"""What goes out: values where they belong, nothing that leaves its place, nothing that the contract does not allow."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError

from adapters.base import AdapterConfigurationError, BadArguments
from adapters.rest import RestStep
from tests.unit.adapters.rest.services import OPENAPI, prepared, service

LINES = prepared({"path": "/sites/{site}/lines"})
SEARCH = prepared({"path": "/search", "method": "POST", "reads_only": True})


def target(arguments: dict[str, Any]) -> str:
    return LINES.render(arguments).split("\n")[0].removeprefix("GET http://x/base")


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        pytest.param("S-1", "S-1", id="text"),
        pytest.param("KFKA/123456//ATI", "KFKA%2F123456%2F%2FATI", id="a circuit's id with slashes"),
        pytest.param("a b?c=d&e#f%41", "a%20b%3Fc%3Dd%26e%23f%2541", id="what means something in an address"),
        pytest.param("Köln", "K%C3%B6ln", id="umlaut"),
        pytest.param(7, "7", id="number"),
        pytest.param(Decimal("1E+3"), "1000", id="decimal without an exponent"),
        pytest.param(True, "true", id="boolean"),
        pytest.param(date(2026, 1, 31), "2026-01-31", id="date"),
        pytest.param(["a", "b"], "a%2Cb", id="list"),
    ],
)
def test_a_value_of_the_path_is_one_segment(value: Any, segment: str) -> None:
    assert target({"path": {"site": value}}) == f"/sites/{segment}/lines"


@pytest.mark.parametrize("value", ["", ".", "..", "../x", "a/../b", "..\\x", "x/..", "a\x00b", "a\nb", None, {"a": 1}])
def test_a_value_that_would_leave_its_place_is_refused(value: Any) -> None:
    with pytest.raises(BadArguments, match="path/site"):
        LINES.render({"path": {"site": value}})


@given(st.text(max_size=20))
def test_no_value_gets_out_of_its_segment(value: str) -> None:
    try:
        said = target({"path": {"site": value}})
    except BadArguments:
        return
    _, sites, segment, lines = urlsplit(said).path.split("/")
    assert (sites, lines) == ("sites", "lines")
    assert unquote(segment) == value
    assert segment not in ("", ".", "..")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        pytest.param({"a": 1, "b": "x y&z"}, "?a=1&b=x%20y%26z", id="values"),
        pytest.param({"a": None}, "", id="null"),
        pytest.param({"a": ["x", "y"]}, "?a=x&a=y", id="list"),
        pytest.param({"a b": False}, "?a%20b=false", id="name"),
        pytest.param({"a": 0.1}, "?a=0.1", id="fraction"),
        pytest.param({}, "", id="nothing"),
    ],
)
def test_the_query(query: dict[str, Any], said: str) -> None:
    assert target({"path": {"site": "S"}, "query": query}) == f"/sites/S/lines{said}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param({}, "path/site: missing", id="a missing value"),
        pytest.param({"path": {"site": "S", "x": 1}}, "path/x: not known", id="an unknown value"),
        pytest.param({"path": "S"}, "path: an object", id="no object"),
        pytest.param({"path": {"site": "S"}, "more": {}}, "more: not known", id="an unknown place"),
        pytest.param({"path": {"site": "S"}, "query": {"a": {"b": 1}}}, "query/a: a text", id="an object in the query"),
        pytest.param({"path": {"site": "S"}, "query": {"a": float("nan")}}, "query/a", id="no number"),
        pytest.param({"path": {"site": "S"}, "body": {}}, "body: GET is sent without one", id="a body with GET"),
        pytest.param({"path": {"site": "S"}, "headers": {"a": "x\r\ny"}}, "headers/a", id="a header in a header"),
        pytest.param({"path": {"site": "S"}, "headers": {"a:b": "x"}}, "headers/a:b", id="no header's name"),
        pytest.param({"path": {"site": "S"}, "headers": {"Host": "x"}}, "headers/Host", id="a header that is ours"),
        pytest.param({"path": {"site": "S"}, "headers": {"X": "ä"}}, "headers/X", id="a header beyond ASCII"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_path(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(BadArguments, match=words):
        LINES.render(arguments)


def test_a_request_is_shown_as_it_is_sent() -> None:
    shown = SEARCH.render(
        {"query": {"q": "a"}, "headers": {"X-Area": "N"}, "body": {"site": "S-1", "mbps": Decimal("1.50")}}
    )

    assert shown.split("\n") == [
        "POST http://x/base/search?q=a",
        "Accept: application/json",
        "Content-Type: application/json",
        "X-Area: N",
        "",
        "{",
        '  "site": "S-1",',
        '  "mbps": 1.50',
        "}",
    ]


async def test_what_is_shown_is_what_goes_out() -> None:
    arguments = {"query": {"q": "a b"}, "headers": {"X-Area": "N"}, "body": {"site": "Köln", "list": [1, None]}}
    async with service({"path": "/search", "method": "POST", "reads_only": True}) as asked:
        asked.server.says("{}")
        await asked.ask(arguments)
        shown = asked.operation.render(arguments)

    (sent,) = asked.server.asked
    head, _, body = shown.partition("\n\n")
    assert head.split("\n")[0] == f"{sent.method} {asked.server.url}{sent.target}"
    for line in head.split("\n")[1:]:
        name, _, value = line.partition(": ")
        assert sent.headers[name] == value
    assert json.loads(body) == json.loads(sent.body)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"a": Decimal("0.1234567890123456789")}, '{"a": 0.1234567890123456789}', id="all digits"),
        pytest.param({"a": Decimal("1E+3")}, '{"a": 1000}', id="no exponent"),
        pytest.param({"a": None, "b": [None]}, '{"b": [null]}', id="a null member is left out"),
        pytest.param({"a": date(2026, 1, 31)}, '{"a": "2026-01-31"}', id="date"),
        pytest.param({"a": 'x"\u2028é'}, '{"a": "x\\"\u2028é"}', id="text"),
        pytest.param([], "[]", id="an empty list"),
        pytest.param({}, "{}", id="an empty object"),
    ],
)
async def test_json_is_exact(value: Any, text: str) -> None:
    async with service({"path": "/search", "method": "POST", "reads_only": True}) as asked:
        asked.server.says("{}")
        await asked.ask({"body": value})

    assert asked.server.asked[0].body.decode() == text


@pytest.mark.parametrize("value", [float("inf"), Decimal("NaN"), {1, 2}, b"x", "\ud800"], ids=repr)
def test_what_json_cannot_carry_is_refused(value: Any) -> None:
    with pytest.raises(BadArguments, match="body/a"):
        SEARCH.render({"body": {"a": value}})


def test_xml_is_made_of_members() -> None:
    asking = prepared({"path": "/check", "method": "POST", "reads_only": True, "format": "xml"})
    body = {
        "Request": {
            "@xmlns": "urn:x",
            "@id": 7,
            "Site": "a <b> & c",
            "None": None,
            "Line": [{"Id": 1}, {"Id": 2, "Own": {"@xmlns": "urn:y", "Deep": True}}],
            "Price": {"@currency": "USD", "#text": Decimal("1E+2")},
        }
    }

    head, _, shown = asking.render({"body": body}).partition("\n\n")

    assert "Content-Type: application/xml; charset=utf-8" in head
    expected = (
        '<Request xmlns="urn:x" id="7"><Site>a &lt;b&gt; &amp; c</Site><Line><Id>1</Id></Line>'
        '<Line><Id>2</Id><Own xmlns="urn:y"><Deep>true</Deep></Own></Line><Price currency="USD">100</Price></Request>'
    )
    assert etree.tostring(etree.fromstring(shown, etree.XMLParser(remove_blank_text=True))).decode() == expected


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param({"a": 1, "b": 2}, "one root element", id="two roots"),
        pytest.param("text", "one root element", id="no root"),
        pytest.param({"a b": 1}, "body/a b", id="no name"),
        pytest.param({"a": "\x00"}, "body/a", id="a character that XML cannot carry"),
        pytest.param({"a": {"b": {1, 2}}}, "body/a/b", id="a set"),
    ],
)
def test_what_xml_cannot_carry_is_refused(body: Any, words: str) -> None:
    asking = prepared({"path": "/check", "method": "POST", "reads_only": True, "format": "xml"})
    with pytest.raises(BadArguments, match=words):
        asking.render({"body": body})


@pytest.mark.parametrize(
    ("step", "words"),
    [
        pytest.param({}, "say 'path'", id="nothing"),
        pytest.param({"path": "/a", "operation": "b"}, "say 'path'", id="both"),
        pytest.param({"operation": "b", "method": "GET"}, "leave 'method' out", id="a method too many"),
        pytest.param({"path": "/a", "method": "POST"}, "say 'write: true', or 'reads_only: true'", id="a bare POST"),
        pytest.param({"path": "/a", "method": "DELETE"}, "say 'write: true'", id="a bare DELETE"),
        pytest.param({"path": "/a", "method": "PUT", "write": True, "reads_only": True}, "exclude", id="both words"),
        pytest.param({"path": "a"}, "path", id="no slash"),
        pytest.param({"path": "/a?b=c"}, "path", id="a query in the path"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(step: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        RestStep.model_validate(step)


@pytest.mark.parametrize("path", ["/a/{", "/a/{b c}", "/{a}/{a}", "/a/../b", "/./a"])
def test_a_path_that_makes_no_sense_is_refused_while_loading(path: str) -> None:
    with pytest.raises((AdapterConfigurationError, ValidationError)):
        prepared({"path": path})


def test_the_contract_of_a_step_says_its_places() -> None:
    places = LINES.contract.arguments["properties"]

    assert list(places) == ["path", "query", "headers"]
    assert places["path"]["required"] == ["site"]
    assert LINES.contract.arguments["required"] == ["path"]


# --- by an OpenAPI file ----------------------------------------------------------------------------------------------


def described(operation: str, **step: Any) -> Any:
    return prepared({"operation": operation, **step}, openapi=OPENAPI)


def test_an_operation_is_found_by_its_id_or_by_its_path() -> None:
    by_path = prepared({"path": "/sites/{site}/availability"}, openapi=OPENAPI)

    assert by_path.contract == described("checkAvailability").contract


def test_the_first_server_is_the_endpoint_where_none_is_said() -> None:
    made = prepared({"operation": "checkAvailability"}, openapi=OPENAPI, endpoint=None)

    assert made.render({"path": {"site": "S"}, "query": {"mbps": 2}}).startswith(
        "GET https://planning.example/api/sites/S/"
    )


def test_parameters_go_out_as_the_file_says() -> None:
    query = {"mbps": 2, "options": ["fibre", "no"], "tags": ["a", "b"]}
    shown = described("checkAvailability").render({"path": {"site": "S"}, "query": query, "headers": {"X-Area": "N"}})

    assert shown.split("\n")[0].endswith("/availability?mbps=2&options=fibre&options=no&tags=a%2Cb")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param({"path": {"site": "S"}}, "query/mbps: missing", id="a missing parameter"),
        pytest.param({"path": {"site": "S"}, "query": {"mbps": 1}}, "query/mbps", id="exclusive minimum of 3.0"),
        pytest.param({"path": {"site": "S"}, "query": {"mbps": "10"}}, "query/mbps", id="a text for a number"),
        pytest.param({"path": {"site": "x" * 21}, "query": {"mbps": 2}}, "path/site", id="a text that is too long"),
        pytest.param({"path": {"site": "S"}, "query": {"mbps": 2, "x": 1}}, "query/x: not known", id="unknown"),
        pytest.param({"path": {"site": "S"}, "query": {"mbps": 2, "options": ["x"]}}, "options", id="not listed"),
    ],
)
def test_parameters_are_held_against_the_file(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(BadArguments, match=words):
        described("checkAvailability").render(arguments)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(None, "body: missing", id="no body"),
        pytest.param({"note": "x"}, "site", id="a missing member"),
        pytest.param({"site": "S", "note": 1}, "body/note", id="another type"),
        pytest.param({"site": "S", "note": None, "kind": "c"}, "body/kind", id="not listed"),
        pytest.param({"site": "S", "note": None, "parts": [{"site": 1, "note": None}]}, "body/parts/0", id="deep"),
    ],
)
def test_the_body_is_held_against_the_file(body: Any, words: str) -> None:
    with pytest.raises(BadArguments, match=words):
        described("reserve", write=True).render({"body": body})


def test_a_null_that_the_file_wants_is_sent() -> None:
    shown = described("reserve", write=True).render({"body": {"site": "S", "note": None, "kind": None, "secret": "x"}})

    assert json.loads(shown.partition("\n\n")[2]) == {"site": "S", "note": None, "secret": "x"}


def test_lint_reads_the_places_and_members_of_the_file() -> None:
    arguments = described("reserve", write=True).contract.arguments

    body = arguments["properties"]["body"]
    assert arguments["required"] == ["body"]
    assert set(body["properties"]) == {"site", "secret", "note", "kind", "parts"}
    assert body["required"] == ["site", "note"]
    assert body["properties"]["note"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert body["properties"]["parts"]["items"] == {}, "what contains itself is left open"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        pytest.param({"operation": "checkAvailabilty"}, "did you mean 'checkAvailability'", id="a typing error"),
        pytest.param({"path": "/sites/{id}/availability"}, "did you mean 'GET /sites/", id="another path"),
        pytest.param({"operation": "reserve"}, "say 'write: true', or 'reads_only: true'", id="a bare POST"),
        pytest.param({"operation": "checkAvailability", "reply": {}}, "leave 'reply' out", id="two contracts"),
        pytest.param({"operation": "reserve", "write": True, "format": "xml"}, "takes no XML", id="another format"),
    ],
)
def test_a_step_that_does_not_fit_the_file_is_refused_while_loading(step: dict[str, Any], words: str) -> None:
    with pytest.raises(AdapterConfigurationError, match=words):
        prepared(step, openapi=OPENAPI)


def test_an_operation_without_a_file_is_refused() -> None:
    with pytest.raises(AdapterConfigurationError, match="the system has none"):
        prepared({"operation": "x"})
