"""What must not be kept of a call: secrets, and what says who somebody is. Knows keys and texts, and no system.

A value is hidden for the key that it stands under. Where the same text stands anywhere else it is hidden too, so that
an answer that repeats a contact's name does not tell it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from gateway.mapping.plain import rfc3339
from gateway.qualification.hidden_keys import OPEN, hidden_keys

HIDDEN = "***"

_KEPT = frozenset({"role", "@type"})
"""Members of a contact that say what it is for, not who it is."""

_RUN = re.compile(r"[A-Za-z0-9._%+*@-]+")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+*-]@[A-Za-z0-9*-]+\.[A-Za-z0-9*-]")
"""What a run of such characters has in it if it is a mail address, or several. Parts of it may be hidden already; each
character is looked at once or twice, however long the text of a Buyer is.
"""
MOST_HIDDEN = 1_000
"""Hidden values that are looked at for one trace: each is looked for in all of it, for each item of a request again."""

_SHORTEST = 3
"""Characters: a shorter text would be found in any other."""

_LARGEST = 2**53
_LARGEST_FLOAT = float(_LARGEST)
_AS_THEY_ARE = frozenset({str, bool, type(None)})
"""Types of values that have nothing to look at in them."""

_USUAL = frozenset({str, dict, list, int, bool, type(None)})
_HAVE_NO_MEMBERS = frozenset({str, bool, type(None), int, Decimal, datetime, date})
_PASSED_ON = (
    orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_STRICT_INTEGER
)


class TooMuchHidden(Exception):
    """More values are hidden than are looked at."""


def as_it_is(tree: Any, others: Sequence[Any]) -> bytes | None:
    """What a `Redactor` would show of the tree, as JSON, where nothing in it is hidden, as is the rule; None where
    something is, or may be. Raises TooMuchHidden.

    `others`: what may have texts that are hidden, beside the tree.
    """
    for one in others:
        if type(one) is list and len(one) > MOST_HIDDEN:  # of contacts, not to be walked for each item
            raise TooMuchHidden
    redactor = Redactor(MOST_HIDDEN)
    try:
        json = orjson.dumps(tree, default=_plain, option=_PASSED_ON)
        if any(map(hidden_keys, _unknown(tree))):
            return None
        for one in _unknown([*others]):
            redactor.learn_members(one)
    except TypeError:  # a value that is shown in another way, half a character, a large number, a name that is no text
        return None
    return json if redactor.says_nothing(json) else None


def _unknown(tree: Any) -> list[dict[str, Any]]:
    """All objects in it with a key that is not known to be open. Raises TypeError for a kind of value, or a number,
    that has to be read in another way.

    One loop, without calls of ours: there are a hundred objects in a trace and its item, and three times as many
    values.
    """
    found: list[dict[str, Any]] = []
    waiting = [tree]
    for one in waiting:
        kind = type(one)
        if kind in _HAVE_NO_MEMBERS:
            continue
        if kind is dict:
            if not OPEN.issuperset(one):
                found.append(one)
            waiting.extend(one.values())
        elif kind is list or kind is tuple:
            waiting.extend(one)
        elif kind is not float or not -_LARGEST_FLOAT <= one <= _LARGEST_FLOAT:
            raise TypeError(f"a {kind.__name__}")
    return found


class Redactor:
    """Shows data as JSON, without what is hidden. First `learn` everything that is going to be shown."""

    def __init__(self, most: int | None = None) -> None:
        """`most`: hidden values that may be learned."""
        self._texts: set[str] = set()
        self._left = math.inf if most is None else most
        self._longest_first: list[str] = []
        """The same, so that of a whole name nothing is left where a part of it is hidden too."""
        self._clean: dict[int, Any] = {}
        """By identity: objects and lists that are shown as they are, as far as keys and types go."""

    def learn(self, tree: Any) -> None:
        """Note the texts that stand under keys that are hidden. Raises TooMuchHidden."""
        self._learn(tree)

    def learn_members(self, members: Mapping[str, Any]) -> None:
        """The same for one object, but for the objects in it."""
        for key in hidden_keys(members):
            self._learn_hidden(members[key])

    def shown(self, tree: Any) -> Any:
        """The tree as JSON data: dates as texts, decimals as numbers, what is hidden as `***`."""
        by_key = self._by_key(tree)
        if self._may_be_shown(by_key):
            return by_key
        self._longest_first = sorted(self._texts, key=len, reverse=True)
        return self._by_text(by_key)

    def _learn(self, tree: Any) -> bool:
        """Whether it can be shown as it is. By the type itself first: there are hundreds of values, most of few types,
        and an answer repeats large parts of the request, which need not be looked at again.
        """
        kind = type(tree)
        if kind is dict:
            is_clean = self._learn_members(tree)
        elif kind is list:
            is_clean = True
            for one in tree:
                if type(one) not in _AS_THEY_ARE and not self._learn(one):
                    is_clean = False
        else:
            return self._learn_other(tree)
        if is_clean:
            self._clean[id(tree)] = tree
        return is_clean

    def _learn_members(self, tree: Mapping[str, Any]) -> bool:
        hidden = hidden_keys(tree)
        is_clean = not hidden
        for key, one in tree.items():
            if key in hidden:
                self._learn_hidden(one)
                continue
            kind = type(one)
            if kind in _AS_THEY_ARE or (kind is int and -_LARGEST <= one <= _LARGEST):
                continue
            if not self._learn(one):
                is_clean = False
        return is_clean

    def _learn_other(self, tree: Any) -> bool:
        kind = type(tree)
        if kind in _AS_THEY_ARE:
            return True
        if kind is int or kind is float:
            return bool(-_LARGEST <= tree <= _LARGEST)
        if isinstance(tree, Mapping):
            self._learn_members(tree)
        elif isinstance(tree, list | tuple):
            for one in tree:
                self._learn(one)
        return False

    def _learn_hidden(self, tree: Any) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooMuchHidden
        kind = type(tree)
        kind = kind if kind in _USUAL else _like(tree)
        if kind is str:
            if len(tree) >= _SHORTEST:
                self._texts.add(tree)
        elif kind is dict:
            for key, value in tree.items():
                if str(key) in _KEPT:
                    self._learn(value)
                else:
                    self._learn_hidden(value)
        elif kind is list:
            for one in tree:
                self._learn_hidden(one)

    def _by_key(self, value: Any) -> Any:
        """As JSON data, without what stands under keys that are hidden."""
        kind = type(value)
        if kind in _AS_THEY_ARE or id(value) in self._clean:
            return value
        if kind is dict:
            return self._by_key_of_members(value)
        if kind is list:
            return [self._by_key(one) for one in value]
        if kind is int and -_LARGEST <= value <= _LARGEST:
            return value
        return self._by_key_of_other_type(value)

    def _by_key_of_members(self, value: dict[str, Any]) -> dict[str, Any]:
        hidden = hidden_keys(value)
        shown = {}
        for key, one in value.items():
            kind = type(one)
            if key in hidden:
                shown[key] = self._hidden(one)
            elif kind in _AS_THEY_ARE or (kind is int and -_LARGEST <= one <= _LARGEST):
                shown[key] = one
            else:
                shown[key] = self._by_key(one)
        return shown

    def _by_key_of_other_type(self, value: Any) -> Any:
        plain = _plain(value)
        return self._by_key(plain) if type(plain) in (dict, list) else plain

    def _hidden(self, value: Any) -> Any:
        """What stands under a key that is hidden: its shape stays."""
        match value:
            case None | bool():
                return value
            case dict() | Mapping():
                members = ((str(key), one) for key, one in value.items())
                return {key: self._by_key(one) if key in _KEPT else self._hidden(one) for key, one in members}
            case list() | tuple():
                return [self._hidden(one) for one in value]
            case _:
                return HIDDEN

    def says_nothing(self, json: bytes) -> bool:
        """Whether no text in this JSON, keys included, has anything to hide in it: asked of all texts at once.

        The JSON of a text has that of its parts in it; and an address has something before its `@`.
        """
        may_have_addresses = b"@" in json
        try:
            for text in self._texts:
                if (may_have_addresses or "@" not in text) and orjson.dumps(text)[1:-1] in json:
                    return False
        except TypeError:  # half a character is no JSON
            return False
        return not may_have_addresses or not _has_address(json)

    def _may_be_shown(self, tree: Any) -> bool:
        try:
            return self.says_nothing(orjson.dumps(tree))
        except TypeError:
            return False

    def _by_text(self, value: Any) -> Any:
        """Without the texts that are hidden, wherever they stand."""
        match value:
            case str():
                return self._text(value)
            case dict():
                return {self._text(str(key)): self._by_text(one) for key, one in value.items()}
            case list():
                return [self._by_text(one) for one in value]
            case _:
                return value

    def _text(self, text: str) -> str:
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode()  # half a character is no JSON
        for one in self._longest_first:
            if one in text:
                text = text.replace(one, HIDDEN)
        return _RUN.sub(_without_address, text) if "@" in text else text


def _like(value: Any) -> type[Any]:
    """The type that a value of another one is read as; its own where it is of no such kind."""
    if isinstance(value, str):
        return str
    if isinstance(value, Mapping):
        return dict
    return list if isinstance(value, list | tuple) else type(value)


def _without_address(run: re.Match[str]) -> str:
    return HIDDEN if _ADDRESS.search(run[0]) else run[0]


def _has_address(json: bytes) -> bool:
    """Whether there is an `@` that is not the first character of its text."""
    at = json.find(b"@")
    while at >= 0:
        if json[at - 1 : at] != b'"':
            return True
        at = json.find(b"@", at + 1)
    return False


def _plain(value: Any) -> Any:
    """A value of a type that JSON does not have, or has for some values only, as JSON data at its top."""
    known = _AS_JSON.get(type(value))
    if known is not None:
        return known(value)
    match value:
        case int() | float() | Decimal():
            return _number(value)
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case Mapping():
            return dict(value)
        case list() | tuple():
            return list(value)
        case _:
            return str(value)


def _moment(value: datetime) -> str:
    return rfc3339(value) if value.tzinfo else value.isoformat()


def _number(value: float | Decimal) -> int | float | str:
    """As JSON keeps it; a number that it would change is a text."""
    finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
    if finite and type(value) is Decimal:
        plain = float(value)
        if -_LARGEST_FLOAT < plain < _LARGEST_FLOAT:
            whole = int(plain)
            return whole if whole == value else plain
    if not finite or not -_LARGEST <= value <= _LARGEST:
        return str(value)
    return int(value) if not isinstance(value, float) and int(value) == value else float(value)


_AS_JSON: Mapping[type, Callable[[Any], Any]] = {Decimal: _number, date: date.isoformat, datetime: _moment}
"""The usual types, told apart without asking one after the other."""
