"""The store as the rest of the gateway sees it: typed records in, typed records out, one call one transaction.

Knows no SQL (queries.py) and no engine (sqlite.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, delete, false, select

from gateway.lso.identifiers import BuyerId, Dealing, Interface, PoqId, SellerId
from gateway.lso.states import FINAL_POQ_STATES
from gateway.store import intents, operator, queries, traces, work
from gateway.store.audit import add_entries
from gateway.store.changes import Change, Conflict, Decide, change_qualification
from gateway.store.database import Database, T, Transactions
from gateway.store.errors import StoreUnavailable
from gateway.store.intents import Holder, IntentNow, IntentRecord, MayNotWrite, NewIntent, Settled
from gateway.store.records import StoredQualification, StoredTrace, Traces
from gateway.store.records_audit import AuditEntry
from gateway.store.repeats import GivenAnswer, Keeping, Mark, find_answer, keep_answer
from gateway.store.tables import poq
from gateway.store.work import PoqRef, WaitingItem

MOST_CONFLICTS = 20


class Store:
    """All methods raise StoreUnavailable; none but `operator_*` reads without Buyer and Seller."""

    def __init__(self, database: Database, *, keep_events: timedelta, new_id: Callable[[], str]) -> None:
        """`keep_events`: how long an event is worth delivering; `new_id` makes ids of deliveries."""
        self._database = database
        self._change = partial(_change_and_trace, keep_events=keep_events, new_id=new_id)

    async def open(self) -> None:
        """Connect and bring the tables up to date. Raises StoreInUse, StoreTooNew."""
        await self._database.open()

    async def close(self) -> None:
        await self._database.close()

    async def create(
        self,
        qualification: StoredQualification,
        traces: Traces | None = None,
        keeping: Keeping | None = None,
        *,
        has_written: bool = False,
        most_open: int | None = None,
        audit: AuditEntry | None = None,
    ) -> None:
        """Keep a new POQ with its traces; on return it survives a crash.

        `keeping`: what lets its answer be given again. `has_written`: for its answer something may have been written
        into a legacy system. `most_open`: an open one is not kept where so many are open already.
        `audit`: who wanted it.

        Raises IdTaken (87.1-R45), AnsweredBefore, AlreadyOpen.
        """
        create = partial(
            _create_and_trace,
            record=qualification,
            kept=traces or {},
            keeping=keeping,
            has_written=has_written,
            most_open=most_open,
            audit=audit,
        )
        own = self._database.of(qualification.dealing)
        what = f"the POQ {qualification.id} cannot be kept: others are always faster"
        await self._unless_conflicting(own, create, what)

    async def find_answer(
        self, buyer: BuyerId, seller: SellerId, interface: Interface, marks: Sequence[Mark], since: datetime
    ) -> GivenAnswer | None:
        """What this Buyer was answered since then to a request with the first of these marks that is known."""
        return await self._database.of(Dealing(buyer, seller)).read(
            partial(find_answer, buyer=buyer, seller=seller, interface=interface, marks=marks, since=since)
        )

    async def get(
        self, buyer: BuyerId, seller: SellerId, interface: Interface, poq_id: str
    ) -> StoredQualification | None:
        """One POQ of this Buyer with this Seller, or None: unknown and another's are the same (87.1-R59, C14)."""
        return await self._database.of(Dealing(buyer, seller)).read(
            partial(queries.find_qualification, buyer=buyer, seller=seller, interface=interface, poq_id=poq_id)
        )

    async def change(self, poq_id: PoqId, decide: Decide, traces: Traces | None = None) -> Change | None:
        """Make the change that `decide` makes of the POQ as it stands; None if it makes none.

        `decide` is pure: it may run several times, in any thread. On return the change survives a crash. `traces` are
        kept with it, as far as it is about their items.
        """
        change = partial(self._change, poq_id=poq_id, decide=decide, kept=traces or {})
        return await self._unless_conflicting(
            self._database, change, f"the POQ {poq_id} changes faster than it can be changed"
        )

    async def operator_change_all(self, decisions: Mapping[PoqId, Decide]) -> dict[PoqId, Change]:
        """Make the changes of several POQs in one transaction, by id; those that change nothing are left out."""

        def change_all(connection: Connection) -> dict[PoqId, Change]:
            made = {
                poq_id: self._change(connection, poq_id=poq_id, decide=decide, kept={})
                for poq_id, decide in sorted(decisions.items())
            }
            return {poq_id: change for poq_id, change in made.items() if change is not None}

        return await self._unless_conflicting(
            self._database, change_all, "the POQs change faster than they can be changed"
        )

    async def _unless_conflicting(self, database: Transactions, work: Callable[[Connection], T], otherwise: str) -> T:
        """One transaction, begun again where somebody else was faster. Raises StoreUnavailable if they always are."""
        for _ in range(MOST_CONFLICTS):
            try:
                return await database.write(work)
            except Conflict:
                continue
        raise StoreUnavailable(otherwise)

    async def operator_claim(self, *, now: datetime, until: datetime, worker: str, most: int) -> list[PoqRef]:
        """Take POQs that are due, at most so many; if nothing is heard of one `until` then, it is due again."""
        claim = partial(work.operator_claim, now=now, until=until, worker=worker, most=most)
        return await self._database.write(claim)

    async def operator_extend(self, ids: Collection[PoqId], *, until: datetime, worker: str) -> None:
        """Keep POQs that this worker still works on."""
        await self._database.write(partial(work.operator_extend, ids=ids, until=until, worker=worker))

    async def operator_release(self, poq_id: PoqId, *, worker: str, due: datetime | None) -> None:
        """Give a POQ back, to be worked on again when it is due; None for not at all."""
        await self._database.write(partial(work.operator_release, poq_id=poq_id, worker=worker, due=due))

    async def operator_release_all(self, now: datetime) -> None:
        """Whatever an earlier process of this store had taken is due now."""
        await self._database.write(partial(work.operator_release_all, now=now))

    async def operator_overdue(self, now: datetime, *, most: int) -> list[PoqRef]:
        """Open POQs whose deadline has passed."""
        return await self._database.read(partial(work.operator_overdue, now=now, most=most))

    async def operator_next(self) -> datetime | None:
        """When the next POQ wants attention or passes its deadline."""
        return await self._database.read(work.operator_next)

    async def operator_waiting(self, *, most: int) -> Sequence[WaitingItem]:
        """Open items that failed, wait or need an operator."""
        return await self._database.read(partial(work.operator_waiting, most=most))

    async def operator_find(self, poq_id: str) -> StoredQualification | None:
        """One POQ, whoever's it is."""
        return await self._database.read(partial(operator.operator_find, poq_id=poq_id))

    async def operator_open(self) -> frozenset[PoqId]:
        """The POQs that have not ended."""
        return await self._database.read(operator.operator_open)

    async def operator_traces(self, poq_id: PoqId) -> dict[int, StoredTrace]:
        """How the items of a POQ were evaluated last, by position."""
        return await self._database.read(partial(traces.operator_traces, poq_id=poq_id))

    async def operator_versions(self, poq_id: PoqId) -> dict[int, tuple[str, int]]:
        """Mapping and version by which items were begun or evaluated last, by position."""
        return await self._database.read(partial(traces.operator_versions, poq_id=poq_id))

    async def begin_write(self, new: NewIntent, holder: Holder | None) -> IntentNow | MayNotWrite | None:
        """Keep the intent of a write, durably: None, it may be made now; see `intents.begin`."""
        return await self._database.write(partial(intents.begin, new=new, holder=holder))

    async def settle_write(self, id: str, settled: Settled) -> bool:
        """Note what came of a write; False if its intent is not there any more."""
        return await self._database.write(partial(intents.settle, id=id, settled=settled))

    async def withdraw_write(self, id: str) -> bool:
        """Forget a write that has changed nothing; False if its intent is not there any more."""
        return await self._database.write(partial(intents.withdraw, id=id))

    async def operator_writes(
        self, *, poq_id: PoqId | None = None, is_open: bool = False, most: int
    ) -> Sequence[IntentRecord]:
        """Writes, the oldest first; see `intents.operator_intents`."""
        find = partial(intents.operator_intents, poq_id=poq_id, is_open=is_open, most=most)
        return await self._database.read(find)

    async def operator_check(self) -> None:
        """Raises StoreUnavailable if the database cannot be read, or cannot be written now."""
        await self._database.read(_nothing)
        await self._database.write(_no_change)


def _create_and_trace(
    connection: Connection,
    *,
    record: StoredQualification,
    kept: Traces,
    keeping: Keeping | None,
    has_written: bool,
    most_open: int | None,
    audit: AuditEntry | None,
) -> None:
    if most_open is not None and record.state not in FINAL_POQ_STATES:
        queries.refuse_more_open(connection, record, most_open)
    queries.insert_qualification(connection, record)
    if has_written and record.state in FINAL_POQ_STATES:
        intents.forget_replies(connection, poq_id=record.id)
    traces.add(connection, poq_id=record.id, traces=kept)
    if keeping is not None:
        keep_answer(connection, record, keeping)
    if audit is not None:
        add_entries(connection, audit)


def _change_and_trace(
    connection: Connection,
    *,
    poq_id: PoqId,
    decide: Decide,
    kept: Traces,
    keep_events: timedelta,
    new_id: Callable[[], str],
) -> Change | None:
    change = change_qualification(connection, poq_id=poq_id, decide=decide, keep_events=keep_events, new_id=new_id)
    if change is not None and change.is_final:
        intents.forget_replies(connection, poq_id=poq_id)
    if change is not None:
        traces.keep(connection, poq_id=poq_id, traces=traces.of_change(change, kept))
    return change


def _nothing(connection: Connection) -> None:
    """A transaction that looks whether there is an answer."""
    connection.execute(select(1)).one()


def _no_change(connection: Connection) -> None:
    """One that needs to be allowed to write, and changes nothing."""
    connection.execute(delete(poq).where(false()))
