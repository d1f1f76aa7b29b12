"""What a request brings to say who asks, and what is answered if that is not enough (error model, C3 to C5).

The answers name the way to do better (RFC 6750), and never what exactly was wrong with a credential: the log has that.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import hdrs, web

from gateway.api.errors import ApiError, ErrorCode, forbidden, unauthorized
from gateway.authentication.certificates import Certificate, NotACertificate, read_der, read_header
from gateway.authentication.port import CredentialsRefused, Identity, Presented

CHALLENGE = 'Bearer realm="poq-gateway"'

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class TrustedProxies:
    """Who may hand on a client's certificate. `header` None: nobody does; `form`: as `certificates.read_header`."""

    networks: tuple[Network, ...] = ()
    header: str | None = None
    form: str = "rfc9440"
    _known: dict[str, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    def has(self, address: str | None) -> bool:
        """Whether the address is one of a proxy in front."""
        if not self.networks or not address:
            return False
        known = self._known.get(address)
        if known is None:
            if len(self._known) > _MOST_ADDRESSES:
                self._known.clear()
            known = self._known[address] = _is_within(address, self.networks)
        return known


_MOST_ADDRESSES = 10_000


def presented(request: web.BaseRequest, proxies: TrustedProxies) -> Presented:
    """What the request brought. Raises CredentialsRefused for a proxy's header that cannot be read."""
    return Presented(request.headers.getall(hdrs.AUTHORIZATION, ()), _certificate(request, proxies))


def origin(request: web.BaseRequest, proxies: TrustedProxies) -> str:
    """The address that the request came from, as far as listed proxies tell it (`X-Forwarded-For`), for the audit.

    The header is read from its end, which the nearest proxy wrote; what stands before an address that is no listed
    proxy may have been made up.
    """
    address = request.remote or ""
    told = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    while proxies.has(address) and told:
        before = told.pop().strip()
        try:
            address = str(ip_address(before))
        except ValueError:
            break
    return address


def missing() -> ApiError:
    """C3."""
    return unauthorized(ErrorCode.MISSING_CREDENTIALS, "Credentials are needed", CHALLENGE)


def invalid() -> ApiError:
    """C4: one answer, whatever is wrong."""
    challenge = f'{CHALLENGE}, error="invalid_token", error_description="The credentials are not accepted"'
    return unauthorized(ErrorCode.INVALID_CREDENTIALS, "The credentials are not accepted", challenge)


def check_scopes(identity: Identity, operation: str, scopes: Mapping[str, frozenset[str]]) -> None:
    """`scopes`: of which a client needs one, by operation; what is not in it needs `default` or its own name (C5)."""
    needed = scopes.get(operation) or frozenset({"default", operation})
    if identity.scopes is not None and not identity.scopes & needed:
        challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{" ".join(sorted(needed))}"'
        raise forbidden(ErrorCode.ACCESS_DENIED, "The client is not allowed this operation", challenge)


def _certificate(request: web.BaseRequest, proxies: TrustedProxies) -> Certificate | None:
    """Of the proxy's header where the proxy is believed, else of the connection itself."""
    if proxies.header is not None and proxies.has(request.remote):
        values = request.headers.getall(proxies.header, ())
        if len(values) > 1:
            raise CredentialsRefused("the proxy hands on several certificates")
        return _read(values[0], proxies.form) if values and values[0].strip() else None
    connection = request.transport.get_extra_info("ssl_object") if request.transport else None
    if not isinstance(connection, ssl.SSLObject):
        return None
    der = connection.getpeercert(binary_form=True)
    return _read_der(der) if der else None


def _read(text: str, form: str) -> Certificate:
    try:
        return read_header(text, form)
    except NotACertificate as error:
        raise CredentialsRefused(f"the certificate that the proxy hands on: {error}") from None


def _read_der(der: bytes) -> Certificate:
    try:
        return read_der(der)
    except NotACertificate as error:
        raise CredentialsRefused(f"the client certificate: {error}") from None


def _is_within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(read, "ipv4_mapped", None)
    return any((mapped or read) in network for network in networks if network.version == (mapped or read).version)
