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


def unusable_wsdl(error: Exception, file: str) -> AdapterConfigurationError:
    """Why a WSDL cannot be used, for an error that was raised while loading it."""
    reason = next((WSDL_PROBLEMS[kind] for kind in type(error).__mro__ if kind in WSDL_PROBLEMS), "it cannot be read")
    return AdapterConfigurationError(f"{file}: {reason}: {_first_line(error)}")


def no_answer(error: Exception, system: str) -> NoAnswer:
    """Our error for anything that an HTTP exchange raised. `system` names the system in the text."""
    cause = next((CLIENT_CAUSES[kind] for kind in type(error).__mro__ if kind in CLIENT_CAUSES), Cause.BROKEN)
    return NoAnswer(cause, f"{system}: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
