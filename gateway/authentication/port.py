"""What a request brings, what is made of it, and the three ways in which that fails.

No text here, and no exception of this room, repeats a credential or a part of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.authentication.certificates import Certificate
from gateway.authentication.parties import Client
from gateway.values import value


class NoCredentials(Exception):
    """Nothing was brought that says who asks: 401 missingCredentials (C3)."""


class CredentialsRefused(Exception):
    """What was brought is wrong, expired or nobody's: 401 invalidCredentials (C4). The text is for the log only."""


class CannotTell(Exception):
    """The issuer cannot be asked now, and nothing is let in unasked: 503. The text is for the log only."""


@value(frozen=True)
class Presented:
    """What a request brought: its Authorization headers as they came, and the certificate of the connection."""

    authorization: Sequence[str] = ()
    certificate: Certificate | None = None


@value(frozen=True)
class Identity:
    """Who asks, and for what: `scopes` None: for everything that a client can do here."""

    client: Client
    scopes: frozenset[str] | None = None


class Authenticating(Protocol):
    """Tells who asks. Both methods raise NoCredentials and CredentialsRefused."""

    def known(self, presented: Presented) -> Identity | None:
        """At once, for what was seen before and still holds; None: it has to be looked at."""
        ...

    async def identify(self, presented: Presented) -> Identity:
        """Raises CannotTell, too."""
        ...
