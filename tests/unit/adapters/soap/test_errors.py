"""The error tables know every class of the libraries they translate."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import aiohttp
import pytest
from zeep import exceptions as zeep_errors

from adapters.soap.errors import CLIENT_CAUSES, WSDL_PROBLEMS, no_answer


def below(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for derived in kind.__subclasses__():
        if derived.__module__.startswith("aiohttp"):
            yield from below(derived)


CLIENT_ERRORS = sorted(set(below(aiohttp.ClientError)), key=lambda kind: kind.__name__)
ZEEP_ERRORS = [
    kind
    for _, kind in inspect.getmembers(zeep_errors, inspect.isclass)
    if issubclass(kind, Exception) and kind.__module__ == zeep_errors.__name__
]


@pytest.mark.parametrize("kind", CLIENT_ERRORS, ids=lambda kind: kind.__name__)
def test_every_client_error_has_a_row(kind: type[BaseException]) -> None:
    assert kind in CLIENT_CAUSES


@pytest.mark.parametrize("kind", ZEEP_ERRORS, ids=lambda kind: kind.__name__)
def test_every_wsdl_error_has_a_row(kind: type[BaseException]) -> None:
    assert kind in WSDL_PROBLEMS


def test_an_error_of_no_row_is_still_no_answer() -> None:
    assert no_answer(RuntimeError("surprise"), "nimbus").cause == "broken"


def test_a_foreign_text_is_cut_and_on_one_line() -> None:
    text = no_answer(OSError("one\r\ntwo\x1b[31m " + "x" * 5000), "nimbus").text

    assert text.startswith("nimbus: one two [31m xxx")
    assert text.isprintable()
    assert len(text) < 400
