"""Where an event goes: the address of the call, made of the registration (state model, section 10). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from gateway.lso.identifiers import Interface
from gateway.lso.operations import Side, base_path
from gateway.notify.policy import CallbackPolicy
from gateway.notify.proving import NO_PROOF, Proof
from gateway.store.records_notify import ClaimedDelivery


@dataclass(frozen=True)
class Letter:
    """One call: POST `body` (JSON, UTF-8) to `url`, as far as the policy allows it, with what proves it to be ours."""

    url: str
    body: bytes
    policy: CallbackPolicy
    event_id: str = ""
    proof: Proof = NO_PROOF


def letter(
    claimed: ClaimedDelivery, versions: Mapping[Interface, str], policy: CallbackPolicy, proof: Proof = NO_PROOF
) -> Letter:
    """The callback is a prefix, with or without a slash at its end; `versions` is what stands in the path (A20)."""
    registration = claimed.subscription
    base = base_path(Side.BUYER, registration.interface, versions[registration.interface])
    parties = {"buyerId": registration.buyer_parameter, "sellerId": registration.seller_parameter}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parties.items() if value is not None)
    url = f"{registration.callback.rstrip('/')}{base}/listener/{claimed.event_type}"
    return Letter(f"{url}?{query}" if query else url, claimed.body.encode(), policy, claimed.event_id, proof)
