"""The demo's Buyer: asks as any Buyer would, and waits to be told. Speaks to the gateway by HTTP only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from gateway.demo.listener import Listener, Notice
from gateway.lso.states import FINAL_POQ_STATES

LONGEST_WAIT = 30.0
"""Seconds until a deferred POQ of the demo must be at its end."""


class DemoFailed(Exception):
    """A step of the demo did not do what it should."""


async def take_token(issuer: str, client: str, secret: str) -> str:
    """An access token from the issuer's token endpoint (OAuth2 client credentials). Raises DemoFailed."""
    headers = {"Authorization": aiohttp.encode_basic_auth(client, secret)}
    form = {"grant_type": "client_credentials"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{issuer}/token", data=form, headers=headers) as response,
    ):
        answer = await response.json()
        if response.status != HTTPStatus.OK:
            raise DemoFailed(f"the issuer of tokens answered {response.status}: {json.dumps(answer)}")
    return str(answer["access_token"])


@dataclass(frozen=True)
class Acknowledged:
    """A deferred POQ that has been taken. `sent`: when, in seconds of the Buyer's clock; `seconds` it took."""

    qualification: Mapping[str, Any]
    sent: float
    seconds: float


@dataclass(frozen=True)
class Buyer:
    """`base`: where the Seller's API stands, without a slash at the end; `monotonic` gives seconds, as the listener's.
    `token`: what it shows to be let in.

    Every method raises DemoFailed if it is not answered as it should be.
    """

    base: str
    listener: Listener
    monotonic: Callable[[], float]
    token: str = ""

    @property
    def url(self) -> str:
        """Where POQs are."""
        return f"{self.base}/productOfferingQualification"

    async def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """An immediate answer."""
        answer = await self._call("POST", self.url, HTTPStatus.CREATED, request)
        if await self.read(answer["id"]) != answer:
            raise DemoFailed("GET by id does not show what POST answered")
        return answer

    async def register(self) -> dict[str, Any]:
        """Have the listener told of all changes; gives the registration."""
        return await self._call("POST", f"{self.base}/hub", HTTPStatus.CREATED, {"callback": self.listener.url})

    async def ask_for_later(self, request: Mapping[str, Any]) -> Acknowledged:
        """Send a deferred POQ."""
        sent = self.monotonic()
        shown = await self._call("POST", self.url, HTTPStatus.CREATED, request)
        if shown["state"] != "acknowledged":
            raise DemoFailed(f"a deferred POQ was answered in state {shown['state']}")
        return Acknowledged(shown, sent, self.monotonic() - sent)

    async def hear_the_end(self, poq: str, heard: Callable[[Notice], None]) -> None:
        """Pass on each event of a POQ as it comes, up to the one that says that the POQ is at its end."""
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                while True:
                    notice = await self.listener.next()
                    if notice.event.event.id != poq:
                        continue
                    heard(notice)
                    if notice.item is None and notice.event.event.state in FINAL_POQ_STATES:
                        return
        except TimeoutError as error:
            raise DemoFailed(f"the POQ {poq} was not at its end after {LONGEST_WAIT:.0f} s") from error

    async def read(self, poq: str) -> dict[str, Any]:
        """A POQ by its id."""
        return await self._call("GET", f"{self.url}/{poq}", HTTPStatus.OK)

    async def _call(
        self, method: str, url: str, expected: HTTPStatus, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        asked = aiohttp.ClientSession(headers=headers)
        async with asked as session, session.request(method, url, json=body) as response:
            answer = await response.json()
            if response.status != expected:
                raise DemoFailed(f"{method} {url} answered {response.status}: {json.dumps(answer)}")
        return dict(answer)
