"""The error table knows every class of the library it translates."""

from __future__ import annotations

import inspect

import pytest
from zeep import exceptions as zeep_errors

from adapters.soap.errors import WSDL_PROBLEMS

ZEEP_ERRORS = [
    kind
    for _, kind in inspect.getmembers(zeep_errors, inspect.isclass)
    if issubclass(kind, Exception) and kind.__module__ == zeep_errors.__name__
]


@pytest.mark.parametrize("kind", ZEEP_ERRORS, ids=lambda kind: kind.__name__)
def test_every_wsdl_error_has_a_row(kind: type[BaseException]) -> None:
    assert kind in WSDL_PROBLEMS
