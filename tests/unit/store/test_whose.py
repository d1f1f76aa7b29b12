"""What is done for a Buyer is done in transactions of its own dealing: held by looking at the code that does it."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType

import pytest

from gateway.qualification import listing
from gateway.store import notifications, store

NOBODYS = {"change", "begin_write", "settle_write", "withdraw_write"}
"""Work on what was kept before; like `operator_*` it is for no Buyer's request."""


@pytest.mark.parametrize("module", [store, notifications, listing], ids=lambda module: module.__name__)
def test_only_what_is_for_no_buyer_uses_transactions_that_see_everything(module: ModuleType) -> None:
    open_doors = {
        function.name
        for function in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(function, ast.AsyncFunctionDef)
        and any(
            ast.unparse(node) == "self._database" and not _is_narrowed(function, node) for node in ast.walk(function)
        )
    }

    assert {name for name in open_doors if not name.startswith("operator_")} <= NOBODYS | {"open", "close"}


def _is_narrowed(function: ast.AST, node: ast.AST) -> bool:
    """Whether it is followed by `.of`."""
    return any(
        isinstance(other, ast.Attribute) and other.attr == "of" and other.value is node for other in ast.walk(function)
    )
