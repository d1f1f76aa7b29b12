"""The list over HTTP: which parameters are understood, which are refused, and what the headers say."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestClient

from gateway.api.server import build_application
from gateway.lso.identifiers import Dealing
from gateway.qualification.port import Caller, ListPage, ListQuery, Unavailable
from gateway.store.records_list import Criteria
from tests.support.client import POQS, ApiServer, Client, FakeQualifications, caller, settings
from tests.support.errors import assert_standard_error

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class FakeListing:
    """Remembers what was asked; gives `answer`, or raises `fails`. Only `buyers` are offered the list."""

    def __init__(self, *buyers: str) -> None:
        self.buyers = buyers
        self.asked: list[tuple[Caller, ListQuery]] = []
        self.answer = ListPage(b"[]", 0, 0, throttled=False)
        self.fails: Exception | None = None

    def offered_to(self, dealing: Dealing) -> bool:
        return dealing.buyer in self.buyers

    async def page(self, caller: Caller, query: ListQuery) -> ListPage:
        if self.fails:
            raise self.fails
        self.asked.append((caller, query))
        return self.answer


@asynccontextmanager
async def serving(
    listing: FakeListing | None, *, buyers: tuple[str, ...] = ("buyer-1",), switched_off: Set[str] = frozenset()
) -> AsyncIterator[Client]:
    ids = itertools.count()

    async def is_ready() -> bool:
        return True

    def new_id() -> str:
        return f"request-{next(ids)}"

    api = settings(buyers)
    application = build_application(
        api,
        FakeQualifications(),
        openapi={},
        ready=is_ready,
        new_id=new_id,
        monotonic=time.monotonic,
        listing=listing,
        switched_off=switched_off,
    )
    async with TestClient(ApiServer(application, api.limits, new_id)) as client:
        yield client


@pytest.fixture
def listing() -> FakeListing:
    return FakeListing("buyer-1")


@pytest.fixture
async def client(listing: FakeListing) -> AsyncIterator[Client]:
    async with serving(listing) as client:
        yield client


@pytest.mark.requirement("87.1-O9", "79.1-O16", "87.1-D4", "L3")
@pytest.mark.parametrize(
    ("query", "meant"),
    [
        pytest.param("", ListQuery(Criteria()), id="nothing"),
        pytest.param("state=inProgress", ListQuery(Criteria(state="inProgress")), id="state"),
        pytest.param("creationDate.gt=2026-03-01T12:00:00Z", ListQuery(Criteria(created_from=NOON)), id="created-from"),
        pytest.param("creationDate.lt=2026-03-01t12:00:00.000z", ListQuery(Criteria(created_to=NOON)), id="created-to"),
        pytest.param(
            "requestedPOQCompletionDate.gt=2026-03-01T13:00:00%2B01:00",
            ListQuery(Criteria(requested_from=NOON)),
            id="requested-from-encoded-plus",
        ),
        pytest.param(
            "requestedPOQCompletionDate.lt=2026-03-01T13:00:00+01:00",
            ListQuery(Criteria(requested_to=NOON)),
            id="requested-to-plain-plus",
        ),
        pytest.param(
            "creationDate.gt=2026-03-01T13:00:00.0%2001:00", ListQuery(Criteria(created_from=NOON)), id="encoded-space"
        ),
        pytest.param(
            "externalId=a+b&projectId=%C3%BC", ListQuery(Criteria(external_id="a b", project_id="ü")), id="ids"
        ),
        pytest.param("limit=0&offset=0", ListQuery(Criteria(), 0, 0), id="zero"),
        pytest.param("limit=2147483647&offset=2147483647", ListQuery(Criteria(), 2**31 - 1, 2**31 - 1), id="int32"),
    ],
)
async def test_parameters_are_understood(client: Client, listing: FakeListing, query: str, meant: ListQuery) -> None:
    response = await client.get(f"{POQS}?{query}" if query else POQS)
    assert response.status == 200, await response.text()
    assert listing.asked == [(caller(), meant)]


NO_STATES = ["Done", "done,rejected", "done rejected", "done.abandoned", "unableToProvide", "0"]
NO_DATES = [
    *("2026-03-01", "2026-03-01T12:00:00", "2026-03-01 12:00:00Z", "2026-02-30T12:00:00Z", "1772366400", "now"),
    *("2026-03-01T12:00:00 1:00", "2026-03-01T12:00:00  01:00", "2026-03-01T12:00:00 01:00 01:00", "12:00 01:00"),
]
NO_NUMBERS = ["-1", "+1", "1.0", "1e2", "0x10", "٣", "01", " 1", "2147483648", "9" * 5000, "null", "true"]


@pytest.mark.requirement("87.1-O9", "87.1-D4", "79.1-O16", "L1", "L2", "L3", "L4")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(pytest.param("state", value, id=f"state-{value}") for value in NO_STATES),
        *(
            pytest.param(name, value, id=f"{name}-{value}")
            for name in ("creationDate.gt", "creationDate.lt", "requestedPOQCompletionDate.gt")
            for value in NO_DATES
        ),
        *(pytest.param(name, value, id=f"{name}-{value[:12]}") for name in ("limit", "offset") for value in NO_NUMBERS),
    ],
)
async def test_a_value_that_does_not_parse_is_refused(
    client: Client, listing: FakeListing, name: str, value: str
) -> None:
    response = await client.get(f"{POQS}?{name}={quote(value, safe='')}")
    [error] = await assert_standard_error(response, 400, "invalidQuery")
    assert name in error["reason"]
    assert listing.asked == []


@pytest.mark.requirement("L1", "87.1-O9")
@pytest.mark.parametrize(
    "name",
    [
        *("state", "creationDate.gt", "creationDate.lt", "requestedPOQCompletionDate.gt"),
        *("requestedPOQCompletionDate.lt", "externalId", "projectId", "limit", "offset"),
    ],
)
async def test_a_parameter_without_a_value_is_refused(client: Client, name: str) -> None:
    [error] = await assert_standard_error(await client.get(f"{POQS}?{name}="), 400, "missingQueryValue")
    assert name in error["reason"]


@pytest.mark.requirement("C12", "C13", "L1", "L2", "L4")
@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        pytest.param(
            "limit=x&state=y&offset=-1",
            "invalidQuery",
            ["state is none of", "offset is no integer", "limit is no integer"],
            id="several-values",
        ),
        pytest.param(
            "limit=x&projectId=", "missingQueryValue", ["projectId has no value", "limit is no integer"], id="two-codes"
        ),
        pytest.param("sort=x&limit=x", "invalidQuery", ["'sort' is not defined", "limit is no"], id="undefined-too"),
        pytest.param(
            "creationDate.gt=x&state=done&state=x", "invalidQuery", ["more than once", "creationDate.gt is no"]
        ),
    ],
)
async def test_all_faults_share_one_error(client: Client, query: str, code: str, named: list[str]) -> None:
    [error] = await assert_standard_error(await client.get(f"{POQS}?{query}"), 400, code)
    places = [error["message"].find(text) for text in named]
    assert -1 not in places
    assert places == sorted(places)
    assert error["message"].count(";") == len(named) - 1


async def test_a_doubled_parameter_is_one_fault(client: Client) -> None:
    [error] = await assert_standard_error(await client.get(f"{POQS}?state=x&state=y"), 400, "invalidQuery")
    assert set(error) == {"code", "reason"}


@pytest.mark.requirement("87.1-CR3", "87.1-R56", "L5")
@pytest.mark.parametrize(
    ("page", "headers"),
    [
        pytest.param(
            ListPage(b"[1,2]", 2, 7, throttled=True), {"Throttled": "true", "Total": "7", "Result": "2"}, id="throttled"
        ),
        pytest.param(
            ListPage(b"[]", 0, 0, throttled=False), {"Throttled": "false", "Total": "0", "Result": "0"}, id="empty"
        ),
        pytest.param(
            ListPage(b"[1]", 1, None, throttled=True), {"Throttled": "true", "Result": "1"}, id="total-unknown"
        ),
    ],
)
async def test_headers_tell_what_the_page_is(
    client: Client, listing: FakeListing, page: ListPage, headers: dict[str, str]
) -> None:
    listing.answer = page
    response = await client.get(POQS)
    names = {"Throttled": "X-Pagination-Throttled", "Total": "X-Total-Count", "Result": "X-Result-Count"}
    assert (response.status, await response.read()) == (200, page.body)
    assert response.headers["Content-Type"] == "application/json;charset=utf-8"
    assert {short: response.headers[name] for short, name in names.items() if name in response.headers} == headers


@pytest.mark.requirement("L8")
@pytest.mark.parametrize(
    ("listing", "off"),
    [
        pytest.param(None, frozenset[str](), id="no-list"),
        pytest.param(FakeListing("buyer-1"), frozenset({"listProductOfferingQualification"}), id="switched-off"),
    ],
)
async def test_a_list_that_nobody_is_offered_is_501_whatever_else_is_wrong(
    listing: FakeListing | None, off: Set[str]
) -> None:
    async with serving(listing, switched_off=off) as client:
        response = await client.get(f"{POQS}?state=nonsense&buyerId=buyer-9", headers={"Accept": "text/html"})
        await assert_standard_error(response, 501, "notImplemented")


@pytest.mark.requirement("L8")
async def test_a_list_that_one_buyer_is_not_offered_is_501_once_it_is_known_who_asks() -> None:
    listing = FakeListing("buyer-1")
    statuses: dict[str, int] = {}
    async with serving(listing, buyers=("buyer-1", "buyer-2")) as client:
        for query in ("buyerId=buyer-1", "buyerId=buyer-2", "buyerId=buyer-2&state=x", "buyerId=buyer-9", "limit=1"):
            response = await client.get(f"{POQS}?{query}", headers={"Accept": "*/*"})
            statuses[query] = response.status
        html = await client.get(f"{POQS}?buyerId=buyer-2", headers={"Accept": "text/html"})
    assert [*statuses.values(), html.status] == [200, 501, 400, 403, 400, 501]
    assert [asked.buyer for asked, _ in listing.asked] == ["buyer-1"]


@pytest.mark.requirement("C20", "79.1-R77", "79.1-R78")
async def test_a_store_that_is_not_reachable_is_503(client: Client, listing: FakeListing) -> None:
    listing.fails = Unavailable("the file is locked by pid 7")
    response = await client.get(POQS)
    [error] = await assert_standard_error(response, 503)
    assert "pid 7" not in str(error)
    assert response.headers["Retry-After"]


@pytest.mark.requirement("C15")
async def test_what_is_no_json_cannot_be_had(client: Client, listing: FakeListing) -> None:
    response: Any = await client.get(POQS, headers={"Accept": "text/html"})
    await assert_standard_error(response, 406)
    assert listing.asked == []
