"""Texts from outside are kept, found and given back as they are, on every engine."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select

from gateway.store.database import Database
from gateway.store.plain import PlainText

TEXTS = [
    "",
    "a",
    "a\x00b",
    "\x00",
    "\x01",
    "\x010",
    "\x011",
    "\x01\x00",
    "\x00\x01",
    "\x00" * 3,
    "a\\u0000b",
    "ü😀",
    "�",
]

kept = Table("kept", MetaData(), Column("number", Integer, primary_key=True), Column("text", PlainText))


@pytest.fixture
async def filled(database: Database) -> Database:
    def fill(connection: Connection) -> None:
        kept.create(connection)
        connection.execute(insert(kept), [{"number": number, "text": one} for number, one in enumerate(TEXTS)])

    await database.write(fill)
    return database


async def test_every_text_comes_back_as_it_was(filled: Database) -> None:
    query = select(kept.c.text).order_by(kept.c.number)
    assert await filled.read(lambda connection: [*connection.execute(query).scalars()]) == TEXTS


async def test_every_text_is_found_and_taken_for_no_other(filled: Database) -> None:
    def find(connection: Connection) -> list[list[int]]:
        return [[*connection.execute(select(kept.c.number).where(kept.c.text == one)).scalars()] for one in TEXTS]

    assert await filled.read(find) == [[number] for number in range(len(TEXTS))]


async def test_a_text_that_was_never_stored_is_not_found(filled: Database) -> None:
    query = select(kept).where(kept.c.text == "never\x00stored")
    assert await filled.read(lambda connection: connection.execute(query).all()) == []
