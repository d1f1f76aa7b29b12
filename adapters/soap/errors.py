"""From zeep's errors to ours: one table, walked by a test so that a new class needs a row.

zeep reads the WSDL while loading and is not on a call's way, so each of its errors says that a WSDL cannot be used.
What an exchange over HTTP raises is translated by `adapters.http.errors`.
"""

from __future__ import annotations

from zeep import exceptions as zeep_errors

from adapters.base import AdapterConfigurationError
from adapters.http.errors import cleaned

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


def unusable_wsdl(error: Exception, file: str, path: str) -> AdapterConfigurationError:
    """Why a WSDL cannot be used, for an error that was raised while loading it.

    `file` is what the configuration says, `path` what the libraries call it: the text names the file once.
    """
    reason = next((WSDL_PROBLEMS[kind] for kind in type(error).__mro__ if kind in WSDL_PROBLEMS), "it cannot be read")
    if isinstance(error, zeep_errors.DTDForbidden | zeep_errors.EntitiesForbidden):
        return AdapterConfigurationError(f"{file}: {reason}")  # their texts are class names
    said = cleaned(error).replace(f" in {path}", "")
    return AdapterConfigurationError(f"{file}: {reason}: {said}")
