"""TLS contexts made of files, and made anew when the files change. Host names are always checked."""

from __future__ import annotations

import ssl
from pathlib import Path

from adapters.base import AdapterConfigurationError
from adapters.http.options import Tls

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

Stamp = tuple[tuple[int, int, int], ...]


class TlsContext:
    """The context for new connections. A connection keeps the one that it was made with."""

    def __init__(self, options: Tls) -> None:
        """Raises AdapterConfigurationError, with the file that cannot be used."""
        self._options = options
        self._files = [path for path in (options.ca, options.certificate, options.key) if path is not None]
        self._stamp = self._stamped()
        self._context = make_context(options)

    def current(self) -> ssl.SSLContext:
        """The context of the files as they are now; while they cannot be used, the last one that could."""
        if self._files and (stamp := self._stamped()) != self._stamp:
            try:
                self._context = make_context(self._options)
            except AdapterConfigurationError:  # half of a pair is written: the next call looks again
                return self._context
            self._stamp = stamp
        return self._context

    def _stamped(self) -> Stamp:
        return tuple(_stamp(path) for path in self._files)


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def make_context(options: Tls) -> ssl.SSLContext:
    """A client's context. Raises AdapterConfigurationError."""
    try:
        context = ssl.create_default_context(cafile=options.ca)
    except (OSError, ValueError) as error:
        raise AdapterConfigurationError(
            f"tls: the CA certificates cannot be used: {_why(error, options.ca)}"
        ) from error
    context.minimum_version = _VERSIONS[options.minimum]
    if options.certificate is not None:
        # Without a password the library would ask at the terminal, and wait.
        password = options.key_password.get_secret_value() if options.key_password else ""
        try:
            context.load_cert_chain(options.certificate, options.key, lambda: password)
        except (OSError, ValueError) as error:
            which = options.certificate if options.key is None else f"{options.certificate} with {options.key}"
            raise AdapterConfigurationError(
                f"tls: the client certificate cannot be used: {_why(error, which)}"
            ) from error
    return context


def _why(error: Exception, which: object) -> str:
    if isinstance(error, ssl.SSLError):
        said = {
            "KEY_VALUES_MISMATCH": "the key is not that of the certificate",
            "NO_START_LINE": "no PEM",
            "PEM_LIB": "no PEM, or not what is needed here",
            "BAD_DECRYPT": "the password of the key is wrong",
            "BAD_PASSWORD_READ": "the key needs a password",
        }.get(str(error.reason), str(error.reason or "not readable").lower().replace("_", " "))
        return f"{which}: {said}"
    return f"{which}: {getattr(error, 'strerror', None) or error}"
