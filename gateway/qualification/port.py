"""What the HTTP side may ask of this room, and the three ways in which an answer may not come about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.lso.document import ReceivedDocument
from gateway.lso.identifiers import BuyerId, Dealing, Interface, SellerId
from gateway.lso.problems import Problem
from gateway.store.records_audit import Actor
from gateway.store.records_list import Criteria
from gateway.values import value


@value(frozen=True)
class Caller:
    """On whose behalf a request runs, and where its resources live (`base_href` has no trailing slash)."""

    buyer: BuyerId
    seller: SellerId
    interface: Interface
    base_href: str
    by: Actor = field(default=Actor("client"), compare=False)
    """Who sent the request, for the audit; it decides nothing."""

    @property
    def dealing(self) -> Dealing:
        """Who deals with whom."""
        return Dealing(self.buyer, self.seller)


class Refused(Exception):
    """The request cannot be accepted: 422 with these problems. No POQ exists (state model, section 2)."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problem(s)")
        self.problems = tuple(problems)


class QualificationFailed(Exception):
    """A backend or a mapping failed: 500 internalError. No POQ exists. The text is for the operator only."""


class Unavailable(Exception):
    """The store cannot be reached or the gateway is stopping: 503 with Retry-After."""


class TooManyOpen(Exception):
    """The Buyer has as many open POQs as were agreed: 429. The text is for the Buyer."""


class Qualifications(Protocol):
    async def create(self, caller: Caller, body: ReceivedDocument, key: str | None = None) -> bytes:
        """Qualify and keep a new POQ; gives the body of the 201. Raises Refused, QualificationFailed, Unavailable.

        `key`: an Idempotency-Key; the same one with the same body brings the answer that was given before.
        """
        ...

    async def read(self, caller: Caller, poq_id: str) -> bytes | None:
        """The POQ as it stands, or None if this Buyer has no such POQ (87.1-R59, C14). Raises Unavailable."""
        ...


@dataclass(frozen=True)
class ListQuery:
    """Which POQs a Buyer wants to see; `limit` None: as many as one page has."""

    criteria: Criteria
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True)
class ListPage:
    """`body`: the JSON array; `count`: its records; `total`: of all matches, None where it is not known.

    `throttled`: more match, and the page ends here because it is the largest that is served.
    """

    body: bytes
    count: int
    total: int | None
    throttled: bool


class Listing(Protocol):
    def offered_to(self, dealing: Dealing) -> bool:
        """Whether this Buyer may list its POQs with this Seller (L8)."""
        ...

    async def page(self, caller: Caller, query: ListQuery) -> ListPage:
        """One page of this Buyer's POQs (87.1-R56 to R58, D4, CR3). Raises Refused (tooManyRecords), Unavailable."""
        ...
