"""Tokens over HTTP: good ones get in, each known attack is answered alike, and none leaves a trace in the log."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import pytest
from joserfc.jwk import ECKey
from structlog.testing import capture_logs

from gateway.authentication.issuer_keys import NoKeys, read_keys
from tests.support.authentication import authenticator
from tests.support.client import POQS, FakeQualifications, send_raw, serving, settings
from tests.support.errors import Answer, assert_standard_error
from tests.support.issuer import ALGORITHMS, claims, keys, signed, unsigned


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@lru_cache(maxsize=1)
def stranger() -> ECKey:
    """A key that calls itself as the issuer's does."""
    return ECKey.generate_key("P-256", {"kid": "ec"})


def now() -> int:
    return int(time.time())


def jwk_of(key: Any) -> Mapping[str, Any]:
    return key.as_dict(private=False)


def by_public_key() -> str:
    """The confusion of algorithms: the public key as the secret of an HMAC."""
    message = unsigned({"alg": "HS256", "typ": "at+jwt", "kid": "rsa"}).rstrip(".")
    secret = keys()["rsa"].as_pem(private=False)
    return f"{message}.{encoded(hmac.digest(secret, message.encode(), 'sha256'))}"


def tampered() -> str:
    head, _, signature = signed().split(".")
    body = encoded(json.dumps(claims(scope="default admin")).encode())
    return f"{head}.{body}.{signature}"


def with_twice_the_same_claim() -> str:
    raw = json.dumps(claims())[:-1].encode() + b',"aud":"https://elsewhere.example"}'
    return ".".join((signed().split(".")[0], encoded(raw), "AAAA"))


ATTACKS: dict[str, Callable[[], str]] = {
    "none": lambda: unsigned({"alg": "none", "typ": "at+jwt"}),
    "None": lambda: unsigned({"alg": "None", "typ": "at+jwt", "kid": "ec"}, signature="AAAA"),
    "no-algorithm": lambda: unsigned({"typ": "at+jwt", "kid": "ec"}, signature="AAAA"),
    "hs256-with-the-public-key": lambda: by_public_key(),
    "hs256-unsigned": lambda: unsigned({"alg": "HS256", "typ": "at+jwt", "kid": "rsa"}, signature="AAAA"),
    "algorithm-of-another-key": lambda: signed(header={"kid": "rsa"}),
    "signature-stripped": lambda: signed().rpartition(".")[0] + ".",
    "signature-left-out": lambda: signed().rpartition(".")[0],
    "signature-cut": lambda: signed()[:-6],
    "signature-of-zeros": lambda: signed().rpartition(".")[0] + "." + "A" * 86,
    "claims-changed": lambda: tampered(),
    "claim-twice": lambda: with_twice_the_same_claim(),
    "key-of-a-stranger": lambda: signed(key=stranger()),
    "wrong-issuer": lambda: signed(claims(iss="https://other.example")),
    "issuer-with-a-slash": lambda: signed(claims(iss="https://id.example/")),
    "no-issuer": lambda: signed(claims(iss=None)),
    "wrong-audience": lambda: signed(claims(aud="https://other.example")),
    "audience-that-begins-alike": lambda: signed(claims(aud="https://poq.seller.example.evil")),
    "no-audience": lambda: signed(claims(aud=None)),
    "expired": lambda: signed(claims(exp=now() - 31)),
    "expired-as-text": lambda: signed(claims(exp=str(now() + 300))),
    "no-expiry": lambda: signed(claims(exp=None)),
    "expiry-is-a-truth": lambda: signed(claims(exp=True)),
    "not-before-the-future": lambda: signed(claims(nbf=now() + 300)),
    "issued-in-the-future": lambda: signed(claims(iat=now() + 300)),
    "kid-is-a-path": lambda: signed(header={"kid": "../../../../dev/null"}),
    "kid-is-sql": lambda: signed(header={"kid": "ec' UNION SELECT 'x"}),
    "kid-is-a-url": lambda: signed(header={"kid": "https://evil.example/key"}),
    "kid-is-unknown": lambda: signed(header={"kid": "other"}),
    "kid-is-missing-among-several": lambda: signed(header={"kid": None}),
    "kid-is-a-list": lambda: unsigned({"alg": "ES256", "typ": "at+jwt", "kid": ["ec"]}, signature="AAAA"),
    "jku": lambda: signed(key=stranger(), header={"jku": "https://evil.example/jwks"}),
    "jku-beside-the-right-key": lambda: signed(header={"jku": "https://evil.example/jwks"}),
    "x5u": lambda: signed(header={"x5u": "https://evil.example/cert"}),
    "jwk-embedded": lambda: signed(key=stranger(), header={"jwk": jwk_of(stranger())}),
    "jwk-embedded-without-kid": lambda: signed(key=stranger(), header={"jwk": jwk_of(stranger()), "kid": None}),
    "x5c": lambda: signed(header={"x5c": ["AAAA"]}),
    "crit": lambda: unsigned({"alg": "ES256", "typ": "at+jwt", "kid": "ec", "crit": ["exp"]}, signature="AAAA"),
    "crit-of-b64": lambda: unsigned({"alg": "ES256", "typ": "at+jwt", "kid": "ec", "b64": False}, signature="AAAA"),
    "type-of-an-id-token": lambda: signed(header={"typ": "JWT"}),
    "type-of-a-logout-token": lambda: signed(header={"typ": "logout+jwt"}),
    "no-type": lambda: signed(header={"typ": None}),
    "no-client": lambda: signed(claims(client_id=None)),
    "client-nobody-knows": lambda: signed(claims(client_id="client-2")),
    "client-is-a-list": lambda: signed(claims(client_id=["client-1"])),
    "bound-to-a-key": lambda: signed(claims(cnf={"jkt": "0" * 43})),
    "bound-to-a-certificate-that-is-not-there": lambda: signed(claims(cnf={"x5t#S256": "A" * 43})),
    "no-jwt": lambda: "abc",
    "two-parts": lambda: "abc.def",
    "four-parts": lambda: signed() + ".AAAA",
    "five-parts": lambda: ".".join([signed(), "AAAA", "AAAA"]),
    "not-base64": lambda: "é".encode().decode("latin-1") + ".a.b",
    "header-is-no-object": lambda: unsigned(["ES256"], signature="AAAA"),  # type: ignore[arg-type]
    "deep": lambda: unsigned({"alg": "ES256", "typ": "at+jwt", "kid": "ec", "x": json.loads("[" * 500 + "]" * 500)}),
}


def headers_of(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.requirement("C4")
@pytest.mark.parametrize("make", ATTACKS.values(), ids=ATTACKS.keys())
async def test_a_token_that_is_not_what_it_should_be_is_refused_without_a_trace(make: Callable[[], str]) -> None:
    token, qualifications = make(), FakeQualifications()
    async with serving(settings(), qualifications, authenticating=authenticator()) as client:
        with capture_logs() as lines:
            response = await Answer.of(
                await client.post(POQS, data=b"{}", headers={**headers_of(token), "Content-Type": "text/xml"})
            )

    await assert_standard_error(response, 401, "invalidCredentials")
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="poq-gateway", error="invalid_token"')
    assert qualifications.created == []
    assert {line["event"] for line in lines} <= {
        "credentials refused",
        "request answered",
        "keys of the issuer fetched",
    }
    logged, said = str(lines), response.body.decode()
    for part in (part for part in token.split(".") if len(part) > 8):
        assert part not in logged
        assert part not in said


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_good_token_gets_in_whichever_algorithm_signed_it(algorithm: str) -> None:
    qualifications = FakeQualifications()
    async with serving(settings(), qualifications, authenticating=authenticator()) as client:
        response = await Answer.of(
            await client.post(
                POQS,
                data=b"{}",
                headers={**headers_of(signed(algorithm=algorithm)), "Content-Type": "application/json"},
            )
        )

    assert response.status == 201
    assert [caller.buyer for caller, _ in qualifications.created] == ["buyer-1"]


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        pytest.param({"typ": "application/at+jwt"}, {}, id="media-type"),
        pytest.param({"typ": "AT+JWT"}, {}, id="capitals"),
        pytest.param({}, {"aud": ["https://other.example", "https://poq.seller.example"]}, id="two-audiences"),
        pytest.param({}, {"exp": -5}, id="within-the-leeway"),
        pytest.param({}, {"nbf": 20, "iat": 20}, id="a-clock-that-is-ahead"),
        pytest.param({}, {"scope": "other default"}, id="several-scopes"),
        pytest.param({}, {"scope": "retrieveProductOfferingQualification"}, id="scope-of-the-operation"),
        pytest.param({"pi.atm": "1"}, {}, id="a-header-of-the-issuers-own"),
    ],
)
async def test_what_a_token_may_look_like(header: Mapping[str, Any], payload: Mapping[str, Any]) -> None:
    said = {name: now() + value if isinstance(value, int) else value for name, value in payload.items()}
    async with serving(settings(), FakeQualifications(), authenticating=authenticator()) as client:
        response = await Answer.of(
            await client.get(f"{POQS}/poq-1", headers=headers_of(signed(claims(**said), header=header)))
        )

    assert response.status == 404


@pytest.mark.requirement("C3")
@pytest.mark.parametrize(
    "target", [pytest.param("", id="nothing"), pytest.param("?access_token={token}", id="token-in-the-query")]
)
async def test_who_brings_nothing_in_the_header_is_told_how_to(target: str) -> None:
    async with serving(settings(), FakeQualifications(), authenticating=authenticator()) as client:
        response = await Answer.of(await client.get(f"{POQS}/poq-1{target.format(token=signed())}"))

    await assert_standard_error(response, 401, "missingCredentials")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="poq-gateway"'


async def test_a_token_in_the_query_is_refused_beside_a_good_one_in_the_header_and_not_repeated() -> None:
    async with serving(settings(), FakeQualifications(), authenticating=authenticator()) as client:
        with capture_logs() as lines:
            response = await Answer.of(
                await client.get(f"{POQS}/poq-1?access_token=secret.of.somebody", headers=headers_of(signed()))
            )

    await assert_standard_error(response, 400, "invalidQuery")
    assert "secret.of.somebody" not in response.body.decode() + str(lines)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["Authorization: Bearer {token}"] * 2, id="the-same-twice"),
        pytest.param(["Authorization: Bearer {token}", "Authorization: Basic AAAA"], id="two-schemes"),
        pytest.param(["Authorization: Bearer {token}, Bearer {token}"], id="two-in-one"),
        pytest.param(["Authorization: Basic Zmlyc3Q6c2VjcmV0"], id="basic"),
        pytest.param(["Authorization: Bearer"], id="no-token"),
        pytest.param(["Authorization: {token}"], id="no-scheme"),
        pytest.param(["Authorization: Bearer {token} x"], id="more-behind"),
    ],
)
async def test_an_authorization_header_says_one_token(lines: list[str]) -> None:
    async with serving(settings(), FakeQualifications(), authenticating=authenticator()) as client:
        head = "\r\n".join((f"GET {POQS}/poq-1 HTTP/1.1", "Host: x", *(line.format(token=signed()) for line in lines)))
        answer: Answer = await send_raw(client, f"{head}\r\n\r\n".encode())

    await assert_standard_error(answer, 401, "invalidCredentials")


async def test_a_huge_token_is_no_header() -> None:
    async with serving(settings(), FakeQualifications(), authenticating=authenticator()) as client:
        head = f"GET {POQS}/poq-1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {'A' * 100_000}\r\n\r\n"
        answer = await send_raw(client, head.encode())

    await assert_standard_error(answer, 431)


@pytest.mark.requirement("C5")
async def test_a_token_without_the_scope_is_403_and_told_which_scopes_would_do() -> None:
    who = authenticator()
    async with serving(settings(), FakeQualifications(), authenticating=who) as client:
        response = await Answer.of(
            await client.get(f"{POQS}/poq-1", headers=headers_of(signed(claims(scope="registerListener"))))
        )

    await assert_standard_error(response, 403, "accessDenied")
    assert response.headers["WWW-Authenticate"] == (
        'Bearer realm="poq-gateway", error="insufficient_scope", scope="default retrieveProductOfferingQualification"'
    )


async def test_keys_that_are_too_weak_or_meant_for_something_else_verify_nothing() -> None:
    weak = {"kty": "RSA", "n": base64.urlsafe_b64encode(b"\xff" * 64).decode().rstrip("="), "e": "AQAB"}
    secret = {"kty": "oct", "k": "AAAA", "kid": "o"}
    encryption = {**jwk_of(keys()["rsa"]), "use": "enc"}

    with pytest.raises(NoKeys):
        read_keys(json.dumps({"keys": [weak, secret, encryption, "x", {"kty": "EC"}]}).encode())
