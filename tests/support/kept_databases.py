"""PostgreSQL databases that are used again by the next test: to make one takes the server up to a second.

Only what is in it may have changed, and is taken out. A database whose tables, rights or settings are no longer what
they were (or where that cannot be told) is dropped.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg

_OWN = 16_384
"""From here on the ids of what is not the server's own are counted."""

_CATALOGS = ("class", "constraint", "trigger", "policy", "proc", "type", "attrdef", "rewrite", "extension")

_MADE_OF = (
    "SELECT md5(string_agg(one, ' ' ORDER BY one)) FROM ("
    + "".join(
        f"SELECT '{name} ' || oid || ' ' || xmin AS one FROM pg_{name} WHERE oid >= {_OWN} UNION ALL "
        for name in _CATALOGS
    )
    + f"""
    SELECT 'column ' || attrelid || ' ' || attnum || ' ' || xmin FROM pg_attribute WHERE attrelid >= {_OWN}
    UNION ALL SELECT 'schema ' || nspname || ' ' || nspowner || ' ' || coalesce(nspacl::text, '')
        FROM pg_namespace WHERE oid >= {_OWN} OR nspname = 'public'
    UNION ALL SELECT 'setting ' || s::text FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
        WHERE d.datname = current_database()
    UNION ALL SELECT 'database ' || xmin FROM pg_database WHERE datname = current_database()) AS everything"""
)
"""Whatever is changed of a table, a right or a setting is a new version of a row: its `xmin` is another one."""

_END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC
"""
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
_VERSION = "alembic_version"


@dataclass(frozen=True)
class Kept:
    """A database that nobody uses at the moment."""

    name: str
    made_of: tuple[str, ...]


_kept: defaultdict[str | None, list[Kept]] = defaultdict(list)


def take(template: str | None) -> Kept | None:
    """One that is empty, or like the template, if there is one."""
    return _kept[template].pop() if _kept[template] else None


async def made(name: str, server: str) -> Kept:
    """A new database on the server (an URL whose user may do anything), not yet used."""
    session = await _into(name, server)
    try:
        return Kept(name, await _made_of(session))
    finally:
        await session.close()


async def give_back(kept: Kept, template: str | None, server: str) -> bool:
    """After its test: keep it for another one. False: it has to be dropped."""
    try:
        session = await _into(kept.name, server)
    except (OSError, asyncpg.PostgresError):  # it takes no connections any more, or is gone
        return False
    try:
        await session.execute(_END_OTHERS)
        await (_take_out_rows(session) if template else session.execute(_EMPTY))
        if await _made_of(session) != kept.made_of:
            return False
    except asyncpg.PostgresError:
        return False
    finally:
        await session.close()
    _kept[template].append(kept)
    return True


async def drop_all(server: str) -> None:
    """At the end of the run."""
    names = [kept.name for some in _kept.values() for kept in some]
    _kept.clear()
    if names:
        session = await asyncpg.connect(server)
        for name in names:
            await session.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await session.close()


async def _into(name: str, server: str) -> asyncpg.Connection[asyncpg.Record]:
    return await asyncpg.connect(urlsplit(server)._replace(path=f"/{name}").geturl(), timeout=5)


async def _made_of(session: asyncpg.Connection[asyncpg.Record]) -> tuple[str, ...]:
    versions = await session.fetch(f"SELECT * FROM {_VERSION}") if await _has_version(session) else []
    return str(await session.fetchval(_MADE_OF)), *(str(row[0]) for row in versions)


async def _has_version(session: asyncpg.Connection[asyncpg.Record]) -> bool:
    return await session.fetchval("SELECT to_regclass($1)", f"public.{_VERSION}") is not None


async def _take_out_rows(session: asyncpg.Connection[asyncpg.Record]) -> None:
    """Of all tables but the one that says of which version they are; numbers begin anew."""
    tables = [row[0] for row in await session.fetch(_TABLES) if row[0] != _VERSION]
    async with session.transaction():
        await session.execute("SET LOCAL session_replication_role = replica")  # in whichever order they refer
        for table in tables:
            await session.execute(f'DELETE FROM "{table}"')
    await session.execute(f"SELECT setval(seqrelid, seqstart, false) FROM pg_sequence WHERE seqrelid >= {_OWN}")
