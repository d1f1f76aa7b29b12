"""What a database says of an error, without the values in it: they may be anybody's.

Where the error is about a name (a table that is not there) the text is shown: an operator needs it. Everywhere else
what stands in quotes may be a value, of the query's arguments or of a row. What a procedure raises is its own text:
only its code is shown.
"""

from __future__ import annotations

import re

_QUOTED = re.compile(r"'[^']*'?|\"[^\"]*\"?|\([^()]*\)=\([^()]*\)?")
_HIDDEN = "'***'"
_SPACED = re.compile(r"\bnear .*|: (?=\S*@).*")

_ABOUT_NAMES = ("08", "28", "3D", "3F", "42", "53", "57")
"""Beginnings of SQLSTATE: connections, credentials, names and rights. 42 is of the query, which the author wrote."""

_MYSQL_NAMES = frozenset({1044, 1045, 1046, 1049, 1054, 1064, 1142, 1143, 1146, 1305, 2002, 2003, 2005})
_MSSQL_NAMES = frozenset({207, 208, 229, 2812, 4060, 18456, 20009})
_RAISED = frozenset({"P0001", "45000"})
_MYSQL_RAISED = 1644
_MSSQL_RAISED = 50_000
_ORACLE_RAISED = range(20_000, 21_000)


def discreet(line: str, code: str | int) -> str:
    """The first line of a driver's text. `code`: a SQLSTATE, `ORA-1`, a number of MySQL or SQL Server; else empty."""
    if _is_raised(code):
        return f"an error that the database's own code raises ({code})"
    if _is_about_names(code):
        return line
    return _SPACED.sub("", _QUOTED.sub(_HIDDEN, line)).strip()


def _is_raised(code: str | int) -> bool:
    if isinstance(code, int):
        return code == _MYSQL_RAISED or code >= _MSSQL_RAISED
    number = code.removeprefix("ORA-")
    return code in _RAISED or (code != number and number.isdigit() and int(number) in _ORACLE_RAISED)


def _is_about_names(code: str | int) -> bool:
    if isinstance(code, int):
        return code in _MYSQL_NAMES or code in _MSSQL_NAMES
    return code.startswith(_ABOUT_NAMES)
