"""What is particular to the embedded engine: sole use of its file, durability, a full disk, damaged files."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from gateway.lso.identifiers import PoqId
from gateway.store.errors import StoreForeign, StoreInUse, StoreUnavailable
from gateway.store.records import JsonText
from gateway.store.sqlite import SqliteDatabase
from tests.contract.databases import store_on
from tests.contract.test_store import ITEM, POQ, read_back

STORE_AND_HANG = """
import asyncio, sys
from pathlib import Path
from gateway.store.sqlite import SqliteDatabase
from tests.contract.databases import store_on
from tests.contract.test_store import POQ

async def main():
    store = store_on(SqliteDatabase(Path(sys.argv[1])))
    await store.open()
    await store.create(POQ)
    print("stored", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "poq.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(path)
    await database.open()
    yield database
    await database.close()


async def pragma(database: SqliteDatabase, name: str) -> object:
    def ask(connection: Connection) -> object:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    return await database.write(ask)


@pytest.mark.parametrize(("name", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
async def test_the_connection_is_set_for_durability(database: SqliteDatabase, name: str, value: object) -> None:
    assert await pragma(database, name) == value


async def test_an_answered_qualification_survives_kill_9(path: Path, repository: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STORE_AND_HANG, str(path), cwd=repository, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"stored\n"
    store = store_on(SqliteDatabase(path))
    with pytest.raises(StoreInUse, match="in use by another process"):
        await store.open()
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    await store.open()
    assert await read_back(store, POQ) == POQ
    await store.close()


async def test_a_program_that_does_not_close_its_store_ends_and_what_it_stored_is_there(
    path: Path, repository: Path
) -> None:
    program = STORE_AND_HANG.replace("await asyncio.Event().wait()", "")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(path), cwd=repository)
    async with asyncio.timeout(60):
        assert await process.wait() == 0
    store = store_on(SqliteDatabase(path))
    await store.open()
    assert await read_back(store, POQ) == POQ
    await store.close()


async def test_whoever_waits_when_it_is_closed_is_served_and_nobody_after(path: Path) -> None:
    store = store_on(SqliteDatabase(path))
    await store.open()
    ids = [PoqId(f"poq-{number}") for number in range(5)]
    kept = [asyncio.get_running_loop().create_task(store.create(replace(POQ, id=id))) for id in ids]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*kept)
    with pytest.raises(StoreUnavailable):
        await store.create(POQ)
    await store.open()
    assert [await read_back(store, replace(POQ, id=id)) is not None for id in ids] == [True] * 5
    await store.close()


async def test_of_several_that_start_at_once_one_gets_the_file(path: Path) -> None:
    databases = [SqliteDatabase(path) for _ in range(4)]
    results = await asyncio.gather(*(database.open() for database in databases), return_exceptions=True)
    assert results.count(None) == 1
    assert sum(isinstance(result, StoreInUse) for result in results) == 3
    for database in databases:
        await database.close()
    await databases[0].open()
    await databases[0].close()


@pytest.mark.requirement("C20")
async def test_a_full_disk_is_unavailable_and_loses_nothing(database: SqliteDatabase) -> None:
    store = store_on(database)
    await store.create(POQ)
    await pragma(database, "max_page_count=1")  # SQLite takes the present size instead
    big = replace(POQ, id=PoqId("big"), items=(replace(ITEM, request=JsonText('"' + "x" * 1_000_000 + '"')),))
    with pytest.raises(StoreUnavailable, match="full"):
        await store.create(big)
    assert await read_back(store, big) is None
    assert await read_back(store, POQ) == POQ
    await pragma(database, "max_page_count=1000000")
    await store.create(big)
    assert await read_back(store, big) == big


async def test_the_folders_of_the_store_are_made(tmp_path: Path) -> None:
    store = store_on(SqliteDatabase(tmp_path / "var" / "lib" / "poq.db"))
    await store.open()
    await store.create(POQ)
    await store.close()
    assert (tmp_path / "var" / "lib" / "poq.db").is_file()


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(StoreUnavailable, match=r"var/lib/poq\.db cannot be made"):
        await SqliteDatabase(tmp_path / "var" / "lib" / "poq.db").open()


async def test_a_place_without_write_ahead_log_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # the one place every SQLite has where it answers the pragma with another mode, as it does on network file systems
    with pytest.raises(StoreUnavailable, match=r"write-ahead log.*'memory'"):
        await SqliteDatabase(Path(":memory:")).open()


@pytest.fixture
def notes(path: Path) -> Iterator[Path]:
    path.write_bytes(b"precious notes" * 100)
    yield path
    assert path.read_bytes() == b"precious notes" * 100


async def test_a_file_that_is_no_database_is_unavailable_and_stays_as_it_is(notes: Path) -> None:
    database = SqliteDatabase(notes)
    with pytest.raises(StoreUnavailable, match="not a database"):
        await database.open()
    with pytest.raises(StoreUnavailable, match="not open"):
        await database.read(lambda connection: None)


async def test_an_error_shows_no_values(database: SqliteDatabase) -> None:
    store = store_on(database)
    await pragma(database, "max_page_count=1")
    secret = replace(POQ, items=(replace(ITEM, request=JsonText('"' + "s3cret" * 100_000 + '"')),))
    with pytest.raises(StoreUnavailable) as caught:
        await store.create(secret)
    assert "s3cret" not in str(caught.value)


async def test_a_shared_file_is_found_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a #1 ?mode=memory %20.db"
    running, beside = SqliteDatabase(path), SqliteDatabase(path, shared=True)
    await running.open()
    await store_on(running).create(POQ)
    await beside.open()
    assert await read_back(store_on(beside), POQ) == POQ
    await beside.close()
    await running.close()


async def test_a_shared_file_is_not_made_and_no_folder_either(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"no store at .*var/poq\.db: start the gateway first"):
        await SqliteDatabase(tmp_path / "var" / "poq.db", shared=True).open()
    assert os.listdir(tmp_path) == []


@pytest.fixture
def customers(path: Path) -> Iterator[Path]:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE customers (id INTEGER)")
    before = path.read_bytes()
    yield path
    assert path.read_bytes() == before


async def test_a_shared_file_that_no_gateway_made_stays_as_it_is(customers: Path) -> None:
    with pytest.raises(StoreForeign, match="not of a gateway"):
        await SqliteDatabase(customers, shared=True).open()


async def test_a_shared_file_is_not_held(path: Path, database: SqliteDatabase) -> None:
    await database.close()
    beside = SqliteDatabase(path, shared=True)
    await beside.open()
    await database.open()
    await store_on(beside).create(POQ)
    assert await read_back(store_on(database), POQ) == POQ
    await beside.close()
