"""Client certificates: from the bytes of a connection, or the words of a header, to what a client is known by.

Nothing is verified here: the TLS server, ours or a trusted proxy's, has verified the chain.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from cryptography import x509

LARGEST = 16 * 1024
"""Bytes of a certificate; of its header somewhat more."""

_SEQUENCE = re.compile(r":([A-Za-z0-9+/]+={0,2}):")
_PEM = re.compile(r"\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*")


class NotACertificate(Exception):
    """What was given is none, or not in the form that was agreed."""


@dataclass(frozen=True)
class Certificate:
    """`thumbprint`: SHA-256 over the DER form, as base64url without padding (RFC 8705). `subject`: as RFC 4514."""

    thumbprint: str
    subject: str
    dns: frozenset[str]


def thumbprint_of(digest: bytes) -> str:
    """A SHA-256 digest as tokens have it (RFC 8705)."""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@lru_cache(maxsize=1024)
def read_der(der: bytes) -> Certificate:
    """Raises NotACertificate."""
    if len(der) > LARGEST:
        raise NotACertificate("it is too large")
    try:
        read = x509.load_der_x509_certificate(der)
        subject = read.subject.rfc4514_string()
        names = _dns(read)
    except (ValueError, TypeError):
        raise NotACertificate("it cannot be read") from None
    return Certificate(thumbprint_of(hashlib.sha256(der).digest()), subject, names)


def read_header(text: str, form: str) -> Certificate:
    """From a trusted proxy. `form`: `rfc9440` (base64 between colons) or `pem` (PEM, percent-encoded).

    Raises NotACertificate.
    """
    found = _SEQUENCE.fullmatch(text.strip()) if form == "rfc9440" else _PEM.fullmatch(unquote(text))
    if found is None or len(text) > 4 * LARGEST:
        raise NotACertificate(f"the header is not in the form {form}")
    try:
        return read_der(base64.b64decode("".join(found[1].split()), validate=True))
    except binascii.Error:
        raise NotACertificate("the header is not base64") from None


def _dns(read: x509.Certificate) -> frozenset[str]:
    try:
        names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(name.lower() for name in names.get_values_for_type(x509.DNSName))
