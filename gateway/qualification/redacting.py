"""What must not be kept of a call: secrets, and what says who somebody is. Knows keys and texts, and no system.

A value is hidden for the key that it stands under. Where the same text stands anywhere else it is hidden too, so that
an answer that repeats a contact's name does not tell it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any

from gateway.mapping.plain import rfc3339

HIDDEN = "***"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ANYWHERE = frozenset(
    {"password", "passwd", "pwd", "passphrase", "secret", "secrets", "apikey", "authorization", "username"}
    | {"email", "phone", "telephone", "msisdn", "contact", "contacts", "surname", "firstname", "lastname", "fullname"}
)
_LAST = frozenset({"token", "tokens", "credential", "credentials", "cookie", "mail"})
"""Only as the last word: a service may have a tokenShare."""

_NUMBERS = frozenset({"mobile", "tel", "fax", "cell", "number", "no", "nr"})
_OF_PHONES = frozenset({"mobile", "tel", "fax", "cell"})
_TOGETHER = frozenset({("api", "key"), ("private", "key"), ("access", "key"), ("user", "id"), ("e", "mail")})
_WHOSE_NAME = frozenset(
    {"first", "last", "full", "given", "family", "middle", "maiden", "person", "customer", "cust", "end", "user"}
    | {"subscriber", "caller", "owner"}
)
_KEPT = frozenset({"role", "@type"})
"""Members of a contact that say what it is for, not who it is."""

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_SHORTEST = 3
"""Characters: a shorter text would be found in any other."""

_LARGEST = 2**53


@lru_cache(maxsize=4096)
def hides(key: str) -> bool:
    """Whether what stands under this key is a secret, or says who somebody is."""
    words = [word.lower() for word in _WORD.findall(key)]
    if not words:
        return False
    return (
        not _ANYWHERE.isdisjoint(words)
        or words[-1] in _LAST
        or not _TOGETHER.isdisjoint(pairwise(words))
        or (words[-1] == "name" and _WHOSE_NAME.issuperset(words[:-1]))
        or (_NUMBERS.issuperset(words) and not _OF_PHONES.isdisjoint(words))
    )


class Redactor:
    """Shows data as JSON, without what is hidden. First `learn` everything that is going to be shown."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def learn(self, tree: Any) -> None:
        """Note the texts that stand under keys that are hidden."""
        self._texts.update(text for text in _hidden_texts(tree) if len(text) >= _SHORTEST)

    def shown(self, tree: Any) -> Any:
        """The tree as JSON data: dates as texts, decimals as numbers, what is hidden as `***`."""
        return self._shown(tree, hidden=False)

    def _shown(self, value: Any, *, hidden: bool) -> Any:
        match value:
            case str():
                return HIDDEN if hidden else self._text(value)
            case None | bool():
                return value
            case dict() | Mapping():  # a dict is told in a tenth of the time of any other Mapping
                return {self._text(str(key)): self._member(str(key), one, hidden) for key, one in value.items()}
            case list() | tuple():
                return [self._shown(one, hidden=hidden) for one in value]
            case _ if hidden:
                return HIDDEN
            case int() | float() | Decimal():
                return _number(value)
            case datetime():
                return rfc3339(value) if value.tzinfo else value.isoformat()
            case date():
                return value.isoformat()
            case _:
                return self._text(str(value))

    def _member(self, key: str, value: Any, hidden: bool) -> Any:
        return self._shown(value, hidden=key not in _KEPT and (hidden or hides(key)))

    def _text(self, text: str) -> str:
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode()  # half a character is no JSON
        for one in self._texts:
            if one in text:
                text = text.replace(one, HIDDEN)
        return _ADDRESS.sub(HIDDEN, text) if "@" in text else text


def _hidden_texts(tree: Any, hidden: bool = False) -> Iterator[str]:
    match tree:
        case str():
            if hidden:
                yield tree
        case dict() | Mapping():
            for key, value in tree.items():
                yield from _hidden_texts(value, key not in _KEPT and (hidden or hides(str(key))))
        case list() | tuple():
            for one in tree:
                yield from _hidden_texts(one, hidden)


def _number(value: float | Decimal) -> int | float | str:
    """As JSON keeps it; a number that it would change is a text."""
    finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
    if not finite or not -_LARGEST <= value <= _LARGEST:
        return str(value)
    return int(value) if not isinstance(value, float) and int(value) == value else float(value)
