"""From where a request came: listed proxies are believed, nobody else."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request

from gateway.api.identity import TrustedProxies, origin

PROXIES = TrustedProxies((ip_network("10.0.0.0/8"), ip_network("fd00::/8")))


@pytest.mark.parametrize(
    ("remote", "told", "expected"),
    [
        pytest.param("192.0.2.1", "198.51.100.9", "192.0.2.1", id="whoever is no proxy may tell what it likes"),
        pytest.param("10.0.0.1", "198.51.100.9", "198.51.100.9", id="a proxy"),
        pytest.param("10.0.0.1", "203.0.113.5, 198.51.100.9", "198.51.100.9", id="a client makes one up"),
        pytest.param("10.0.0.1", "198.51.100.9, 10.2.2.2", "198.51.100.9", id="two proxies"),
        pytest.param("10.0.0.1", "2001:db8::1, fd00::7", "2001:db8::1", id="IPv6"),
        pytest.param("10.0.0.1", None, "10.0.0.1", id="nothing told"),
        pytest.param("10.0.0.1", "unknown", "10.0.0.1", id="no address"),
        pytest.param("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2", id="proxies only"),
    ],
)
def test_the_origin_is_the_last_address_that_is_no_listed_proxy(remote: str, told: str | None, expected: str) -> None:
    headers = {} if told is None else {"X-Forwarded-For": told}
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=remote)

    assert origin(request, PROXIES) == expected
