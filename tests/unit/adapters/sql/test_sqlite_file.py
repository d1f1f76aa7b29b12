"""The file that answers is the one at the path now: a nightly unload is moved into place, and files get lost."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.base import Cause, NoAnswer
from adapters.sql import SqlSystem
from adapters.sql.engines.sqlite_file import SqliteFile
from tests.support.databases import sqlite_inventory
from tests.unit.adapters.sql.inventories import opened, rows

METRO = "SELECT metro FROM enni_port WHERE port_ref = 'P-1'"


def unload(folder: Path, metro: str) -> Path:
    """The inventory once more, in a folder of its own: equal to the last byte but for one city."""
    folder.mkdir()
    file = Path(sqlite_inventory(folder).removeprefix("sqlite:///"))
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("UPDATE enni_port SET metro = ? WHERE port_ref = 'P-1'", (metro,))
    connection.close()
    return file


def copied_over(new: Path, file: Path) -> None:
    shutil.copyfile(new, file)


async def answered(system: SqlSystem) -> str:
    found = await rows(system, METRO)
    return str(found[0]["metro"])


@pytest.mark.parametrize("put", [os.replace, copied_over], ids=["moved-into-place", "copied-over"])
async def test_a_replaced_file_answers_with_its_own_rows(tmp_path: Path, put: Callable[[Path, Path], None]) -> None:
    file, new = unload(tmp_path / "today", "PAR"), unload(tmp_path / "tomorrow", "LON")
    async with opened(f"sqlite:///{file}", calls_at_once=1) as system:
        before = await answered(system)
        put(new, file)

        assert (before, await answered(system), await answered(system)) == ("PAR", "LON", "LON")


async def test_every_pooled_connection_sees_the_replaced_file(tmp_path: Path) -> None:
    file, new = unload(tmp_path / "today", "PAR"), unload(tmp_path / "tomorrow", "LON")
    async with opened(f"sqlite:///{file}", calls_at_once=3) as system:
        before = await asyncio.gather(*(answered(system) for _ in range(3)))
        os.replace(new, file)
        after = await asyncio.gather(*(answered(system) for _ in range(3)))

    assert (before, after) == (["PAR"] * 3, ["LON"] * 3)


async def test_a_deleted_file_is_unreachable_until_one_is_there_again(tmp_path: Path) -> None:
    file, new = unload(tmp_path / "today", "PAR"), unload(tmp_path / "tomorrow", "LON")
    async with opened(f"sqlite:///{file}", calls_at_once=1) as system:
        await answered(system)
        file.unlink()
        for _ in range(3):  # more often than the pool has places: a failure gives its place back
            with pytest.raises(NoAnswer) as raised:
                await answered(system)
            assert raised.value.cause is Cause.UNREACHABLE
        os.replace(new, file)

        assert await answered(system) == "LON"


async def test_a_file_moved_away_and_back_answers_again(tmp_path: Path) -> None:
    file = unload(tmp_path / "today", "PAR")
    async with opened(f"sqlite:///{file}", calls_at_once=1) as system:
        await answered(system)
        file.rename(tmp_path / "elsewhere.db")
        with pytest.raises(NoAnswer):
            await answered(system)
        (tmp_path / "elsewhere.db").rename(file)

        assert await answered(system) == "PAR"


async def test_a_file_that_is_written_all_the_time_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = unload(tmp_path / "today", "PAR")
    connect, moments = sqlite3.connect, itertools.count(1)

    def connect_and_be_overtaken(*place: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*place, **options)
        moment = next(moments)
        os.utime(file, (moment, moment))
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_and_be_overtaken)
    async with opened(f"sqlite:///{file}", calls_at_once=1) as system:
        assert [await answered(system) for _ in range(3)] == ["PAR"] * 3
    assert next(moments) == 4, "each call had a new connection"


def test_a_file_is_still_the_same_until_it_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = unload(tmp_path / "today", "PAR")
    file = SqliteFile(str(path))
    content = file.content()
    asked: list[Path] = []
    monkeypatch.setattr(os, "access", lambda path, mode: asked.append(path))  # says that it may not be read

    untouched = file.is_still(content)
    os.chmod(path, 0o600)

    assert (untouched, asked) == (True, [])
    with pytest.raises(NoAnswer):
        file.is_still(content)


@pytest.mark.parametrize("is_larger", [True, False])
def test_a_file_that_was_written_to_is_another(tmp_path: Path, is_larger: bool) -> None:
    path = unload(tmp_path / "today", "PAR")
    file = SqliteFile(str(path))
    content = file.content()

    with path.open("r+b") as opened_file:
        opened_file.seek(0, os.SEEK_END if is_larger else os.SEEK_SET)
        opened_file.write(b"x")
    os.utime(path, ns=(content.modified, content.modified + 1))

    assert not file.is_still(content)


def test_a_file_with_other_rights_is_the_same_file(tmp_path: Path) -> None:
    path = unload(tmp_path / "today", "PAR")
    file = SqliteFile(str(path))
    content = file.content()

    os.chmod(path, 0o600)

    assert file.is_still(content)


def test_what_is_no_file_any_more_cannot_be_read(tmp_path: Path) -> None:
    path = unload(tmp_path / "today", "PAR")
    file = SqliteFile(str(path))
    content = file.content()

    path.unlink()
    with pytest.raises(NoAnswer):
        file.is_still(content)
    path.mkdir()
    with pytest.raises(NoAnswer):
        file.is_still(content)
