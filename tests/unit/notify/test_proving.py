"""What proves to a listener who calls it; and that none of it opens an address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.http.options import Authentication, Tls
from gateway.notify.courier import HttpCourier
from gateway.notify.letters import Letter
from gateway.notify.names import Names
from gateway.notify.outcomes import Delivered, Failed, Outcome
from gateway.notify.policy import CallbackPolicy
from gateway.notify.proving import Proof, proof_of
from gateway.notify.signing import Signer, signing_key
from tests.support.http_server import HttpServer, http_server, saying
from tests.unit.adapters.http.certificates import authority, ca_file, client_files, server_context

LOOPBACK = CallbackPolicy.of(["http", "https"], ["127.0.0.0/8"])
BODY = b'{"eventId": "e-1"}'
KEYS = ["whsec_" + base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2)]


@pytest.fixture
async def courier() -> AsyncIterator[HttpCourier]:
    names = Names(timeout=5)
    async with HttpCourier(names, timeout=5, clock=lambda: 1_700_000_000.9) as made:
        yield made
    await names.close()


async def sent(
    courier: HttpCourier,
    url: str,
    *,
    policy: CallbackPolicy = LOOPBACK,
    tls: dict[str, Any] | None = None,
    keys: list[str] | None = None,
    **authentication: Any,
) -> Outcome:
    said = Authentication.model_validate(authentication) if authentication else None
    proof = proof_of(said, Tls.model_validate(tls or {}), keys or [])
    return await courier.send(Letter(f"{url}/listener?buyerId=b%20", BODY, policy, "e-1", proof))


def oauth(tokens: HttpServer) -> dict[str, Any]:
    return {"token_url": f"{tokens.url}/token", "client_id": "gateway", "client_secret": "hidden"}


async def test_a_listener_is_called_with_a_token_that_is_renewed_once(courier: HttpCourier) -> None:
    async with http_server() as tokens, http_server() as listener:
        tokens.says_in_turn(
            saying('{"access_token": "t1", "token_type": "Bearer"}'),
            saying('{"access_token": "t2", "token_type": "Bearer"}'),
        )

        async def second_only(request: web.Request) -> web.StreamResponse:
            return web.Response(status=204 if request.headers["Authorization"] == "Bearer t2" else 401)

        listener.answer = second_only
        proof = proof_of(Authentication.model_validate({"oauth2": oauth(tokens)}), Tls(), [])
        outcomes = [await courier.send(Letter(f"{listener.url}/l", BODY, LOOPBACK, "e", proof)) for _ in range(2)]

    assert outcomes == [Delivered(), Delivered()]
    assert [one.headers["Authorization"] for one in listener.asked] == ["Bearer t1", "Bearer t2", "Bearer t2"]


async def test_without_a_token_nothing_is_sent_and_the_reason_tells_no_secret(courier: HttpCourier) -> None:
    async with http_server() as tokens, http_server() as listener:
        tokens.says('{"error": "invalid_client", "hint": "hidden"}', status=401)
        outcome = await sent(courier, listener.url, oauth2=oauth(tokens))

    assert outcome == Failed("the token endpoint refuses us: HTTP 401 (invalid_client)")
    assert listener.asked == []


async def test_a_listener_that_refuses_new_tokens_too_has_failed(courier: HttpCourier) -> None:
    async with http_server() as tokens, http_server() as listener:
        tokens.says('{"access_token": "t", "token_type": "Bearer"}')
        listener.says("", status=401)
        assert await sent(courier, listener.url, oauth2=oauth(tokens)) == Failed("HTTP 401")

    assert len(listener.asked) == 2


@pytest.mark.parametrize(
    ("authentication", "header", "value"),
    [
        pytest.param({"basic": {"username": "a", "password": "b"}}, "Authorization", "Basic YTpi", id="basic"),
        pytest.param({"bearer": {"token": "abc"}}, "Authorization", "Bearer abc", id="bearer"),
        pytest.param({"api_key": {"key": "k", "header": "X-Key"}}, "X-Key", "k", id="api key"),
    ],
)
async def test_other_ways_are_those_of_systems(
    courier: HttpCourier, authentication: dict[str, Any], header: str, value: str
) -> None:
    async with http_server() as listener:
        listener.says("", status=204)
        assert await sent(courier, listener.url, **authentication) == Delivered()

    assert listener.asked[0].headers[header] == value
    assert listener.asked[0].target == "/listener?buyerId=b%20"


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_proof_opens_no_address(courier: HttpCourier, allowed: bool) -> None:
    async with http_server() as listener:
        listener.says("", status=204)
        policy = LOOPBACK if allowed else CallbackPolicy.of(["http"], [])
        outcome = await sent(courier, listener.url, policy=policy, bearer={"token": "hidden"}, keys=KEYS)

    assert (outcome == Delivered(), len(listener.asked)) == (allowed, int(allowed))


async def test_a_private_ca_and_a_client_certificate(courier: HttpCourier, tmp_path: Path) -> None:
    seen: list[Any] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        seen.append(request.transport.get_extra_info("peercert"))
        return web.Response(status=204)

    async with http_server(tls=server_context(clients=authority("clients"))) as listener:
        listener.answer = answer
        tls = {"ca": ca_file(tmp_path), **client_files(tmp_path, "gateway.seller.example")}
        assert await sent(courier, listener.url, tls=tls) == Delivered()

    assert ("DNS", "gateway.seller.example") in seen[0]["subjectAltName"]


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(lambda: server_context(ca=authority("another")), id="of another CA"),
        pytest.param(lambda: server_context(is_expired=True), id="expired"),
        pytest.param(lambda: server_context("listener.example"), id="of another host"),
    ],
)
async def test_a_certificate_that_is_not_the_listeners_is_refused(
    courier: HttpCourier, tmp_path: Path, server: Any
) -> None:
    context: ssl.SSLContext = server()
    async with http_server(tls=context) as listener:
        listener.says("", status=204)
        outcome = await sent(courier, listener.url, tls={"ca": ca_file(tmp_path)}, bearer={"token": "hidden"})

    assert isinstance(outcome, Failed)
    assert "certificate" in outcome.reason.lower()
    assert listener.asked == []


async def test_one_buyers_certificate_is_not_shown_to_another(courier: HttpCourier, tmp_path: Path) -> None:
    seen: list[Any] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        seen.append(request.transport.get_extra_info("peercert"))
        return web.Response(status=204)

    context = server_context(clients=authority("clients"))
    context.verify_mode = ssl.CERT_OPTIONAL
    async with http_server(tls=context) as listener:
        listener.answer = answer
        ca = ca_file(tmp_path)
        await sent(courier, listener.url, tls={"ca": ca, **client_files(tmp_path, "gateway")})
        await sent(courier, listener.url, tls={"ca": ca})

    assert [bool(one) for one in seen] == [True, False]


def test_a_signature_is_that_of_the_standards_example() -> None:
    signer = Signer((base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),))

    headers = signer.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_an_event_is_signed_with_each_key(courier: HttpCourier) -> None:
    async with http_server() as listener:
        listener.says("", status=204)
        await sent(courier, listener.url, keys=KEYS)

    (call,) = listener.asked
    assert (call.headers["webhook-id"], call.headers["webhook-timestamp"]) == ("e-1", "1700000000")
    signatures = call.headers["webhook-signature"].split(" ")
    for key, signature in zip(KEYS, signatures, strict=True):
        expected = hmac.new(base64.b64decode(key[6:]), b"e-1.1700000000." + call.body, hashlib.sha256).digest()
        assert signature == "v1," + base64.b64encode(expected).decode()


async def test_without_keys_nothing_is_signed(courier: HttpCourier) -> None:
    async with http_server() as listener:
        listener.says("", status=204)
        await sent(courier, listener.url)

    assert not [name for name in listener.asked[0].headers if name.lower().startswith("webhook")]


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "abc", "whsec_" + "A" * 200, "whsec_!" + "A" * 40])
def test_what_is_no_key_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        signing_key(secret)


def test_a_proof_shows_no_key() -> None:
    assert KEYS[0] not in repr(proof_of(None, Tls(), KEYS))
    assert repr(base64.b64decode(KEYS[0][6:])) not in repr(Proof(signer=Signer((signing_key(KEYS[0]),))))


@pytest.mark.parametrize("size", [23, 24, 25, 26, 64, 65])
def test_a_key_has_24_to_64_bytes(size: int) -> None:
    try:
        assert len(signing_key("whsec_" + base64.b64encode(b"x" * size).decode())) == size
    except ValueError:
        assert size not in range(24, 65)
    else:
        assert size in range(24, 65)
