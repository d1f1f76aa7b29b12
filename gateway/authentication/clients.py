"""The clients of the configuration, and by what each is recognised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.authentication import client_keys
from gateway.authentication.certificates import Certificate
from gateway.authentication.parties import Client
from gateway.authentication.port import CredentialsRefused


@dataclass(frozen=True)
class Recognition:
    """One client with all that says that it is the one.

    `tokens`: issuers and what their tokens call it; `keys`: hashes; `thumbprints`, `subjects` and `dns` of
    certificates. `scopes`: what it may do where no token says so.
    """

    client: Client
    tokens: frozenset[tuple[str, str]] = frozenset()
    keys: frozenset[str] = frozenset()
    thumbprints: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    dns: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset({"default"})


@dataclass(frozen=True)
class Clients:
    """All clients, by what they are recognised by."""

    known: tuple[Recognition, ...]
    _by_token: Mapping[tuple[str, str], Recognition] = field(init=False, repr=False)
    _by_key: Mapping[str, Recognition] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_token", {token: one for one in self.known for token in one.tokens})
        object.__setattr__(self, "_by_key", {key: one for one in self.known for key in one.keys})

    def of_token(self, issuer: str, client_id: str) -> Recognition:
        """Raises CredentialsRefused: the issuer knows the client, the configuration does not (C4)."""
        found = self._by_token.get((issuer, client_id))
        if found is None:
            raise CredentialsRefused("the token is of a client that is not in the configuration")
        return found

    def of_key(self, key: str) -> Recognition:
        """Raises CredentialsRefused."""
        found = client_keys.find(key, self._by_key)
        if found is None:
            raise CredentialsRefused("nobody has this key")
        return self._by_key[found]

    def of_certificate(self, certificate: Certificate) -> Recognition | None:
        """The client of a certificate; None if it is nobody's. Raises CredentialsRefused where it is two clients'."""
        fitting = [one for one in self.known if _fits(one, certificate)]
        if len(fitting) > 1:
            raise CredentialsRefused("the certificate is that of two clients")
        return fitting[0] if fitting else None


def _fits(one: Recognition, certificate: Certificate) -> bool:
    return (
        certificate.thumbprint in one.thumbprints
        or certificate.subject in one.subjects
        or bool(certificate.dns & one.dns)
    )
