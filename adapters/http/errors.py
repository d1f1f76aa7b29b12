"""From aiohttp's errors to ours: one table, walked by a test so that a new class needs a row.

No text from here holds a header, a query or a byte of a reply; an address is named as host and port only.
"""

from __future__ import annotations

import ssl

import aiohttp
from aiohttp.client_exceptions import UnixClientConnectorError, UploadAbortedError
from aiohttp.http_exceptions import ContentLengthError, TransferEncodingError

from adapters.base import Cause, NoAnswer

CLIENT_CAUSES: dict[type[BaseException], Cause] = {
    aiohttp.ClientError: Cause.BROKEN,
    # Not connected, or not for long enough
    aiohttp.ClientConnectionError: Cause.UNREACHABLE,
    aiohttp.ClientConnectionResetError: Cause.UNREACHABLE,
    aiohttp.ClientOSError: Cause.UNREACHABLE,
    aiohttp.ClientConnectorError: Cause.UNREACHABLE,
    aiohttp.ClientConnectorDNSError: Cause.UNREACHABLE,
    aiohttp.ClientProxyConnectionError: Cause.UNREACHABLE,
    UnixClientConnectorError: Cause.UNREACHABLE,
    aiohttp.ClientSSLError: Cause.UNREACHABLE,
    aiohttp.ClientConnectorSSLError: Cause.UNREACHABLE,
    aiohttp.ClientConnectorCertificateError: Cause.UNREACHABLE,
    aiohttp.ServerConnectionError: Cause.UNREACHABLE,
    aiohttp.ServerDisconnectedError: Cause.UNREACHABLE,
    aiohttp.ServerFingerprintMismatch: Cause.UNREACHABLE,
    UploadAbortedError: Cause.UNREACHABLE,
    aiohttp.ServerTimeoutError: Cause.TIMEOUT,
    aiohttp.ConnectionTimeoutError: Cause.TIMEOUT,
    aiohttp.SocketTimeoutError: Cause.TIMEOUT,
    # An answer that is no HTTP
    aiohttp.ClientPayloadError: Cause.UNREADABLE,
    aiohttp.ClientResponseError: Cause.UNREADABLE,
    aiohttp.ContentTypeError: Cause.UNREADABLE,
    # A proxy's or a web socket's refusal; redirects, which are never followed
    aiohttp.ClientHttpProxyError: Cause.UNREACHABLE,
    aiohttp.WSServerHandshakeError: Cause.BROKEN,
    aiohttp.TooManyRedirects: Cause.BROKEN,
    aiohttp.RedirectClientError: Cause.BROKEN,
    aiohttp.InvalidUrlRedirectClientError: Cause.BROKEN,
    aiohttp.NonHttpUrlRedirectClientError: Cause.BROKEN,
    # Our own request
    aiohttp.InvalidURL: Cause.UNREACHABLE,
    aiohttp.InvalidUrlClientError: Cause.UNREACHABLE,
    aiohttp.NonHttpUrlClientError: Cause.UNREACHABLE,
    # Beside aiohttp's own
    TimeoutError: Cause.TIMEOUT,
    OSError: Cause.UNREACHABLE,
}

NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
"""Nothing of the request has been sent: it may be made again elsewhere, whatever it does."""

HUNG_UP = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientConnectionResetError)
"""The connection was lost before an answer began. On a kept connection the request may not have been read at all."""

_ENDED_EARLY = (ContentLengthError, TransferEncodingError)
"""Behind a ClientPayloadError: the connection ended, closed or reset, before all of the body was there."""

LOST = "the connection was lost in mid-reply"

# aiohttp's own texts quote raw bytes of a reply, or the whole address with its query: this is said instead.
_SAID_INSTEAD: dict[type[BaseException], str] = {
    aiohttp.ClientPayloadError: "the reply is broken",
    aiohttp.ClientHttpProxyError: "the proxy refuses the connection",
    aiohttp.ClientResponseError: "the reply is no readable HTTP",
    aiohttp.ConnectionTimeoutError: "no connection in time",
    aiohttp.ServerTimeoutError: "no reply in time",
    aiohttp.InvalidURL: "the address is no usable URL",
    aiohttp.NonHttpUrlClientError: "the address is no usable URL",
    aiohttp.RedirectClientError: "redirects are not followed",
    aiohttp.ServerDisconnectedError: "the system closed the connection without an answer",
}
_UNREADABLE_ENCODING = "the reply's content encoding cannot be read"
_TEXT_LIMIT = 300  # characters of a foreign text

# OpenSSL's words for what an operator can do something about, and what that is.
_TLS_HINTS = (
    ("certificate has expired", "the system must renew it"),
    ("not yet valid", "its date lies in the future; is the clock right?"),
    ("self-signed certificate", "name its CA's file under tls: {ca: …}"),
    ("unable to get local issuer certificate", "name its CA's file under tls: {ca: …}"),
    ("hostname mismatch", "the endpoint must use the name that the certificate has"),
    ("ip address mismatch", "the endpoint must use the name that the certificate has"),
    ("certificate required", "the system wants a client certificate: tls: {certificate: …}"),
    ("handshake failure", "the system wants a client certificate, or other ciphers"),
    ("alert certificate expired", "our client certificate has expired"),
    ("alert unknown ca", "the system does not know the CA of our client certificate"),
    ("alert bad certificate", "the system refuses our client certificate"),
    ("unsupported protocol", "the system speaks an older TLS than tls.minimum allows"),
    ("alert protocol version", "the system speaks another TLS than tls.minimum allows"),
    ("wrong version number", "the system does not speak TLS here: is it http?"),
)


def no_answer(error: Exception, system: str) -> NoAnswer:
    """Our error for anything that an HTTP exchange raised. `system` names the system in the text."""
    if isinstance(error, aiohttp.ClientPayloadError) and isinstance(error.__cause__, _ENDED_EARLY):
        return NoAnswer(Cause.UNREACHABLE, f"{system}: {LOST}")
    cause = next((CLIENT_CAUSES[kind] for kind in type(error).__mro__ if kind in CLIENT_CAUSES), Cause.BROKEN)
    return NoAnswer(cause, f"{system}: {_told(error)}", is_sent=not isinstance(error, NOT_CONNECTED))


def cleaned(error: Exception) -> str:
    """A foreign text on one line, of printable characters, cut."""
    line = "".join(character if character.isprintable() else " " for character in str(error))
    return " ".join(line.split())[:_TEXT_LIMIT] or type(error).__name__


def not_connected(host: str, port: int | None, error: Exception) -> str:
    """Why no connection could be made, in one line."""
    if isinstance(error, ssl.SSLError):
        return _tls_told(error)
    if isinstance(error, ConnectionError) and not str(error):
        return f"cannot connect to {host}:{port}: the connection was closed while TLS was agreed on"
    return f"cannot connect to {host}:{port}: {cleaned(error)}"


def _told(error: Exception) -> str:
    if (tls := _tls_error(error)) is not None:
        return _tls_told(tls)
    if isinstance(error, aiohttp.ClientConnectorError):
        return not_connected(error.host, error.port, error.os_error)
    instead = next((_SAID_INSTEAD[kind] for kind in type(error).__mro__ if kind in _SAID_INSTEAD), None)
    if instead is None:
        return cleaned(error)
    return _UNREADABLE_ENCODING if "content-encoding" in str(error).lower() else instead


def _tls_error(error: Exception) -> ssl.SSLError | None:
    """The TLS library's own error behind aiohttp's."""
    behind = (error, getattr(error, "certificate_error", None), getattr(error, "os_error", None), error.__cause__)
    own = [one for one in behind if not isinstance(one, aiohttp.ClientError)]  # some of aiohttp's are SSLErrors too
    return next((one for one in own if isinstance(one, ssl.SSLError)), None)


def _tls_told(error: ssl.SSLError) -> str:
    said = getattr(error, "verify_message", None) or str(error.reason or error.args[-1])
    text = f"TLS: {said.partition(' (_ssl')[0].rstrip('.')}"
    plain = text.lower().replace("_", " ")
    hint = next((hint for word, hint in _TLS_HINTS if word in plain), "")
    return " ".join(f"{text}: {hint}".split()) if hint else text
