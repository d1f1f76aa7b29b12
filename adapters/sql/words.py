"""The words of a query, as they are sent: comments taken out, arguments marked the way that a driver wants them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from sqlglot import Token, TokenType

from adapters.base import AdapterConfigurationError
from adapters.sql.dialect import Marks

EXECUTED = re.compile(r"/\*M?!")
COMMENTS = ("--", "/*", "#")


def argument_names(tokens: Sequence[Token]) -> Iterator[Token]:
    """The name tokens of all `:name`; a name may be any word, also one that SQL reserves."""
    for colon, name in pairwise(tokens):
        if colon.token_type == TokenType.COLON and name.start == colon.end + 1 and name.text.isidentifier():
            yield name


class Words:
    """A query by its tokens. Raises AdapterConfigurationError for what stands between them and is no comment."""

    def __init__(self, query: str, tokens: Sequence[Token]) -> None:
        self._query = query
        self._tokens = tokens
        self._names = {token.start for token in argument_names(tokens)}
        _gap(query[: tokens[0].start])
        _gap(query[tokens[-1].end + 1 :].replace(";", " "))
        self._gaps = [_gap(query[before.end + 1 : after.start]) for before, after in pairwise(tokens)]

    def plain(self) -> str:
        """As it was written."""
        return self._joined(lambda token: f":{token.text}", lambda text: text)

    def marked(self, marks: Marks) -> tuple[str, tuple[str, ...]]:
        """With the driver's marks; and the arguments, in the order in which it wants their values."""
        order: list[str] = []

        def mark(token: Token) -> str:
            if not (marks.is_shared and token.text in order):
                order.append(token.text)
            return marks.mark(order.index(token.text) + 1 if marks.is_shared else len(order))

        def own(text: str) -> str:
            return text.replace("%", "%%") if marks.doubles_percent else text

        return self._joined(mark, own), tuple(order)

    def _joined(self, argument: Callable[[Token], str], own: Callable[[str], str]) -> str:
        parts: list[str] = []
        for token, gap in zip(self._tokens, [*self._gaps, ""], strict=True):
            if token.start in self._names:
                parts[-2:] = [argument(token)]  # its colon, and nothing between the two
            else:
                parts.append(own(self._query[token.start : token.end + 1]))
            parts.append(gap)
        return "".join(parts)


def _gap(text: str) -> str:
    if not text.strip():
        return text
    if EXECUTED.search(text):
        raise AdapterConfigurationError("take out /*! */: MySQL and MariaDB run what stands in it")
    if not text.strip().startswith(COMMENTS):
        raise AdapterConfigurationError(f"not readable as SQL: {text.strip()[:40]}")
    return "\n" if "\n" in text else " "
