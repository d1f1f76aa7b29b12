"""An issuer's public keys (JWKS): fetched from where the configuration says, kept, fetched again when one is missing.

Where they come from is never a matter of the token. What cannot be read or fetched changes nothing: the last good set
stays until it is too old.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.authentication.port import CannotTell
from gateway.loggers import logger

SPACING = 30.0
"""Seconds between two fetches because of keys that are not known."""

PATIENCE = 2.0
"""Seconds that a request waits for a fetch because of its key."""

MOST_KEYS = 100
SMALLEST_RSA = 2048
"""Bits."""

_TYPES: Mapping[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
PublicKey = RSAKey | ECKey | OKPKey

_log = logger()


class NoKeys(Exception):
    """They cannot be fetched, or are none. The text is for the log."""


@dataclass(frozen=True)
class _Kept:
    by_id: Mapping[str, PublicKey]
    only: PublicKey | None
    at: float


class IssuerKeys:
    """The keys of one issuer. `run` keeps them fresh; `find` is asked for one."""

    def __init__(
        self,
        load: Callable[[], Awaitable[bytes]],
        *,
        issuer: str,
        refresh: float,
        keep: float,
        monotonic: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        """`load` raises NoKeys. `refresh` and `keep`: seconds until the keys are fetched again, and until a set that
        could not be replaced is believed no more. `changed` is called when they are others than before.
        """
        self._load = load
        self._issuer = issuer
        self._refresh = refresh
        self._keep = keep
        self._monotonic = monotonic
        self._changed = changed
        self._kept: _Kept | None = None
        self._raw = b""
        self._tried: float | None = None
        self._fetch: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Fetch now and then, until cancelled."""
        try:
            while True:
                await self._fetched()
                await asyncio.sleep(self._refresh if self._is_fresh() else min(SPACING, self._refresh))
        finally:
            if self._fetch is not None:
                self._fetch.cancel()

    async def find(self, key_id: str | None) -> PublicKey | None:
        """The key of this id, or the only one where a token names none. Raises CannotTell: there are no keys."""
        found = self._find(key_id)
        if found is None and self._may_try():
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._fetched()
            except TimeoutError:
                pass
            found = self._find(key_id)
        if found is None and not self._is_usable():
            raise CannotTell(f"no keys of {self._issuer}")
        return found

    def _find(self, key_id: str | None) -> PublicKey | None:
        kept = self._kept
        if kept is None or not self._is_usable():
            return None
        return kept.only if key_id is None else kept.by_id.get(key_id)

    def _is_usable(self) -> bool:
        return self._kept is not None and self._monotonic() - self._kept.at < self._keep

    def _is_fresh(self) -> bool:
        return self._kept is not None and self._kept.at == self._tried

    def _may_try(self) -> bool:
        under_way = self._fetch is not None and not self._fetch.done()
        return under_way or self._tried is None or self._monotonic() - self._tried >= SPACING

    async def _fetched(self) -> None:
        """One fetch at a time, which goes on when who waits for it has gone."""
        if self._fetch is None or self._fetch.done():
            self._fetch = asyncio.get_running_loop().create_task(self._fetch_now())
        await asyncio.shield(self._fetch)

    async def _fetch_now(self) -> None:
        self._tried = self._monotonic()
        try:
            raw = await self._load()
            by_id, only = read_keys(raw)
        except NoKeys as error:
            _log.warning("keys of the issuer not fetched", issuer=self._issuer, cause=str(error))
            return
        except Exception as error:
            _log.error("unexpected fault", issuer=self._issuer, exc_info=error)
            return
        self._kept = _Kept(by_id, only, self._tried)
        if raw != self._raw:
            self._raw = raw
            self._changed()
            _log.info("keys of the issuer fetched", issuer=self._issuer, keys=len(by_id) or int(only is not None))


def read_keys(raw: bytes) -> tuple[dict[str, PublicKey], PublicKey | None]:
    """The keys that can verify, by id, and the only one where there is one. Raises NoKeys."""
    try:
        entries = json.loads(raw)["keys"]
        given = [entry for entry in entries if isinstance(entry, dict)][:MOST_KEYS]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise NoKeys("it is no set of keys") from None
    usable = [(entry, key) for entry in given if (key := _key(entry)) is not None]
    if not usable:
        raise NoKeys("it has no key that could verify a signature")
    by_id = {entry["kid"]: key for entry, key in usable if isinstance(entry.get("kid"), str)}
    return by_id, usable[0][1] if len(usable) == 1 else None


def _key(entry: Mapping[str, Any]) -> PublicKey | None:
    """None for keys of other uses, of other kinds and too weak ones; never one that is a secret (`oct`)."""
    kind = _TYPES.get(str(entry.get("kty")))
    if kind is None or entry.get("use", "sig") != "sig":
        return None
    public: dict[str, str | list[str]] = {
        name: value for name, value in entry.items() if name in _PUBLIC and isinstance(value, str)
    }
    try:
        key = kind.import_key(public)
    except (JoseError, SecurityWarning, ValueError, TypeError):
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < SMALLEST_RSA:
        return None
    return key


_PUBLIC = frozenset({"kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"})
