"""How long a page of the list takes with 1,000,000 stored POQs of one Buyer, and what the indexes cost a new POQ.

    python -m tests.benchmarks.list_poqs [--poqs 1000000] [--times 15]

Prints a table in Markdown. Times are of `QualificationList.page`: from the query as typed values to the body as bytes,
on SQLite, without HTTP (a request on loopback adds about 1 ms).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from gateway.lso.identifiers import BuyerId, Dealing, Interface, SellerId
from gateway.qualification.listing import ListTerms, QualificationList
from gateway.qualification.port import Caller, ListQuery, Refused
from gateway.store.records_list import Criteria
from gateway.store.sqlite import SqliteDatabase

BUYER, OTHERS = "buyer-1", [f"buyer-{number}" for number in range(2, 12)]
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
APART = timedelta(minutes=1)
ENVELOPE = '{"relatedContactInformation":"' + "x" * 900 + '","productOfferingQualificationItem":null}'
HISTORY = '[{"changeDate":"2026-01-01T00:00:00.000Z","state":"done"}]' * 3

COLUMNS = (
    *("id", "interface", "buyer_id", "seller_id", "state", "creation_date", "requested_completion"),
    *("requested_completion_text", "external_id", "project_id", "revision", "envelope", "state_changes"),
)
INSERT = f"INSERT INTO poq ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"

LIST_INDEXES = ("ix_poq_list", "ix_poq_state", "ix_poq_requested", "ix_poq_external", "ix_poq_project")


@dataclass(frozen=True)
class Case:
    name: str
    query: ListQuery
    too_many: int | None = None


def at(share: float, poqs: int) -> datetime:
    """The creation date of the POQ so far into the list."""
    return FIRST + APART * round(share * poqs)


def rows(poqs: int, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    """One Buyer's POQs in the order of their creation, and one of another Buyer's after each fifth.

    One in 10,000 is rejected, the last 200 are open; half are deferred, wanted within 60 days; one quarter belongs to
    one large project, the rest to projects of 100; two thirds have an externalId.
    """
    for number in range(poqs):
        yield row(number, BUYER, poqs, chance)
        if number % 5 == 0:
            yield row(number, chance.choice(OTHERS), poqs, chance)


def row(number: int, buyer: str, poqs: int, chance: random.Random) -> tuple[Any, ...]:
    created = FIRST + APART * number
    wanted = created + timedelta(minutes=chance.randrange(60, 86_400)) if number % 2 else None
    state = "rejected" if number % 10_000 == 5_000 else "inProgress" if number >= poqs - 200 else "done"
    return (
        str(UUID(int=chance.getrandbits(128), version=4)),
        *("sonata", buyer, "seller-1", state, microseconds(created)),
        *((microseconds(wanted), wanted.isoformat()) if wanted else (None, None)),
        f"order-{number}" if number % 3 else None,
        f"project-{number // 100}" if number % 4 else "large",
        *(1, ENVELOPE, HISTORY),
    )


def microseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def cases(poqs: int) -> list[Case]:
    def asked(name: str, *, offset: int = 0, limit: int | None = None, too_many: int | None = None, **by: Any) -> Case:
        return Case(name, ListQuery(Criteria(**by), offset, limit), too_many)

    def created(first: float, last: float) -> dict[str, datetime]:
        return {"created_from": at(first, poqs), "created_to": at(last, poqs)}

    def wanted(first: float, last: float) -> dict[str, datetime]:
        return {"requested_from": at(first, poqs), "requested_to": at(last, poqs)}

    return [
        asked("no filter"),
        asked("state: nearly all", state="done"),
        asked("state: nearly none", state="rejected"),
        asked("state: the newest 200", state="inProgress"),
        asked("state: none at all", state="acknowledged"),
        asked("created: one day in the middle", **created(0.5, 0.5 + 1440 / poqs)),
        asked("created: the second half", **created(0.5, 1)),
        asked("wanted: one day in the middle", **wanted(0.5, 0.5 + 1440 / poqs)),
        asked("wanted: the last tenth", **wanted(0.9, 1.1)),
        asked("wanted: the second half", **wanted(0.5, 1.1)),
        asked("wanted: all that have a date", **wanted(0, 2)),
        asked("externalId", external_id="order-500000"),
        asked("projectId: 75 POQs", project_id="project-5000"),
        asked("projectId: a quarter of all", project_id="large"),
        asked("large project, rejected", project_id="large", state="rejected"),
        asked("large project, done", project_id="large", state="done"),
        asked("done, wanted in the second half", state="done", **wanted(0.5, 1.1)),
        asked("done, created in the second half", state="done", **created(0.5, 1)),
        asked("large project, done, wanted at all: nothing fits", project_id="large", state="done", **wanted(0, 2)),
        asked("offset 10,000", offset=10_000),
        asked("offset 100,000", offset=100_000),
        asked("offset at nine tenths", offset=poqs * 9 // 10),
        asked("no filter, too many: 10,000", too_many=10_000),
        asked("limit=10", limit=10),
        asked("limit=10, state: nearly all", limit=10, state="done"),
        asked("limit=10, state: the newest 200", limit=10, state="inProgress"),
        asked("limit=10, wanted: the second half", limit=10, **wanted(0.5, 1.1)),
        asked("limit=10, large project, done", limit=10, project_id="large", state="done"),
        asked("limit=0: total only", limit=0),
    ]


def fill(path: Path, poqs: int) -> float:
    """Seconds that it took."""
    started = time.perf_counter()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-400000")
        connection.executemany(INSERT, rows(poqs, random.Random(1)))
    return time.perf_counter() - started


def show(text: str) -> None:
    sys.stdout.write(f"{text}\n")


async def measure(listing: QualificationList, case: Case, times: int) -> tuple[list[float], str]:
    caller = Caller(BuyerId(BUYER), SellerId("seller-1"), Interface.SONATA, "")
    taken, answer = [], ""
    for _ in range(times):
        started = time.perf_counter()
        try:
            page = await listing.page(caller, case.query)
            answer = f"{page.count} of {'more than are counted' if page.total is None else f'{page.total:,}'}"
        except Refused:
            answer = "tooManyRecords"
        taken.append((time.perf_counter() - started) * 1000)
    return taken, answer


async def lists(path: Path, poqs: int, times: int) -> None:
    database = SqliteDatabase(path, time_limit=60)
    await database.open()
    show("| list | answer | median ms | slowest ms |\n| --- | --- | ---: | ---: |")
    for case in cases(poqs):
        terms = {Dealing(BuyerId(BUYER), SellerId("seller-1")): ListTerms(too_many=case.too_many)}
        taken, answer = await measure(QualificationList(database, terms), case, times)
        show(f"| {case.name} | {answer} | {statistics.median(taken):.1f} | {max(taken):.1f} |")
    await database.close()


def inserts(path: Path, poqs: int) -> None:
    """What one more POQ costs, in transactions of 100 so that the disk's sync counts less."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        new = (row(number, BUYER, 2 * poqs, random.Random(number)) for number in itertools.count(poqs))
        with_indexes = _insert_time(connection, new)
        for name in LIST_INDEXES:
            connection.execute(f"DROP INDEX {name}")
        without = _insert_time(connection, new)
    show(f"\nOne more POQ: {with_indexes:.0f} µs with the list's indexes, {without:.0f} µs without any of them.")


def _insert_time(connection: sqlite3.Connection, new: Iterator[tuple[Any, ...]], batches: int = 100) -> float:
    prepared = [list(itertools.islice(new, 100)) for _ in range(batches)]
    started = time.perf_counter()
    for batch in prepared:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, batch)
        connection.execute("COMMIT")
    return (time.perf_counter() - started) * 1_000_000 / (100 * batches)


async def prepared(path: Path) -> None:
    database = SqliteDatabase(path)
    await database.open()
    await database.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--poqs", type=int, default=1_000_000)
    arguments.add_argument("--times", type=int, default=15)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "poq.db"
        asyncio.run(prepared(path))
        seconds = fill(path, options.poqs)
        size = path.stat().st_size / 1e9
        show(f"{options.poqs:,} POQs of one Buyer, {options.poqs // 5:,} of others: {size:.1f} GB, filled in")
        show(f"{seconds:.0f} s; SQLite {sqlite3.sqlite_version}\n")
        asyncio.run(lists(path, options.poqs, options.times))
        inserts(path, options.poqs)


if __name__ == "__main__":
    main()
