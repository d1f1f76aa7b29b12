"""The query part of the target, strictly: what is not defined, doubled or unreadable is refused (87.1-R22).

Ignoring a misspelt filter would answer another question than the one that was asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from urllib.parse import unquote_plus

from gateway.api.errors import ErrorCode, bad_request

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
Fault = tuple[ErrorCode, str]
"""What is wrong with a query: the code and a sentence for the Buyer."""

Check = Callable[[Mapping[str, str]], Iterable[Fault]]

_ORDER = (ErrorCode.MISSING_QUERY_PARAMETER, ErrorCode.MISSING_QUERY_VALUE, ErrorCode.INVALID_QUERY)


Required = Callable[[Mapping[str, str]], Collection[str]]
"""Which parameters must be there, given those that are."""


def none_required(values: Mapping[str, str]) -> Collection[str]:
    """For a query that may be empty."""
    return ()


def no_check(values: Mapping[str, str]) -> Iterable[Fault]:
    """Any value will do."""
    return ()


def read_query(
    raw: str, *, defined: Collection[str], required: Required = none_required, check: Check = no_check
) -> Mapping[str, str]:
    """The parameters by name, each with a value. `raw` is the query as it came, without the question mark.

    `check` gives what is wrong with the values themselves; it sees those of which nothing else is wrong.

    Raises ApiError 400 that names every fault, under the code that comes first in the error model's order (C6 to C8,
    C12, C13; 87.1-R5, 87.1-R6). Several are told together in `message`.
    """
    values: dict[str, str] = {}
    sound: dict[str, str] = {}
    faults: list[Fault] = []
    for pair in filter(None, raw.split("&")):
        try:
            name, value = (_decoded(part) for part in pair.partition("=")[::2])
        except ValueError:
            faults.append((ErrorCode.INVALID_QUERY, "A query parameter cannot be decoded as UTF-8"))
            continue
        if name not in defined:
            faults.append((ErrorCode.INVALID_QUERY, f"The query parameter {name[:80]!r} is not defined here"))
        elif name in values:
            sound.pop(name, None)
            faults.append((ErrorCode.INVALID_QUERY, f"The query parameter {name} is given more than once"))
        elif not value:
            faults.append((ErrorCode.MISSING_QUERY_VALUE, f"The query parameter {name} has no value"))
        else:
            sound[name] = value
        values.setdefault(name, value)
    absent = [name for name in required(values) if name not in values]
    faults += [(ErrorCode.MISSING_QUERY_PARAMETER, f"The query parameter {name} is required") for name in absent]
    faults += check(sound)
    if faults:
        faults.sort(key=lambda fault: _ORDER.index(fault[0]))
        texts = dict.fromkeys(text for _, text in faults)
        raise bad_request(faults[0][0], faults[0][1], "; ".join(texts) if len(texts) > 1 else "")
    return values


def _decoded(part: str) -> str:
    """Raises ValueError (UnicodeError included)."""
    if _BROKEN_ESCAPE.search(part):
        raise ValueError("broken percent escape")
    part.encode()  # bytes outside ASCII that are no UTF-8 arrive as lone surrogates
    return unquote_plus(part, errors="strict")
