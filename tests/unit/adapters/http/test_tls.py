"""Who the system is, and who we are, over TLS; renewed certificates need no restart."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from adapters.base import AdapterConfigurationError, Cause, CheckOutcome, NoAnswer
from adapters.http.client import HttpClient
from adapters.http.options import HttpOptions
from tests.support.http_server import http_server
from tests.unit.adapters.http.certificates import authority, ca_file, client_files, server_context
from tests.unit.adapters.http.clients import client, get


async def refusal(server: ssl.SSLContext, tls: dict[str, Any], host: str = "127.0.0.1") -> str:
    async with http_server(tls=server) as made:
        made.says("{}")
        url = made.url.replace("127.0.0.1", host)
        async with client(url, tls=tls) as asked:
            with pytest.raises(NoAnswer) as raised:
                await get(asked)
            (line,) = await asked.check(5)
    assert raised.value.cause is Cause.UNREACHABLE
    assert raised.value.text.isprintable()
    assert made.asked == []
    assert line.outcome is CheckOutcome.FAILED
    assert line.text == raised.value.text
    return raised.value.text


async def test_a_private_ca_is_trusted_where_it_is_named(tmp_path: Path) -> None:
    async with http_server(tls=server_context()) as server:
        server.says("{}")
        async with client(server.url, tls={"ca": ca_file(tmp_path)}) as asked:
            assert (await get(asked)).status == 200
            (line,) = await asked.check(5)

    assert (line.outcome, line.text) == (CheckOutcome.OK, "TLSv1.3")


async def test_an_unknown_ca_is_told_in_one_line() -> None:
    assert "tls: {ca: …}" in await refusal(server_context(), {})


async def test_another_ca_is_told_in_one_line(tmp_path: Path) -> None:
    said = await refusal(server_context(), {"ca": ca_file(tmp_path, authority("another"))})

    assert said.startswith("nimbus: TLS: ")
    assert "tls: {ca: …}" in said


async def test_an_expired_certificate_is_told_in_one_line(tmp_path: Path) -> None:
    said = await refusal(server_context(is_expired=True), {"ca": ca_file(tmp_path)})

    assert said == "nimbus: TLS: certificate has expired: the system must renew it"


async def test_a_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    said = await refusal(server_context("planning.example"), {"ca": ca_file(tmp_path)})

    assert "the endpoint must use the name that the certificate has" in said


async def test_an_old_tls_is_refused(tmp_path: Path) -> None:
    old = server_context()
    old.maximum_version = ssl.TLSVersion.TLSv1_2

    assert "TLS" in await refusal(old, {"ca": ca_file(tmp_path), "minimum": "1.3"})


def test_tls_1_2_is_the_oldest_by_default() -> None:
    from adapters.http.options import Tls
    from adapters.http.tls import make_context

    context = make_context(Tls())

    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


async def test_what_speaks_no_tls_is_told() -> None:
    async with http_server() as server, client(server.url.replace("http:", "https:")) as asked:
        with pytest.raises(NoAnswer, match="is it http"):
            await get(asked)


async def test_a_client_certificate_is_shown(tmp_path: Path) -> None:
    seen: list[Any] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        seen.append(request.transport.get_extra_info("peercert"))
        return web.json_response({})

    async with http_server(tls=server_context(clients=authority("clients"))) as server:
        server.answer = answer
        tls = {"ca": ca_file(tmp_path), **client_files(tmp_path, "gateway.seller.example")}
        async with client(server.url, tls=tls) as asked:
            await get(asked)

    assert ("DNS", "gateway.seller.example") in seen[0]["subjectAltName"]


@contextmanager
def choosy(context: ssl.SSLContext) -> Iterator[str]:
    """A server that tells its clients in TLS why it does not want them, as asyncio's do not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection.dup() as plain:
                        with suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True):
                            pass
                        plain.shutdown(socket.SHUT_WR)
                        while plain.recv(65536):  # what is left unread would reset the connection
                            pass

        thread = Thread(target=serve)
        thread.start()
        try:
            yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        pytest.param(None, "the system wants a client certificate: tls: {certificate: …}", id="none"),
        pytest.param("another", "the system does not know the CA of our client certificate", id="of a foreign CA"),
    ],
)
async def test_a_client_certificate_that_is_not_good_enough_is_told(
    tmp_path: Path, shown: str | None, words: str
) -> None:
    tls = {"ca": ca_file(tmp_path), **(client_files(tmp_path, "gateway", authority(shown)) if shown else {})}
    with choosy(server_context(clients=authority("clients"))) as url:
        async with client(url, tls=tls) as asked:
            with pytest.raises(NoAnswer) as raised:
                await get(asked)

    assert raised.value.cause is Cause.UNREACHABLE
    assert raised.value.text.startswith("nimbus: TLS: ")
    assert words in raised.value.text


async def test_a_renewed_certificate_is_used_by_the_next_connection(tmp_path: Path) -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        seen.append(dict(request.transport.get_extra_info("peercert")["subjectAltName"])["DNS"])
        return web.json_response({}, headers={"Connection": "close"})

    async with http_server(tls=server_context(clients=authority("clients"))) as server:
        server.answer = answer
        tls = {"ca": ca_file(tmp_path), **client_files(tmp_path, "old.example")}
        async with client(server.url, tls=tls) as asked:
            await get(asked)
            (tmp_path / "client.key").write_text("half written")
            await get(asked)
            client_files(tmp_path, "new.example")
            await get(asked)

    assert seen == ["old.example", "old.example", "new.example"]


def _encrypted(folder: Path, password: bytes) -> dict[str, Path]:
    files = client_files(folder, "gateway")
    key = load_pem_private_key(files["key"].read_bytes(), None)
    files["key"].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)))
    return files


def build(**tls: Any) -> HttpClient:
    return HttpClient("nimbus", HttpOptions.model_validate({"endpoint": "https://x", "tls": tls}))


async def test_a_key_may_be_encrypted(tmp_path: Path) -> None:
    assert build(**_encrypted(tmp_path, b"hidden"), key_password="hidden")


@pytest.mark.parametrize("password", [None, "hidden-and-wrong"])
def test_a_key_whose_password_is_not_known_is_refused_while_loading(tmp_path: Path, password: str | None) -> None:
    with pytest.raises(AdapterConfigurationError, match=r"client\.key") as raised:
        build(**_encrypted(tmp_path, b"hidden"), **({"key_password": password} if password else {}))

    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("name", ["ca", "certificate"])
def test_a_file_that_is_not_there_is_refused_while_loading(tmp_path: Path, name: str) -> None:
    with pytest.raises(AdapterConfigurationError, match=r"nimbus: tls: .*absent\.pem"):
        build(**{name: tmp_path / "absent.pem"})


@pytest.mark.parametrize("name", ["ca", "certificate"])
def test_a_file_that_is_no_pem_is_refused_while_loading(tmp_path: Path, name: str) -> None:
    (tmp_path / "no.pem").write_text("hidden")
    with pytest.raises(AdapterConfigurationError, match=r"no\.pem") as raised:
        build(**{name: tmp_path / "no.pem"})

    assert "hidden" not in str(raised.value)


def test_a_key_of_another_certificate_is_refused_while_loading(tmp_path: Path) -> None:
    files = client_files(tmp_path, "gateway")
    certificate = files["certificate"].read_bytes()
    client_files(tmp_path, "other")
    files["certificate"].write_bytes(certificate)

    with pytest.raises(AdapterConfigurationError, match="the key is not that of the certificate"):
        build(**files)
