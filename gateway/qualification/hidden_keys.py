"""Which names say that what stands under them is a secret, or says who somebody is. Knows no values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
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


def hidden_keys(value: Mapping[str, Any]) -> AbstractSet[str]:
    """The keys of an object that hide what stands under them: none where all are known to be open, as is the rule."""
    if OPEN.issuperset(value):
        return _NONE
    others = set(value) - OPEN
    return others if _HIDING.issuperset(others) else set(filter(_learned, others))


def _learned(key: str) -> bool:
    """As `hides`, of any key; kept for the next time, since the same ones come again and again."""
    found = hides(str(key))
    if type(key) is str and len(key) <= _LONGEST_KEY:
        known = _HIDING if found else OPEN
        if len(known) >= _MOST_KEYS:
            known.clear()
        known.add(key)
    return found


_NONE: frozenset[str] = frozenset()
OPEN: set[str] = set()
"""Keys that are known to hide nothing."""
_HIDING: set[str] = set()
"""Keys that are known to hide what stands under them."""
_MOST_KEYS = 4096
_LONGEST_KEY = 100
"""Characters: what a Buyer sends as keys must not fill the memory."""
