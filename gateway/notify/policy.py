"""Whom the gateway calls on a Buyer's word: by default only what anybody on the Internet can reach. Pure.

A callback must not turn the gateway on the Seller's own network. So an address has to be global unicast by the IANA
registries; forms that carry another address inside (IPv4-mapped, NAT64, 6to4, Teredo) lead elsewhere and are refused.
What is neither is said in the configuration, for each Buyer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# RFC 6890 and its registries; the library's own `is_global` differs between versions of Python
_NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, unspecified
        "10.0.0.0/8",
        "100.64.0.0/10",  # CGNAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)


def is_public(address: Address) -> bool:
    """Whether the address is globally reachable unicast, and means itself."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _PUBLIC_6 and not any(address in network for network in _NOT_PUBLIC_6)


def address_of(host: str) -> Address | None:
    """The address that a host of a URI is, brackets taken off; None if it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


@dataclass(frozen=True)
class CallbackPolicy:
    """What one Buyer's callbacks may be. `hosts` are lower case, without a final dot."""

    schemes: frozenset[str] = frozenset({"https"})
    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, schemes: Iterable[str], allow: Iterable[str]) -> CallbackPolicy:
        """`allow`: hosts, addresses and networks beyond the public ones. Raises ValueError for a broken network."""
        networks: list[Network] = []
        hosts: set[str] = set()
        for entry in allow:
            if "/" in entry or address_of(entry):
                networks.append(ip_network(entry, strict=False))
            else:
                hosts.add(_plain(entry))
        return cls(frozenset(schemes), tuple(networks), frozenset(hosts))

    def allows(self, host: str, address: Address) -> bool:
        """Whether `address`, which is what `host` means now, may be called."""
        return (
            is_public(address)
            or _plain(host) in self.hosts
            or any(address in network for network in self.networks if network.version == address.version)
        )


def _plain(host: str) -> str:
    return host.lower().removesuffix(".")
