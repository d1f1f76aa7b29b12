"""A callback as a Buyer sends it: read strictly, then held against what may be called (H3, H4).

What the socket connects to is looked at again at each call (courier.py): a name can mean something else by then.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, urlsplit

from gateway.lso.problems import ProblemCode
from gateway.notify.policy import Address, CallbackPolicy, address_of

Resolve = Callable[[str], Awaitable[Sequence[Address]]]
"""All addresses of a host name now. Raises OSError if it has none, or is not known in time."""

_LONGEST = 2000
_URI = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+", re.ASCII)
_NAME = re.compile(r"(?=.{1,254}$)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?", re.ASCII)
# readers of old take 127.1, 0x7f000001 and 2130706433 for addresses: a name does not end in a number
_NUMBER_AT_THE_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.?", re.ASCII)


class CallbackRefused(Exception):
    """The callback cannot be taken. The text goes to the Buyer."""

    def __init__(self, code: ProblemCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Callback:
    """A callback that can be read: an absolute URI that a path can be appended to. `host` has no brackets."""

    text: str
    scheme: str
    host: str


def read_callback(text: str) -> Callback:
    """Raises CallbackRefused: invalidFormat without an http(s) URI and a host, invalidValue for what it must not have.

    Of an address only the usual spelling is read: a name that ends in a number is no host.
    """
    parts = _split(text)
    host = parts.hostname or ""
    if not _is_host(host, bracketed="[" in parts.netloc):
        raise _malformed()
    if "@" in parts.netloc:
        raise _unwanted("must not have credentials")
    if "?" in text or "#" in text:
        raise _unwanted("must not have a query or a fragment: a path is appended to it")
    return Callback(text, parts.scheme, host)


async def check_callback(callback: Callback, policy: CallbackPolicy, resolve: Resolve) -> None:
    """Raises CallbackRefused if the scheme, or any address that the host has now, may not be called.

    One answer for a name without addresses and one with addresses of ours: it tells nothing of the Seller's network.
    """
    if callback.scheme not in policy.schemes:
        raise _unwanted(f"must begin with {' or '.join(sorted(policy.schemes))}")
    literal = address_of(callback.host)
    try:
        addresses = [literal] if literal else await resolve(callback.host)
    except OSError:
        addresses = []
    if not addresses or not all(policy.allows(callback.host, address) for address in addresses):
        raise _unwanted("must name a host that has public addresses, and no others")


def _split(text: str) -> SplitResult:
    if len(text) > _LONGEST or not _URI.fullmatch(text):
        raise _malformed()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        raise _malformed() from None
    if not usable:
        raise _malformed()
    return parts


def _is_host(host: str, *, bracketed: bool) -> bool:
    match address_of(host):
        case IPv4Address():
            return not bracketed
        case IPv6Address(scope_id=scope):
            return scope is None
        case None:
            return not bracketed and bool(_NAME.fullmatch(host)) and not _NUMBER_AT_THE_END.fullmatch(host)


def _malformed() -> CallbackRefused:
    return CallbackRefused(ProblemCode.INVALID_FORMAT, "must be an absolute URI (http or https) with a host")


def _unwanted(reason: str) -> CallbackRefused:
    return CallbackRefused(ProblemCode.INVALID_VALUE, reason)
