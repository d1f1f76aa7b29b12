"""The list of a Buyer's POQs: how much of it one answer has, and what a record says (87.1 section 6.4).

Immediate and deferred POQs alike. Knows no HTTP and no SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import orjson

from gateway.lso.identifiers import Dealing
from gateway.lso.problems import Problem, ProblemCode
from gateway.mapping.plain import rfc3339
from gateway.qualification.port import Caller, ListPage, ListQuery, Refused, Unavailable
from gateway.store.database import Database
from gateway.store.errors import StoreUnavailable
from gateway.store.listing import find_page
from gateway.store.records_list import Criteria, FoundPage, ListedQualification

COUNTED = 10_000
"""How many matches are counted where the answer can do without their number."""

_SHOWN = timedelta(milliseconds=1)
"""What a creation date is shown with."""

_TICK = timedelta(microseconds=1)
"""What it is stored with."""

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class ListTerms:
    """What holds for the lists of one Buyer: the largest page, and with how many matches it is refused, None: never."""

    offered: bool = True
    page: int = 100
    too_many: int | None = None


class QualificationList:
    """Lists POQs (`gateway.qualification.port.Listing`)."""

    def __init__(self, database: Database, terms: Mapping[Dealing, ListTerms]) -> None:
        """`terms` of every Buyer with every Seller it deals with."""
        self._database = database
        self._terms = terms

    def offered_to(self, dealing: Dealing) -> bool:
        """Whether this Buyer may list; see the port."""
        return self._terms[dealing].offered

    async def page(self, caller: Caller, query: ListQuery) -> ListPage:
        """One page; see the port."""
        terms = self._terms[caller.dealing]
        cut = query.limit is None or query.limit > terms.page
        limit = terms.page if query.limit is None or cut else query.limit
        # a page that is no shorter than the Buyer wanted has no other sign that more follow (87.1-CR3)
        count_to = terms.too_many or (COUNTED if cut else None)
        found = await self._find(caller, query, limit, count_to)
        if terms.too_many is not None and found.total is None:
            raise Refused([_too_many(terms.too_many)])
        records = [_record(record) for record in found.records]
        return ListPage(orjson.dumps(records), len(records), found.total, throttled=cut and found.more)

    async def _find(self, caller: Caller, query: ListQuery, limit: int, count_to: int | None) -> FoundPage:
        find = partial(
            find_page,
            buyer=caller.buyer,
            seller=caller.seller,
            interface=caller.interface,
            criteria=_as_shown(query.criteria),
            offset=query.offset,
            limit=limit,
            count_to=count_to,
        )
        try:
            return await self._database.of(caller.dealing).read(find)
        except StoreUnavailable as error:
            raise Unavailable(str(error)) from error


def _as_shown(criteria: Criteria) -> Criteria:
    """A Buyer compares with the creation date it was shown, which has less digits than the one that is stored."""
    first, last = criteria.created_from, criteria.created_to
    return replace(criteria, created_from=first and _up(first), created_to=last and _end_of(last))


def _up(instant: datetime) -> datetime:
    end = _end_of(instant)
    return instant if _down(instant) == instant or end == _LATEST else end + _TICK


def _end_of(instant: datetime) -> datetime:
    return _down(instant) + (_SHOWN - _TICK)


def _down(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _record(found: ListedQualification) -> dict[str, str]:
    """The members that the POQ has (87.1-R57)."""
    members = {
        "id": found.id,
        "state": found.state,
        "creationDate": rfc3339(found.creation_date),
        "requestedPOQCompletionDate": found.requested_completion_text,
        "externalId": found.external_id,
        "projectId": found.project_id,
    }
    return {name: value for name, value in members.items() if value is not None}


def _too_many(most: int) -> Problem:
    reason = f"More than {most:,} product offering qualifications match; narrow the filter"
    return Problem(ProblemCode.TOO_MANY_RECORDS, (), reason)
