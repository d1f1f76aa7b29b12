"""Who is let in, by which way; how long it is remembered; what two credentials at once mean."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.authentication.certificates import Certificate, NotACertificate, read_der, read_header
from gateway.authentication.client_keys import hash_of, is_key, new_key
from gateway.authentication.introspection import Introspection, IntrospectionRules, NotAnswered
from gateway.authentication.port import CannotTell, CredentialsRefused, Identity, NoCredentials, Presented
from tests.support.authentication import Clock, Published, authenticator, recognition
from tests.support.issuer import CLIENT, ISSUER, claims, jwks, signed


def bearing(token: str, certificate: Certificate | None = None) -> Presented:
    return Presented((f"Bearer {token}",), certificate)


def certificate(name: str) -> Certificate:
    return Certificate(name * 43, f"CN={name}", frozenset({f"{name}.example"}))


A, B = certificate("a"), certificate("b")


# --- tokens ---


async def test_a_token_is_remembered_until_it_ends() -> None:
    clock, published = Clock(), Published()
    who = authenticator(clock=clock, published=published, leeway=0)
    token = bearing(signed(claims(exp=int(clock.began) + 100)))

    assert who.known(token) is None
    identity = await who.identify(token)
    assert identity == who.known(token) == Identity(identity.client, frozenset({"default"}))

    clock.seconds = 101
    assert who.known(token) is None
    with pytest.raises(CredentialsRefused, match="expired"):
        await who.identify(token)


async def test_what_is_remembered_costs_far_less_than_fifty_microseconds() -> None:
    who, token = authenticator(), bearing(signed())
    await who.identify(token)

    began = time.perf_counter()
    for _ in range(2000):
        who.known(token)
    each = (time.perf_counter() - began) / 2000

    assert each < 50e-6 * 10  # a loaded machine has ten times as long; usually it is about five


async def test_a_key_that_the_issuer_has_withdrawn_opens_no_more_though_the_token_was_seen() -> None:
    clock, published = Clock(), Published()
    who = authenticator(clock=clock, published=published)
    token = bearing(signed())
    await who.identify(token)

    published.raw, clock.seconds = jwks("rsa"), 30
    with pytest.raises(CredentialsRefused):
        await who.identify(bearing(signed(header={"kid": "unknown"})))
    assert who.known(token) is None
    with pytest.raises(CredentialsRefused):
        await who.identify(token)


async def test_no_more_tokens_are_remembered_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.authentication.authenticator.REMEMBERED", 3)
    who = authenticator()
    tokens = [bearing(signed(claims(jti=str(number)))) for number in range(5)]
    for token in tokens:
        await who.identify(token)

    assert [who.known(token) is not None for token in tokens] == [False, False, True, True, True]


async def test_a_token_of_two_issuers_is_that_of_the_issuer_which_it_names() -> None:
    who = authenticator(recognition(tokens=[("https://other.example", CLIENT)]))

    with pytest.raises(CredentialsRefused, match="not in the configuration"):
        await who.identify(bearing(signed()))


# --- certificates ---


@pytest.mark.parametrize(
    ("presented", "refused"),
    [
        pytest.param(A, None, id="its-own"),
        pytest.param(B, "another certificate", id="another's"),
        pytest.param(None, "another certificate", id="none"),
    ],
)
async def test_a_bound_token_goes_with_its_certificate_only_however_often_it_comes(
    presented: Certificate | None, refused: str | None
) -> None:
    who = authenticator()
    token = signed(claims(cnf={"x5t#S256": A.thumbprint}))
    await who.identify(bearing(token, A))

    for _ in range(2):
        if refused is None:
            assert (await who.identify(bearing(token, presented))).client.name == "first"
        else:
            with pytest.raises(CredentialsRefused, match=refused):
                await who.identify(bearing(token, presented))


async def test_where_only_bound_tokens_count_others_do_not() -> None:
    who = authenticator(bound_only=True)

    with pytest.raises(CredentialsRefused, match="not bound"):
        await who.identify(bearing(signed(), A))
    await who.identify(bearing(signed(claims(cnf={"x5t#S256": A.thumbprint})), A))


@pytest.mark.parametrize(
    "marks",
    [
        pytest.param({"thumbprints": [A.thumbprint]}, id="thumbprint"),
        pytest.param({"subjects": ["CN=a"]}, id="subject"),
        pytest.param({"dns": ["a.example"]}, id="dns"),
    ],
)
async def test_a_certificate_alone_says_who_asks(marks: dict[str, Any]) -> None:
    who = authenticator(recognition(**marks, scopes=["registerListener"]))

    assert who.known(Presented((), A)) == Identity(recognition().client, frozenset({"registerListener"}))
    with pytest.raises(CredentialsRefused, match="nobody's"):
        who.known(Presented((), B))
    with pytest.raises(NoCredentials):
        who.known(Presented())


async def test_a_token_beside_the_certificate_of_another_client_is_refused() -> None:
    first = recognition("first", tokens=[(ISSUER, CLIENT)], thumbprints=[A.thumbprint])
    who = authenticator(first, recognition("second", thumbprints=[B.thumbprint]))

    await who.identify(bearing(signed(), A))
    with pytest.raises(CredentialsRefused, match="another client"):
        await who.identify(bearing(signed(), B))


async def test_a_certificate_that_two_clients_could_mean_is_nobodys() -> None:
    who = authenticator(recognition("first", dns=["a.example"]), recognition("second", subjects=["CN=a"]))

    with pytest.raises(CredentialsRefused, match="two clients"):
        who.known(Presented((), A))


# --- keys ---


async def test_a_key_opens_for_its_client_alone() -> None:
    one, other = new_key(), new_key()
    who = authenticator(
        recognition("first", keys=[hash_of(one)]), recognition("second", "buyer-2", keys=[hash_of(other)])
    )

    assert [who.known(bearing(key)).client.name for key in (one, other)] == ["first", "second"]  # type: ignore[union-attr]
    with pytest.raises(CredentialsRefused, match="nobody has this key"):
        who.known(bearing(new_key()))


@pytest.mark.parametrize("chosen", ["poqk_secret", "secret", "poqk_" + "a" * 42, "poqk_" + "a" * 42 + "é"])
def test_what_people_choose_is_no_key(chosen: str) -> None:
    assert not is_key(chosen)
    assert is_key(new_key())


# --- introspection ---


class Issuer:
    """Answers about tokens; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def ask(self, token: str) -> bytes:
        self.asked.append(token)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def introspected(issuer: Issuer, clock: Clock, **rules: Any) -> Any:
    said = IntrospectionRules("asked", issuer.ask, **rules)
    return authenticator(recognition(tokens=[("asked", CLIENT)]), clock=clock, introspection=Introspection(said))


ACTIVE = {"active": True, "client_id": CLIENT, "scope": "default"}


async def test_what_the_issuer_says_of_a_token_holds_for_a_short_while() -> None:
    clock, issuer = Clock(), Issuer(ACTIVE, {"active": False})
    who = introspected(issuer, clock)

    assert (await who.identify(bearing("opaque"))).client.name == "first"
    clock.seconds = 29
    await who.identify(bearing("opaque"))
    assert issuer.asked == ["opaque"]
    clock.seconds = 31
    with pytest.raises(CredentialsRefused, match="not active"):
        await who.identify(bearing("opaque"))


async def test_it_holds_no_longer_than_the_token() -> None:
    clock = Clock()
    who = introspected(Issuer({**ACTIVE, "exp": int(clock.began) + 5}, {"active": False}), clock)

    await who.identify(bearing("opaque"))
    clock.seconds = 6
    with pytest.raises(CredentialsRefused):
        await who.identify(bearing("opaque"))


async def test_a_refused_token_is_not_asked_about_again_at_once() -> None:
    clock, issuer = Clock(), Issuer({"active": False}, ACTIVE)
    who = introspected(issuer, clock)

    for _ in range(5):
        with pytest.raises(CredentialsRefused):
            await who.identify(bearing("opaque"))
    assert len(issuer.asked) == 1
    clock.seconds = 11
    await who.identify(bearing("opaque"))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(NotAnswered("away"), CannotTell, id="away"),
        pytest.param(b"<html>", CannotTell, id="no-json"),
        pytest.param([], CannotTell, id="no-object"),
        pytest.param({**ACTIVE, "active": "true"}, CredentialsRefused, id="active-as-text"),
        pytest.param({}, CredentialsRefused, id="nothing-said"),
        pytest.param({"active": True}, CredentialsRefused, id="no-client"),
        pytest.param({**ACTIVE, "aud": "other"}, CredentialsRefused, id="other-audience"),
        pytest.param({**ACTIVE, "aud": "ours", "exp": 1}, CredentialsRefused, id="expired"),
        pytest.param({**ACTIVE, "aud": "ours", "client_id": "x"}, CredentialsRefused, id="unknown-client"),
    ],
)
async def test_whatever_else_the_issuer_says_nobody_gets_in(answer: Any, error: type[Exception]) -> None:
    who = introspected(Issuer(answer), Clock(), audience="ours")

    with pytest.raises(error):
        await who.identify(bearing("opaque"))


async def test_a_token_that_names_a_known_issuer_is_never_asked_about() -> None:
    issuer = Issuer()
    who = introspected(issuer, Clock())

    with pytest.raises(CredentialsRefused):
        await who.identify(bearing(signed(header={"kid": "unknown"})))
    assert issuer.asked == []


# --- reading certificates ---


@pytest.fixture(scope="module")
def pem() -> bytes:
    return trustme.CA().issue_cert("poq.buyer.example", common_name="buyer").cert_chain_pems[0].bytes()


def test_a_certificate_is_the_same_in_every_form(pem: bytes, tmp_path: Path) -> None:
    der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    header = f":{base64.b64encode(der).decode()}:"

    read = read_der(der)
    assert read.dns == {"poq.buyer.example"}
    assert "CN=buyer" in read.subject
    assert len(read.thumbprint) == 43
    assert read == read_header(header, "rfc9440") == read_header(quote(pem.decode(), safe=""), "pem")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        pytest.param("", "rfc9440", id="empty"),
        pytest.param("AAAA", "rfc9440", id="no-colons"),
        pytest.param(":AAAA:", "rfc9440", id="no-certificate"),
        pytest.param(":AAAA:, :AAAA:", "rfc9440", id="two"),
        pytest.param(":é:", "rfc9440", id="no-base64"),
        pytest.param(":AAAA:", "pem", id="other-form"),
        pytest.param("-----BEGIN CERTIFICATE-----%0AAA-----END CERTIFICATE-----", "pem", id="broken-pem"),
        pytest.param(f":{'A' * 100_000}:", "rfc9440", id="huge"),
    ],
)
def test_what_is_no_certificate(text: str, form: str) -> None:
    with pytest.raises(NotACertificate):
        read_header(text, form)
