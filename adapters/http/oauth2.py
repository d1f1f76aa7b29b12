"""OAuth 2.0 client credentials: one token for all calls, fetched by one of them while the others wait.

No text from here holds a secret, a token or a byte of the token endpoint's answer but its error code (RFC 6749, 5.2).
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from aiohttp.client_middlewares import ClientMiddlewareType
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from adapters.base import AdapterConfigurationError, Cause, NoAnswer
from adapters.http.authenticating import Credentials, basic_header
from adapters.http.options import OAuth2
from adapters.http.reading import HttpAnswer

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 60
_UNKNOWN_LIFETIME = 300.0  # seconds, where the endpoint does not say
_EARLY = 30.0  # seconds before its end at which a token is no longer used; a tenth of a short life
_ERROR_CODE = re.compile(r"[a-z_]{1,40}\Z")
_TOKEN = re.compile(r"[\x21-\x7e]+\Z")


@dataclass(frozen=True)
class _Token:
    credentials: Credentials
    until: float


class ClientCredentials:
    """An authenticator that gets its tokens from a token endpoint. `close` closes the way there."""

    middlewares: Sequence[ClientMiddlewareType] = ()
    fetches = True

    def __init__(
        self,
        options: OAuth2,
        post: Callable[[bytes, dict[str, str], float], Awaitable[HttpAnswer]],
        closing: Callable[[], Awaitable[None]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`post` sends a form to the token endpoint (content, headers, seconds) and raises NoAnswer.

        `clock` gives seconds since 1970, for assertions. Raises AdapterConfigurationError for an unusable key.
        """
        self._options = options
        self._post = post
        self._closing = closing
        self._monotonic = monotonic
        self._clock = clock
        self._key = _key(options) if options.method == "private_key_jwt" else None
        self._token: _Token | None = None
        self._fetching = asyncio.Lock()

    async def credentials(self) -> Credentials:
        """The token; a new one where it is about to expire. Raises NoAnswer."""
        if (token := self._usable()) is None:
            async with self._fetching:
                token = self._usable()  # somebody else may have fetched it meanwhile
                if token is None:
                    token = self._token = await self._fetched()
        return token.credentials

    def renews(self, refused: Credentials) -> bool:
        """A refused token is thrown away, once: the next one is new."""
        if self._token is not None and self._token.credentials is refused:
            self._token = None
        return True

    async def close(self) -> None:
        self._token = None
        await self._closing()

    def _usable(self) -> _Token | None:
        return self._token if self._token is not None and self._monotonic() < self._token.until else None

    async def _fetched(self) -> _Token:
        asked = self._monotonic()
        form, headers = self._proof()
        form |= {"grant_type": "client_credentials"}
        if self._options.scope:
            form["scope"] = " ".join(self._options.scope)
        if self._options.audience is not None:
            form["audience"] = self._options.audience
        sent = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **headers}
        answer = await self._post(urlencode(form).encode(), sent, self._options.timeout)
        return _token(answer, asked)

    def _proof(self) -> tuple[dict[str, str], dict[str, str]]:
        """What proves the client, as form fields and as headers."""
        options = self._options
        if options.method == "private_key_jwt":
            return {
                "client_id": options.client_id,
                "client_assertion_type": ASSERTION,
                "client_assertion": self._assertion(),
            }, {}
        assert options.client_secret is not None
        secret = options.client_secret.get_secret_value()
        if options.method == "client_secret_post":
            return {"client_id": options.client_id, "client_secret": secret}, {}
        # Both are form-encoded before they are joined (RFC 6749, 2.3.1).
        return {}, {"Authorization": basic_header(quote_plus(options.client_id), quote_plus(secret))}

    def _assertion(self) -> str:
        """A signed statement that we are the client, for one use (RFC 7523, 3)."""
        assert self._key is not None
        key, algorithm = self._key
        now = int(self._clock())
        header = {"alg": algorithm, **({"kid": self._options.key_id} if self._options.key_id else {})}
        claims = {
            "iss": self._options.client_id,
            "sub": self._options.client_id,
            "aud": self._options.token_url,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        return jwt.encode(header, claims, key, algorithms=[algorithm])


def _key(options: OAuth2) -> tuple[RSAKey | ECKey, str]:
    """The private key and the algorithm that goes with it."""
    assert options.private_key is not None
    try:
        content = options.private_key.read_bytes()
    except OSError as error:
        raise AdapterConfigurationError(f"oauth2: {options.private_key}: {error.strerror}") from error
    for kind in (RSAKey, ECKey):
        try:
            key = kind.import_key(content)
        except (JoseError, ValueError, TypeError):
            continue
        algorithm = "RS256" if kind is RSAKey else _CURVES.get(str(key.as_dict(private=False).get("crv")))
        if algorithm is not None and key.is_private:
            return key, algorithm
    raise AdapterConfigurationError(f"oauth2: {options.private_key}: no private key (PEM) of RSA, P-256, P-384, P-521")


_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


def _token(answer: HttpAnswer, asked: float) -> _Token:
    """The token of an answer (RFC 6749, 5.1). Raises NoAnswer."""
    try:
        said = json.loads(answer.content)
    except (ValueError, RecursionError):
        said = None
    said = said if isinstance(said, dict) else {}
    if answer.status != 200:
        raise _refusal(answer.status, said.get("error"))
    token, kind, lifetime = said.get("access_token"), said.get("token_type"), said.get("expires_in", _UNKNOWN_LIFETIME)
    if not isinstance(token, str) or not _TOKEN.match(token):
        raise NoAnswer(Cause.UNREADABLE, "the token endpoint answers without a token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise NoAnswer(Cause.UNREADABLE, "the token endpoint answers with a token that is no bearer token")
    seconds = _seconds(lifetime)
    return _Token(Credentials({"Authorization": f"Bearer {token}"}), asked + seconds - min(_EARLY, seconds / 10))


def _refusal(status: int, code: Any) -> NoAnswer:
    if status in (429, 503):
        return NoAnswer(Cause.OVERLOADED, f"the token endpoint is overloaded: HTTP {status}")
    said = f" ({code})" if isinstance(code, str) and _ERROR_CODE.match(code) else ""
    if 400 <= status < 500:
        return NoAnswer(Cause.BROKEN, f"the token endpoint refuses us: HTTP {status}{said}")
    return NoAnswer(Cause.BROKEN, f"the token endpoint fails: HTTP {status}{said}")


def _seconds(lifetime: Any) -> float:
    """Some servers send it as a text."""
    try:
        return min(max(float(lifetime), 0.0), 86_400.0)
    except (TypeError, ValueError):
        return _UNKNOWN_LIFETIME
