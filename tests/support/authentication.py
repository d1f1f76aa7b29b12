"""Authentication for tests of the HTTP side: one client of the test issuer, with the parts to disturb it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.authentication.authenticator import Authenticator, Ways
from gateway.authentication.clients import Clients, Recognition
from gateway.authentication.introspection import Introspection
from gateway.authentication.issuer_keys import IssuerKeys, NoKeys
from gateway.authentication.parties import Client
from gateway.authentication.tokens import TokenRules
from tests.support.client import dealing
from tests.support.issuer import ALGORITHMS, AUDIENCE, CLIENT, ISSUER, jwks


@dataclass
class Clock:
    """Both clocks of an authenticator; `seconds` have passed since the beginning."""

    seconds: float = 0.0
    began: float = field(default_factory=time.time)

    def now(self) -> float:
        return self.began + self.seconds

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class Published:
    """What the issuer publishes, and how often it was fetched; None: it cannot be fetched."""

    raw: bytes | None = field(default_factory=jwks)
    fetched: int = 0

    async def load(self) -> bytes:
        self.fetched += 1
        if self.raw is None:
            raise NoKeys("it is away")
        return self.raw


def token_rules(
    clock: Clock, published: Published, changed: Callable[[], None] = lambda: None, **changes: Any
) -> TokenRules:
    """What holds for tokens of the test issuer."""
    keys = IssuerKeys(published.load, issuer=ISSUER, refresh=600, keep=3600, monotonic=clock.monotonic, changed=changed)
    return TokenRules(
        **{"issuer": ISSUER, "audience": AUDIENCE, "keys": keys, "algorithms": set(ALGORITHMS), **changes}
    )


def recognition(name: str = "first", buyer: str = "buyer-1", **marks: Any) -> Recognition:
    """A client that acts for a Buyer."""
    known = {key: frozenset(value) for key, value in marks.items()}
    return Recognition(Client(name, (dealing(buyer),)), **known)


def authenticator(
    *clients: Recognition,
    clock: Clock | None = None,
    published: Published | None = None,
    introspection: Introspection | None = None,
    **changes: Any,
) -> Authenticator:
    """With the client of the test issuer, where no others are given; `changes` of the rules for tokens."""
    clock, rules = clock or Clock(), {}
    bound_only = changes.pop("bound_only", False)
    known = clients or (recognition(tokens=[(ISSUER, CLIENT)]),)
    made = Authenticator(Ways(Clients(known), rules, introspection, bound_only), clock.now)
    rules[ISSUER] = token_rules(clock, published or Published(), made.forget, **changes)
    return made
