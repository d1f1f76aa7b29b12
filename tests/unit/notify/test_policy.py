"""Which addresses a callback may lead to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.notify.policy import CallbackPolicy, is_public


@pytest.mark.requirement("H4")
@pytest.mark.parametrize(
    "address",
    [
        pytest.param("8.8.8.8", id="public-4"),
        pytest.param("100.63.255.255", id="just-before-cgnat"),
        pytest.param("100.128.0.0", id="just-after-cgnat"),
        pytest.param("172.15.255.255", id="just-before-private"),
        pytest.param("172.32.0.0", id="just-after-private"),
        pytest.param("223.255.255.255", id="the-last-unicast"),
        pytest.param("2606:4700:4700::1111", id="public-6"),
        pytest.param("2a00:1450:4001::1", id="public-6-europe"),
        pytest.param("2001:200::1", id="just-after-protocol-assignments"),
    ],
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.requirement("H4")
@pytest.mark.parametrize(
    "address",
    [
        pytest.param("0.0.0.0", id="unspecified-4"),
        pytest.param("0.1.2.3", id="this-network"),
        pytest.param("10.255.255.255", id="private-10"),
        pytest.param("100.64.0.0", id="cgnat-first"),
        pytest.param("100.127.255.255", id="cgnat-last"),
        pytest.param("127.0.0.1", id="loopback-4"),
        pytest.param("127.255.255.254", id="loopback-4-other"),
        pytest.param("169.254.169.254", id="metadata"),
        pytest.param("172.16.0.1", id="private-172"),
        pytest.param("172.31.255.255", id="private-172-last"),
        pytest.param("192.0.0.1", id="protocol-assignments-4"),
        pytest.param("192.0.2.1", id="documentation-1"),
        pytest.param("192.88.99.1", id="6to4-relay"),
        pytest.param("192.168.0.1", id="private-192"),
        pytest.param("198.18.0.1", id="benchmarks"),
        pytest.param("198.51.100.1", id="documentation-2"),
        pytest.param("203.0.113.1", id="documentation-3"),
        pytest.param("224.0.0.1", id="multicast-4"),
        pytest.param("239.255.255.255", id="multicast-4-last"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::", id="unspecified-6"),
        pytest.param("::1", id="loopback-6"),
        pytest.param("::127.0.0.1", id="ipv4-compatible"),
        pytest.param("::ffff:127.0.0.1", id="ipv4-mapped-loopback"),
        pytest.param("::ffff:8.8.8.8", id="ipv4-mapped-public"),
        pytest.param("64:ff9b::7f00:1", id="nat64-loopback"),
        pytest.param("64:ff9b::808:808", id="nat64-public"),
        pytest.param("64:ff9b:1::1", id="nat64-local"),
        pytest.param("100::1", id="discard"),
        pytest.param("2001::1", id="teredo"),
        pytest.param("2001:20::1", id="orchid"),
        pytest.param("2001:db8::1", id="documentation-6"),
        pytest.param("2002:7f00:1::1", id="6to4-loopback"),
        pytest.param("2002:808:808::1", id="6to4-public"),
        pytest.param("3fff::1", id="documentation-6-new"),
        pytest.param("5f00::1", id="segment-routing"),
        pytest.param("fc00::1", id="unique-local"),
        pytest.param("fd12:3456::1", id="unique-local-assigned"),
        pytest.param("fe80::1", id="link-local-6"),
        pytest.param("fe80::1%eth0", id="link-local-6-with-zone"),
        pytest.param("fec0::1", id="site-local"),
        pytest.param("ff02::1", id="multicast-6"),
        pytest.param("4000::1", id="unassigned"),
    ],
)
def test_all_other_addresses_are_not(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not CallbackPolicy().allows("buyer.example", ip_address(address))


@given(st.ip_addresses())
def test_nothing_is_public_that_the_registries_know_as_special(address: IPv4Address | IPv6Address) -> None:
    special = (
        *(address.is_loopback, address.is_link_local, address.is_multicast),
        *(address.is_unspecified, address.is_reserved),
    )
    # the library's own view as a second witness; of what is private it knows less than the registries
    if any(special) or address.is_private:
        assert not is_public(address)


@given(st.ip_addresses(v=4).filter(lambda address: not is_public(address)))
def test_no_form_that_carries_a_private_address_inside_is_public(inner: IPv4Address) -> None:
    number = int(inner)
    forms = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | number << 80 | 1),
        IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF)),
    ]
    assert [str(form) for form in forms if is_public(form)] == []


@pytest.mark.parametrize(
    ("allow", "host", "address", "expected"),
    [
        pytest.param(["127.0.0.1"], "x", "127.0.0.1", True, id="an-address"),
        pytest.param(["127.0.0.1"], "x", "127.0.0.2", False, id="another-address"),
        pytest.param(["10.1.0.0/16"], "x", "10.1.2.3", True, id="a-network"),
        pytest.param(["10.1.0.0/16"], "x", "10.2.2.3", False, id="beside-the-network"),
        pytest.param(["10.1.2.3/16"], "x", "10.1.0.0", True, id="a-network-by-a-host-in-it"),
        pytest.param(["::1"], "x", "::1", True, id="an-address-6"),
        pytest.param(["fd00::/8"], "x", "fd12::1", True, id="a-network-6"),
        pytest.param(["127.0.0.0/8"], "x", "::ffff:127.0.0.1", False, id="mapped-is-another-address"),
        pytest.param(["Listener.Internal."], "listener.internal", "10.0.0.1", True, id="a-host"),
        pytest.param(["listener.internal"], "LISTENER.internal.", "10.0.0.1", True, id="a-host-spelled-otherwise"),
        pytest.param(["listener.internal"], "x.listener.internal", "10.0.0.1", False, id="below-a-host"),
        pytest.param(["listener.internal"], "xlistener.internal", "10.0.0.1", False, id="the-end-of-a-host"),
        pytest.param([], "x", "8.8.8.8", True, id="public-always"),
    ],
)
def test_an_allow_list_adds_to_what_is_public(allow: list[str], host: str, address: str, expected: bool) -> None:
    assert CallbackPolicy.of(["https"], allow).allows(host, ip_address(address)) is expected


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "host/8", "/"])
def test_a_broken_network_is_an_error(entry: str) -> None:
    with pytest.raises(ValueError, match="/"):
        CallbackPolicy.of(["https"], [entry])
