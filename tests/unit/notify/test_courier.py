"""One call of a listener, against real servers that behave badly."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from aiohttp.abc import ResolveResult

from gateway.notify.courier import MOST_READ, HttpCourier
from gateway.notify.letters import Letter
from gateway.notify.names import Names
from gateway.notify.outcomes import Delivered, Failed, Gone, Outcome
from gateway.notify.policy import CallbackPolicy
from tests.conftest import skip_or_fail
from tests.support.listener import listening, raw_server, read_request

LOOPBACK = CallbackPolicy.of(["http", "https"], ["127.0.0.0/8"])
BODY = json.dumps({"eventId": "é"}).encode()


@pytest.fixture
async def names() -> AsyncIterator[Names]:
    names = Names(timeout=5)
    yield names
    await names.close()


@pytest.fixture
async def courier(names: Names) -> AsyncIterator[HttpCourier]:
    async with HttpCourier(names, timeout=5) as courier:
        yield courier


def to(url: str, policy: CallbackPolicy = LOOPBACK) -> Letter:
    return Letter(url, BODY, policy)


async def answered(courier: HttpCourier, answer: bytes, *, then_wait: bool = False) -> Outcome:
    """What comes of a call that is answered with these bytes; the server then closes, or waits for ever."""

    async def script(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        if then_wait:
            await asyncio.Event().wait()

    async with raw_server(script) as port:
        return await courier.send(to(f"http://127.0.0.1:{port}/"))


async def test_the_event_is_posted_as_json_to_the_address_as_it_is_spelled(courier: HttpCourier) -> None:
    async with listening() as listener:
        outcome = await courier.send(to(f"{listener.url}/a%2Fb/../c?buyerId=b%20%2B"))

    assert outcome == Delivered()
    [call] = listener.calls
    assert call.target == "/a%2Fb/../c?buyerId=b%20%2B"
    assert call.body == {"eventId": "é"}
    sent = {name: call.headers.get(name) for name in ("Content-Type", "Accept-Encoding", "Cookie", "User-Agent")}
    assert sent == {
        "Content-Type": "application/json;charset=utf-8",
        "Accept-Encoding": "identity",
        "Cookie": None,
        "User-Agent": "poq-gateway",
    }


@pytest.mark.parametrize(
    ("head", "outcome"),
    [
        pytest.param("204 No Content", Delivered(), id="as-defined"),
        pytest.param("200 OK\r\nContent-Length: 2", Delivered(), id="another-success"),
        pytest.param("202 Accepted\r\nContent-Length: 2", Delivered(), id="accepted"),
        pytest.param("410 Gone\r\nContent-Length: 2", Gone(), id="gone"),
        pytest.param("400 Bad\r\nContent-Length: 2", Failed("HTTP 400"), id="refused"),
        pytest.param("404 Not Found\r\nContent-Length: 2", Failed("HTTP 404"), id="not-found"),
        pytest.param("500 Oh\r\nContent-Length: 2", Failed("HTTP 500"), id="broken"),
        pytest.param(
            "503 Later\r\nRetry-After: 120\r\nContent-Length: 2", Failed("HTTP 503", "120"), id="asks-for-a-pause"
        ),
        pytest.param("429 Slow\r\nRetry-After: soon\r\nContent-Length: 2", Failed("HTTP 429", "soon"), id="odd-pause"),
    ],
)
async def test_the_status_decides(courier: HttpCourier, head: str, outcome: Outcome) -> None:
    body = b"{}" if "Length" in head else b""
    assert await answered(courier, f"HTTP/1.1 {head}\r\n\r\n".encode() + body) == outcome


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(courier: HttpCourier, status: int) -> None:
    async with listening() as elsewhere:
        head = f"HTTP/1.1 {status} X\r\nLocation: {elsewhere.url}/\r\nContent-Length: 0\r\n\r\n"
        outcome = await answered(courier, head.encode())

    assert outcome == Failed(f"HTTP {status}: redirects are not followed")
    assert elsewhere.calls == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 20", id="half-a-status"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", id="another-protocol"),
        pytest.param(b"HTTP/1.1 204 x\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", id="endless-header"),
        pytest.param(b"HTTP/1.1 abc x\r\n\r\n", id="no-status"),
        pytest.param(b"\x00\xff" * 10, id="bytes"),
    ],
)
async def test_what_is_no_answer_is_a_failure(courier: HttpCourier, answer: bytes) -> None:
    outcome = await answered(courier, answer)

    assert isinstance(outcome, Failed)
    assert 0 < len(outcome.reason) <= 200


async def test_a_reset_is_a_failure(courier: HttpCourier) -> None:
    async def reset(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        writer.transport.abort()

    async with raw_server(reset) as port:
        outcome = await courier.send(to(f"http://127.0.0.1:{port}/"))

    assert isinstance(outcome, Failed)


async def test_a_closed_port_is_a_failure(courier: HttpCourier) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert isinstance(await courier.send(to(f"http://127.0.0.1:{port}/")), Failed)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param(b"", Failed("no answer within 0.2 s"), id="hangs"),
        pytest.param(b"HTTP/1.1 204 ", Failed("no answer within 0.2 s"), id="hangs-in-the-head"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", Failed("no answer within 0.2 s"), id="promises-only"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx", Delivered(), id="hangs-in-the-body"),
        pytest.param(b"HTTP/1.1 500 X\r\nContent-Length: 10\r\n\r\nx", Failed("HTTP 500"), id="fails-slowly"),
    ],
)
async def test_all_of_a_call_has_one_time_limit(names: Names, answer: bytes, outcome: Outcome) -> None:
    async with HttpCourier(names, timeout=0.2) as courier, asyncio.timeout(5):
        assert await answered(courier, answer, then_wait=True) == outcome


async def test_a_dripping_body_does_not_stretch_the_time_limit(names: Names) -> None:
    async def drip(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with HttpCourier(names, timeout=0.3) as courier, raw_server(drip) as port, asyncio.timeout(5):
        assert await courier.send(to(f"http://127.0.0.1:{port}/")) == Delivered()


async def test_of_an_endless_answer_little_is_read_and_the_connection_ends(courier: HttpCourier) -> None:
    written, ended = 0, asyncio.Event()

    async def flood(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 4096)
                await writer.drain()
                written += 4096
        finally:
            ended.set()

    async with raw_server(flood) as port:
        assert await courier.send(to(f"http://127.0.0.1:{port}/")) == Delivered()
        async with asyncio.timeout(5):
            await ended.wait()
    # what the kernel buffers on both sides comes on top of what is read
    assert written < 20 * 1024 * 1024


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        pytest.param(0, 1, id="empty"),
        pytest.param(10, 1, id="short"),
        pytest.param(MOST_READ - 1, 1, id="just-read"),
        pytest.param(20 * MOST_READ, 3, id="long"),
    ],
)
async def test_a_connection_is_kept_where_the_answer_is_short(courier: HttpCourier, size: int, expected: int) -> None:
    connections = 0

    async def script(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * size)
            await writer.drain()
            await read_request(reader)

    async with raw_server(script) as port:
        for _ in range(3):
            assert await courier.send(to(f"http://127.0.0.1:{port}/")) == Delivered()

    assert connections == expected


async def test_a_kept_connection_that_was_dropped_costs_no_attempt(courier: HttpCourier) -> None:
    dropped = asyncio.Event()

    async def once(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        if not dropped.is_set():
            dropped.set()
            await read_request(reader)  # the second call arrives here, and gets no answer

    async with raw_server(once) as port:
        outcomes = [await courier.send(to(f"http://127.0.0.1:{port}/")) for _ in range(2)]

    assert outcomes == [Delivered(), Delivered()]


async def test_a_bomb_is_not_unpacked(courier: HttpCourier) -> None:
    packed = gzip.compress(bytes(10_000_000))
    assert len(packed) < MOST_READ
    answer = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed
    connections = 0

    async def script(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            writer.write(answer)
            await read_request(reader)

    async with raw_server(script) as port:
        for _ in range(2):
            assert await courier.send(to(f"http://127.0.0.1:{port}/")) == Delivered()

    # unpacked it would have been more than is read, and its connection not be kept
    assert connections == 1


async def test_cookies_are_not_kept(courier: HttpCourier) -> None:
    requests: list[bytes] = []

    async def script(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(request)
        writer.write(b"HTTP/1.1 204 x\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n")

    async with raw_server(script) as port:
        for _ in range(2):
            await courier.send(to(f"http://127.0.0.1:{port}/"))

    assert len(requests) == 2
    assert b"cookie" not in requests[1].lower()


async def test_the_environment_names_no_proxy(courier: HttpCourier, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as proxy, listening() as listener:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert await courier.send(to(listener.url)) == Delivered()

    assert (len(listener.calls), len(proxy.calls)) == (1, 0)


class Answering(Names):
    """Says what a test wants a name to mean."""

    def __init__(self, *addresses: str) -> None:
        super().__init__(timeout=1)
        self._meant: Sequence[str] = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=one, port=port, family=socket.AF_INET, proto=0, flags=0)
            for one in self._meant
        ]


@pytest.mark.requirement("H4")
@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(CallbackPolicy.of(["http"], []), id="nothing-allowed"),
        pytest.param(CallbackPolicy.of(["http"], ["10.0.0.0/8", "other.example"]), id="others-allowed"),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "buyer.example", "localhost"])
async def test_an_address_that_is_not_allowed_is_not_connected_to(host: str, policy: CallbackPolicy) -> None:
    async with listening() as listener, HttpCourier(Answering("127.0.0.1"), timeout=5) as courier:
        port = listener.url.rpartition(":")[2]
        outcome = await courier.send(to(f"http://{host}:{port}/", policy))

    assert isinstance(outcome, Failed)
    assert "127.0.0.1 is not allowed" in outcome.reason
    assert listener.calls == []


@pytest.mark.requirement("H4")
async def test_a_host_that_is_allowed_by_name_may_be_anywhere_and_no_other() -> None:
    policy = CallbackPolicy.of(["http"], ["buyer.example"])
    async with listening() as listener, HttpCourier(Answering("127.0.0.1"), timeout=5) as courier:
        port = listener.url.rpartition(":")[2]
        outcomes = [await courier.send(to(f"http://{host}:{port}/", policy)) for host in ("buyer.example", "b.example")]

    assert outcomes[0] == Delivered()
    assert isinstance(outcomes[1], Failed)
    assert len(listener.calls) == 1


@pytest.mark.requirement("H4")
async def test_of_several_addresses_only_those_that_are_allowed_are_connected_to() -> None:
    policy = CallbackPolicy.of(["http"], ["127.0.0.1"])
    names = Answering("127.0.0.2", "127.0.0.3", "127.0.0.1")
    refused = asyncio.Event()

    async def script(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if writer.get_extra_info("sockname")[0] != "127.0.0.1":
            refused.set()
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with raw_server(script, host="0.0.0.0") as port, HttpCourier(names, timeout=5) as courier:
        assert await courier.send(to(f"http://buyer.example:{port}/", policy)) == Delivered()

    assert not refused.is_set()


@pytest.mark.requirement("H4")
async def test_connections_of_one_policy_do_not_serve_another(courier: HttpCourier) -> None:
    async with listening() as listener:
        assert await courier.send(to(listener.url)) == Delivered()
        outcome = await courier.send(to(listener.url, CallbackPolicy.of(["http"], [])))

    assert isinstance(outcome, Failed)
    assert len(listener.calls) == 1


@pytest.mark.requirement("H4")
async def test_a_scheme_that_is_no_longer_allowed_is_not_called(courier: HttpCourier) -> None:
    async with listening() as listener:
        outcome = await courier.send(to(listener.url, CallbackPolicy.of(["https"], ["127.0.0.0/8"])))

    assert outcome == Failed("callbacks with http are not allowed")
    assert listener.calls == []


async def test_a_name_without_addresses_is_a_failure(courier: HttpCourier) -> None:
    assert isinstance(await courier.send(to("http://name.invalid/")), Failed)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=listener"
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "certificate.pem"]
    try:
        subprocess.run([*command.split(), *files], cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        skip_or_fail(f"openssl made no certificate ({type(error).__name__})")
    return folder / "certificate.pem", folder / "key.pem"


def serving_with(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


async def taken(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    await writer.drain()


async def test_a_listener_that_cannot_show_who_it_is_gets_nothing(
    courier: HttpCourier, certificate: tuple[Path, Path]
) -> None:
    requests: list[bytes] = []

    async def script(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(request)

    async with raw_server(script, tls=serving_with(certificate)) as port:
        outcome = await courier.send(to(f"https://127.0.0.1:{port}/"))

    assert isinstance(outcome, Failed)
    assert "certificate" in outcome.reason.lower()
    assert requests == []


async def test_a_listener_with_a_certificate_of_a_known_issuer_gets_the_event(
    names: Names, certificate: tuple[Path, Path]
) -> None:
    known = ssl.create_default_context(cafile=str(certificate[0]))
    server = raw_server(taken, tls=serving_with(certificate))
    async with HttpCourier(names, timeout=5, tls=known) as courier, server as port:
        assert await courier.send(to(f"https://127.0.0.1:{port}/")) == Delivered()
        assert isinstance(await courier.send(to(f"https://localhost:{port}/")), Failed)


async def test_plain_text_where_tls_is_expected_is_a_failure(courier: HttpCourier) -> None:
    async with listening() as listener:
        outcome = await courier.send(to(listener.url.replace("http:", "https:")))

    assert isinstance(outcome, Failed)
    assert listener.calls == []
