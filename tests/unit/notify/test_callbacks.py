"""What may be registered as a callback."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from gateway.lso.problems import ProblemCode
from gateway.notify.callbacks import CallbackRefused, check_callback, read_callback
from gateway.notify.policy import Address, CallbackPolicy

FORMAT, VALUE = ProblemCode.INVALID_FORMAT, ProblemCode.INVALID_VALUE


@pytest.mark.parametrize(
    ("text", "host"),
    [
        pytest.param("https://buyer.example", "buyer.example", id="host-only"),
        pytest.param("https://buyer.example/", "buyer.example", id="slash"),
        pytest.param("https://Buyer.Example:8443/a/b%20c;x=1/", "buyer.example", id="port-and-path"),
        pytest.param("http://buyer.example.", "buyer.example.", id="final-dot"),
        pytest.param("HTTPS://xn--bcher-kva.example/", "xn--bcher-kva.example", id="punycode"),
        pytest.param("https://my_host.example", "my_host.example", id="underscore"),
        pytest.param("https://8.8.8.8:1/", "8.8.8.8", id="address"),
        pytest.param("https://[2606:4700::1]:8443/x", "2606:4700::1", id="address-6"),
    ],
)
def test_an_absolute_uri_with_a_host_can_be_read(text: str, host: str) -> None:
    callback = read_callback(text)

    assert (callback.text, callback.host) == (text, host)


@pytest.mark.requirement("H3", "H4", "87.1-R67")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("", FORMAT, id="empty"),
        pytest.param("buyer.example/x", FORMAT, id="no-scheme"),
        pytest.param("//buyer.example/x", FORMAT, id="no-scheme-but-slashes"),
        pytest.param("/x", FORMAT, id="path"),
        pytest.param("https:buyer.example", FORMAT, id="no-slashes"),
        pytest.param("https:///x", FORMAT, id="no-host"),
        pytest.param("https://:8080/", FORMAT, id="port-only"),
        pytest.param("ftp://buyer.example/", FORMAT, id="ftp"),
        pytest.param("file:///etc/passwd", FORMAT, id="file"),
        pytest.param("gopher://buyer.example/", FORMAT, id="gopher"),
        pytest.param("https://buyer.example:99999/", FORMAT, id="port-too-high"),
        pytest.param("https://buyer.example:0/", FORMAT, id="port-zero"),
        pytest.param("https://buyer.example:x/", FORMAT, id="port-no-number"),
        pytest.param("https://buyer .example/", FORMAT, id="space"),
        pytest.param(" https://buyer.example/", FORMAT, id="space-before"),
        pytest.param("https://buyer.example/\r\nX: y", FORMAT, id="line-break"),
        pytest.param("https://buyer.example/\n", FORMAT, id="line-break-at-the-end"),
        pytest.param("https://buyer.example\\@evil.example/", FORMAT, id="backslash"),
        pytest.param("https://büyer.example/", FORMAT, id="not-ascii"),
        pytest.param("https://buyer.example/%zz", FORMAT, id="broken-escape"),
        pytest.param("https://buyer.example/%", FORMAT, id="broken-escape-at-the-end"),
        pytest.param("https://buy%65r.example/", FORMAT, id="escape-in-the-host"),
        pytest.param("https://a..b/", FORMAT, id="empty-label"),
        pytest.param(f"https://{'a' * 64}.example/", FORMAT, id="long-label"),
        pytest.param(f"https://{'a.' * 130}example/", FORMAT, id="long-host"),
        pytest.param(f"https://buyer.example/{'a' * 2000}", FORMAT, id="long"),
        pytest.param("https://2130706433/", FORMAT, id="address-as-a-number"),
        pytest.param("https://127.1/", FORMAT, id="short-address"),
        pytest.param("https://0x7f000001/", FORMAT, id="address-in-hex"),
        pytest.param("https://0x7f.0.0.1/", FORMAT, id="address-partly-in-hex"),
        pytest.param("https://0177.0.0.1/", FORMAT, id="address-in-octal"),
        pytest.param("https://127.0.0.1./", FORMAT, id="address-with-a-final-dot"),
        pytest.param("https://256.0.0.1/", FORMAT, id="no-address"),
        pytest.param("https://[::1/", FORMAT, id="open-bracket"),
        pytest.param("https://[fe80::1%25eth0]/", FORMAT, id="zone"),
        pytest.param("https://[v1.x]/", FORMAT, id="future-address"),
        pytest.param("https://[127.0.0.1]/", FORMAT, id="address-in-brackets"),
        pytest.param("https://user@buyer.example/", VALUE, id="user"),
        pytest.param("https://user:secret@buyer.example/", VALUE, id="credentials"),
        pytest.param("https://@buyer.example/", VALUE, id="empty-credentials"),
        pytest.param("https://buyer.example/?a=b", VALUE, id="query"),
        pytest.param("https://buyer.example/?", VALUE, id="empty-query"),
        pytest.param("https://buyer.example/#x", VALUE, id="fragment"),
        pytest.param("https://buyer.example#", VALUE, id="empty-fragment"),
    ],
)
def test_what_cannot_be_called_with_a_path_behind_it_is_refused(text: str, code: ProblemCode) -> None:
    with pytest.raises(CallbackRefused) as refused:
        read_callback(text)

    assert refused.value.code is code


async def check(text: str, *meanings: str, schemes: Sequence[str] = ("https",), allow: Sequence[str] = ()) -> None:
    """Check a callback whose host means these addresses."""

    async def resolve(host: str) -> Sequence[Address]:
        assert host == "buyer.example"
        if not meanings:
            raise OSError("unknown")
        return [ip_address(one) for one in meanings]

    await check_callback(read_callback(text), CallbackPolicy.of(schemes, allow), resolve)


@pytest.mark.requirement("H4")
async def test_a_host_with_public_addresses_only_is_taken() -> None:
    await check("https://buyer.example/", "8.8.8.8", "2606:4700::1")
    await check("https://8.8.8.8/")


@pytest.mark.requirement("H4")
@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        pytest.param("https://buyer.example/", ["127.0.0.1"], id="loopback"),
        pytest.param("https://buyer.example/", ["8.8.8.8", "10.0.0.1"], id="one-of-two"),
        pytest.param("https://buyer.example/", ["2606:4700::1", "::ffff:10.0.0.1"], id="one-of-two-6"),
        pytest.param("https://127.0.0.1/", [], id="address"),
        pytest.param("https://[::1]/", [], id="address-6"),
        pytest.param("https://[::ffff:169.254.169.254]/", [], id="metadata-mapped"),
        pytest.param("https://buyer.example/", [], id="unknown-name"),
        pytest.param("http://buyer.example/", ["8.8.8.8"], id="scheme"),
    ],
)
async def test_a_callback_that_may_not_be_called_is_refused(text: str, meanings: list[str]) -> None:
    with pytest.raises(CallbackRefused) as refused:
        await check(text, *meanings)

    assert refused.value.code is VALUE


async def test_an_unknown_name_and_a_private_one_are_one_answer() -> None:
    reasons = set()
    for meanings in ([], ["10.0.0.1"]):
        with pytest.raises(CallbackRefused) as refused:
            await check("https://buyer.example/", *meanings)
        reasons.add(refused.value.reason)

    assert len(reasons) == 1


async def test_what_is_allowed_for_the_buyer_is_taken() -> None:
    await check("http://127.0.0.1:9000/", schemes=["http"], allow=["127.0.0.1"])
    await check("https://buyer.example/", "10.0.0.1", allow=["buyer.example"])
    await check("https://buyer.example/", "10.0.0.1", "8.8.8.8", allow=["10.0.0.0/8"])
    with pytest.raises(CallbackRefused):
        await check("https://buyer.example/", allow=["buyer.example"])
