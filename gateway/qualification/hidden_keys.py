"""Which names say that what stands under them is a secret, or says who somebody is. Knows no values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

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


def hidden_keys(value: Mapping[str, Any]) -> frozenset[str]:
    """The keys of an object that hide what stands under them. Objects of a kind have the same ones, in the same order:
    kept by all of them together.
    """
    keys = tuple(value)
    known = _KEYS.get(keys)
    if known is None:
        names = [str(key) for key in keys]
        known = frozenset(key for key, name in zip(keys, names, strict=True) if hides(name))
        if sum(map(len, names)) <= _LONGEST_KEYS:
            if len(_KEYS) >= _MOST_KEYS:
                _KEYS.clear()
                OPEN.clear()
            _KEYS[keys] = known
            if not known:
                OPEN.add(keys)
    return known


_KEYS: dict[tuple[str, ...], frozenset[str]] = {}
OPEN: set[tuple[str, ...]] = set()
"""Those of `_KEYS` that hide nothing."""
_MOST_KEYS = 2048
_LONGEST_KEYS = 2048
"""Characters: what a Buyer sends as keys must not fill the memory."""
