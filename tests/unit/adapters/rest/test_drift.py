"""Today's OpenAPI file against the stored one: changes of what is used are told, what only looks different is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from aiohttp import web

from adapters.base import Checked, CheckOutcome
from adapters.rest import RestStep
from tests.support.http_server import http_server
from tests.unit.adapters.rest.services import OPENAPI, system

TYPES = OPENAPI.parent / "common" / "types.yaml"
NAMES = {"planning.yaml": OPENAPI, "common/types.yaml": TYPES}


async def checked(
    today: Mapping[str, str], *, live: bool = True, has_url: bool = True, seconds: float = 10.0
) -> Sequence[Checked]:
    """What is told where the system gives these files; one that is missing is not found."""
    async with http_server() as server:

        async def answer(request: web.Request) -> web.Response:
            name = request.path.removeprefix("/api/")
            return web.Response(text=today[name]) if name in today else web.Response(status=404)

        server.answer = answer
        url = {"openapi_url": f"{server.url}/api/planning.yaml"} if has_url else {}
        made = system(endpoint=server.url, openapi=OPENAPI, **url)
        made.operation(RestStep.model_validate({"operation": "checkAvailability"}))
        await made.open()
        try:
            lines = await made.check(live=live, timeout=seconds)
        finally:
            await made.close()
        assert {one.method for one in server.asked} <= {"GET"}
        assert live or not server.asked
        return lines


def changed(before: str = "", after: str = "", file: str = "planning.yaml") -> dict[str, str]:
    texts = {name: path.read_text(encoding="utf-8") for name, path in NAMES.items()}
    assert before in texts[file]
    return texts | {file: texts[file].replace(before, after)}


@pytest.mark.parametrize(("live", "has_url", "told"), [(False, True, 1), (True, False, 2)])
async def test_nothing_is_fetched_unless_that_is_wanted_and_said(live: bool, has_url: bool, told: int) -> None:
    lines = await checked(changed(), live=live, has_url=has_url)

    assert [line.outcome for line in lines] == [CheckOutcome.OK, CheckOutcome.NOT_CHECKED][:told]


@pytest.mark.parametrize(
    ("today", "words"),
    [
        pytest.param(changed(), "as stored (3 operations)", id="the same"),
        pytest.param(changed("title: Planning", "title: Plans"), "as stored (3", id="another title"),
        pytest.param(changed("https://planning.example/api", "https://moved.example"), "as stored (3", id="address"),
        pytest.param(changed("note: {type: string", "note: {type: integer"), "for what is used", id="not used"),
        pytest.param(changed("  /search:", "  /find: {get: {responses: {}}}\n  /search:"), "new: GET /find", id="new"),
    ],
)
async def test_what_means_the_same_is_no_drift(today: dict[str, str], words: str) -> None:
    lines = await checked(today)

    assert [line.outcome for line in lines] == [CheckOutcome.OK, CheckOutcome.OK]
    assert words in lines[1].text


USED = "GET /sites/{site}/availability"


@pytest.mark.parametrize(
    ("today", "told"),
    [
        pytest.param(changed("/sites/{site}/availability:", "/places/{site}:"), "it is gone", id="gone"),
        pytest.param(changed("name: mbps, ", "name: speed, "), "query/mbps is gone", id="a parameter"),
        pytest.param(
            changed("name: options, in: query,", "name: options, in: query, required: true,"),
            "query/options is needed now",
            id="needed",
        ),
        pytest.param(changed("maxLength: 20}", "format: uuid}"), "path/site is of another format", id="format"),
        pytest.param(changed("fibre, copper, no", "fibre, no"), "other values: without copper", id="values"),
        pytest.param(
            changed("        204: {description: nothing known}\n", ""), "the reply 204 is gone", id="a status"
        ),
        pytest.param(
            changed(
                'application/json:\n              schema: {$ref: "common',
                'application/xml:\n              schema: {$ref: "common',
            ),
            "reply 200: JSON is gone",
            id="a format",
        ),
        pytest.param(changed("status:", "state:", "common/types.yaml"), "reply 200: status is gone", id="in a reply"),
    ],
)
async def test_a_change_of_what_is_used_is_told(today: dict[str, str], told: str) -> None:
    lines = await checked(today)

    assert [line.outcome for line in lines[1:]] == [CheckOutcome.DRIFT, CheckOutcome.DRIFT]
    assert lines[2].subject == f"operation {USED}"
    assert told in lines[2].text


BOMB = "openapi: 3.0.3\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("today", "words"),
    [
        pytest.param({}, "HTTP 404", id="not there"),
        pytest.param({"planning.yaml": OPENAPI.read_text()}, "common/types.yaml cannot be read: HTTP 404", id="half"),
        pytest.param({"planning.yaml": "<html>"}, "is no object", id="html"),
        pytest.param({"planning.yaml": "a: ["}, "neither YAML nor JSON", id="no yaml"),
        pytest.param({"planning.yaml": "swagger: '2.0'"}, "today's file cannot be used", id="an older one"),
        pytest.param({"planning.yaml": BOMB}, "aliases", id="a bomb"),
        pytest.param({"planning.yaml": "a: " + "[" * 500 + "]" * 500}, "levels", id="deep"),
        pytest.param(changed("common/types.yaml#", "../../../etc/passwd#"), "outside of its folder", id="upwards"),
        pytest.param(changed("common/types.yaml#", "http://127.0.0.1:9/x#"), "outside of its folder", id="elsewhere"),
        pytest.param(changed("common/types.yaml#", "/etc/passwd#"), "outside of its folder", id="absolute"),
    ],
)
async def test_what_cannot_be_read_is_told_and_is_no_drift(today: dict[str, str], words: str) -> None:
    lines = await checked(today)

    assert [line.outcome for line in lines] == [CheckOutcome.OK, CheckOutcome.NOT_CHECKED]
    assert words in lines[1].text
