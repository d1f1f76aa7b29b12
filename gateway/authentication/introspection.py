"""Access tokens that only their issuer can read: it is asked (RFC 7662), and its word holds for a short while."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from gateway.authentication.port import CannotTell, CredentialsRefused
from gateway.authentication.tokens import Claimed, audience_fits, binding_of, expiry, scopes_of

AT_ONCE = 20
"""Questions under way at the same time; more wait."""


class NotAnswered(Exception):
    """The issuer did not answer, or not as it should. The text is for the log."""


@dataclass(frozen=True)
class IntrospectionRules:
    """What holds for tokens that the issuer is asked about. Seconds: `believed` is how long an answer holds.

    `ask` gives the body of the answer, and raises NotAnswered; `audience` None: any.
    """

    issuer: str
    ask: Callable[[str], Awaitable[bytes]]
    audience: str | None = None
    client_claim: str = "client_id"
    believed: float = 30.0
    timeout: float = 5.0


class Introspection:
    """Asks the issuer about tokens. Remembers nothing: that is the caller's."""

    def __init__(self, rules: IntrospectionRules) -> None:
        self._rules = rules
        self._places = asyncio.Semaphore(AT_ONCE)

    async def claimed(self, token: str, now: float) -> Claimed:
        """What the issuer says of the token. `now`: seconds since 1970. Raises CredentialsRefused, CannotTell."""
        rules = self._rules
        try:
            async with asyncio.timeout(rules.timeout), self._places:
                answer = _read(await rules.ask(token))
        except (TimeoutError, NotAnswered) as error:
            raise CannotTell(f"{rules.issuer} does not say whether the token is active: {error}") from None
        if answer.get("active") is not True:
            raise CredentialsRefused("the issuer says that the token is not active")
        if rules.audience is not None and not audience_fits(answer, rules.audience):
            raise CredentialsRefused("the token is for another audience")
        until = min(expiry(answer, 0.0, now), now + rules.believed) if "exp" in answer else now + rules.believed
        client = answer.get(rules.client_claim)
        if not isinstance(client, str) or not client:
            raise CredentialsRefused("the issuer names no client")
        return Claimed(rules.issuer, client, scopes_of(answer.get("scope")), until, binding_of(answer))


def _read(raw: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        raise NotAnswered("its answer is not JSON") from None
    if not isinstance(answer, dict):
        raise NotAnswered("its answer is no object")
    return answer
