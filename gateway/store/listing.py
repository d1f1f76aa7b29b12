"""One page of a Buyer's POQs, by filters, in the order of creation.

An index serves one filter well. With several, the one that the fewest POQs match leads, found by counting a little of
each; what the others say is then looked up in the rows. The databases would guess, and SQLite has nothing to guess by.
docs/decisions/0012-list.md says what this costs. Buyer first: every statement begins with Buyer, Seller and interface.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    false,
    func,
    literal_column,
    select,
    type_coerce,
)

from gateway.lso.identifiers import BuyerId, Interface, SellerId
from gateway.store.records_list import Criteria, FoundPage, ListedQualification
from gateway.store.tables import LONGEST_INDEXED_TEXT, Instant, poq

WEIGHED = 100_000
"""How many matches of one filter are counted to compare it with others."""

FEW = 1_000
"""A filter with so few matches leads; others need not be compared with it."""

Condition = ColumnElement[bool]


def find_page(
    connection: Connection,
    buyer: BuyerId,
    seller: SellerId,
    interface: Interface,
    criteria: Criteria,
    *,
    offset: int,
    limit: int,
    count_to: int | None,
) -> FoundPage:
    """At most `limit` POQs after the first `offset`, by creation date and id (87.1-O9, D4, R56).

    All matches are counted whatever the page, but no more than `count_to`; None counts to the end.
    """
    whose = [poq.c.buyer_id == buyer, poq.c.seller_id == seller, poq.c.interface == interface.value]
    way = _choose_way(connection, whose, criteria)
    rows = connection.execute(_page(way, offset, limit + 1)).all()
    records = tuple(ListedQualification(*row) for row in rows[:limit])
    more = len(rows) > limit
    total = offset + len(records) if not more and (records or not offset) else _count(connection, way.counted, count_to)
    return FoundPage(records, more, total if count_to is None or total <= count_to else None)


@dataclass(frozen=True)
class _Filter:
    """`led`: written so that the filter's own index serves it; `checked`: so that none does.

    `listed`: checking needs no more than the index of the whole list. `ordered`: its index is in the list's order.
    """

    led: Condition
    checked: Condition
    listed: bool = False
    ordered: bool = True


@dataclass(frozen=True)
class _Way:
    """`where` and `counted` say the same, written for a page and for counting. `ordered`: no sorting is needed."""

    where: Sequence[Condition]
    counted: Sequence[Condition]
    ordered: bool = True


def _choose_way(connection: Connection, whose: Sequence[Condition], criteria: Criteria) -> _Way:
    created = _range(poq.c.creation_date, criteria.created_from, criteria.created_to)
    filters = _filters(connection, criteria)
    leader = _leader(connection, [*whose, *created], filters)
    checked = [one.checked for one in filters if one is not leader]
    if leader is None:
        where = [*whose, *created, *checked]
        # no order matters to counting, so that a single filter is best counted in its own index
        return _Way(where, [*whose, *created, filters[0].led] if len(filters) == 1 else where)
    if not leader.ordered:
        created = _range(_unserved(poq.c.creation_date), criteria.created_from, criteria.created_to)
    where = [*whose, *created, leader.led, *checked]
    return _Way(where, where, leader.ordered)


def _leader(connection: Connection, always: Sequence[Condition], filters: Sequence[_Filter]) -> _Filter | None:
    """The filter whose index is used; None for the index of the whole list."""
    if len(filters) == 1 and filters[0].ordered:
        return filters[0]
    weighed: list[tuple[int, _Filter]] = []
    for one in filters:
        weight = _count(connection, [*always, one.led], WEIGHED)
        if weight <= FEW:
            return one
        weighed.append((weight, one))
    least, lightest = min(weighed, key=lambda pair: pair[0], default=(0, None))
    if least <= WEIGHED:
        return lightest
    return next((one for one in filters if not one.listed), None)


def _filters(connection: Connection, criteria: Criteria) -> list[_Filter]:
    """Those that are set; first those that usually leave the least."""
    filters = [
        _text_filter(connection, column, value)
        for column, value in ((poq.c.external_id, criteria.external_id), (poq.c.project_id, criteria.project_id))
        if value is not None
    ]
    requested, ends = poq.c.requested_completion, (criteria.requested_from, criteria.requested_to)
    if ends != (None, None):
        led, checked = (and_(*_range(column, *ends)) for column in (requested, _unserved(requested)))
        filters.append(_Filter(led, checked, listed=True, ordered=False))
    if criteria.state is not None:
        filters.append(_Filter(poq.c.state == criteria.state, poq.c.state + "" == criteria.state, listed=True))
    return filters


def _text_filter(connection: Connection, column: ColumnElement[str], value: str) -> _Filter:
    if "\x00" in value and connection.dialect.name == "postgresql":
        return _Filter(false(), false())  # it has no such texts, and refuses to be asked for one
    same = column == value
    if len(value) > LONGEST_INDEXED_TEXT:
        return _Filter(same, same)
    # in the words of the index, which is for such texts only
    indexed = func.length(column) <= literal_column(str(LONGEST_INDEXED_TEXT))
    return _Filter(and_(same, indexed), column + "" == value)


def _range(column: ColumnElement[Any], first: datetime | None, last: datetime | None) -> list[Condition]:
    return [*([column >= first] if first is not None else []), *([column <= last] if last is not None else [])]


def _unserved(instant: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same value, but nothing that an index has."""
    return type_coerce(type_coerce(instant, BigInteger) + 0, Instant)


def _page(way: _Way, offset: int, most: int) -> Select[Any]:
    created = poq.c.creation_date if way.ordered else _unserved(poq.c.creation_date)
    columns = (
        *(poq.c.id, poq.c.state, poq.c.creation_date),
        *(poq.c.requested_completion_text, poq.c.external_id, poq.c.project_id),
    )
    return select(*columns).where(*way.where).order_by(created, poq.c.id).offset(offset).limit(most)


def _count(connection: Connection, where: Sequence[Condition], most: int | None) -> int:
    """How many match; counting ends at one more than `most`."""
    counted = select(func.count()).select_from(poq).where(*where)
    if most is not None:
        matches = select(literal_column("1", Integer)).select_from(poq).where(*where).limit(most + 1)
        counted = select(func.count()).select_from(matches.subquery())
    return int(connection.execute(counted).scalar_one())
