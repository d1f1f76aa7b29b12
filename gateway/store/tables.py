"""The tables, for SQLite and PostgreSQL alike. `migrations` makes them; a test holds the two against each other.

Instants are whole microseconds since 1970 in UTC: they sort and compare as numbers on any database.
JSON is kept as text, never as a JSON type: a database would re-spell the Buyer's numbers (87.1-R42).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Column, Dialect, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as whole microseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        # 9999-12-31T23:59:59-05:00 is legal RFC 3339, but has no datetime in UTC
        instant = min(max(value, _EARLIEST), _LATEST)
        return (instant - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

poq = Table(
    "poq",
    metadata,
    Column("id", Text, primary_key=True),
    Column("interface", Text, nullable=False),
    Column("buyer_id", Text, nullable=False),
    Column("seller_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("creation_date", Instant, nullable=False),
    Column("requested_completion", Instant),
    Column("requested_completion_text", Text),
    Column("external_id", Text),
    Column("project_id", Text),
    Column("revision", Integer, nullable=False),
    Column("envelope", Text, nullable=False),
    Column("state_changes", Text, nullable=False),
    # the list of one Buyer, in its fixed order
    Index("ix_poq_list", "buyer_id", "seller_id", "interface", "creation_date", "id"),
)

poq_item = Table(
    "poq_item",
    metadata,
    Column("poq_id", Text, ForeignKey("poq.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("item_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("answer", Text),
    Column("state_changes", Text, nullable=False),
    Column("mapping", Text),
    Column("mapping_version", Integer),
    UniqueConstraint("poq_id", "item_id"),
)
