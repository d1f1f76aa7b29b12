"""One assertion for every error of the API, written from the standard and not from the program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse

CODES = {
    400: {"missingQueryParameter", "missingQueryValue", "invalidQuery", "invalidBody"},
    401: {"missingCredentials", "invalidCredentials"},
    403: {"accessDenied", "forbiddenRequester", "tooManyUsers"},
    404: {"notFound"},
    422: {
        "missingProperty",
        "invalidValue",
        "invalidFormat",
        "referenceNotFound",
        "unexpectedProperty",
        "tooManyRecords",
        "otherIssue",
    },
    500: {"internalError"},
    501: {"notImplemented"},
}
"""Other statuses have the plain Error, without a code."""

LEAKS = ("Traceback", "aiohttp", "Python", "sqlite", "SELECT", "gateway/", "File ")


@dataclass(frozen=True)
class Answer:
    """A response that has been read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.body)

    @classmethod
    async def of(cls, response: ClientResponse) -> Answer:
        return cls(response.status, response.headers, await response.read())


async def assert_standard_error(
    response: ClientResponse | Answer, status: int, code: str | None = None
) -> list[dict[str, Any]]:
    """The response is the standard's error of this status, and of this code if one is given. Gives its entries."""
    answer = response if isinstance(response, Answer) else await Answer.of(response)
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    assert answer.headers["X-Request-Id"]
    for leak in LEAKS:
        assert leak.encode() not in answer.body
        assert leak not in answer.headers.get("Server", "")
    entries = _entries(json.loads(answer.body), status)
    for entry in entries:
        _assert_entry(entry, status)
    if code is not None:
        assert [entry["code"] for entry in entries] == [code] * len(entries)
    return entries


def _entries(document: Any, status: int) -> list[dict[str, Any]]:
    if status == 422:
        assert isinstance(document, list)
        assert document
        return document
    assert isinstance(document, dict)
    return [document]


def _assert_entry(entry: dict[str, Any], status: int) -> None:
    members = {"reason", "message", "referenceError"}
    if status in CODES:
        assert entry["code"] in CODES[status]
        members.add("code")
    if status == 422:
        members.add("propertyPath")
        assert entry.get("propertyPath", "/").startswith("/")
    assert set(entry) <= members
    assert all(isinstance(value, str) for value in entry.values())
    assert 0 < len(entry["reason"]) <= 255
