"""The error table knows every class of the library that it translates, and no text of it tells a secret."""

from __future__ import annotations

from collections.abc import Iterator

import aiohttp
import pytest
from yarl import URL

from adapters.http.errors import CLIENT_CAUSES, no_answer


def below(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for derived in kind.__subclasses__():
        if derived.__module__.startswith("aiohttp"):
            yield from below(derived)


CLIENT_ERRORS = sorted(set(below(aiohttp.ClientError)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", CLIENT_ERRORS, ids=lambda kind: kind.__name__)
def test_every_client_error_has_a_row(kind: type[BaseException]) -> None:
    assert kind in CLIENT_CAUSES


def test_an_error_of_no_row_is_still_no_answer() -> None:
    assert no_answer(RuntimeError("surprise"), "nimbus").cause == "broken"


def test_a_foreign_text_is_cut_and_on_one_line() -> None:
    text = no_answer(OSError("one\r\ntwo\x1b[31m " + "x" * 5000), "nimbus").text

    assert text.startswith("nimbus: one two [31m xxx")
    assert text.isprintable()
    assert len(text) < 400


@pytest.mark.parametrize(
    "error",
    [
        aiohttp.ConnectionTimeoutError("Connection timeout to host http://h/?key=hidden"),
        aiohttp.InvalidURL(URL("http://h/?key=hidden")),
        aiohttp.NonHttpUrlClientError("ftp://h/?key=hidden"),
        aiohttp.ServerDisconnectedError("hidden"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_query_of_an_address_is_in_no_text(error: Exception) -> None:
    assert "hidden" not in str(no_answer(error, "nimbus"))
