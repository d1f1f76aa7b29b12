"""An issuer's keys: when they are fetched, how long they are believed, what is not taken for a key."""

from __future__ import annotations

import asyncio

import pytest

from gateway.authentication.issuer_keys import SPACING, IssuerKeys, NoKeys, read_keys
from gateway.authentication.port import CannotTell
from tests.support.authentication import Clock, Published
from tests.support.issuer import jwks


def issuer_keys(clock: Clock, published: Published, changes: list[float] | None = None) -> IssuerKeys:
    def changed() -> None:
        if changes is not None:
            changes.append(clock.seconds)

    return IssuerKeys(published.load, issuer="id", refresh=600, keep=3600, monotonic=clock.monotonic, changed=changed)


async def test_an_unknown_key_is_looked_for_once_in_thirty_seconds_at_most() -> None:
    clock, published = Clock(), Published(jwks("ec"))
    keys = issuer_keys(clock, published)

    assert await keys.find("ec") is not None
    for _ in range(50):
        assert await keys.find("rsa") is None
    assert published.fetched == 1

    published.raw = jwks()
    clock.seconds = SPACING - 0.1
    assert await keys.find("rsa") is None
    clock.seconds = SPACING
    assert await keys.find("rsa") is not None
    assert published.fetched == 2


async def test_many_who_ask_for_the_same_key_wait_for_one_fetch() -> None:
    clock, published, may_come = Clock(), Published(), asyncio.Event()
    load = published.load

    async def slowly() -> bytes:
        raw = await load()
        await may_come.wait()
        return raw

    keys = IssuerKeys(slowly, issuer="id", refresh=600, keep=3600, monotonic=clock.monotonic, changed=lambda: None)
    asking = [asyncio.ensure_future(keys.find("ec")) for _ in range(20)]
    await asyncio.sleep(0)
    may_come.set()

    assert all(await asyncio.gather(*asking))
    assert published.fetched == 1


async def test_the_last_good_keys_stay_while_the_issuer_is_away_and_are_believed_no_longer_than_said() -> None:
    clock, published = Clock(), Published()
    keys = issuer_keys(clock, published)
    await keys.find("ec")

    for broken in (None, b"<html>", b'{"keys": []}', b"[]"):
        published.raw = broken
        clock.seconds += SPACING
        assert await keys.find("unknown") is None
        assert await keys.find("ec") is not None

    clock.seconds = 3600
    with pytest.raises(CannotTell):
        await keys.find("ec")


async def test_without_any_keys_nothing_can_be_told() -> None:
    keys = issuer_keys(Clock(), Published(None))

    with pytest.raises(CannotTell, match="no keys of id"):
        await keys.find("ec")


async def test_who_depends_on_the_keys_is_told_when_they_are_others() -> None:
    clock, published, changes = Clock(), Published(jwks("ec")), list[float]()
    keys = issuer_keys(clock, published, changes)

    for seconds, raw in ((0, jwks("ec")), (30, jwks("ec")), (60, jwks("rsa"))):
        clock.seconds, published.raw = seconds, raw
        await keys.find("unknown")

    assert changes == [0, 60]


async def test_a_token_without_a_key_id_means_the_only_key() -> None:
    clock, published = Clock(), Published(jwks("ec"))
    keys = issuer_keys(clock, published)

    assert await keys.find(None) is not None
    published.raw, clock.seconds = jwks(), SPACING
    await keys.find("rsa")
    assert await keys.find(None) is None


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": [1, null]}', b"[" * 100_000])
def test_what_is_no_set_of_keys(raw: bytes) -> None:
    with pytest.raises(NoKeys):
        read_keys(raw)
