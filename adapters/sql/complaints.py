"""What a parser says about a query, in the words of its author: where, near what, and what is wrong. Raises nothing."""

from __future__ import annotations

import re

from sqlglot.errors import ParseError, SqlglotError

# The parser's descriptions, and what they mean to somebody who does not know its classes.
PLAIN_WORDS = (
    (re.compile(r"^Invalid expression / Unexpected token"), "this is not expected here"),
    (re.compile(r"^Required keyword: .* missing for .*"), "something is missing before or after this"),
    (re.compile(r"^Expect(?:ing|ed) (\S.*?)(?: but got .*)?$"), r"expected was \1"),
)
INTERNAL = re.compile(r"<[^>]*>|\bsqlglot[\w.]*|\x1b\[\d*m")
UNCLOSED = re.compile(r"^Missing (\S+) from ")


def unreadable(error: SqlglotError, query: str) -> str:
    """Why a query cannot be read: line and column count from 1 within the query, what stands there is quoted."""
    found = error.errors[0] if isinstance(error, ParseError) and error.errors else None
    if found is None:
        return f"not readable as SQL: {_unclosed(error)}"
    line, last, token = int(found["line"] or 1), int(found["col"] or 0), str(found["highlight"] or "")
    text = (query.split("\n")[line - 1 : line] or [""])[0]
    begin = max(last - len(token), 0)
    if text[begin - 1 : begin] == ":" and token.startswith("_"):
        begin -= 1  # an argument: its colon belongs to its name
    near = f" near `{text[begin:last]}`" if text[begin:last].strip() else ""
    return f"not readable as SQL at line {line}, column {begin + 1}{near}: {_plain(str(found['description'] or ''))}"


def _plain(description: str) -> str:
    for pattern, words in PLAIN_WORDS:
        if pattern.match(description):
            return INTERNAL.sub("", pattern.sub(words, description)).strip()
    return INTERNAL.sub("", description).strip() or "it breaks the rules of SQL"


def _unclosed(error: SqlglotError) -> str:
    found = UNCLOSED.match(str(error.__cause__))
    return f"a {found[1]} is opened and never closed" if found else "a quote or comment is opened and never closed"
