"""The gateway's own TLS, and its certificate renewed while it serves: others put new files there, nobody restarts it.

New connections get the new certificate; those that are open keep theirs. The authorities of clients are read at the
start only: what OpenSSL once trusts in a context, it trusts as long as the context lives.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from gateway.loggers import logger
from gateway.settings.listening import TlsSettings

LOOK_EVERY = 30.0
"""Seconds between two looks at the files."""

_log = logger()

_Stamp = tuple[tuple[int, int, int], ...]


class OwnTls:
    """`context` for the listener; `run` keeps it up with its files until it is cancelled."""

    def __init__(self, said: TlsSettings) -> None:
        """Raises OSError, which names the files, where one cannot be read or a key is not that of its certificate."""
        self._said = said
        self._stamp = self._stamped()
        self.context = _context(said)

    async def run(self) -> None:
        """Look again and again."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await asyncio.to_thread(self.look)

    def look(self) -> bool:
        """Take the certificate from its files if they are others than before; whether it did. What cannot be used, as
        half of a pair that is being written, changes nothing and is looked at again.
        """
        stamp = self._stamped()
        if stamp == self._stamp:
            return False
        try:
            _load(
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self._said
            )  # a failure half way would leave a broken context
            _load(self.context, self._said)
        except OSError as error:
            _log.warning("the new certificate cannot be used, the old one stays", cause=str(error))
            return False
        self._stamp = stamp
        _log.info("certificate renewed", file=str(self._said.certificate))
        return True

    def _stamped(self) -> _Stamp:
        return tuple(_stamp_of(path) for path in (self._said.certificate, self._said.key))


def _context(said: TlsSettings) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context, said)
    if said.client_ca is not None:
        try:
            context.load_verify_locations(said.client_ca)
        except OSError as error:
            raise OSError(f"listen.tls.client_ca: {said.client_ca}: {_why(error)}") from error
        required = said.client_certificates == "required"
        context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL
    return context


def _load(context: ssl.SSLContext, said: TlsSettings) -> None:
    try:  # without a password OpenSSL would ask at the terminal, and wait
        context.load_cert_chain(said.certificate, said.key, lambda: "")
    except OSError as error:
        raise OSError(f"listen.tls: {said.certificate} with {said.key}: {_why(error)}") from error


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        mismatch = error.reason == "KEY_VALUES_MISMATCH"
        return "the key is not that of the certificate" if mismatch else "no PEM without a password"
    return str(getattr(error, "strerror", None) or error)


def _stamp_of(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
