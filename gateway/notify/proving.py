"""How the gateway proves to a Buyer's listener who it is, and that an event is its own: credentials, TLS, signatures.

Whom it may call is not decided here: that is the policy's, and it holds for every call whatever is proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.http.authenticating import Authenticator, Constant
from adapters.http.client import authenticator_of
from adapters.http.options import Authentication, Tls
from adapters.http.tls import TlsContext
from gateway.notify.signing import Signer, signing_key


@dataclass(frozen=True, eq=False)
class Proof:
    """What goes with each call of one Buyer's listeners. Without TLS of its own the courier's is used."""

    authenticator: Authenticator = field(default_factory=Constant)
    tls: TlsContext | None = None
    signer: Signer | None = None


NO_PROOF = Proof()


def proof_of(authentication: Authentication | None, tls: Tls, signing_keys: Sequence[str]) -> Proof:
    """Raises AdapterConfigurationError for files that cannot be used, ValueError for a key that is none."""
    keys = tuple(signing_key(one) for one in signing_keys)
    return Proof(
        authenticator_of("the listener", authentication),
        TlsContext(tls) if tls != Tls() else None,
        Signer(keys) if keys else None,
    )
