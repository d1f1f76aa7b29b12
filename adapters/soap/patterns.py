"""Patterns of XML Schema as Python's, where both certainly mean the same. Knows no types."""

from __future__ import annotations

import re

_ESCAPED = r"\\[.\\?*+{}()\[\]|^-]"
_MEMBER = rf"[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9 _/:;,.@#%+*?(){{}}=$!]|\\d|{_ESCAPED}"
_PART = re.compile(
    rf"(?P<escaped>{_ESCAPED})|(?P<digit>\\d)|(?P<any>\.)|(?P<mark>[(|)])"
    r"|(?P<many>[?*+]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})"
    rf"|\[(?P<not>\^?)(?P<members>-?(?:{_MEMBER})+-?)\]"
    r"|(?P<literal>[^\\?*+{}()\[\]|.\n\r])"
)
_ONE_MEMBER = re.compile(rf"{_MEMBER}|-")


def python_pattern(pattern: str) -> str | None:
    """The same for `re.fullmatch`, or one that fits less; None where it says something that is not known here.

    What could make matching slow, a group that repeats, is not known either.
    """
    pieces: list[str] = []
    before, at = "(", 0
    while at < len(pattern):
        found = _PART.match(pattern, at)
        if found is None:
            return None
        at, kind = found.end(), str(found.lastgroup)
        piece = _translated(found)
        if piece is None or (kind == "many" and (before in ("many", "(", "|") or (before == ")" and piece != "?"))):
            return None
        pieces.append(piece)
        before = found[0] if kind == "mark" else kind
    return f"(?:{''.join(pieces)})"


def _translated(found: re.Match[str]) -> str | None:
    kind = found.lastgroup
    if kind == "members":
        return _class(found["not"], found["members"])
    if kind == "mark":
        return "(?:" if found[0] == "(" else found[0]
    if kind == "many":
        return found[0]
    if kind == "escaped":
        return re.escape(found[0][1])
    return {"digit": "[0-9]", "any": r"[^\n\r]"}.get(str(kind)) or re.escape(found[0])


def _class(negated: str, members: str) -> str | None:
    """A digit of any script is no more than one of ours here: in what is excluded that would fit more."""
    if negated and r"\d" in members:
        return None
    return f"[{negated}{''.join(_member(one[0]) for one in _ONE_MEMBER.finditer(members))}]"


def _member(one: str) -> str:
    if one == r"\d":
        return "0-9"
    if len(one) == 3:  # from one to another
        return one
    return re.escape(one[-1])
