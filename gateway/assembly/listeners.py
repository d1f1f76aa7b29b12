"""The ways to Buyers' listeners that the configuration describes: credentials, certificates, signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.base import AdapterConfigurationError
from gateway.assembly.dealing import each_dealing
from gateway.lso.identifiers import Dealing
from gateway.settings import Settings
from gateway.settings.terms import NotificationSettings
from gateway.sources.findings import Finding, raise_if_any

if TYPE_CHECKING:
    from gateway.notify.proving import Proof


def callback_proofs(settings: Settings) -> dict[Dealing, Proof]:
    """What goes with the calls of each Buyer's listeners; those that say nothing are not in it.

    Buyers for whom the same is said share it, a token too. Raises FindingsError (CFG-303).
    """
    shared: dict[object, Proof] = {}
    proofs: dict[Dealing, Proof] = {}
    findings: dict[str, Finding] = {}
    for dealing, buyer in each_dealing(settings):
        said = buyer.notifications
        key = (said.authentication, said.tls, said.signing_keys)
        if key == _NOTHING:
            continue
        try:
            proofs[dealing] = shared[key] if key in shared else shared.setdefault(key, _proof(said))
        except AdapterConfigurationError as error:
            findings.setdefault(str(error), Finding(settings.location("notifications"), "CFG-303", str(error)))
    raise_if_any(list(findings.values()))
    return proofs


_DEFAULT = NotificationSettings()
_NOTHING = (_DEFAULT.authentication, _DEFAULT.tls, _DEFAULT.signing_keys)


def _proof(said: NotificationSettings) -> Proof:
    """Imported here: who says nothing of this does not wait for an HTTP client."""
    from gateway.notify.proving import proof_of

    keys = [key.get_secret_value() for key in said.signing_keys]
    return proof_of(said.authentication, said.tls, keys)
