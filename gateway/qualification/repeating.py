"""A POST that comes again: recognised by its Idempotency-Key, or by its content where that was agreed.

The standard has no key: a POST that is repeated is a second POQ there, and here too without a key or an agreement.
What is given again is the body of the first 201, word for word, however far the POQ has come since. A refusal or a
failure keeps nothing: the request is then worked on as if it came for the first time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from weakref import WeakValueDictionary

from gateway.apart import apart
from gateway.lso.document import ReceivedDocument, canonical_document
from gateway.lso.problems import Problem, ProblemCode
from gateway.qualification.port import Caller, Refused, Unavailable
from gateway.store.repeats import GivenAnswer, Mark, MarkKind

OnDuplicates = Literal["allow", "return_existing", "reject"]


@dataclass(frozen=True)
class RepeatTerms:
    """`duplicates`: what becomes of a request with the content of another one of the last `window`."""

    duplicates: OnDuplicates = "allow"
    window: timedelta = timedelta(hours=24)


EVERY_POST_IS_NEW = RepeatTerms()


async def marks_of(body: ReceivedDocument, key: str | None, terms: RepeatTerms) -> Sequence[Mark]:
    """By what this request would be recognised if it came again; nothing where nobody asked for that."""
    if key is None and terms.duplicates == "allow":
        return ()
    content = await apart(body.size, lambda: sha256(canonical_document(body.sent)).hexdigest())
    kinds = [(MarkKind.KEY, sha256(key.encode()).hexdigest())] if key is not None else []
    if terms.duplicates != "allow":
        kinds.append((MarkKind.CONTENT, content))
    return tuple(Mark(kind, token, content) for kind, token in kinds)


def answer_again(given: GivenAnswer, marks: Sequence[Mark], terms: RepeatTerms) -> bytes:
    """The body of the 201 that was given. Raises Refused where it may not be given to this request."""
    if given.mark.kind is MarkKind.KEY and given.mark.content != marks[0].content:
        raise Refused([_problem("The Idempotency-Key was used with another body")])
    if given.mark.kind is MarkKind.CONTENT and terms.duplicates == "reject":
        raise Refused([_problem(f"The same request was answered before, as {given.poq_id}")])
    return given.body.encode()


def since(now: datetime, terms: RepeatTerms) -> datetime:
    """What was answered before is forgotten."""
    return now - terms.window


class Alone:
    """Lets requests that would be taken for each other be worked on one after the other, in this process.

    Two processes do the same work twice then, and the store lets one of them keep it.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[Caller, Mark], asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def with_marks(self, caller: Caller, marks: Sequence[Mark], within: float) -> AsyncIterator[None]:
        """Waits for whoever bears one of these marks, for so many seconds. Raises Unavailable where that is too short.

        All take the marks in the same order, so that no two wait for each other.
        """
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(within):
                    for mark in marks:
                        await held.enter_async_context(self._lock((caller, Mark(mark.kind, mark.token, ""))))
            except TimeoutError as error:
                raise Unavailable("the same request is still being worked on") from error
            yield

    def _lock(self, key: tuple[Caller, Mark]) -> asyncio.Lock:
        lock = self._locks.get(key)
        if lock is None:
            self._locks[key] = lock = asyncio.Lock()
        return lock


def _problem(reason: str) -> Problem:
    return Problem(ProblemCode.OTHER_ISSUE, (), reason)
