"""Reads and judges a query while a mapping is loaded: is it one SELECT that can only read, and what goes in and out?

Knows no connection. What passes here is still run read-only: this check is for a helpful message, not the only wall.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from adapters.base import AdapterConfigurationError
from adapters.sql.complaints import unreadable

WRITES = (exp.DML, exp.DDL, exp.Command, exp.Drop, exp.Alter, exp.Merge, exp.TruncateTable)


@dataclass(frozen=True)
class Statement:
    """A query that was found to be one harmless SELECT.

    `sql` is the author's text with a LIMIT; `bindable` the same with every colon that is not an
    argument escaped, as SQLAlchemy's `text()` wants it. `columns` are in lower case, in the order of the SELECT.
    """

    sql: str
    bindable: str
    names: tuple[str, ...]
    columns: tuple[str, ...]


def read_statement(query: str, *, dialect: str, functions: frozenset[str], limit: int) -> Statement:
    """Check a query and prepare it to fetch at most `limit` rows. Raises AdapterConfigurationError."""
    arguments: list[Token] = []
    try:
        tokens = [token for token in sqlglot.tokenize(query, read=dialect) if token.token_type != TokenType.SEMICOLON]
        arguments += _arguments(tokens)
        found = [tree for tree in sqlglot.parse(_neutral(query, arguments), dialect=dialect) if tree is not None]
    except SqlglotError as error:
        raise AdapterConfigurationError(unreadable(error, query, [token.start for token in arguments])) from error
    root = _only_select(found)
    _give_names_back(root)
    _refuse_writes(root)
    _refuse_stars(root)
    _refuse_functions(root, functions)
    _refuse_limits(root)
    if len(list(root.find_all(exp.Placeholder))) != len(arguments):
        raise AdapterConfigurationError("an argument is written :name, and a colon means nothing else but a ::cast")
    end = tokens[-1].end + 1
    suffix = f"\nLIMIT {limit}"
    return Statement(
        sql=query[:end] + suffix,
        bindable=_escaped(query[:end], {token.start - 1 for token in arguments}) + suffix,
        names=tuple(dict.fromkeys(token.text for token in arguments)),
        columns=_columns(root),
    )


def _neutral(query: str, arguments: list[Token]) -> str:
    """The query with an underscore before each argument's name, so that the name may be a reserved word."""
    for token in reversed(arguments):
        query = query[: token.start] + "_" + query[token.start :]
    return query


def _give_names_back(root: exp.Query) -> None:
    for node in root.find_all(exp.Placeholder):
        node.set("this", node.name.removeprefix("_"))


def _only_select(found: Sequence[object]) -> exp.Query:
    if len(found) != 1:
        raise AdapterConfigurationError(f"a step runs exactly one statement, this has {len(found)}")
    root = found[0]
    if not isinstance(root, exp.Select | exp.SetOperation):
        raise AdapterConfigurationError("a step may only read: begin with SELECT, or WITH ... SELECT")
    return root


def _refuse_writes(root: exp.Query) -> None:
    for node in root.walk():
        if isinstance(node, WRITES):
            raise AdapterConfigurationError(f"a step may only read: take out the {node.key.upper()}")
        if isinstance(node, exp.Lock):
            raise AdapterConfigurationError("a step may only read: take out FOR UPDATE / FOR SHARE, it locks rows")
        if isinstance(node, exp.Into):
            raise AdapterConfigurationError("a step may only read: take out INTO, it makes a table")


def _refuse_stars(root: exp.Query) -> None:
    for star in root.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count):
            raise AdapterConfigurationError(
                "name the columns instead of *, so that a misspelt one is found while loading"
            )


def _refuse_functions(root: exp.Query, allowed: frozenset[str]) -> None:
    for node in root.find_all(exp.Func):
        name = node.name if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc) else node.sql_name()
        if name.upper() not in allowed:
            raise AdapterConfigurationError(
                f"the function {name.lower()} is not known to only read; "
                "if it does, add it to the system's `functions` in the configuration"
            )


def _arguments(tokens: list[Token]) -> Iterator[Token]:
    """The name tokens of all `:name`; a name may be any word, also one that SQL reserves."""
    for colon, name in pairwise(tokens):
        if colon.token_type == TokenType.COLON and name.start == colon.end + 1 and name.text.isidentifier():
            yield name


def _columns(root: exp.Query) -> tuple[str, ...]:
    columns: list[str] = []
    for position, projection in enumerate(root.selects, start=1):
        if not isinstance(projection, exp.Column | exp.Alias):
            raise AdapterConfigurationError(f"column {position} has no name: write `{projection.sql()} AS name`")
        columns.append(projection.alias_or_name.lower())
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise AdapterConfigurationError(f"two columns are called {twice[0]} (case does not count): rename one with AS")
    return tuple(columns)


def _refuse_limits(root: exp.Query) -> None:
    for word, clause in (("LIMIT", exp.Limit), ("FETCH", exp.Fetch), ("OFFSET", exp.Offset)):
        if any(isinstance(root.args.get(part), clause) for part in ("limit", "offset")):
            raise AdapterConfigurationError(
                f"take out {word}: it would hide that there are more rows; a LIMIT that shows one too many is added"
            )


def _escaped(sql: str, arguments: set[int]) -> str:
    return "".join(
        "\\:" if character == ":" and position not in arguments else character for position, character in enumerate(sql)
    )
