"""The audit, on every engine: entries are sealed in a chain, and whatever is done to them behind its back shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, delete, insert, update

from gateway.store.audit import AuditFilter
from gateway.store.database import Database
from gateway.store.keeping import AuditStore, Forgetting
from gateway.store.records_audit import Action, Actor, AuditEntry
from gateway.store.tables import audit_entry, audit_seal

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CLIENT = Actor("client acme", "192.0.2.7", "request-1")


def entry(subject: str, at: datetime = NOW, actor: Actor = CLIENT) -> AuditEntry:
    return AuditEntry(at, actor, Action.POQ_CREATED, "done", subject, "buyer-1", "seller-1", "a \u0000 b")


@pytest.fixture
async def audit(database: Database) -> AuditStore:
    """Three seals over two entries each."""
    store = AuditStore(database)
    for number in (1, 3, 5):
        at = NOW + timedelta(hours=number)
        assert await store.add([entry(f"poq-{number}", at), entry(f"poq-{number + 1}", at)], now=at)
    return store


async def problems(
    audit: AuditStore, *, head: str | None = None, now: datetime = NOW + timedelta(hours=6)
) -> list[str]:
    return (await audit.operator_problems(now=now, head=head))[0]


async def test_what_was_entered_is_shown_as_it_was_and_nothing_is_wrong(audit: AuditStore) -> None:
    shown = await audit.operator_entries(AuditFilter(subject="poq-3"), most=10)

    assert [one.entry for one in shown] == [entry("poq-3", NOW + timedelta(hours=3))]
    assert [one.seal for one in shown] == [2]
    assert await problems(audit) == []


@pytest.mark.parametrize(
    ("wanted", "subjects"),
    [
        (AuditFilter(), ["poq-4", "poq-5", "poq-6"]),
        (AuditFilter(since=NOW + timedelta(hours=5)), ["poq-5", "poq-6"]),
        (AuditFilter(actor="client acme", buyer="buyer-1", action=Action.POQ_CREATED), ["poq-4", "poq-5", "poq-6"]),
        (AuditFilter(actor="client"), []),
        (AuditFilter(action=Action.PURGED), []),
    ],
)
async def test_the_latest_of_those_that_are_wanted_are_shown(
    audit: AuditStore, wanted: AuditFilter, subjects: list[str]
) -> None:
    assert [one.entry.subject for one in await audit.operator_entries(wanted, most=3)] == subjects


def _last_seals_gone(connection: Connection) -> None:
    connection.execute(delete(audit_entry).where(audit_entry.c.seal == 3))
    connection.execute(delete(audit_seal).where(audit_seal.c.number == 3))


def _added(connection: Connection) -> None:
    row = {"at": NOW, "action": "poq created", "seal": 2}
    texts = ("actor", "origin", "request_id", "outcome", "subject", "buyer_id", "seller_id", "detail")
    connection.execute(insert(audit_entry).values(**row, **dict.fromkeys(texts, "x")))


TAMPERING: dict[str, Callable[[Connection], object]] = {
    "another outcome": lambda c: c.execute(
        update(audit_entry).where(audit_entry.c.subject == "poq-3").values(outcome="rejected")
    ),
    "another actor": lambda c: c.execute(update(audit_entry).where(audit_entry.c.seal == 1).values(actor="client b")),
    "an entry less": lambda c: c.execute(delete(audit_entry).where(audit_entry.c.subject == "poq-3")),
    "an entry more": _added,
    "an entry of another seal": lambda c: c.execute(
        update(audit_entry).where(audit_entry.c.subject == "poq-3").values(seal=1)
    ),
    "an entry of no seal": lambda c: c.execute(
        update(audit_entry).where(audit_entry.c.subject == "poq-3").values(seal=None)
    ),
    "a seal less": lambda c: c.execute(delete(audit_seal).where(audit_seal.c.number == 2)),
    "the beginning cut off": lambda c: (
        c.execute(delete(audit_entry).where(audit_entry.c.seal == 1)),
        c.execute(delete(audit_seal).where(audit_seal.c.number == 1)),
    ),
}


@pytest.mark.parametrize("tampering", TAMPERING.values(), ids=TAMPERING.keys())
async def test_whatever_was_done_behind_its_back_shows(
    audit: AuditStore, database: Database, tampering: Callable[[Connection], object]
) -> None:
    await database.write(lambda connection: (tampering(connection), None)[1])

    assert await problems(audit) != []


async def test_an_end_that_was_cut_off_shows_by_a_hash_that_was_noted(audit: AuditStore, database: Database) -> None:
    head = (await audit.operator_problems(now=NOW, head=None))[1]
    assert head is not None
    assert await problems(audit, head=head.hash) == []

    await database.write(_last_seals_gone)

    assert await problems(audit, head=head.hash) != []


async def test_an_entry_that_nobody_seals_shows_after_a_while(database: Database) -> None:
    audit = AuditStore(database)
    await database.write(lambda connection: (_added(connection), None)[1])

    assert await problems(audit, now=NOW + timedelta(seconds=5)) != [], "a seal that is not there"
    await database.write(lambda connection: (connection.execute(update(audit_entry).values(seal=None)), None)[1])
    assert await problems(audit, now=NOW + timedelta(seconds=5)) == []
    assert await problems(audit, now=NOW + timedelta(minutes=5)) != []


async def test_what_is_old_is_forgotten_from_the_beginning_and_the_chain_says_so(
    audit: AuditStore, database: Database
) -> None:
    later = NOW + timedelta(days=1)

    assert await Forgetting(database).audit(NOW + timedelta(hours=4), now=later) == 4
    await audit.add([], now=later)

    shown = await audit.operator_entries(AuditFilter(), most=10)
    assert [one.entry.subject for one in shown] == ["poq-5", "poq-6", ""]
    assert shown[-1].entry.action is Action.PURGED
    assert await problems(audit, now=later) == []
    assert await Forgetting(database).audit(NOW + timedelta(hours=4), now=later) == 0


async def test_a_seal_with_one_young_entry_stays_whole(database: Database) -> None:
    audit = AuditStore(database)
    await audit.add([entry("old", NOW), entry("young", NOW + timedelta(hours=9))], now=NOW)

    assert await Forgetting(database).audit(NOW + timedelta(hours=1), now=NOW + timedelta(hours=9)) == 0
    assert len(await audit.operator_entries(AuditFilter(), most=10)) == 2


async def test_the_last_seal_is_kept_though_all_is_old_and_the_chain_goes_on_from_it(
    audit: AuditStore, database: Database
) -> None:
    later = NOW + timedelta(days=400)
    _, last = await audit.operator_problems(now=NOW + timedelta(hours=6), head=None)
    assert last is not None

    assert await Forgetting(database).audit(later, now=later) == 4
    following = await audit.add([], now=later)

    assert following is not None
    assert (following.number, following.previous) == (last.number + 1, last.hash)
    assert await problems(audit, now=later, head=last.hash) == []


async def test_where_nothing_is_sealed_nothing_is_forgotten(database: Database) -> None:
    assert await Forgetting(database).audit(NOW, now=NOW) == 0
