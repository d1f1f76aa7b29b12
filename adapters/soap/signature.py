"""X.509 signatures of SOAP messages (WS-Security X.509 Token Profile 1.1), by the xmlsec library.

A reply's signature is worth something only if it covers what is read. So nothing that a reply says about its signature
is taken over: the key is one of the trusted certificates' whatever KeyInfo says; references may only be ids that just
one element of the whole message has; and the elements that must be signed are the very elements that are read, handed
in by who reads them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

from adapters.base import AdapterConfigurationError, Cause, NoAnswer
from adapters.soap.ambient import Ambient
from adapters.soap.protection_options import Signature
from adapters.soap.security import ID, WSSE

DS = "http://www.w3.org/2000/09/xmldsig#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"
_X509 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
CANONICAL = frozenset({"http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"})
DIGESTS = frozenset({f"{_ENC}sha256", f"{_MORE}sha384", f"{_ENC}sha512"})
METHODS = frozenset(f"{_MORE}{kind}-{digest}" for kind in ("rsa", "ecdsa") for digest in ("sha256", "sha384", "sha512"))
WEAK_DIGESTS = frozenset({f"{DS}sha1"})
WEAK_METHODS = frozenset({f"{DS}rsa-sha1", f"{_MORE}ecdsa-sha1"})
IDS = (ID, "Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")


class Signer:
    """Signs requests and verifies replies, with the keys of one system."""

    def __init__(self, said: Signature, ambient: Ambient) -> None:
        """Read keys and certificates. Raises AdapterConfigurationError."""
        self._said, self._ambient = said, ambient
        self._xmlsec = _library()
        password = said.key_password.get_secret_value() if said.key_password else None
        try:
            private = load_pem_private_key(said.key.read_bytes(), password.encode() if password else None)
            self._certificate = x509.load_pem_x509_certificate(said.certificate.read_bytes())
            self._trusted = [x509.load_pem_x509_certificate(path.read_bytes()) for path in said.trusted]
            self._key = self._xmlsec.Key.from_file(str(said.key), self._xmlsec.KeyFormat.PEM, password)
        except (OSError, ValueError, TypeError, self._xmlsec.Error) as error:
            raise AdapterConfigurationError(f"ws_security.signature: {_told(error)}") from error
        if private.public_key() != self._certificate.public_key():
            raise AdapterConfigurationError("ws_security.signature: the certificate is not that of the key")
        if not isinstance(private, RSAPrivateKey | EllipticCurvePrivateKey):
            raise AdapterConfigurationError("ws_security.signature: the key is neither RSA nor EC")
        kind = "RSA" if isinstance(private, RSAPrivateKey) else "ECDSA"
        self._method = getattr(self._xmlsec.Transform, f"{kind}_{said.algorithm.upper()}")
        self._digest = getattr(self._xmlsec.Transform, said.algorithm.upper())

    def sign(self, security: etree._Element, elements: Sequence[etree._Element]) -> None:
        """Sign elements of the message that the security header stands in."""
        xmlsec = self._xmlsec
        token = etree.Element(f"{{{WSSE}}}BinarySecurityToken", EncodingType=_BASE64, ValueType=_X509)
        token.set(ID, f"X509-{self._ambient.chance(8).hex()}")
        token.text = b64encode(self._certificate.public_bytes(Encoding.DER)).decode()
        security.insert(0, token)
        signature = xmlsec.template.create(security, xmlsec.Transform.EXCL_C14N, self._method, ns="ds")
        security.append(signature)
        context = xmlsec.SignatureContext()
        for number, element in enumerate(elements):
            identity = f"id-{number}-{self._ambient.chance(8).hex()}"
            element.set(ID, identity)
            context.register_id(element, "Id", ID[1:].partition("}")[0])
            reference = xmlsec.template.add_reference(signature, self._digest, uri=f"#{identity}")
            xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
        info = xmlsec.template.ensure_key_info(signature)
        where = etree.SubElement(info, f"{{{WSSE}}}SecurityTokenReference")
        etree.SubElement(where, f"{{{WSSE}}}Reference", URI=f"#{token.get(ID)}", ValueType=_X509)
        context.key = self._key
        context.sign(signature)

    def verify(
        self, root: etree._Element, security: etree._Element | None, needed: Sequence[etree._Element], now: datetime
    ) -> None:
        """That the signature of a message covers these very elements, by a trusted certificate.

        Raises NoAnswer(UNREADABLE).
        """
        signatures = [] if security is None else list(security.iterchildren(f"{{{DS}}}Signature"))
        if len(signatures) != 1:
            raise _bad("it is not signed" if not signatures else "it is signed several times")
        signature = signatures[0]
        _check_algorithms(signature, accept_sha1=self._said.accept_sha1)
        signed = _signed(root, signature)
        for element in needed:
            if not any(one is element for one in signed):
                raise _bad(f"its {etree.QName(element).localname} is not what was signed")
        good = [one for one in self._trusted if one.not_valid_before_utc <= now <= one.not_valid_after_utc]
        if not good:
            raise _bad("no trusted certificate is valid now")
        if not any(self._fits(signature, signed, certificate) for certificate in good):
            raise _bad("its signature is not that of a trusted certificate, or what was signed has been changed")

    def _fits(self, signature: etree._Element, signed: list[etree._Element], certificate: x509.Certificate) -> bool:
        xmlsec = self._xmlsec
        context = xmlsec.SignatureContext()
        content = certificate.public_bytes(Encoding.PEM)
        try:
            for element in signed:
                context.register_id(element, "Id", ID[1:].partition("}")[0])
            context.key = xmlsec.Key.from_memory(content, xmlsec.KeyFormat.CERT_PEM, None)
            context.verify(signature)
        except xmlsec.Error:
            return False
        return True


def _signed(root: etree._Element, signature: etree._Element) -> list[etree._Element]:
    """The elements that the signature refers to: each by an id that one element of the message has."""
    by_id: dict[str, list[etree._Element]] = {}
    for element in root.iter(etree.Element):
        for name in IDS:
            said = element.get(name)
            if said is not None:
                by_id.setdefault(said, []).append(element)
    found: list[etree._Element] = []
    for reference in signature.iterfind(f"{{{DS}}}SignedInfo/{{{DS}}}Reference"):
        uri = reference.get("URI") or ""
        there = by_id.get(uri[1:], []) if uri.startswith("#") else []
        if len(there) != 1 or there[0].get(ID) != uri[1:]:
            raise _bad("it refers to what is not there, or there twice")
        found.append(there[0])
    return found


def _check_algorithms(signature: etree._Element, *, accept_sha1: bool) -> None:
    """Nothing but what is known to be safe: no transforms that could select something else, no broken digests."""
    methods = METHODS | (WEAK_METHODS if accept_sha1 else frozenset())
    digests = DIGESTS | (WEAK_DIGESTS if accept_sha1 else frozenset())
    for name, allowed in (
        ("CanonicalizationMethod", CANONICAL),
        ("SignatureMethod", methods),
        ("Transform", CANONICAL),
        ("DigestMethod", digests),
    ):
        for element in signature.iter(f"{{{DS}}}{name}"):
            if element.get("Algorithm") not in allowed:
                raise _bad(f"its {name} {element.get('Algorithm')} is not accepted")
    if signature.find(f"{{{DS}}}Object") is not None:
        raise _bad("its signature has objects of its own")


def _bad(text: str) -> NoAnswer:
    return NoAnswer(Cause.UNREADABLE, f"the reply cannot be trusted: {text}")


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _library() -> Any:
    try:
        import xmlsec
    except ImportError as error:
        raise AdapterConfigurationError(
            f"ws_security.signature needs the extra `wssecurity` (pip install 'poq-gateway[wssecurity]'): {error}"
        ) from error
    return xmlsec
