"""What an issuer is asked over HTTP."""

from __future__ import annotations

from gateway.authentication.fetching import IssuerClient
from tests.support.unasked import chatty_server, reply


async def test_what_an_issuer_says_unasked_tells_nothing_of_a_token() -> None:
    async with chatty_server(reply('{"active": true}')) as (url, say_more), IssuerClient(f"{url}/2") as issuer:
        said = [await issuer.introspect("first", ("gateway", "secret"))]
        await say_more()
        said.append(await issuer.introspect("second", ("gateway", "secret")))

    assert said == [b"/2", b"/2"]
