"""The list of POQs on every engine: exactly the matching ones of this Buyer, in one order, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from gateway.lso.identifiers import BuyerId, Interface, PoqId, SellerId
from gateway.store import listing
from gateway.store.database import Database
from gateway.store.listing import find_page
from gateway.store.queries import insert_qualification
from gateway.store.records import JsonText, StoredQualification
from gateway.store.records_list import Criteria, FoundPage
from gateway.store.sqlite import SqliteDatabase
from tests.support.sqlite_tables import with_tables

BUYER, SELLER = BuyerId("buyer-1"), SellerId("seller-1")
START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LONG = "x" * 5000

BARE = StoredQualification(
    id=PoqId("poq"),
    interface=Interface.SONATA,
    buyer=BUYER,
    seller=SELLER,
    state="done",
    creation_date=START,
    envelope=JsonText("{}"),
    state_changes=JsonText("[]"),
    items=(),
)


def mixed() -> list[StoredQualification]:
    """POQs that differ in everything a filter looks at; three each of one instant, stored against their order."""
    states = ("done", "acknowledged", "rejected", "done", "inProgress", "done", "terminatedWithError")
    numbers = range(60)
    return [
        replace(
            BARE,
            id=PoqId(f"poq-{n * 37 % 60:02}"),
            state=states[n % 7],
            creation_date=START + DAY * (n // 3),
            requested_completion=START + DAY * (n * 11 % 40) if n % 2 else None,
            requested_completion_text=f"2026-03-{n % 28 + 1:02}T00:00:00Z" if n % 2 else None,
            external_id=(None, "a", LONG, "b" * 200, "b" * 201)[n % 5],
            project_id=(None, "p", "Projekt Ü")[n % 3],
        )
        for n in reversed(numbers)
    ]


OTHERS = [
    replace(BARE, id=PoqId("other-buyer"), buyer=BuyerId("buyer-2")),
    replace(BARE, id=PoqId("other-seller"), seller=SellerId("seller-2")),
    replace(BARE, id=PoqId("other-interface"), interface=Interface.CANTATA),
]


async def keep(database: Database, records: Sequence[StoredQualification]) -> None:
    def insert_all(connection: Connection) -> None:
        for record in records:
            insert_qualification(connection, record)

    await database.write(insert_all)


async def find(
    database: Database, criteria: Criteria | None = None, *, offset: int = 0, limit: int = 100, **changes: Any
) -> FoundPage:
    whose = {"buyer": BUYER, "seller": SELLER, "interface": Interface.SONATA, "count_to": None, **changes}
    return await database.read(partial(find_page, criteria=criteria or Criteria(), offset=offset, limit=limit, **whose))


def expected(records: Sequence[StoredQualification], by: Criteria) -> list[str]:
    """The ids in the list's order, said another way than the statements do."""

    def within(value: datetime | None, first: datetime | None, last: datetime | None) -> bool:
        if value is None:
            return first is None and last is None
        return (first is None or first <= value) and (last is None or value <= last)

    matching = [
        record
        for record in records
        if (by.state is None or record.state == by.state)
        and (by.external_id is None or record.external_id == by.external_id)
        and (by.project_id is None or record.project_id == by.project_id)
        and within(record.creation_date, by.created_from, by.created_to)
        and within(record.requested_completion, by.requested_from, by.requested_to)
    ]
    return [record.id for record in sorted(matching, key=lambda record: (record.creation_date, record.id))]


def ids(page: FoundPage) -> list[str]:
    return [record.id for record in page.records]


def combinations() -> list[Criteria]:
    """Every filter set or not, with every other."""
    choices: list[list[dict[str, Any]]] = [
        [{}, {"state": "done"}],
        [{}, {"created_from": START + DAY * 4, "created_to": START + DAY * 15}],
        [{}, {"requested_from": START + DAY * 3}, {"requested_to": START + DAY * 22}],
        [{}, {"external_id": "a"}, {"external_id": LONG}],
        [{}, {"project_id": "Projekt Ü"}],
    ]
    return [Criteria(**{name: value for part in parts for name, value in part.items()}) for parts in product(*choices)]


@pytest.mark.requirement("87.1-O9", "79.1-O16", "87.1-R56", "C14")
@pytest.mark.parametrize(
    ("few", "weighed"),
    [
        pytest.param(1_000, 100_000, id="first-filter-leads"),
        pytest.param(0, 100_000, id="lightest-filter-leads"),
        pytest.param(0, 5, id="heavy-filters-lead-only-if-they-must"),
        pytest.param(-1, 0, id="all-filters-are-heavy"),
    ],
)
async def test_exactly_the_matching_poqs_are_found_whichever_filter_leads(
    database: Database, monkeypatch: pytest.MonkeyPatch, few: int, weighed: int
) -> None:
    monkeypatch.setattr(listing, "FEW", few)
    monkeypatch.setattr(listing, "WEIGHED", weighed)
    records = mixed()
    await keep(database, [*records, *OTHERS])
    for criteria in combinations():
        wanted = expected(records, criteria)
        page = await find(database, criteria)
        assert (ids(page), page.total) == (wanted, len(wanted)), criteria
        part = await find(database, criteria, offset=1, limit=2)
        assert (ids(part), part.more, part.total) == (wanted[1:3], len(wanted) > 3, len(wanted)), criteria


@pytest.mark.requirement("87.1-O9")
@pytest.mark.parametrize(
    "criteria",
    [
        pytest.param(Criteria(created_from=START, created_to=START), id="created"),
        pytest.param(Criteria(requested_from=START + DAY, requested_to=START + DAY), id="requested"),
    ],
)
async def test_the_ends_of_a_range_belong_to_it(database: Database, criteria: Criteria) -> None:
    tick = timedelta(microseconds=1)
    dates = [("before", -tick), ("at", timedelta()), ("after", tick)]
    await keep(
        database,
        [
            replace(BARE, id=PoqId(name), creation_date=START + by, requested_completion=START + DAY + by)
            for name, by in dates
        ],
    )
    assert ids(await find(database, criteria)) == ["at"]


@pytest.mark.requirement("C14", "87.1-R56")
@pytest.mark.parametrize(
    ("whose", "found"),
    [
        pytest.param({"buyer": BuyerId("buyer-2")}, "other-buyer", id="buyer"),
        pytest.param({"seller": SellerId("seller-2")}, "other-seller", id="seller"),
        pytest.param({"interface": Interface.CANTATA}, "other-interface", id="interface"),
    ],
)
async def test_a_list_is_of_one_buyer_with_one_seller_on_one_interface(
    database: Database, whose: dict[str, Any], found: str
) -> None:
    await keep(database, [*mixed(), *OTHERS])
    page = await find(database, **whose)
    assert (ids(page), page.total) == ([found], 1)


@pytest.mark.requirement("87.1-D4", "L6")
async def test_pages_have_no_gap_and_no_overlap_while_others_are_added(database: Database) -> None:
    records = mixed()
    await keep(database, records)
    seen: list[str] = []
    for number in range(12):
        seen += ids(await find(database, offset=5 * number, limit=5))
        await keep(database, [replace(BARE, id=PoqId(f"new-{number:02}"), creation_date=START + DAY * 30)])
    assert seen == expected(records, Criteria())


@pytest.mark.requirement("87.1-CR3", "L4", "L6")
@pytest.mark.parametrize(
    ("paging", "found", "more", "total"),
    [
        pytest.param({"limit": 60}, 60, False, 60, id="all"),
        pytest.param({"limit": 59}, 59, True, 60, id="one-left"),
        pytest.param({"limit": 0}, 0, True, 60, id="none-wanted"),
        pytest.param({"limit": 10, "offset": 55}, 5, False, 60, id="end"),
        pytest.param({"limit": 10, "offset": 60}, 0, False, 60, id="just-beyond-the-end"),
        pytest.param({"limit": 10, "offset": 2**31 - 1}, 0, False, 60, id="far-beyond-the-end"),
        pytest.param({"limit": 10, "count_to": 60}, 10, True, 60, id="counted-to-the-last"),
        pytest.param({"limit": 10, "count_to": 59}, 10, True, None, id="more-than-are-counted"),
        pytest.param({"limit": 60, "count_to": 59}, 60, False, None, id="all-shown-but-more-than-are-counted"),
        pytest.param(
            {"limit": 10, "offset": 99, "count_to": 59}, 0, False, None, id="beyond-and-more-than-are-counted"
        ),
    ],
)
async def test_all_matches_are_counted_whatever_the_page(
    database: Database, paging: dict[str, int], found: int, more: bool, total: int | None
) -> None:
    await keep(database, mixed())
    page = await find(database, **paging)
    assert (len(page.records), page.more, page.total) == (found, more, total)


@pytest.mark.requirement("87.1-R57")
async def test_a_record_has_what_was_stored(database: Database) -> None:
    full = replace(
        BARE,
        requested_completion=START,
        requested_completion_text="2026-03-01t02:00:00.000+02:00",
        external_id="ü😀",
        project_id="p",
    )
    await keep(database, [full, replace(BARE, id=PoqId("poq-bare"), creation_date=START + DAY)])
    first, second = (await find(database)).records
    assert first == listing.ListedQualification(full.id, "done", START, "2026-03-01t02:00:00.000+02:00", "ü😀", "p")
    assert (second.requested_completion_text, second.external_id, second.project_id) == (None, None, None)


@pytest.mark.parametrize("value", ["a\x00b", "' OR 1=1 --", "%", "A"], ids=["nul", "hostile", "wildcard", "other-case"])
async def test_texts_are_compared_letter_by_letter(database: Database, value: str) -> None:
    await keep(database, [replace(BARE, external_id="a", project_id="a")])
    for criteria in (Criteria(external_id=value), Criteria(project_id=value, state="done")):
        assert ids(await find(database, criteria)) == []


@pytest.mark.parametrize(
    ("criteria", "index"),
    [
        pytest.param(Criteria(), "ix_poq_list", id="none"),
        pytest.param(Criteria(created_from=START), "ix_poq_list", id="created"),
        pytest.param(Criteria(state="done"), "ix_poq_state", id="state"),
        pytest.param(Criteria(state="done", created_from=START), "ix_poq_state", id="state-created"),
        pytest.param(Criteria(external_id="a"), "ix_poq_external", id="external"),
        pytest.param(Criteria(project_id="p", created_to=START), "ix_poq_project", id="project-created"),
        pytest.param(Criteria(requested_from=START), "ix_poq_requested", id="requested"),
        pytest.param(Criteria(requested_to=START, created_from=START), "ix_poq_requested", id="requested-created"),
        pytest.param(Criteria(state="done", external_id="a"), "ix_poq_external", id="external-state"),
        pytest.param(Criteria(external_id=LONG), "ix_poq_list", id="longer-than-is-indexed"),
    ],
)
async def test_sqlite_uses_the_index_that_is_meant(tmp_path: Path, criteria: Criteria, index: str) -> None:
    plans: list[tuple[bool, str]] = []

    def explained(connection: Connection) -> None:
        def explain(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append(("ORDER BY" in statement, " / ".join(row[3] for row in cursor.fetchall())))

        event.listen(connection, "before_cursor_execute", explain)
        find_page(connection, BUYER, SELLER, Interface.SONATA, criteria, offset=3, limit=2, count_to=None)

    database = SqliteDatabase(with_tables(tmp_path / "poq.db"))
    await database.open()
    await database.read(explained)
    await database.close()
    [page] = [plan for is_page, plan in plans if is_page]
    assert f"USING INDEX {index} (buyer_id=? AND seller_id=? AND interface=?" in page
    assert ("USE TEMP B-TREE" in page) is (index == "ix_poq_requested")
    for _, plan in plans:
        assert "(buyer_id=? AND seller_id=? AND interface=?" in plan


async def test_a_row_with_long_texts_can_be_kept_and_found(database: Database) -> None:
    """PostgreSQL refuses index entries of more than a third of a page, and random text does not compress."""
    noise = "".join(chr(0x4E00 + (n * n * 7919 + n) % 20_000) for n in range(20_000))
    await keep(database, [replace(BARE, external_id=noise, project_id=noise[:200])])
    assert ids(await find(database, Criteria(external_id=noise))) == ["poq"]
    assert ids(await find(database, Criteria(project_id=noise[:200]))) == ["poq"]


async def test_nothing_is_kept_by_looking(database: Database) -> None:
    await keep(database, mixed())
    await find(database, Criteria(state="done", requested_from=START))
    count = await database.read(lambda connection: connection.execute(text("SELECT count(*) FROM poq")).scalar())
    assert count == 60
