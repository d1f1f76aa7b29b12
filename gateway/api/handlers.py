"""What an operation is made of; operations.py and hub.py fill it in."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from gateway.api.context import RequestContext
from gateway.api.query import Fault
from gateway.api.replies import Reply

POSSIBLE_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}", re.ASCII)
"""What an id of ours can be made of (C22)."""


def _nothing_to_find(context: RequestContext) -> None:
    """For a resource that is there as soon as its path is."""


@dataclass(frozen=True)
class Handler:
    """`check_values` gives what is wrong with values of the query (None: nothing ever is), `find` looks up the resource
    of the path and raises 404, `process` does the work and gives the answer.
    """

    process: Callable[[RequestContext], Awaitable[Reply]]
    find: Callable[[RequestContext], Awaitable[None] | None] = _nothing_to_find
    check_values: Callable[[RequestContext, Mapping[str, str]], Iterable[Fault]] | None = None
