"""Expressions in tests: a scope with one value of each kind, and a shorthand to evaluate in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from gateway.mapping.expressions.compiler import compile_expression
from gateway.mapping.expressions.functions.requests import Copies, Lookup

ITEM: dict[str, Any] = {
    "id": "item-001",
    "qualificationItemRelationship": [{"id": "item-002", "relationshipType": "CONNECTS_TO_UNI"}],
    "product": {
        "place": [{"role": "INSTALL_LOCATION", "place": {"id": "loc-1"}}, {"role": "OTHER", "place": {"id": "loc-2"}}],
        "productRelationship": [{"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1"}],
        "productConfiguration": {"maximumFrameSize": 1526, "flow": [{"cir": {"irValue": 10, "irUnits": "MBPS"}}]},
    },
}
OTHER: dict[str, Any] = {"id": "item-002", "product": {"place": [{"role": "INSTALL_LOCATION", "place": {"id": "x"}}]}}


class TestScope(dict[str, Any]):
    """Names of an expression, and what functions over requests ask of a scope."""

    __test__ = False

    def __init__(self, **names: Any) -> None:
        super().__init__(names)
        self.document = {"productOfferingQualificationItem": [ITEM, OTHER]}
        self.item = ITEM
        self.copies: Copies = {}
        self.answers: dict[str, Mapping[str, Any]] = {"item-002": {"serviceabilityConfidence": "red"}}
        self.known: dict[tuple[str, str], Mapping[str, Any]] = {
            ("address", "loc-1"): {"site_no": "NB-1", "active": None},
            ("product", "enni-1"): {"status": "A"},
        }


KINDS: dict[str, Any] = {
    "null": None,
    "truth": True,
    "integer": 7,
    "float": 2.5,
    "decimal": Decimal("3.75"),
    "nan": float("nan"),
    "infinity": float("inf"),
    "decimal nan": Decimal("NaN"),
    "signalling nan": Decimal("sNaN"),
    "decimal infinity": Decimal("-Infinity"),
    "huge decimal": Decimal("1e999999"),
    "huge integer": 10**5000,
    "huge float": 1.7e308,
    "text": "abc",
    "empty text": "",
    "blank text": "  ",
    "surrogate": "\ud800",
    "list": [1, 2],
    "empty list": [],
    "list with null": [None],
    "object": {"a": 1},
    "object with null": {"a": None},
    "date": date(2026, 5, 4),
    "last date": date.max,
    "moment": datetime(2026, 5, 4, 8, tzinfo=UTC),
    "naive moment": datetime(2026, 5, 4, 8),
    "first moment": datetime.min,
    "duration": timedelta(days=2),
    "lookup": Lookup("codes", {"A": 1}),
    "bytes": b"abc",
    "tuple": (1,),
}
"""One value of each kind that a system, a request or the language itself might hand to an operation."""


Error = TypeVar("Error", bound=Exception)


def tried(expected: type[Error], call: Callable[[], Any]) -> Any | Error:
    """What the call gives, or the error of this type that it ends in. Any other error passes through."""
    try:
        return call()
    except expected as error:
        return error


def evaluate(text: str, **names: Any) -> Any:
    """The value of an expression in a scope with these names, `item`, and two lookups."""
    given = {"item": ITEM, "codes": Lookup("codes", {"A": 1, 2: "b"}), "open": Lookup("open", {"A": 1}, "else", True)}
    return compile_expression(text).evaluate(TestScope(**{**given, **names}))
