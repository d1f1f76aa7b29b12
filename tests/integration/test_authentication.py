"""Who gets into a whole gateway: as the configuration says it, over real sockets, with TLS and with issuers."""

from __future__ import annotations

import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from structlog.testing import capture_logs

from gateway.authentication.certificates import read_der
from gateway.authentication.client_keys import hash_of, new_key
from tests.support.errors import Answer, assert_standard_error
from tests.support.gateways import POQ, SONATA, Running, configuration, running
from tests.support.issuer import AUDIENCE, CLIENT, ISSUER, claims, jwks, jwks_file, signed
from tests.support.requests import valid_request

MAPPING = """
mapping: generic
version: 1
for: {product: any}
answer:
  - otherwise: {red: Not offered here}
"""
KEY = new_key()


def settings(**changes: Any) -> dict[str, Any]:
    return configuration(
        **{
            "buyers": [{"id": "buyer-1"}, {"id": "buyer-2"}],
            "products": {"unknown_types": "accept"},
            "clients": [{"id": "first", "buyers": ["buyer-1"], "keys": [hash_of(KEY)]}],
            **changes,
        }
    )


def by_tokens(folder: Path, keys: str | None = None, **changes: Any) -> dict[str, Any]:
    issuer = {"issuer": ISSUER, "audience": AUDIENCE, "keys": keys or str(jwks_file(folder))}
    client = {"id": "first", "buyers": ["buyer-1"], "tokens": [{"client_id": CLIENT}]}
    return settings(authentication={"tokens": [issuer], **changes}, clients=[client])


@asynccontextmanager
async def gateway(folder: Path, said: dict[str, Any]) -> AsyncIterator[Running]:
    async with running(folder, said, {"generic": MAPPING}) as started:
        yield started


async def ask(gateway: Running, token: str | None = None, *, tls: ssl.SSLContext | bool = True, **more: Any) -> Answer:
    """GET of a POQ that is not there: 404 for who is let in."""
    headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more}
    async with gateway.session.get(f"{gateway.url}{SONATA}{POQ}/none", headers=headers, ssl=tls) as response:
        return await Answer.of(response)


async def create(gateway: Running, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with gateway.session.post(gateway.url + SONATA + POQ, json=valid_request(), headers=headers) as response:
        return response.status


async def test_a_token_opens_and_what_it_does_stands_in_the_log_under_the_clients_name(tmp_path: Path) -> None:
    async with gateway(tmp_path, by_tokens(tmp_path)) as started:
        with capture_logs() as lines:
            assert await create(started, signed()) == 201
        await assert_standard_error(await ask(started), 401, "missingCredentials")
        await assert_standard_error(await ask(started, signed(claims(exp=1))), 401, "invalidCredentials")
        await assert_standard_error(await ask(started, new_key()), 401, "invalidCredentials")

    (line,) = [one for one in lines if one["event"] == "request answered"]
    assert (line["client"], line["buyer_id"], line["seller_id"]) == ("first", "buyer-1", "seller-1")


@pytest.mark.requirement("C9")
async def test_a_client_acts_for_its_own_buyers_only(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings()) as started:
        for buyer in ("buyer-2", "nobody"):
            url = f"{started.url}{SONATA}{POQ}/none?buyerId={buyer}"
            async with started.session.get(url, headers={"Authorization": f"Bearer {KEY}"}) as response:
                await assert_standard_error(response, 403, "forbiddenRequester")
        assert (await ask(started, KEY)).status == 404


async def test_operator_pages_need_no_credentials(tmp_path: Path) -> None:
    async with gateway(tmp_path, settings()) as started:
        for page in ("/health", "/ready", "/openapi.json"):
            async with started.session.get(started.url + page) as response:
                assert response.status == 200


@pytest.mark.requirement("C5")
async def test_scopes_of_keys_and_of_operations_are_settings(tmp_path: Path) -> None:
    clients = [{"id": "first", "buyers": ["buyer-1"], "keys": [hash_of(KEY)], "scopes": ["poq.read"]}]
    scopes = {"retrieveProductOfferingQualification": ["poq.read"]}
    async with gateway(tmp_path, settings(clients=clients, authentication={"scopes": scopes})) as started:
        assert (await ask(started, KEY)).status == 404
        headers = {"Authorization": f"Bearer {KEY}"}
        async with started.session.post(started.url + SONATA + POQ, json=valid_request(), headers=headers) as response:
            await assert_standard_error(response, 403, "accessDenied")


# --- keys of the issuer over HTTP ---


@asynccontextmanager
async def issuer(handler: Any) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(application) as server:
        yield str(server.make_url("/jwks"))


async def test_keys_are_fetched_from_where_the_configuration_says_and_only_there(tmp_path: Path) -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=jwks())

    async with issuer(handler) as url, gateway(tmp_path, by_tokens(tmp_path, url)) as started:
        assert (await ask(started, signed())).status == 404
        evil = signed(header={"jku": url.replace("/jwks", "/evil"), "kid": "other"})
        await assert_standard_error(await ask(started, evil), 401)

    assert set(asked) == {"/jwks"}


@pytest.mark.requirement("C20")
@pytest.mark.parametrize("kind", ["broken", "redirect", "huge"])
async def test_without_keys_nobody_gets_in_and_the_answer_is_503(tmp_path: Path, kind: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        if kind == "redirect" and request.path == "/jwks":
            return web.Response(status=302, headers={"Location": "/elsewhere"})
        padding = b" " * 300_000 if kind == "huge" else b""
        return web.Response(body=jwks() + padding, status=500 if kind == "broken" else 200)

    async with issuer(handler) as url, gateway(tmp_path, by_tokens(tmp_path, url)) as started:
        answer = await ask(started, signed())

    await assert_standard_error(answer, 503)
    assert answer.headers["Retry-After"]


async def test_an_issuer_is_asked_about_tokens_with_our_own_credentials(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    async def handler(request: web.Request) -> web.Response:
        form = await request.post()
        asked.append((request.headers["Authorization"], str(form["token"])))
        if form["token"] == "good-token":
            return web.json_response({"active": True, "client_id": CLIENT, "scope": "default"})
        return web.json_response({"active": False})

    async with issuer(handler) as url:
        introspection = {"issuer": "opaque", "url": url, "client_id": "poq", "client_secret": "hush"}
        said = by_tokens(tmp_path, introspection=introspection)
        said["clients"][0]["tokens"] = [{"client_id": CLIENT, "issuer": "opaque"}]
        async with gateway(tmp_path, said) as started:
            for _ in range(3):
                assert (await ask(started, "good-token")).status == 404
            await assert_standard_error(await ask(started, "bad-token"), 401, "invalidCredentials")
            await assert_standard_error(await ask(started, signed()), 401, "invalidCredentials")

    basic = "Basic " + base64.b64encode(b"poq:hush").decode()
    assert asked == [(basic, "good-token"), (basic, "bad-token")]


# --- certificates ---

CA = trustme.CA()
OTHER_CA = trustme.CA()


def tls_files(folder: Path) -> dict[str, str]:
    server = CA.issue_cert("127.0.0.1")
    (folder / "poq.pem").write_bytes(b"".join(one.bytes() for one in server.cert_chain_pems))
    (folder / "poq.key").write_bytes(server.private_key_pem.bytes())
    (folder / "clients.pem").write_bytes(CA.cert_pem.bytes())
    return {"certificate": "poq.pem", "key": "poq.key", "client_ca": "clients.pem"}


def der_of(certificate: trustme.LeafCert) -> bytes:
    return x509.load_pem_x509_certificate(certificate.cert_chain_pems[0].bytes()).public_bytes(Encoding.DER)


def context(certificate: trustme.LeafCert | None = None) -> ssl.SSLContext:
    made = ssl.create_default_context()
    CA.configure_trust(made)
    if certificate is not None:
        certificate.configure_cert(made)
    return made


async def test_over_its_own_tls_a_client_is_known_by_its_certificate(tmp_path: Path) -> None:
    own, unknown = CA.issue_cert("own.buyer.example"), CA.issue_cert("unknown.example")
    clients = [{"id": "first", "buyers": ["buyer-1"], "certificates": [{"dns": "own.buyer.example"}]}]
    said = settings(listen={"port": 0, "tls": tls_files(tmp_path)}, clients=clients)

    async with gateway(tmp_path, said) as started:
        assert started.url.startswith("https://")
        assert (await ask(started, tls=context(own))).status == 404
        await assert_standard_error(await ask(started, tls=context(unknown)), 401, "invalidCredentials")
        await assert_standard_error(await ask(started, tls=context()), 401, "missingCredentials")
        with pytest.raises((aiohttp.ClientError, OSError)):
            await ask(started, tls=context(OTHER_CA.issue_cert("own.buyer.example")))


async def test_a_token_that_was_stolen_is_worth_nothing_without_its_certificate(tmp_path: Path) -> None:
    own, thiefs = CA.issue_cert("own.example"), CA.issue_cert("thief.example")
    token = signed(claims(cnf={"x5t#S256": read_der(der_of(own)).thumbprint}))
    said = by_tokens(tmp_path) | {"listen": {"port": 0, "tls": tls_files(tmp_path)}}

    async with gateway(tmp_path, said) as started:
        assert (await ask(started, token, tls=context(own))).status == 404
        for stolen in (context(thiefs), context()):
            await assert_standard_error(await ask(started, token, tls=stolen), 401, "invalidCredentials")
        assert (await ask(started, token, tls=context(own))).status == 404


@pytest.mark.parametrize("proxies", [["127.0.0.0/8"], ["10.0.0.1"]], ids=["a-listed-proxy", "anybody-else"])
async def test_a_certificate_in_a_header_counts_from_a_listed_proxy_only(tmp_path: Path, proxies: list[str]) -> None:
    own = CA.issue_cert("own.buyer.example")
    header = f":{base64.b64encode(der_of(own)).decode()}:"
    clients = [{"id": "first", "buyers": ["buyer-1"], "certificates": [{"dns": "own.buyer.example"}]}]
    listen = {"port": 0, "proxies": proxies}
    said = settings(listen=listen, clients=clients, authentication={"certificate_header": {}})

    async with gateway(tmp_path, said) as started:
        answer = await ask(started, **{"Client-Cert": header})
        if proxies == ["10.0.0.1"]:
            await assert_standard_error(answer, 401, "missingCredentials")
            return
        assert answer.status == 404
        broken = await ask(started, **{"Client-Cert": header[:-20]})
        await assert_standard_error(broken, 401, "invalidCredentials")
        async with started.session.get(
            f"{started.url}{SONATA}{POQ}/none", headers=[("Client-Cert", header), ("Client-Cert", header)]
        ) as response:
            await assert_standard_error(response, 401, "invalidCredentials")
