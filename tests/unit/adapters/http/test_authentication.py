"""How we prove who we are: what goes out, what happens after a refusal, and that nothing of it is told to anybody."""

from __future__ import annotations

import asyncio
import hashlib
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.base import AdapterConfigurationError, Cause, CheckOutcome, NoAnswer
from tests.support.http_server import HttpServer, http_server
from tests.unit.adapters.http.clients import ENOUGH, client, get, write


async def sent_with(authentication: dict[str, Any]) -> tuple[dict[str, str], str]:
    async with http_server() as server, client(server.url, authentication=authentication) as asked:
        server.says("{}")
        await get(asked, "/x?a=1")
    return server.asked[0].headers, server.asked[0].target


async def test_basic() -> None:
    headers, _ = await sent_with({"basic": {"username": "søren", "password": "p:ä"}})

    assert headers["Authorization"] == "Basic " + b64encode("søren:p:ä".encode()).decode()


async def test_a_bearer_token() -> None:
    headers, _ = await sent_with({"bearer": {"token": "abc"}})

    assert headers["Authorization"] == "Bearer abc"


async def test_an_api_key_in_a_header() -> None:
    headers, _ = await sent_with({"api_key": {"key": "k&1", "header": "X-API-Key"}})

    assert headers["X-API-Key"] == "k&1"


async def test_an_api_key_in_the_query() -> None:
    _, target = await sent_with({"api_key": {"key": "k&1 /", "query": "api key"}})

    assert target == "/x?a=1&api%20key=k%261%20%2F"


async def test_an_api_key_of_the_query_is_in_no_error() -> None:
    key = {"api_key": {"key": "hidden", "query": "key"}}
    async with client("http://127.0.0.1:9", authentication=key) as asked:
        with pytest.raises(NoAnswer) as raised:
            await get(asked)

    assert "hidden" not in str(raised.value)


async def test_a_token_of_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("one\n")
    async with http_server() as server:
        server.says("{}")
        async with client(server.url, authentication={"bearer": {"token_file": file}}) as asked:
            await get(asked)
            renewed = tmp_path / "renewed"
            renewed.write_text("two\n")
            renewed.replace(file)
            await get(asked)
            file.unlink()
            with pytest.raises(NoAnswer) as raised:
                await get(asked)

    assert [one.headers["Authorization"] for one in server.asked] == ["Bearer one", "Bearer two"]
    assert raised.value.cause is Cause.BROKEN


@pytest.mark.parametrize("content", [None, "", "a b", "ä"], ids=["absent", "empty", "two words", "not ASCII"])
async def test_a_file_without_a_token_is_refused_while_loading(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    with pytest.raises(AdapterConfigurationError, match=r"nimbus: authentication: .*token"):
        async with client("http://x", authentication={"bearer": {"token_file": file}}):
            pass


async def test_a_refused_password_is_not_tried_twice() -> None:
    login = {"basic": {"username": "a", "password": "b"}}
    async with http_server() as server, client(server.url, authentication=login) as asked:
        server.says("", status=401)

        assert (await get(asked)).status == 401
    assert len(server.asked) == 1


# --- digest ----------------------------------------------------------------------------------------------------------


class DigestServer:
    """Checks digests by RFC 7616; `lives`: how many requests one nonce is good for."""

    def __init__(self, algorithm: str, lives: int = 100, before: tuple[str, ...] = ()) -> None:
        self.algorithm, self.lives, self.before = algorithm, lives, before
        self.nonces: dict[str, int] = {}
        self.counts: list[tuple[str, int]] = []
        self.statuses: list[int] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        said = self._read(request)
        known = said.get("nonce", "") in self.nonces
        if known and self._is_right(request, said) and self.nonces[said["nonce"]] < self.lives:
            self.nonces[said["nonce"]] += 1
            self.counts.append((said["nonce"], int(said["nc"], 16)))
            return self._answered(web.json_response({}))
        nonce = f"n{len(self.nonces)}"
        self.nonces[nonce] = 0
        response = web.Response(status=401, text="x" * 100_000)
        for one in self.before:
            response.headers.add("WWW-Authenticate", one)
        stale = ", stale=true" if known else ""
        challenge = f'Digest realm="r", qop="auth", algorithm={self.algorithm}, nonce="{nonce}"{stale}'
        response.headers.add("WWW-Authenticate", challenge)
        return self._answered(response)

    def _answered(self, response: web.Response) -> web.Response:
        self.statuses.append(response.status)
        return response

    @staticmethod
    def _read(request: web.Request) -> dict[str, str]:
        found = re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', request.headers.get("Authorization", ""))
        return {name: quoted or plain for name, quoted, plain in found}

    def _is_right(self, request: web.Request, said: dict[str, str]) -> bool:
        def h(text: str) -> str:
            return hashlib.new("sha256" if self.algorithm == "SHA-256" else "md5", text.encode()).hexdigest()

        first, second = h("joe:r:hidden"), h(f"{request.method}:{request.raw_path}")
        expected = h(f"{first}:{said['nonce']}:{said['nc']}:{said['cnonce']}:auth:{second}")
        return said["response"] == expected and said["uri"] == request.raw_path


LOGIN = {"digest": {"username": "joe", "password": "hidden"}}


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
async def test_digest_answers_a_challenge_and_uses_its_nonce_again(algorithm: str) -> None:
    async with http_server() as server, client(server.url, authentication=LOGIN, calls_at_once=1) as asked:
        server.answer = checking = DigestServer(algorithm)
        statuses = [(await get(asked, "/a%2Fb?q=1")).status for _ in range(3)]
        statuses.append((await write(asked)).status)

    assert statuses == [200] * 4
    assert checking.counts == [("n0", 1), ("n0", 2), ("n0", 3), ("n0", 4)]
    assert checking.statuses == [401, 200, 200, 200, 200]


async def test_digest_takes_a_new_nonce_when_the_old_one_is_stale() -> None:
    async with http_server() as server, client(server.url, authentication=LOGIN) as asked:
        server.answer = checking = DigestServer("SHA-256", lives=2)
        statuses = [(await get(asked)).status for _ in range(5)]

    assert statuses == [200] * 5
    assert checking.statuses == [401, 200, 200, 401, 200, 200, 401, 200]


async def test_digest_finds_its_challenge_among_others() -> None:
    async with http_server() as server, client(server.url, authentication=LOGIN) as asked:
        server.answer = DigestServer("MD5", before=("Negotiate", 'Basic realm="r"'))

        assert (await get(asked)).status == 200


async def test_a_digest_with_a_wrong_password_ends_after_the_second_refusal() -> None:
    wrong = {"digest": {"username": "joe", "password": "wrong"}}
    async with http_server() as server, client(server.url, authentication=wrong) as asked:
        server.answer = checking = DigestServer("SHA-256")

        assert (await get(asked)).status == 401
    assert checking.statuses == [401, 401]


async def test_each_endpoint_has_a_digest_of_its_own() -> None:
    async with http_server() as first, http_server() as second:
        first.answer, second.answer = DigestServer("MD5"), DigestServer("SHA-256")
        for server in (first, second):
            async with client("", endpoints=[server.url, "http://127.0.0.1:9"], authentication=LOGIN) as asked:
                assert (await get(asked)).status == 200
        async with client("", endpoints=["http://127.0.0.1:9", first.url], authentication=LOGIN) as asked:
            assert (await get(asked)).status == 200


# --- OAuth 2.0 -------------------------------------------------------------------------------------------------------


class TokenServer:
    """Gives tokens t1, t2, …; `forms` has what was asked."""

    def __init__(self, server: HttpServer, lifetime: Any = 3600) -> None:
        self.server, self.lifetime = server, lifetime
        self.given = 0
        server.answer = self

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        self.given += 1
        token = {"access_token": f"t{self.given}", "token_type": "Bearer", "expires_in": self.lifetime}
        return web.json_response(token)


def oauth(url: str, **more: Any) -> dict[str, Any]:
    return {"oauth2": {"token_url": f"{url}/token", "client_id": "g&w", "client_secret": "s:hidden", **more}}


async def test_one_token_is_fetched_for_all_calls() -> None:
    async with http_server() as tokens, http_server() as server:
        TokenServer(tokens)
        server.says("{}")
        async with client(server.url, authentication=oauth(tokens.url, scope=["a", "b"], audience="plan")) as asked:
            await asyncio.gather(*(get(asked) for _ in range(5)))
            await write(asked)

    assert {one.headers["Authorization"] for one in server.asked} == {"Bearer t1"}
    (form,) = tokens.asked
    assert form.method == "POST"
    assert form.body == b"grant_type=client_credentials&scope=a+b&audience=plan"
    assert form.headers["Authorization"] == "Basic " + b64encode(b"g%26w:s%3Ahidden").decode()


async def test_the_secret_may_be_posted() -> None:
    async with http_server() as tokens, http_server() as server:
        TokenServer(tokens)
        server.says("{}")
        async with client(server.url, authentication=oauth(tokens.url, method="client_secret_post")) as asked:
            await get(asked)

    assert b"client_id=g%26w&client_secret=s%3Ahidden" in tokens.asked[0].body
    assert "Authorization" not in tokens.asked[0].headers


async def test_a_token_is_fetched_again_shortly_before_it_expires() -> None:
    async with http_server() as tokens, http_server() as server:
        TokenServer(tokens, lifetime=0)
        server.says("{}")
        async with client(server.url, authentication=oauth(tokens.url)) as asked:
            await get(asked)
            await get(asked)

    assert [one.headers["Authorization"] for one in server.asked] == ["Bearer t1", "Bearer t2"]


async def test_a_refused_token_is_fetched_again_once() -> None:
    async with http_server() as tokens, http_server() as server:
        TokenServer(tokens)

        async def second_only(request: web.Request) -> web.StreamResponse:
            return web.json_response({}, status=200 if request.headers["Authorization"] == "Bearer t2" else 401)

        server.answer = second_only
        async with client(server.url, authentication=oauth(tokens.url)) as asked:
            answers = await asyncio.gather(*(get(asked) for _ in range(4)))
            assert [answer.status for answer in answers] == [200] * 4
            assert len(tokens.asked) == 2

            server.says("", status=401)
            assert (await get(asked)).status == 401
    assert len(tokens.asked) == 3


@pytest.mark.parametrize(
    ("status", "content", "cause", "words"),
    [
        pytest.param(
            401, '{"error": "invalid_client"}', Cause.BROKEN, "refuses us: HTTP 401 (invalid_client)", id="401"
        ),
        pytest.param(400, '{"error": "HIDDEN <b>"}', Cause.BROKEN, "refuses us: HTTP 400", id="a strange code"),
        pytest.param(500, "hidden", Cause.BROKEN, "fails: HTTP 500", id="500"),
        pytest.param(302, "", Cause.BROKEN, "fails: HTTP 302", id="a redirect"),
        pytest.param(503, "", Cause.OVERLOADED, "overloaded", id="503"),
        pytest.param(200, "<html>", Cause.UNREADABLE, "without a token", id="HTML"),
        pytest.param(200, "[]", Cause.UNREADABLE, "without a token", id="a list"),
        pytest.param(200, '{"access_token": "a\\nb"}', Cause.UNREADABLE, "without a token", id="a line break"),
        pytest.param(200, '{"access_token": "hidden"}', Cause.UNREADABLE, "no bearer token", id="no type"),
        pytest.param(
            200, '{"access_token": "hidden", "token_type": "mac"}', Cause.UNREADABLE, "no bearer", id="another type"
        ),
        pytest.param(200, " " * 300_000, Cause.TOO_LARGE, "token endpoint sent more", id="too large"),
    ],
)
async def test_a_token_endpoint_that_fails_is_no_answer_with_its_cause(
    status: int, content: str, cause: Cause, words: str
) -> None:
    async with http_server() as tokens, http_server() as server:
        tokens.says(content, status=status)
        async with client(server.url, authentication=oauth(tokens.url)) as asked:
            with pytest.raises(NoAnswer) as raised:
                await get(asked)
            _, line = await asked.check(5)

    assert raised.value.cause is cause
    assert not raised.value.is_sent
    assert raised.value.text.startswith("nimbus: ")
    assert words in raised.value.text
    assert "hidden" not in str(raised.value).lower()
    assert server.asked == []
    assert (line.subject, line.outcome) == ("authentication", CheckOutcome.FAILED)


async def test_a_token_endpoint_that_is_down_is_unreachable() -> None:
    async with http_server() as server, client(server.url, authentication=oauth("http://127.0.0.1:9")) as asked:
        with pytest.raises(NoAnswer) as raised:
            await get(asked)

    assert raised.value.cause is Cause.UNREACHABLE
    assert "token endpoint" in raised.value.text


async def test_a_call_that_is_given_up_leaves_the_fetching_to_the_others() -> None:
    async with http_server() as tokens, http_server() as server:
        TokenServer(tokens)
        reached, released = asyncio.Event(), asyncio.Event()
        giving = tokens.answer
        assert giving is not None

        async def slowly(request: web.Request) -> web.StreamResponse:
            reached.set()
            await released.wait()
            return await giving(request)

        tokens.answer = slowly
        server.says("{}")
        async with client(server.url, authentication=oauth(tokens.url)) as asked:
            first = asyncio.gather(get(asked))
            second = asyncio.gather(get(asked))
            async with asyncio.timeout(ENOUGH):
                await reached.wait()
                first.cancel()
                released.set()
                assert [answer.status for answer in await second] == [200]


@pytest.mark.parametrize(("kind", "algorithm"), [("rsa", "RS256"), ("P-256", "ES256")])
async def test_a_private_key_signs_for_us(tmp_path: Path, kind: str, algorithm: str) -> None:
    from joserfc import jwt
    from joserfc.jwk import ECKey, RSAKey

    key = RSAKey.generate_key(2048) if kind == "rsa" else ECKey.generate_key(kind)
    (tmp_path / "key.pem").write_bytes(key.as_pem(private=True))
    said = {"method": "private_key_jwt", "client_secret": None, "private_key": tmp_path / "key.pem", "key_id": "k1"}
    async with http_server() as tokens, http_server() as server:
        TokenServer(tokens)
        server.says("{}")
        async with client(server.url, authentication=oauth(tokens.url, **said)) as asked:
            await get(asked)

    form = dict(part.split("=") for part in tokens.asked[0].body.decode().split("&"))
    token = jwt.decode(form["client_assertion"], key, algorithms=[algorithm])
    assert token.header == {"alg": algorithm, "kid": "k1", "typ": "JWT"}
    assert token.claims["iss"] == token.claims["sub"] == "g&w"
    assert token.claims["aud"] == f"{tokens.url}/token"
    assert token.claims["exp"] - token.claims["iat"] == 60


async def test_a_key_that_is_none_is_refused_while_loading(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("hidden")
    said = {"method": "private_key_jwt", "private_key": tmp_path / "key.pem"}
    with pytest.raises(AdapterConfigurationError, match="no private key") as raised:
        async with client("http://x", authentication=oauth("http://x", **said)):
            pass

    assert "hidden" not in str(raised.value)
