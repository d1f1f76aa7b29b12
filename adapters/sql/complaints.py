"""What a parser says about a query, in the words of its author: where, near what, and what is wrong. Raises nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot.errors import ParseError, SqlglotError

# The parser's descriptions, and what they mean to somebody who does not know its classes.
PLAIN_WORDS = (
    (re.compile(r"^Invalid expression / Unexpected token"), "this is not expected here"),
    (re.compile(r"^Required keyword: .* missing for .*"), "something is missing before or after this"),
    (re.compile(r"^Expect(?:ing|ed) (\S.*?)(?: but got .*)?$"), r"expected was \1"),
)
INTERNAL = re.compile(r"<[^>]*>|\bsqlglot[\w.]*|\x1b\[\d*m")
UNCLOSED = re.compile(r"^Missing (\S+) from ")


def unreadable(error: SqlglotError, query: str, arguments: Sequence[int]) -> str:
    """Why a query cannot be read: line and column (from 1) within the author's `query`, and what stands there.

    The parser was given the query with one character more before each name of an argument; `arguments` are the places
    of these names in the author's text.
    """
    found = error.errors[0] if isinstance(error, ParseError) and error.errors else None
    if found is None:
        return f"not readable as SQL: {_unclosed(error)}"
    number, last = int(found["line"] or 1), int(found["col"] or 0)
    lines = query.split("\n")
    ahead = sum(len(line) + 1 for line in lines[: number - 1])
    text = lines[number - 1] if number <= len(lines) else ""
    names = [place - ahead for place in arguments if 0 <= place - ahead < len(text)]
    begin, end = (_place(column, names) for column in (last - len(str(found["highlight"] or "")), last))
    if begin in names:
        begin -= 1  # an argument's colon belongs to it
    near = f" near `{text[begin:end]}`" if text[begin:end].strip() else ""
    return f"not readable as SQL at line {number}, column {begin + 1}{near}: {_plain(str(found['description'] or ''))}"


def _place(column: int, names: Sequence[int]) -> int:
    """The place in the author's line for one in the parser's."""
    return max(column - sum(name + position < column for position, name in enumerate(names)), 0)


def _plain(description: str) -> str:
    for pattern, words in PLAIN_WORDS:
        if pattern.match(description):
            return INTERNAL.sub("", pattern.sub(words, description)).strip()
    return INTERNAL.sub("", description).strip() or "it breaks the rules of SQL"


def _unclosed(error: SqlglotError) -> str:
    found = UNCLOSED.match(str(error.__cause__))
    return f"a {found[1]} is opened and never closed" if found else "a quote or comment is opened and never closed"
