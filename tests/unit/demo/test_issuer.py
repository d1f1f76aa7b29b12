"""The demo's issuer: tokens for its one client, refused to everybody else."""

from __future__ import annotations

import time
from typing import Any

import aiohttp
import pytest

from gateway.demo.buyer import DemoFailed, take_token
from gateway.demo.issuer import AUDIENCE, CLIENT, SECRET, Issuer
from tests.support.authentication import Clock, Published, authenticator, recognition
from tests.unit.authentication.test_authenticator import bearing


async def test_its_tokens_are_what_a_gateway_asks_for() -> None:
    async with Issuer("https://id.example", time.time) as issuer:
        token = await take_token(issuer.url, CLIENT, SECRET)
        async with aiohttp.ClientSession() as session, session.get(f"{issuer.url}/jwks") as response:
            published = Published(await response.read())

    who = authenticator(
        recognition(tokens=[("https://id.example", CLIENT)]), clock=Clock(), published=published, audience=AUDIENCE
    )
    identity = await who.identify(bearing(token))

    assert identity.scopes == {"default"}


@pytest.mark.parametrize(("client", "secret"), [(CLIENT, "other"), ("other", SECRET), ("", "")])
async def test_who_is_not_its_client_gets_none(client: str, secret: str) -> None:
    async with Issuer("demo", time.time) as issuer:
        with pytest.raises(DemoFailed, match="401"):
            await take_token(issuer.url, client, secret)


@pytest.mark.parametrize("form", [{}, {"grant_type": "password"}])
async def test_other_grants_are_refused(form: dict[str, Any]) -> None:
    async with Issuer("demo", time.time) as issuer, aiohttp.ClientSession() as session:
        response = await session.post(f"{issuer.url}/token", data=form)
        assert response.status == 400
