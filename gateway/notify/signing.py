"""Signatures of events by Standard Webhooks: v1, HMAC-SHA256. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark of a key, not a key
KEY_BYTES = range(24, 65)


def signing_key(secret: str) -> bytes:
    """The key in a secret of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. Raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(SECRET_PREFIX) or len(key) not in KEY_BYTES:
        raise ValueError(f"a signing key is '{SECRET_PREFIX}' and 24 to 64 bytes in base64")
    return key


@dataclass(frozen=True)
class Signer:
    """Signs events by Standard Webhooks (v1, HMAC-SHA256), with each of its keys: one is being replaced by another."""

    keys: tuple[bytes, ...] = field(repr=False)

    def headers(self, event_id: str, seconds: int, body: bytes) -> Mapping[str, str]:
        """`seconds`: since 1970, of this try."""
        signed = f"{event_id}.{seconds}.".encode() + body
        signatures = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in self.keys]
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
        }
