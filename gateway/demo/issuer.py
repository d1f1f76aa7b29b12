"""The demo's issuer of access tokens: OAuth2 client credentials on loopback, its keys beside it. Nothing is kept.

Stands for the Seller's identity provider. The gateway knows it by its configuration only.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Callable, Mapping

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.demo.loopback import Loopback

CLIENT, SECRET = "demo-buyer", "demo-secret"
"""Everybody may know them: they open a demo on this machine."""

AUDIENCE = "demo-seller"
LIFE = 3600
"""Seconds for which a token holds."""


class Issuer(Loopback):
    """An async context manager. `port` 0 takes any free one; `name`: what tokens say in `iss`; `now` gives seconds."""

    def __init__(self, name: str, now: Callable[[], float], *, port: int = 0) -> None:
        application = web.Application(client_max_size=4096)
        application.router.add_post("/token", self._token)
        application.router.add_get("/jwks", self._jwks)
        super().__init__(application, port=port)
        self._name = name
        self._now = now
        self._key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)

    async def _jwks(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": [self._key.as_dict(private=False)]})

    async def _token(self, request: web.Request) -> web.Response:
        """RFC 6749, section 4.4."""
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        if form.get("grant_type") != "client_credentials":
            return _error("unsupported_grant_type", 400)
        if not _is_the_client(request.headers.get("Authorization", ""), form):
            return _error("invalid_client", 401)
        scope = form.get("scope", "default")
        issued = int(self._now())
        claims: dict[str, object] = {
            "iss": self._name,
            "aud": AUDIENCE,
            "sub": CLIENT,
            "client_id": CLIENT,
            "scope": scope,
            "iat": issued,
            "exp": issued + LIFE,
            "jti": secrets.token_hex(8),
        }
        token = jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": self._key.kid}, claims, self._key)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": LIFE, "scope": scope}
        return web.json_response(answer, headers={"Cache-Control": "no-store"})


def _is_the_client(authorization: str, form: Mapping[str, str]) -> bool:
    name, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
    return name == CLIENT and hmac.compare_digest(secret.encode(), SECRET.encode())


def _error(code: str, status: int) -> web.Response:
    headers = {"WWW-Authenticate": "Basic"} if status == 401 else {}
    return web.Response(
        body=json.dumps({"error": code}), status=status, content_type="application/json", headers=headers
    )
