"""The tables, for SQLite and PostgreSQL alike. `migrations` makes them; a test holds the two against each other.

Instants are whole microseconds since 1970 in UTC: they sort and compare as numbers on any database.
JSON is kept as text, never as a JSON type: a database would re-spell the Buyer's numbers (87.1-R42).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

from gateway.store.plain import PlainText

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as whole microseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        """The conversion itself, on any engine, and none of SQLAlchemy's own: a POQ has five."""
        return _microseconds

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], datetime | None]:
        return _instant

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return _microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return _instant(value)


def _instant(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(microseconds=value)


def _microseconds(value: datetime | None) -> int | None:
    if value is None:
        return None
    if value.tzinfo is not UTC:
        # 9999-12-31T23:59:59-05:00 is legal RFC 3339, but has no datetime in UTC
        value = min(max(value, _EARLIEST), _LATEST)
    return (value - _EPOCH) // _MICROSECOND


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

LONGEST_INDEXED_TEXT = 200
"""Characters. PostgreSQL refuses a row whose index entry takes more than a third of a page; longer texts have none."""

_LISTED = ("buyer_id", "seller_id", "interface")


def _sparse_index(name: str, where: str, column: str) -> Index:
    """For the list filtered by a column that not every POQ has."""
    return Index(name, *_LISTED, column, "creation_date", "id", sqlite_where=text(where), postgresql_where=text(where))


def _index_of_some(name: str, column: str) -> Index:
    """Of rows that have a value there. A query has to say, or to imply, that it is not null."""
    where = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=where, postgresql_where=where)


poq = Table(
    "poq",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("interface", Text, nullable=False),
    Column("buyer_id", PlainText, nullable=False),
    Column("seller_id", PlainText, nullable=False),
    Column("state", Text, nullable=False),
    Column("creation_date", Instant, nullable=False),
    Column("requested_completion", Instant),
    Column("requested_completion_text", Text),
    Column("external_id", PlainText),
    Column("project_id", PlainText),
    Column("revision", Integer, nullable=False),
    Column("envelope", Text, nullable=False),
    Column("state_changes", Text, nullable=False),
    # when it last changed: no later change bears an earlier time, whatever the clock does
    Column("changed", Instant),
    # the Seller's estimate, shown while the POQ is open
    Column("expected_completion", Instant),
    # when the gateway ends it; null where that is not wanted, and once it is final
    Column("deadline", Instant),
    # when it is to be worked on next: a wake-up, never the truth. Null: nothing to do, or final
    Column("due", Instant),
    # who works on it now; `due` then says when that is no longer believed
    Column("worker", Text),
    # the number of its last event
    Column("events", Integer, nullable=False, server_default="0"),
    # the list of one Buyer (listing.py) in its fixed order, with what else is filtered by in wide ranges
    Index("ix_poq_list", *_LISTED, "creation_date", "id", "state", "requested_completion"),
    Index("ix_poq_state", *_LISTED, "state", "creation_date", "id"),
    _sparse_index("ix_poq_requested", "requested_completion IS NOT NULL", "requested_completion"),
    _sparse_index("ix_poq_external", f"length(external_id) <= {LONGEST_INDEXED_TEXT}", "external_id"),
    _sparse_index("ix_poq_project", f"length(project_id) <= {LONGEST_INDEXED_TEXT}", "project_id"),
    # most POQs are answered at once and have neither: nothing is to be written for them
    _index_of_some("ix_poq_due", "due"),
    _index_of_some("ix_poq_deadline", "deadline"),
)

poq_item = Table(
    "poq_item",
    metadata,
    Column("poq_id", PlainText, ForeignKey("poq.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("item_id", PlainText, nullable=False),
    Column("state", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("answer", Text),
    Column("state_changes", Text, nullable=False),
    Column("mapping", Text),
    Column("mapping_version", Integer),
    # when it is to be asked (again); null: an operator answers it, or it is final
    Column("due", Instant),
    # how often it failed
    Column("attempts", Integer, nullable=False, server_default="0"),
    # why there is no answer yet, for the operator
    Column("note", PlainText),
)

# how an item was answered, or why it is not yet: for the operator, the last one of each item
trace = Table(
    "trace",
    metadata,
    Column("poq_id", PlainText, ForeignKey("poq.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("mapping", Text),
    Column("mapping_version", Integer),
    # null: no more is kept than by which mapping
    Column("text", Text),
)

# writes into legacy systems: noted before the call, and what came of it after; the POQ may never be kept
intent = Table(
    "intent",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("poq_id", PlainText, nullable=False),
    Column("position", Integer, nullable=False),
    Column("item_id", PlainText, nullable=False),
    Column("buyer_id", PlainText, nullable=False),
    Column("mapping", PlainText, nullable=False),
    Column("mapping_version", Integer, nullable=False),
    Column("step", PlainText, nullable=False),
    Column("system", PlainText, nullable=False),
    # the candidate that it is for; empty where there is one only
    Column("offering", PlainText, nullable=False),
    # of what is sent
    Column("fingerprint", Text, nullable=False),
    # begun | unknown | looked up | done
    Column("state", Text, nullable=False),
    Column("begun", Instant, nullable=False),
    # when something was learned of it
    Column("settled", Instant),
    # for the operator, redacted
    Column("arguments", Text),
    # what the system answered, until the POQ has ended
    Column("reply", Text),
    Column("note", PlainText),
    UniqueConstraint("poq_id", "position", "mapping", "step", "offering"),
    Index("ix_intent_state", "state", "begun"),
)

# what a POST was answered, for when it comes again: by its Idempotency-Key, or by its content
given_answer = Table(
    "given_answer",
    metadata,
    Column("buyer_id", PlainText, primary_key=True),
    Column("seller_id", PlainText, primary_key=True),
    Column("interface", Text, primary_key=True),
    # key | content
    Column("kind", Text, primary_key=True),
    # SHA-256 in hex, of the key or of the content
    Column("token", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("poq_id", PlainText, ForeignKey("poq.id", ondelete="CASCADE"), nullable=False),
    Column("body", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Index("ix_given_answer_created", "created"),
    Index("ix_given_answer_poq_id", "poq_id"),
)

# who did what: only ever added to, and forgotten from the beginning
audit_entry = Table(
    "audit_entry",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", PlainText, nullable=False),
    Column("origin", PlainText, nullable=False),
    Column("request_id", PlainText, nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", PlainText, nullable=False),
    Column("subject", PlainText, nullable=False),
    Column("buyer_id", PlainText, nullable=False),
    Column("seller_id", PlainText, nullable=False),
    Column("detail", PlainText, nullable=False),
    # the seal that covers it, some seconds later
    Column("seal", BigInteger),
    Index("ix_audit_entry_seal", "seal"),
    Index("ix_audit_entry_at", "at"),
    Index("ix_audit_entry_subject", "subject"),
    sqlite_autoincrement=True,  # a number is never given twice
    implicit_returning=False,  # who may add need not be able to read
)

audit_seal = Table(
    "audit_seal",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("interface", Text, nullable=False),
    Column("buyer_id", PlainText, nullable=False),
    Column("seller_id", PlainText, nullable=False),
    Column("callback", PlainText, nullable=False),
    # as the Buyer sent it
    Column("query", PlainText),
    Column("poq_events", Boolean, nullable=False),
    Column("item_events", Boolean, nullable=False),
    # the query parameters of the registration, repeated on each call of the listener
    Column("buyer_parameter", PlainText),
    Column("seller_parameter", PlainText),
    Column("created", Instant, nullable=False),
    # since when the listener wants no more (410), or an operator switched it off
    Column("disabled", Instant),
    Index("ix_subscription_buyer", "buyer_id", "seller_id", "interface"),
)

event = Table(
    "event",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("poq_id", PlainText, ForeignKey("poq.id", ondelete="CASCADE"), nullable=False),
    # counts the events of one POQ from 1, in the order of the commits
    Column("number", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("time", Instant, nullable=False),
    # the whole body of the notification
    Column("body", Text, nullable=False),
    UniqueConstraint("poq_id", "number"),
)

_OPEN = "due IS NOT NULL"

delivery = Table(
    "delivery",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("subscription_id", PlainText, ForeignKey("subscription.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", PlainText, ForeignKey("event.id", ondelete="CASCADE"), nullable=False),
    # with the number: the place in the order of one registration and one POQ
    Column("poq_id", PlainText, nullable=False),
    Column("number", Integer, nullable=False),
    # waiting | sending (`due` is when the claim ends) | delivered | dead
    Column("state", Text, nullable=False),
    # when it is sent (again); null while an earlier one of the same order waits, and once it is no longer waiting
    Column("due", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # when it is given up
    Column("expires", Instant, nullable=False),
    # when it was delivered or given up
    Column("settled", Instant),
    # what came of the last attempt, for the operator
    Column("note", PlainText),
    UniqueConstraint("subscription_id", "poq_id", "number"),
    Index("ix_delivery_due", "due"),
    Index("ix_delivery_turn", "subscription_id", "due", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
    Index("ix_delivery_event", "event_id"),
)
