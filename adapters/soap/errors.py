"""From zeep's and aiohttp's errors to ours: one table each, walked by a test so that a new class needs a row.

zeep reads the WSDL while loading and is not on a call's way, so each of its errors says that a WSDL cannot be used.
No text from here holds a header's value; the endpoint's address is named only as host and port by the operating system.
"""

from __future__ import annotations

import aiohttp
from aiohttp.client_exceptions import UnixClientConnectorError, UploadAbortedError
from zeep import exceptions as zeep_errors

from adapters.base import AdapterConfigurationError, Cause, NoAnswer

WSDL_PROBLEMS: dict[type[BaseException], str] = {
    zeep_errors.Error: "it cannot be read",
    zeep_errors.XMLSyntaxError: "it is no well-formed XML",
    zeep_errors.XMLParseError: "a schema in it is wrong",
    zeep_errors.UnexpectedElementError: "a schema in it is wrong",
    zeep_errors.WsdlSyntaxError: "it breaks the rules of WSDL 1.1",
    zeep_errors.TransportError: "a file it imports cannot be read",
    zeep_errors.LookupError: "it refers to something that is not there",
    zeep_errors.NamespaceError: "it uses a namespace that no schema of it describes",
    zeep_errors.Fault: "it cannot be read",
    zeep_errors.ZeepWarning: "it is incomplete",
    zeep_errors.ValidationError: "a schema in it is wrong",
    zeep_errors.SignatureVerificationFailed: "it cannot be read",
    zeep_errors.IncompleteMessage: "a message in it is incomplete",
    zeep_errors.IncompleteOperation: "an operation in it is incomplete",
    zeep_errors.DTDForbidden: "it has a DOCTYPE, which is refused",
    zeep_errors.EntitiesForbidden: "it declares entities, which is refused",
    zeep_errors.ExternalReferenceForbidden: "it imports over a network; save that file beside it",
}

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
    # An answer that is no HTTP, or ends too early
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


# What aiohttp's own texts quote raw bytes of a reply in, and what is said instead.
QUOTES_THE_REPLY: dict[type[BaseException], str] = {
    aiohttp.ClientPayloadError: "the reply ends too early or is broken",
    aiohttp.ClientResponseError: "the reply is no readable HTTP",
}
UNREADABLE_ENCODING = "the reply's content encoding cannot be read"
TEXT_LIMIT = 300  # characters of a foreign text


def unusable_wsdl(error: Exception, file: str, path: str) -> AdapterConfigurationError:
    """Why a WSDL cannot be used, for an error that was raised while loading it.

    `file` is what the configuration says, `path` what the libraries call it: the text names the file once.
    """
    reason = next((WSDL_PROBLEMS[kind] for kind in type(error).__mro__ if kind in WSDL_PROBLEMS), "it cannot be read")
    if isinstance(error, zeep_errors.DTDForbidden | zeep_errors.EntitiesForbidden):
        return AdapterConfigurationError(f"{file}: {reason}")  # their texts are class names
    said = _cleaned(error).replace(f" in {path}", "")
    return AdapterConfigurationError(f"{file}: {reason}: {said}")


def no_answer(error: Exception, system: str) -> NoAnswer:
    """Our error for anything that an HTTP exchange raised. `system` names the system in the text."""
    cause = next((CLIENT_CAUSES[kind] for kind in type(error).__mro__ if kind in CLIENT_CAUSES), Cause.BROKEN)
    return NoAnswer(cause, f"{system}: {_told(error)}")


def _told(error: Exception) -> str:
    instead = next((QUOTES_THE_REPLY[kind] for kind in type(error).__mro__ if kind in QUOTES_THE_REPLY), None)
    if instead is None:
        return _cleaned(error)
    return UNREADABLE_ENCODING if "content-encoding" in str(error).lower() else instead


def _cleaned(error: Exception) -> str:
    """A foreign text on one line, of printable characters, cut."""
    line = "".join(character if character.isprintable() else " " for character in str(error))
    return " ".join(line.split())[:TEXT_LIMIT] or type(error).__name__
