"""An issuer of access tokens for tests: its keys, its JWKS as a file or over HTTP, tokens good and bad."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

ISSUER, AUDIENCE, CLIENT = "https://id.example", "https://poq.seller.example", "client-1"
ALGORITHMS = {"ES256": "ec", "PS256": "rsa", "RS256": "rsa", "EdDSA": "ed"}
"""Which of the issuer's keys signs by which algorithm."""


@lru_cache(maxsize=1)
def keys() -> Mapping[str, RSAKey | ECKey | OKPKey]:
    """The issuer's keys, by their ids."""
    return {
        "ec": ECKey.generate_key("P-256", {"kid": "ec"}),
        "rsa": RSAKey.generate_key(2048, {"kid": "rsa"}),
        "ed": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
    }


def jwks(*only: str) -> bytes:
    """The public keys; `only` some of them."""
    chosen = [key for name, key in keys().items() if not only or name in only]
    return json.dumps({"keys": [key.as_dict(private=False) for key in chosen]}).encode()


def jwks_file(folder: Path) -> Path:
    path = folder / "jwks.json"
    path.write_bytes(jwks())
    return path


def claims(**changes: Any) -> dict[str, Any]:
    """What a good token says; a change to None leaves the claim out."""
    now = int(time.time())
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": CLIENT,
        "client_id": CLIENT,
        "scope": "default",
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "jti": "1",
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


class _AnyAlgorithm(JWSRegistry):
    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


def signed(
    payload: Mapping[str, Any] | None = None,
    *,
    algorithm: str = "ES256",
    key: Any = None,
    header: Mapping[str, Any] | None = None,
) -> str:
    """A token. `header`: members that are different; None leaves one out."""
    name = ALGORITHMS.get(algorithm, "ec")
    head = {"alg": algorithm, "typ": "at+jwt", "kid": name, **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    registry = _AnyAlgorithm(strict_check_header=False)
    return jwt.encode(head, dict(payload or claims()), key or keys()[name], registry=registry)


def unsigned(header: Mapping[str, Any], payload: Mapping[str, Any] | None = None, signature: str = "") -> str:
    """A token made of parts, whatever they are."""
    return ".".join((_part(header), _part(payload or claims()), signature))


def _part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
