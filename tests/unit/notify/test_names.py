"""Host names to addresses."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Any

import pytest

from gateway.notify.names import Names


@pytest.fixture
async def names() -> AsyncIterator[Names]:
    names = Names(timeout=0.2)
    yield names
    await names.close()


async def test_a_name_has_all_of_its_addresses(names: Names) -> None:
    assert ip_address("127.0.0.1") in await names.addresses("localhost")
    [answer] = await names.resolve("localhost", 443, socket.AF_INET)
    assert (answer["host"], answer["port"], answer["family"]) == ("127.0.0.1", 443, socket.AF_INET)


@pytest.mark.parametrize("host", ["name.invalid", "a..b", "x" * 64, "x" * 300, ""])
async def test_what_has_no_address_is_an_error_of_the_system(names: Names, host: str, monkeypatch: Any) -> None:
    real = socket.getaddrinfo

    def without_a_network(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "name.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return real(name, *arguments, **options) if name else []

    monkeypatch.setattr(socket, "getaddrinfo", without_a_network)
    with pytest.raises(OSError, match=r"\w"):
        await names.addresses(host)


async def test_a_name_server_that_does_not_answer_keeps_no_other_name_waiting(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()

    def hanging(name: str, *_: Any, **__: Any) -> Any:
        if name.startswith("dead"):
            may_end.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    try:
        dead = [asyncio.create_task(names.addresses(f"dead-{number}")) for number in range(8)]
        assert await names.addresses("alive") == [ip_address("8.8.8.8")]
        outcomes = await asyncio.gather(*dead, return_exceptions=True)
        assert [str(outcome) for outcome in outcomes] == ["no answer about this name within 0.2 s"] * 8
    finally:
        may_end.set()


async def test_after_closing_there_are_no_answers(names: Names) -> None:
    await names.close()

    with pytest.raises(OSError, match="shutdown"):
        await names.addresses("localhost")
