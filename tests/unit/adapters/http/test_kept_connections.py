"""What a system says that nobody asked for, on a connection that is kept: it must never answer the next question."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from adapters.base import NoAnswer
from tests.support.http_server import http_server
from tests.support.unasked import chatty_server, reply
from tests.unit.adapters.http.certificates import ca_file, server_context
from tests.unit.adapters.http.clients import client, get


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="without a session"),
        pytest.param({"authentication": {"digest": {"username": "a", "password": "b"}}}, id="with a session"),
    ],
)
@pytest.mark.parametrize(
    "unasked",
    [
        pytest.param(reply("late"), id="another reply"),
        pytest.param(reply("late") + reply("later"), id="two of them"),
        pytest.param(reply("late")[:-1], id="the beginning of one"),
    ],
)
async def test_a_reply_that_nobody_asked_for_answers_nothing(unasked: bytes, options: dict[str, Any]) -> None:
    async with chatty_server(unasked) as (url, say_more), client(url, **options) as asked:
        answers = [(await get(asked, "/1")).content]
        await say_more()
        answers += [(await get(asked, target)).content for target in ("/2", "/3")]

    assert answers == [b"/1", b"/2", b"/3"]


async def test_nor_does_one_that_has_come_and_was_not_read_yet() -> None:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        async with client(f"http://127.0.0.1:{listening.getsockname()[1]}") as asked:

            async def served(text: str, line: socket.socket | None = None) -> tuple[str, socket.socket]:
                answer = asyncio.create_task(get(asked))
                if line is None:
                    line, _ = await asyncio.wait_for(loop.sock_accept(listening), 5)
                await loop.sock_recv(line, 4096)
                await loop.sock_sendall(line, reply(text))
                return (await answer).content.decode(), line

            first, line = await served("1")
            line.send(reply("late"))
            second, other = await served("2")
            line.close()
            other.close()

    assert (first, second) == ("1", "2")


async def test_a_system_that_speaks_first_is_connected_to_once() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, client(url) as asked:
        with pytest.raises(NoAnswer):
            await get(asked)

    assert connections == 1


async def test_connections_with_tls_are_kept_whatever_tls_itself_says_on_them(tmp_path: Path) -> None:
    async with http_server(tls=server_context()) as server:
        server.says("{}")
        async with client(server.url, tls={"ca": ca_file(tmp_path)}) as asked:
            for _ in range(5):
                await get(asked)

    assert len({one.connection for one in server.asked}) == 1
