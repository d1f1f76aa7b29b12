"""What comes back: an agreed reply, a fault with its codes, or no answer."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.base import AdapterConfigurationError, Cause, NoAnswer, SystemFault
from tests.unit.adapters.rest.services import OPENAPI, prepared, service

PLAIN = {"path": "/x"}
XML = {"path": "/x", "format": "xml"}


async def value(content: str | bytes, step: dict[str, Any] | None = None, status: int = 200, **headers: str) -> Any:
    """What a step makes of an answer; by the OpenAPI file if there is no step."""
    async with service(step) as asked:
        asked.server.says(content, status=status, **headers)
        return (await asked.ask({} if step is not None else None)).value


async def refused(
    content: str | bytes, step: dict[str, Any] | None = None, status: int = 200, **headers: str
) -> NoAnswer:
    async with service(step, max_reply="64 KiB") as asked:
        asked.server.says(content, status=status, **headers)
        with pytest.raises(NoAnswer) as raised:
            await asked.ask({} if step is not None else None)
    assert len(asked.server.asked) == 1
    assert raised.value.text.startswith("planning")
    return raised.value


async def test_json_is_read_exactly() -> None:
    said = '{"a": 1, "b": 0.10, "c": 1e2, "d": [true, null], "e": "\\u00e9", "f": 12345678901234567890}'

    found = await value(said, PLAIN)

    assert found == {
        "a": 1,
        "b": Decimal("0.10"),
        "c": Decimal(100),
        "d": [True, None],
        "e": "é",
        "f": 12345678901234567890,
    }
    assert isinstance(found["b"], Decimal)


async def test_a_list_may_stand_at_the_top() -> None:
    assert await value('[{"a": 1}]', PLAIN) == [{"a": 1}]


@pytest.mark.parametrize("media_type", ["application/json", "application/vnd.x+json; charset=UTF-8", "text/json"])
async def test_json_has_several_names(media_type: str) -> None:
    assert await value('{"a": 1}', PLAIN, Content_Type=media_type) == {"a": 1}


async def test_an_empty_success_has_no_members() -> None:
    assert await value("", PLAIN, status=204, Content_Type="") == {}


UNREADABLE = [
    pytest.param("", {}, "empty body", id="empty"),
    pytest.param("<html>", {"Content_Type": "text/html"}, "text/html", id="html"),
    pytest.param("{}", {"Content_Type": ""}, "instead of JSON", id="no content type"),
    pytest.param("<a/>", {"Content_Type": "application/xml"}, "instead of JSON", id="xml"),
    pytest.param('{"a": 1', {}, "no JSON", id="truncated"),
    pytest.param('{"a": 1} x', {}, "no JSON", id="more after it"),
    pytest.param('{"a": 1, "a": 2}', {}, "'a' twice", id="a member twice"),
    pytest.param('{"a": NaN}', {}, "NaN", id="NaN"),
    pytest.param('{"a": -Infinity}', {}, "Infinity", id="infinity"),
    pytest.param('{"a": 1e999999999}', {}, "out of range", id="a huge number"),
    pytest.param('{"a": ' + "9" * 10_000 + "}", {}, "out of range", id="a long number"),
    pytest.param('{"a": "\\ud800"}', {}, "surrogate", id="a lone surrogate"),
    pytest.param("[" * 65 + "]" * 65, {}, "64 levels", id="deep"),
    pytest.param("[" * 20_000 + "]" * 20_000, {}, "64 levels", id="very deep"),
    pytest.param('{"a": "é"}'.encode("latin-1"), {}, "UTF-8", id="bytes of another charset"),
    pytest.param("{}", {"Content_Type": "application/json; charset=latin-1"}, "latin-1", id="another charset"),
    pytest.param('"yes"', {}, "an object or a list", id="a text at the top"),
    pytest.param("null", {}, "an object or a list", id="null at the top"),
]


@pytest.mark.parametrize(("content", "headers", "words"), UNREADABLE)
async def test_what_is_no_json_that_can_be_trusted_is_unreadable(
    content: str | bytes, headers: dict[str, str], words: str
) -> None:
    found = await refused(content, PLAIN, **headers)

    assert found.cause is Cause.UNREADABLE
    assert words in found.text


@pytest.mark.parametrize(
    ("status", "cause", "words"),
    [
        pytest.param(301, Cause.BROKEN, "redirects are not followed", id="301"),
        pytest.param(401, Cause.BROKEN, "credentials", id="401"),
        pytest.param(403, Cause.BROKEN, "credentials", id="403"),
        pytest.param(405, Cause.BROKEN, "HTTP 405", id="405"),
        pytest.param(415, Cause.BROKEN, "HTTP 415", id="415"),
        pytest.param(429, Cause.OVERLOADED, "HTTP 429", id="429"),
        pytest.param(500, Cause.BROKEN, "HTTP 500", id="500"),
        pytest.param(502, Cause.BROKEN, "HTTP 502", id="502"),
        pytest.param(503, Cause.OVERLOADED, "HTTP 503", id="503"),
        pytest.param(206, Cause.UNREADABLE, "HTTP 206", id="206"),
    ],
)
async def test_statuses_that_say_nothing_of_what_was_asked_are_no_answer(status: int, cause: Cause, words: str) -> None:
    found = await refused('{"a": 1}', PLAIN, status=status)

    assert found.cause is cause
    assert words in found.text


async def test_a_bomb_is_too_large() -> None:
    packed = gzip.compress(b'{"a": "' + b" " * 20_000_000 + b'"}')

    assert (await refused(packed, PLAIN, Content_Encoding="gzip")).cause is Cause.TOO_LARGE


# --- faults ----------------------------------------------------------------------------------------------------------


async def fault(content: str, status: int, media_type: str = "application/json", **options: Any) -> SystemFault:
    async with service(PLAIN, **options) as asked:
        asked.server.says(content, status=status, Content_Type=media_type)
        with pytest.raises(SystemFault) as raised:
            await asked.ask({})
    return raised.value


@pytest.mark.parametrize(
    ("status", "content", "media_type", "options", "codes"),
    [
        pytest.param(404, "", "", {}, ("404", "4xx"), id="the status alone"),
        pytest.param(404, "not here", "text/plain", {}, ("404", "4xx"), id="a plain text"),
        pytest.param(409, "{", "application/json", {}, ("409", "4xx"), id="a body that cannot be read"),
        pytest.param(
            422,
            '{"e": {"code": "X1"}}',
            "application/json",
            {"fault_code": "e/code"},
            ("X1", "422", "4xx"),
            id="a code",
        ),
        pytest.param(
            400,
            '{"errors": [{"code": "A"}, {"code": 7}]}',
            "application/problem+json",
            {"fault_code": "errors/code"},
            ("A", "7", "400", "4xx"),
            id="codes of a list",
        ),
        pytest.param(
            404, "<e><code>A</code></e>", "text/xml", {"fault_code": "code"}, ("A", "404", "4xx"), id="a code in XML"
        ),
        pytest.param(500, "{}", "application/json", {"fault_statuses": [500]}, ("500", "5xx"), id="500, if it is said"),
        pytest.param(403, "{}", "application/json", {"fault_statuses": [403]}, ("403", "4xx"), id="403, if it is said"),
    ],
)
async def test_a_status_by_which_the_system_says_no_is_a_fault_with_its_codes(
    status: int, content: str, media_type: str, options: dict[str, Any], codes: tuple[str, ...]
) -> None:
    assert (await fault(content, status, media_type, **options)).codes == codes


async def test_a_fault_says_what_the_system_says_of_it() -> None:
    assert (await fault('{"detail": "no such\\n site"}', 404)).text == "no such site"


@pytest.mark.parametrize("media_type", ["text/html", "application/xhtml+xml", "image/png"])
async def test_a_page_of_somebody_else_is_no_fault(media_type: str) -> None:
    found = await refused("<html>no route</html>", PLAIN, status=404, Content_Type=media_type)

    assert found.cause is Cause.BROKEN


# --- agreed replies --------------------------------------------------------------------------------------------------


async def test_declared_members_that_are_absent_are_null() -> None:
    found = await value('{"status": "yes", "lines": [{"id": 1}], "more": 1}')

    assert found == {
        "status": "yes",
        "price": None,
        "since": None,
        "lines": [{"id": 1, "medium": None}],
        "more": 1,
    }


async def test_a_declared_success_without_a_body_has_null_members() -> None:
    assert (await value("", status=204, Content_Type=""))["status"] is None


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        pytest.param("{}", 200, "status", id="a missing member"),
        pytest.param('{"status": "maybe"}', 200, "reply/status", id="not listed"),
        pytest.param('{"status": true}', 200, "reply/status", id="another type"),
        pytest.param('{"status": "yes", "lines": [{"id": "1"}]}', 200, "reply/lines/0/id", id="deep"),
        pytest.param('{"status": "yes", "lines": {}}', 200, "reply/lines", id="an object for a list"),
        pytest.param('{"status": "yes"}', 201, "HTTP 201, which the OpenAPI file does not know", id="another success"),
        pytest.param("", 200, "empty", id="empty"),
    ],
)
async def test_a_reply_that_was_not_agreed_is_unreadable(content: str, status: int, words: str) -> None:
    found = await refused(content, status=status)

    assert found.cause is Cause.UNREADABLE
    assert words in found.text


async def test_a_null_is_read_where_the_file_allows_it() -> None:
    assert (await value('{"status": "no", "price": null}'))["price"] is None


async def test_members_that_are_only_written_need_not_come_back() -> None:
    async with service({"operation": "reserve", "write": True}, openapi=OPENAPI) as asked:
        asked.server.says('{"id": "1", "site": "S", "note": null}', status=201)
        found = (await asked.ask({"body": {"site": "S", "note": "x"}})).value

    assert found["id"] == "1"
    assert asked.server.asked[0].headers["Connection"] == "close", "what changes something has a connection of its own"


async def test_a_fault_that_the_file_does_not_know_is_none() -> None:
    async with service({"operation": "search", "reads_only": True}, openapi=OPENAPI) as asked:
        asked.server.says("{}", status=404)
        with pytest.raises(NoAnswer, match="does not know"):
            await asked.ask({"body": {"site": "S", "note": None}})


async def test_a_fault_that_the_file_knows_by_its_class_or_by_default_is_one() -> None:
    async with service() as asked:
        asked.server.says("{}", status=409)
        with pytest.raises(SystemFault):
            await asked.ask()
    async with service({"operation": "reserve", "write": True}, openapi=OPENAPI) as asked:
        asked.server.says("{}", status=409)
        with pytest.raises(SystemFault):
            await asked.ask({"body": {"site": "S", "note": None}})


def test_lint_reads_the_reply_and_the_faults_of_the_file() -> None:
    contract = prepared({"operation": "checkAvailability"}, openapi=OPENAPI).contract

    assert contract.faults == ("404",)
    assert contract.reply["properties"]["status"]["enum"] == ["yes", "no"]
    assert contract.reply["properties"]["lines"]["items"]["properties"]["id"] == {"type": "integer"}


SCHEMA = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
}


async def test_a_step_may_say_itself_what_a_reply_looks_like() -> None:
    assert await value('{"a": 1}', {"path": "/x", "reply": SCHEMA}) == {"a": 1, "b": None}
    assert (await refused('{"b": "x"}', {"path": "/x", "reply": SCHEMA})).cause is Cause.UNREADABLE


async def test_the_schema_of_a_reply_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(SCHEMA))
    made = prepared({"path": "/x", "reply": "a.json"}, schemas=tmp_path)

    assert made.contract.reply["properties"]["a"] == {"type": "integer"}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param("absent.json", "No such file", id="absent"),
        pytest.param("../a.json", "not in the folder", id="elsewhere"),
        pytest.param("bad.json", "no JSON", id="no JSON"),
        pytest.param({"type": "strin"}, "schema of the reply is wrong", id="no schema"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_while_loading(tmp_path: Path, reply: Any, words: str) -> None:
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(AdapterConfigurationError, match=words):
        prepared({"path": "/x", "reply": reply}, schemas=tmp_path)


# --- XML -------------------------------------------------------------------------------------------------------------

TYPED = {
    "type": "object",
    "required": ["Reply"],
    "properties": {
        "Reply": {
            "type": "object",
            "properties": {
                "Count": {"type": "integer"},
                "Price": {"type": "number"},
                "Ok": {"type": "boolean"},
                "Line": {"type": "array", "items": {"type": "object", "properties": {"@id": {"type": "integer"}}}},
            },
        }
    },
}


async def xml(content: str | bytes, step: dict[str, Any], media_type: str = "application/xml") -> Any:
    return await value(content, step, Content_Type=media_type)


async def test_xml_is_read_by_local_names() -> None:
    said = '<r:Reply xmlns:r="urn:x" v="1"><r:Code> A </r:Code><!-- no --><Deep><B/></Deep></r:Reply>'

    assert await xml(said, XML) == {"Reply": {"@v": "1", "Code": "A", "Deep": {"B": ""}}}


async def test_xml_is_typed_by_a_schema() -> None:
    said = '<Reply><Count>7</Count><Price>1.50</Price><Ok>true</Ok><Line id="1"/></Reply>'

    assert await xml(said, XML | {"reply": TYPED}) == {
        "Reply": {"Count": 7, "Price": Decimal("1.50"), "Ok": True, "Line": [{"@id": 1}]}
    }


async def test_a_list_of_a_schema_is_a_list_however_many_come() -> None:
    assert (await xml("<Reply/>", XML | {"reply": TYPED}))["Reply"]["Line"] == []


@pytest.mark.parametrize(
    ("content", "step", "words"),
    [
        pytest.param("<R><A/><A/></R>", XML, "came twice", id="a list without a schema"),
        pytest.param("<R><Count>x</Count></R>", XML | {"reply": TYPED}, "Reply", id="another root"),
        pytest.param("<Reply><Count>x</Count></Reply>", XML | {"reply": TYPED}, "Reply/Count", id="no number"),
        pytest.param("<R><A></R>", XML, "well-formed", id="not well-formed"),
        pytest.param('<!DOCTYPE R [<!ENTITY a "b">]><R>&a;</R>', XML, "", id="a DTD"),
        pytest.param("<A>" * 100 + "</A>" * 100, XML, "64 levels", id="deep"),
        pytest.param("<R>é</R>".encode("latin-1"), XML, "well-formed", id="bytes of another charset"),
    ],
)
async def test_xml_that_cannot_be_trusted_is_unreadable(content: str | bytes, step: dict[str, Any], words: str) -> None:
    found = await refused(content, step, Content_Type="application/xml")

    assert found.cause is Cause.UNREADABLE
    assert words in found.text
