"""POSTs that come again, over HTTP: by an Idempotency-Key, by their content, at the same time, to two gateways."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import postgres_database
from tests.support.deferring import is_final, seen
from tests.support.gateways import POQ, SONATA, Running, configuration, running
from tests.support.requests import deferred_request, valid_request

MAPPING = """
mapping: generic
version: 1
for: {product: any}
answer:
  - otherwise: {red: Not offered here}
"""


def settings(**responses: Any) -> dict[str, Any]:
    return configuration(
        products={"unknown_types": "accept"}, buyers=[{"id": "buyer-1"}, {"id": "buyer-2"}], responses=responses
    )


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path, settings(), {"generic": MAPPING}) as started:
        yield started


async def post(gateway: Running, body: Any, key: str | None = None, *, buyer: str = "buyer-1") -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json"} | ({} if key is None else {"Idempotency-Key": key})
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = f"{gateway.url}{SONATA}{POQ}?buyerId={buyer}"
    async with gateway.session.post(url, data=data, headers=headers) as response:
        return response.status, await response.read()


async def stored(gateway: Running, buyer: str = "buyer-1") -> int:
    async with gateway.session.get(f"{gateway.url}{SONATA}{POQ}?buyerId={buyer}") as response:
        return len(await response.json())


async def test_the_same_key_brings_the_same_answer_and_no_second_poq(gateway: Running) -> None:
    first = await post(gateway, valid_request(), '"order-17"')
    second = await post(gateway, valid_request(), "order-17")

    assert first[0] == 201
    assert second == first
    assert await stored(gateway) == 1


async def test_a_deferred_poq_is_still_acknowledged_when_the_key_comes_again(gateway: Running) -> None:
    request = deferred_request()
    first = await post(gateway, request, "order-18")
    assert json.loads(first[1])["state"] == "acknowledged"
    await seen(gateway, json.loads(first[1]), is_final, buyer="buyer-1")

    assert await post(gateway, request, "order-18") == first


async def test_without_a_key_every_post_is_a_new_poq(gateway: Running) -> None:
    answers = [await post(gateway, valid_request()) for _ in range(2)]

    assert answers[0] != answers[1]
    assert await stored(gateway) == 2


async def test_a_key_says_nothing_about_the_spelling_of_a_body(gateway: Running) -> None:
    request = valid_request()
    turned = json.dumps(dict(reversed(request.items())), indent=3).encode()

    assert await post(gateway, turned, "order-19") == await post(gateway, request, "order-19")


async def test_a_key_with_another_body_is_refused(gateway: Running) -> None:
    await post(gateway, valid_request(), "order-20")

    status, body = await post(gateway, valid_request() | {"projectId": "another"}, "order-20")

    assert (status, [one["code"] for one in json.loads(body)]) == (422, ["otherIssue"])
    assert await stored(gateway) == 1


async def test_a_key_is_its_buyers_own(gateway: Running) -> None:
    first = await post(gateway, valid_request(), "order-21")
    other = await post(gateway, valid_request(), "order-21", buyer="buyer-2")

    assert json.loads(first[1])["id"] != json.loads(other[1])["id"]
    assert await stored(gateway, "buyer-2") == 1


async def test_what_was_refused_may_be_tried_again_with_the_same_key(gateway: Running) -> None:
    refused = await post(gateway, valid_request() | {"instantSyncQualification": "yes"}, "order-22")
    answered = await post(gateway, valid_request(), "order-22")

    assert (refused[0], answered[0]) == (422, 201)


@pytest.mark.parametrize("key", ["", '""', "a b", "é", '"a', "x" * 256])
async def test_a_key_that_is_none_is_refused(gateway: Running, key: str) -> None:
    status, body = await post(gateway, valid_request(), key)

    assert (status, json.loads(body)["code"]) == (400, "invalidBody")


async def test_many_at_the_same_time_are_one_poq(gateway: Running) -> None:
    answers = await asyncio.gather(*(post(gateway, valid_request(), "order-23") for _ in range(50)))

    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert await stored(gateway) == 1


@pytest.mark.parametrize(
    ("policy", "statuses", "kept"), [("allow", 201, 2), ("return_existing", 201, 1), ("reject", 422, 1)]
)
async def test_what_becomes_of_the_same_content_without_a_key(
    tmp_path: Path, policy: str, statuses: int, kept: int
) -> None:
    async with running(tmp_path, settings(duplicates=policy), {"generic": MAPPING}) as gateway:
        first = await post(gateway, valid_request())
        second = await post(gateway, valid_request())
        another = await post(gateway, valid_request() | {"projectId": "another"})

        assert (first[0], second[0], another[0]) == (201, statuses, 201)
        assert (second == first) is (policy == "return_existing")
        assert await stored(gateway) == kept + 1


@pytest.mark.server
async def test_two_gateways_on_one_store_keep_one_poq(tmp_path: Path) -> None:
    async with AsyncExitStack() as opened:
        url = await opened.enter_async_context(postgres_database())
        gateways = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            both = settings() | {"store": {"url": url}}
            gateways.append(await opened.enter_async_context(running(tmp_path / name, both, {"generic": MAPPING})))

        answers = await asyncio.gather(*(post(gateways[n % 2], valid_request(), "order-24") for n in range(20)))

        assert len(set(answers)) == 1
        assert answers[0][0] == 201
        assert await stored(gateways[0]) == 1
