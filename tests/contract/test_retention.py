"""Forgetting, on every engine: what has ended and is old goes with all that hangs on it, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from gateway.lso.identifiers import PoqId
from gateway.store.database import Database
from gateway.store.keeping import AuditStore, Forgetting
from gateway.store.records import JsonText, StoredTrace
from gateway.store.records_audit import Action, Actor, AuditEntry
from gateway.store.repeats import Keeping, Mark, MarkKind
from gateway.store.store import Store
from gateway.store.tables import given_answer, poq_item, trace
from tests.contract.test_store import POQ

DAY = timedelta(days=1)
OLD, YOUNG = POQ.creation_date, POQ.creation_date + 10 * DAY
BETWEEN = POQ.creation_date + 5 * DAY
TRACES = {0: StoredTrace("line", 1, JsonText("{}"))}


async def kept(store: Store, name: str, at: datetime, state: str = "done") -> PoqId:
    record = replace(POQ, id=PoqId(name), creation_date=at, state=state)
    mark = Mark(MarkKind.KEY, name, name)
    await store.create(record, TRACES, Keeping([mark], JsonText("{}"), datetime.min.replace(tzinfo=UTC)))
    return record.id


async def test_only_old_poqs_that_have_ended_are_forgotten(store: Store, database: Database) -> None:
    old, young, is_open = (
        await kept(store, "old", OLD),
        await kept(store, "young", YOUNG),
        await kept(store, "open", OLD, "inProgress"),
    )

    assert await Forgetting(database).poqs(BETWEEN) == 1

    assert [await store.operator_find(one) is not None for one in (old, young, is_open)] == [False, True, True]
    for table in (trace, given_answer, poq_item):
        left = await database.read(
            lambda connection, table=table: connection.scalar(
                select(func.count()).select_from(table).where(table.c.poq_id == "old")
            )
        )
        assert left == 0, table.name
    assert await Forgetting(database).poqs(BETWEEN) == 0


async def test_traces_may_be_forgotten_before_their_poqs(store: Store, database: Database) -> None:
    for name, at, state in (("old", OLD, "done"), ("young", YOUNG, "done"), ("open", OLD, "inProgress")):
        await kept(store, name, at, state)

    assert await Forgetting(database).traces(BETWEEN) == 1

    traces = {name: await store.operator_traces(PoqId(name)) for name in ("old", "young", "open")}
    assert traces == {"old": {}, "young": TRACES, "open": TRACES}
    assert await store.operator_find("old") is not None


async def test_texts_of_a_poq_that_has_ended_are_rewritten_and_what_repeats_them_is_gone(
    store: Store, database: Database
) -> None:
    ended, is_open = await kept(store, "ended", OLD), await kept(store, "open", OLD, "inProgress")
    entry = AuditEntry(YOUNG, Actor("operator x"), Action.CONTACTS_REMOVED, "done", ended)
    before = await store.operator_find(ended)
    assert before is not None

    def marked(text: JsonText) -> JsonText:
        return JsonText(f"{text} ")

    assert await Forgetting(database).rewrite(ended, marked, marked, entry)
    assert not await Forgetting(database).rewrite(is_open, marked, marked, entry)
    assert not await Forgetting(database).rewrite(PoqId("unknown"), marked, marked, entry)

    after = await store.operator_find(ended)
    assert after is not None
    assert (after.envelope, after.revision) == (f"{before.envelope} ", before.revision + 1)
    assert [item.request for item in after.items] == [f"{item.request} " for item in before.items]
    assert await store.operator_traces(ended) == {}
    assert await store.operator_traces(is_open) == TRACES
    assert (await AuditStore(database).operator_problems(now=YOUNG, head=None))[0] == []
