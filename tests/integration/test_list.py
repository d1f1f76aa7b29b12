"""The list of POQs from the store to the wire: records, pages, filters, thresholds, one Buyer's own."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from sqlalchemy import Connection

from gateway.api.server import build_application
from gateway.lso.documents import check_found
from gateway.lso.identifiers import BuyerId, Dealing, Interface, PoqId, SellerId
from gateway.qualification import listing
from gateway.qualification.listing import ListTerms, QualificationList
from gateway.store.queries import insert_qualification
from gateway.store.records import JsonText, StoredQualification
from gateway.store.sqlite import SqliteDatabase
from tests.support.client import CANTATA, POQS, ApiServer, Client, FakeQualifications, dealing, settings
from tests.support.errors import assert_standard_error
from tests.support.sqlite_tables import with_tables

BUYERS = ("buyer-1", "buyer-2")
START = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
WANTED = "2026-04-01t02:00:00.10+02:00"

BARE = StoredQualification(
    id=PoqId("poq"),
    interface=Interface.SONATA,
    buyer=BuyerId("buyer-1"),
    seller=SellerId("seller-1"),
    state="done",
    creation_date=START,
    envelope=JsonText("{}"),
    state_changes=JsonText("[]"),
    items=(),
)
FULL = replace(
    BARE,
    id=PoqId("poq-full"),
    state="inProgress",
    creation_date=START + timedelta(hours=1),
    requested_completion=datetime(2026, 4, 1, 0, 0, 0, 100_000, tzinfo=UTC),
    requested_completion_text=WANTED,
    external_id='ü "1"',
    project_id="p/1&2",
)


@dataclass(frozen=True)
class Listed:
    """A served list; `terms` may be changed while it is served."""

    client: Client
    database: SqliteDatabase
    terms: dict[Dealing, ListTerms]

    async def keep(self, *records: StoredQualification) -> None:
        def insert_all(connection: Connection) -> None:
            for record in records:
                insert_qualification(connection, record)

        await self.database.write(insert_all)

    async def get(self, query: str = "", *, buyer: str = "buyer-1", base: str = POQS) -> ClientResponse:
        return await self.client.get(f"{base}?buyerId={buyer}&{query}")

    async def ids(self, query: str = "", **changes: str) -> list[str]:
        response = await self.get(query, **changes)
        assert response.status == 200, await response.text()
        return [record["id"] for record in await response.json()]


@asynccontextmanager
async def serving(folder: Path, **terms: Any) -> AsyncIterator[Listed]:
    async with AsyncExitStack() as opened:
        database = SqliteDatabase(with_tables(folder / "poq.db"))
        await database.open()
        opened.push_async_callback(database.close)
        by_buyer = {dealing(buyer): ListTerms(**terms) for buyer in BUYERS}

        async def is_ready() -> bool:
            return True

        def new_id() -> str:
            return "request"

        api = settings(BUYERS)
        application = build_application(
            api,
            FakeQualifications(),
            openapi={},
            ready=is_ready,
            new_id=new_id,
            monotonic=time.monotonic,
            listing=QualificationList(database, by_buyer),
        )
        client = await opened.enter_async_context(TestClient(ApiServer(application, api.limits, new_id)))
        yield Listed(client, database, by_buyer)


@pytest.fixture
async def listed(tmp_path: Path) -> AsyncIterator[Listed]:
    async with serving(tmp_path, page=3) as listed:
        yield listed


def numbered(count: int, **changes: Any) -> list[StoredQualification]:
    return [
        replace(BARE, id=PoqId(f"poq-{n:02}"), creation_date=START + timedelta(seconds=n), **changes)
        for n in range(count)
    ]


def paging(response: ClientResponse) -> tuple[str | None, str | None, str | None]:
    names = ("X-Result-Count", "X-Total-Count", "X-Pagination-Throttled")
    result, total, throttled = (response.headers.get(name) for name in names)
    return result, total, throttled


@pytest.mark.requirement("87.1-R57", "79.1-R80", "87.1-R56", "79.1-R79", "79.1-R77")
async def test_a_record_shows_what_the_poq_has_as_it_was_sent(listed: Listed) -> None:
    await listed.keep(BARE, FULL)

    response = await listed.get()

    records = await response.json()
    assert response.status == 200
    assert [check_found(record) for record in records] == [[], []]
    assert records == [
        {"id": "poq", "state": "done", "creationDate": "2026-03-01T12:00:00.123Z"},
        {
            "id": "poq-full",
            "state": "inProgress",
            "creationDate": "2026-03-01T13:00:00.123Z",
            "requestedPOQCompletionDate": WANTED,
            "externalId": 'ü "1"',
            "projectId": "p/1&2",
        },
    ]
    assert paging(response) == ("2", "2", "false")


@pytest.mark.requirement("87.1-R56", "79.1-R79", "L6")
async def test_no_match_is_an_empty_list(listed: Listed) -> None:
    response = await listed.get("state=rejected")
    assert (response.status, await response.json(), paging(response)) == (200, [], ("0", "0", "false"))


FILTERS = [
    pytest.param("state=inProgress", ["poq-full"], id="state"),
    pytest.param("state=acknowledged", [], id="state-of-none"),
    pytest.param("externalId=%C3%BC+%221%22", ["poq-full"], id="external"),
    pytest.param("externalId=%C3%BC", [], id="part-of-an-external"),
    pytest.param(f"projectId={quote('p/1&2', safe='')}", ["poq-full"], id="project"),
    pytest.param(f"projectId={quote('p/1&2', safe='')}&state=done", [], id="project-and-state"),
    pytest.param("creationDate.gt=2026-03-01T12:00:00.123Z", ["poq", "poq-full"], id="created-from-as-shown"),
    pytest.param("creationDate.gt=2026-03-01T12:00:00.1231Z", ["poq-full"], id="created-from-a-tick-later"),
    pytest.param("creationDate.gt=2026-03-01T12:00:00.124Z", ["poq-full"], id="created-from-later"),
    pytest.param("creationDate.lt=2026-03-01T12:00:00.123Z", ["poq"], id="created-to-as-shown"),
    pytest.param("creationDate.lt=2026-03-01T12:00:00.122999Z", [], id="created-to-a-tick-earlier"),
    pytest.param("creationDate.lt=2026-03-01T14:00:00.123+01:00", ["poq", "poq-full"], id="created-to-with-offset"),
    pytest.param(f"requestedPOQCompletionDate.gt={quote(WANTED)}", ["poq-full"], id="wanted-from"),
    pytest.param(f"requestedPOQCompletionDate.lt={WANTED}", ["poq-full"], id="wanted-to-plain-plus"),
    pytest.param("requestedPOQCompletionDate.lt=2026-04-01T00:00:00.099Z", [], id="wanted-to-earlier"),
    pytest.param("creationDate.gt=2026-03-02T00:00:00Z&creationDate.lt=2026-03-01T00:00:00Z", [], id="from-after-to"),
    pytest.param("creationDate.gt=0000-01-01T00:00:00Z", ["poq", "poq-full"], id="from-the-first-instant"),
    pytest.param("creationDate.lt=9999-12-31T23:59:59.9999999-12:00", ["poq", "poq-full"], id="to-the-last-instant"),
    pytest.param("creationDate.gt=9999-12-31T23:59:59.9999999-12:00", [], id="the-last-instant"),
]


@pytest.mark.requirement("87.1-O9", "79.1-O16", "L3", "L6")
@pytest.mark.parametrize(("query", "found"), FILTERS)
async def test_filters_find_exactly_what_matches(listed: Listed, query: str, found: list[str]) -> None:
    await listed.keep(FULL, BARE)
    assert await listed.ids(query) == found


@pytest.mark.requirement("87.1-O9")
async def test_the_creation_date_that_is_shown_finds_its_poq(listed: Listed) -> None:
    ticks = [0, 1, 499, 500, 999, 1000]
    await listed.keep(
        *(replace(BARE, id=PoqId(f"poq-{t}"), creation_date=START + timedelta(microseconds=t)) for t in ticks)
    )
    listed.terms[dealing("buyer-1")] = ListTerms()
    for record in await (await listed.get()).json():
        shown = record["creationDate"]
        assert record["id"] in await listed.ids(f"creationDate.gt={shown}&creationDate.lt={shown}")


@pytest.mark.requirement("C14", "87.1-R56")
async def test_a_list_has_nothing_of_another_buyer_seller_or_interface(listed: Listed) -> None:
    await listed.keep(
        BARE,
        replace(BARE, id=PoqId("other-buyer"), buyer=BuyerId("buyer-2")),
        replace(BARE, id=PoqId("other-seller"), seller=SellerId("seller-2")),
        replace(BARE, id=PoqId("other-interface"), interface=Interface.CANTATA),
    )
    cantata = f"{CANTATA}/productOfferingQualification"
    assert await listed.ids() == ["poq"]
    assert await listed.ids(buyer="buyer-2") == ["other-buyer"]
    assert await listed.ids(base=cantata) == ["other-interface"]
    assert await listed.ids(base=cantata, buyer="buyer-2") == []


@pytest.mark.requirement("87.1-D4", "87.1-CR3")
async def test_pages_follow_each_other_without_gap_or_overlap(listed: Listed) -> None:
    await listed.keep(*reversed(numbered(5)))
    pages = [await listed.get(f"limit=2&offset={offset}") for offset in (0, 2, 4)]
    assert [[record["id"] for record in await page.json()] for page in pages] == [
        ["poq-00", "poq-01"],
        ["poq-02", "poq-03"],
        ["poq-04"],
    ]
    assert [paging(page) for page in pages] == [("2", "5", "false"), ("2", "5", "false"), ("1", "5", "false")]


@pytest.mark.requirement("87.1-D4", "87.1-CR3")
async def test_the_order_is_by_creation_and_then_by_id(listed: Listed) -> None:
    later = START + timedelta(days=1)
    await listed.keep(
        replace(BARE, id=PoqId("b")),
        replace(BARE, id=PoqId("0"), creation_date=later),
        replace(BARE, id=PoqId("c")),
        replace(BARE, id=PoqId("a")),
    )
    assert await listed.ids() + await listed.ids("offset=3") == ["a", "b", "c", "0"]


@pytest.mark.requirement("87.1-CR3", "L4", "L5", "L6")
@pytest.mark.parametrize(
    ("query", "page"),
    [
        pytest.param("", ("3", "5", "true"), id="no-limit-and-more-match"),
        pytest.param("limit=4", ("3", "5", "true"), id="limit-above-the-page"),
        pytest.param("limit=2147483647", ("3", "5", "true"), id="largest-limit"),
        pytest.param("limit=3", ("3", "5", "false"), id="the-page-was-wanted"),
        pytest.param("limit=1", ("1", "5", "false"), id="less-was-wanted"),
        pytest.param("limit=0", ("0", "5", "false"), id="only-the-total"),
        pytest.param("limit=4&offset=2", ("3", "5", "false"), id="limit-above-the-page-but-no-more-match"),
        pytest.param("offset=2", ("3", "5", "false"), id="the-rest"),
        pytest.param("offset=5", ("0", "5", "false"), id="beyond-the-end"),
        pytest.param("offset=2147483647", ("0", "5", "false"), id="far-beyond"),
    ],
)
async def test_a_page_says_whether_it_was_cut_and_how_many_match(
    listed: Listed, query: str, page: tuple[str, str, str]
) -> None:
    await listed.keep(*numbered(5))
    response = await listed.get(query)
    assert (response.status, paging(response)) == (200, page)
    assert len(await response.json()) == int(page[0])


@pytest.mark.requirement("87.1-CR3")
@pytest.mark.parametrize(
    ("query", "page"),
    [
        pytest.param("", ("3", None, "true"), id="the-cut-is-told-without-the-total"),
        pytest.param("limit=3", ("3", "5", "false"), id="no-cut-so-the-total-is-told"),
        pytest.param("limit=0", ("0", "5", "false"), id="the-total-was-wanted"),
        pytest.param("state=done&creationDate.gt=2026-03-01T12:00:02Z", ("3", "3", "false"), id="all-are-shown"),
    ],
)
async def test_many_matches_are_counted_only_where_nothing_else_tells_that_more_follow(
    listed: Listed, monkeypatch: pytest.MonkeyPatch, query: str, page: tuple[str, str | None, str]
) -> None:
    monkeypatch.setattr(listing, "COUNTED", 4)
    await listed.keep(*numbered(5))
    assert paging(await listed.get(query)) == page


@pytest.mark.requirement("87.1-R58", "79.1-R77", "79.1-R78", "L7")
@pytest.mark.parametrize("query", ["", "limit=1", "limit=0", "offset=4", "offset=5", "offset=1000", "limit=100"])
async def test_r58_more_matches_than_the_threshold_are_refused_whatever_the_page(listed: Listed, query: str) -> None:
    listed.terms[dealing("buyer-1")] = ListTerms(page=100, too_many=4)
    await listed.keep(*numbered(4), replace(FULL, id=PoqId("other"), buyer=BuyerId("buyer-2")))
    assert (await listed.get(query)).status == 200

    await listed.keep(FULL)

    [error] = await assert_standard_error(await listed.get(query), 422, "tooManyRecords")
    assert set(error) == {"code", "reason"}
    narrowed = await listed.get(f"{query}&state=done")
    assert (narrowed.status, paging(narrowed)[1]) == (200, "4")
    assert (await listed.get(query, buyer="buyer-2")).status == 200


@pytest.mark.requirement("L8")
async def test_each_buyer_has_terms_of_its_own(listed: Listed) -> None:
    listed.terms[dealing("buyer-2")] = ListTerms(offered=False)
    await listed.keep(*numbered(5))
    assert (await listed.get()).status == 200
    await assert_standard_error(await listed.get(buyer="buyer-2"), 501, "notImplemented")


@pytest.mark.requirement("C20")
async def test_a_store_that_does_not_answer_is_503(listed: Listed) -> None:
    await listed.database.close()
    response = await listed.get()
    await assert_standard_error(response, 503)


async def test_a_list_is_one_moment_though_the_poqs_change(listed: Listed, tmp_path: Path) -> None:
    """State and total agree: of POQs that all change together, a page shows all before or all after."""
    listed.terms[dealing("buyer-1")] = ListTerms(too_many=1000)
    await listed.keep(*numbered(20))

    def flip() -> None:
        connection = sqlite3.connect(tmp_path / "poq.db", timeout=10)
        for turn in range(60):
            with connection:
                connection.execute("UPDATE poq SET state = ?", ("rejected" if turn % 2 == 0 else "done",))
        connection.close()

    flipping = asyncio.create_task(asyncio.to_thread(flip))
    answers: list[tuple[int, str | None]] = []
    while not flipping.done():
        response = await listed.get("state=done&limit=7")
        answers.append((len(json.loads(await response.read())), paging(response)[1]))
    await flipping
    assert answers
    assert set(answers) <= {(0, "0"), (7, "20")}
