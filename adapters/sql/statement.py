"""Reads and judges a query while a mapping is loaded: is it one SELECT that can only read, and what goes in and out?

Knows no connection. What passes here is still run read-only: this check is for a helpful message, not the only wall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from adapters.base import AdapterConfigurationError
from adapters.sql.complaints import unreadable
from adapters.sql.dialect import Dialect
from adapters.sql.options import Procedure
from adapters.sql.session import Command
from adapters.sql.words import Words, argument_names

NO_ARGUMENT = "an argument is written :name; $1 and @variables are no arguments"
REFUSED: tuple[tuple[type[exp.Expression] | tuple[type[exp.Expression], ...], str], ...] = (
    (exp.Lock, "a step may only read: take out FOR UPDATE / FOR SHARE, it locks rows"),
    (exp.Into, "a step may only read: take out INTO, it makes a table or a file"),
    (exp.Hint, "take out the hint in /*+ */: it may lift the time limit, or lock"),
    (exp.WithTableHint, "take out the hint behind the table: it locks, or reads what is not committed"),
    ((exp.QueryOption, exp.ForClause), "take out OPTION (...) and FOR XML / FOR JSON / FOR BROWSE"),
    (exp.TableSample, "take out TABLESAMPLE: an answer from some of the rows is no answer"),
    ((exp.Parameter, exp.SessionParameter), NO_ARGUMENT),
)
WRITES = (exp.DML, exp.DDL, exp.Command, exp.Drop, exp.Alter, exp.Merge, exp.TruncateTable)


@dataclass(frozen=True)
class Statement:
    """A query that was found to be one harmless SELECT.

    `sql` is the author's text without comments, with a limit; `command` the same for the driver. `names` are the
    arguments; `columns` are in lower case, in the order of the SELECT; `tree` is the query as it was read, None for the
    call of a procedure.
    """

    sql: str
    command: Command
    names: tuple[str, ...]
    columns: tuple[str, ...]
    tree: exp.Query | None = field(repr=False, compare=False)


def read_statement(query: str, *, dialect: Dialect, functions: frozenset[str], limit: int) -> Statement:
    """Check a query and prepare it to fetch at most `limit` rows. Raises AdapterConfigurationError.

    What is sent is put together from the words that were checked: a comment may mean something to a database that it
    does not mean to the parser.
    """
    arguments: list[Token] = []
    try:
        tokens = [t for t in sqlglot.tokenize(query, read=dialect.name) if t.token_type != TokenType.SEMICOLON]
        arguments += argument_names(tokens)
        found = [tree for tree in sqlglot.parse(_neutral(query, arguments), dialect=dialect.name) if tree is not None]
    except SqlglotError as error:
        raise AdapterConfigurationError(unreadable(error, query, [token.start for token in arguments])) from error
    root = _only_select(found)
    _give_names_back(root)
    _refuse_writes(root)
    _refuse_places(root, dialect.name)
    _refuse_stars(root)
    _refuse_functions(root, functions)
    _refuse_limits(root)
    if len(list(root.find_all(exp.Placeholder))) != len(arguments):
        raise AdapterConfigurationError("an argument is written :name, and a colon means nothing else but a ::cast")
    words = Words(query, tokens)
    sql, order = words.marked(dialect.marks)
    return Statement(
        sql=dialect.limited(words.plain(), limit),
        command=Command(dialect.limited(sql, limit), order, limit),
        names=tuple(dict.fromkeys(token.text for token in arguments)),
        columns=_columns(root),
        tree=root,
    )


def call_statement(name: str, procedure: Procedure, *, dialect: Dialect, limit: int) -> Statement:
    """The call of a procedure that the configuration allows. Raises AdapterConfigurationError."""
    if dialect.call is None:
        raise AdapterConfigurationError("this database has no procedures")
    marks = {argument: dialect.marks.mark(number) for number, argument in enumerate(procedure.takes, start=1)}
    sent = dialect.call(name, marks, procedure.gives)
    shown = dialect.call(name, {argument: f":{argument}" for argument in procedure.takes}, procedure.gives)
    gives = procedure.gives
    if sent.startswith("SELECT"):  # a function stands like a table: its columns are named, and its rows can be limited
        sent, shown, gives = dialect.limited(sent, limit), dialect.limited(shown, limit), ()
    return Statement(
        sql=shown,
        command=Command(sent, procedure.takes, limit, gives),
        names=procedure.takes,
        columns=tuple(column.lower() for column in procedure.gives),
        tree=None,
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
        for kind, why in REFUSED:
            if isinstance(node, kind):
                raise AdapterConfigurationError(why)


def _refuse_places(root: exp.Query, dialect: str) -> None:
    """Names that are no plain columns and tables, although they look like them."""
    for name in root.find_all(exp.Identifier):
        if not name.quoted and name.name.startswith("$"):
            raise AdapterConfigurationError(NO_ARGUMENT)
    for table in root.find_all(exp.Table):
        if isinstance(table.this, exp.Dot) or "@" in table.name:
            raise AdapterConfigurationError(f"{table.sql()} is on another server, which no check here reaches")
    if dialect == "oracle":
        for column in root.find_all(exp.Column):
            if column.name.upper() in ("NEXTVAL", "CURRVAL"):
                raise AdapterConfigurationError(f"a step may only read: {column.sql()} counts a sequence on")
            if column.name.upper() == "ROWNUM" and column.find_ancestor(exp.Select) is root:
                raise AdapterConfigurationError("take out ROWNUM: it would hide that there are more rows")


def _refuse_stars(root: exp.Query) -> None:
    for star in root.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count):
            raise AdapterConfigurationError(
                "name the columns instead of *, so that a misspelt one is found while loading"
            )


def _refuse_functions(root: exp.Query, allowed: frozenset[str]) -> None:
    for node in root.find_all(exp.Func):
        name = node.name if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc) else node.sql_name()
        if isinstance(node.parent, exp.Dot) and node.parent.expression is node:
            name = f"{node.parent.this.sql()}.{name}"  # not the database's own, even if it is called the same
        if name.upper() not in allowed:
            raise AdapterConfigurationError(
                f"the function {name.lower()} is not known to only read; "
                "if it does, add it to the system's `functions` in the configuration"
            )


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
    for query in root.find_all(exp.Query):
        word = _limit_of(query)
        if word and query is root:
            raise AdapterConfigurationError(
                f"take out {word}: it would hide that there are more rows; a LIMIT that shows one too many is added"
            )
        if word and not _takes_one_on_purpose(query):
            raise AdapterConfigurationError(
                f"take out the {word} of the inner query: rows that it leaves out would count as not there. "
                "ORDER BY … LIMIT 1 (the newest, the cheapest) may stand, but not behind IN"
            )


def _limit_of(query: exp.Query) -> str:
    """The word that leaves rows out; empty where there is none."""
    for word, clause in (("LIMIT", exp.Limit), ("FETCH", exp.Fetch), ("OFFSET", exp.Offset)):
        if any(isinstance(query.args.get(part), clause) for part in ("limit", "offset")):
            return word
    return ""


def _takes_one_on_purpose(query: exp.Query) -> bool:
    """EXISTS asks for no more than one row; and an order says which row is meant."""
    above = query.parent.parent if isinstance(query.parent, exp.Subquery) else query.parent
    if isinstance(above, exp.Exists):
        return query.args.get("offset") is None
    limit = query.args.get("limit")
    number = limit.args.get("expression") or limit.args.get("count") if limit is not None else None
    is_one = isinstance(number, exp.Literal) and number.name == "1" and query.args.get("offset") is None
    return is_one and query.args.get("order") is not None and not isinstance(above, exp.In | exp.Any | exp.All)
