"""Headers of a reply: only those that a step names, as texts, and whatever is not as agreed is no answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from adapters.base import AdapterConfigurationError, Cause, NoAnswer
from adapters.rest import RestStep
from tests.support.http_server import HttpServer
from tests.unit.adapters.rest.services import prepared, service

PLAIN = {"path": "/x", "reply_headers": ["X-Lead-Days", "ETag"]}


async def value(step: dict[str, Any], says: Any, **options: Any) -> Any:
    async with service(step, **options) as asked:
        says(asked.server)
        return (await asked.ask({})).value


def saying(content: str = "{}", status: int = 200, **headers: str) -> Any:
    def says(server: HttpServer) -> None:
        server.says(content, status=status, **headers)

    return says


async def test_what_a_step_names_is_read_beside_its_members_and_nothing_else() -> None:
    found = await value(PLAIN, saying('{"a": 1}', x_lead_days="12", X_Other="1"))

    assert found == {"a": 1, "http_headers": {"X-Lead-Days": "12", "ETag": None}}


async def test_without_a_word_nothing_is_read() -> None:
    assert await value({"path": "/x"}, saying('{"a": 1}', X_Lead_Days="12")) == {"a": 1}


@pytest.mark.parametrize(
    ("step", "status"), [({**PLAIN}, 204), ({**PLAIN, "method": "HEAD"}, 200)], ids=["no content", "HEAD"]
)
async def test_a_reply_without_a_body_has_headers_too(step: dict[str, Any], status: int) -> None:
    found = await value(step, saying("", status, X_Lead_Days="12"))

    assert found == {"http_headers": {"X-Lead-Days": "12", "ETag": None}}


@pytest.mark.parametrize(
    ("says", "words"),
    [
        pytest.param(saying("[]", X_Lead_Days="1"), "is no object", id="a list"),
        pytest.param(saying('{"http_headers": 1}'), "is no object", id="a member of that name"),
        pytest.param(saying(X_Lead_Days="zw\u00f6lf"), "printable ASCII", id="other characters"),
    ],
)
async def test_what_cannot_be_read_is_no_answer(says: Any, words: str) -> None:
    with pytest.raises(NoAnswer, match=words) as raised:
        await value(PLAIN, says)

    assert raised.value.cause is Cause.UNREADABLE
    assert "zw" not in raised.value.text


def described(folder: Path, *replies: dict[str, Any], **schema: Any) -> dict[str, Any]:
    """A system whose OpenAPI file says these headers of 200, 201 and so on."""
    content = {"application/json": {"schema": schema or {"type": "object", "properties": {"a": {"type": "integer"}}}}}
    responses = {
        str(200 + number): {"description": "d", "headers": headers, "content": content}
        for number, headers in enumerate(replies)
    }
    operation = {"operationId": "x", "responses": responses}
    said = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/x": {"get": operation}}}
    (folder / "api.yaml").write_text(yaml.safe_dump(said))
    return {"openapi": folder / "api.yaml"}


DAYS = {"X-Days": {"required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
BY_FILE = {"operation": "x", "reply_headers": ["x-days"]}


async def test_by_an_openapi_file_a_header_is_what_that_says(tmp_path: Path) -> None:
    said = described(tmp_path, DAYS)
    assert await value(BY_FILE, saying(X_Days="12"), **said) == {"a": None, "http_headers": {"x-days": "12"}}
    with pytest.raises(NoAnswer, match="lacks the header x-days"):
        await value(BY_FILE, saying(), **said)
    with pytest.raises(NoAnswer, match="not what was agreed: x-days"):
        await value(BY_FILE, saying(X_Days="soon"), **said)


@pytest.mark.parametrize(
    ("replies", "required"), [([DAYS], ["x-days"]), ([DAYS, {}], []), ([{"X-Days": {}}], [])], ids=["all", "one", "no"]
)
def test_lint_knows_which_headers_there_are_and_which_may_be_missing(
    tmp_path: Path, replies: list[Any], required: list[str]
) -> None:
    reply = prepared(BY_FILE, **described(tmp_path, *replies)).contract.reply

    headers = reply["properties"]["http_headers"]
    assert headers["properties"] == {"x-days": {"type": "string"}}
    assert (headers["required"], reply["required"]) == (required, ["http_headers"])
    assert not reply.get("additionalProperties")


def test_of_a_reply_of_which_nothing_is_known_lint_knows_the_headers_alone() -> None:
    reply = prepared(PLAIN).contract.reply

    assert [*reply["properties"]] == ["http_headers"]
    assert reply["additionalProperties"] is True


@pytest.mark.parametrize(
    ("step", "schema", "words"),
    [
        pytest.param({"reply_headers": ["X-Day"]}, {}, "declares no X-Day: there are X-Days", id="not declared"),
        pytest.param({}, {"type": "array", "items": {}}, "is a list", id="a list"),
        pytest.param(
            {}, {"type": "object", "properties": {"http_headers": {}}}, "of its own", id="a member of that name"
        ),
    ],
)
def test_what_can_never_be_read_is_refused_when_loaded(
    tmp_path: Path, step: dict[str, Any], schema: dict[str, Any], words: str
) -> None:
    with pytest.raises(AdapterConfigurationError, match=words):
        prepared(BY_FILE | step, **described(tmp_path, DAYS, **schema))


@pytest.mark.parametrize("names", [["Set-Cookie"], ["WWW-Authenticate"], ["a", "A"], ["no header"], ["a\n"]])
def test_cookies_and_credentials_are_not_read(names: list[str]) -> None:
    with pytest.raises(ValidationError):
        RestStep.model_validate({"path": "/x", "reply_headers": names})
