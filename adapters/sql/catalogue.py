"""The definitions that a database gives of itself, by SQLAlchemy: it knows the catalogues of all of them.

Reads no rows of tables. Queries of mappings never go this way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from adapters.sql.dialect import Dialect

T = TypeVar("T")


async def look_up(dialect: Dialect, url: URL, look: Callable[[Connection], T]) -> T:
    """What `look` finds. It runs in a thread where the driver blocks. Raises what SQLAlchemy and the driver raise."""
    named = dialect.for_catalogue(url)
    if not named.get_dialect().is_async:
        return await asyncio.to_thread(_looked, named, look)
    arguments = dialect.catalogue_arguments(url)
    engine = create_async_engine(named, connect_args=arguments, poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(look)
    finally:
        await engine.dispose()


def _looked(url: URL, look: Callable[[Connection], T]) -> T:
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        with engine.connect() as connection:
            return look(connection)
    finally:
        engine.dispose()
