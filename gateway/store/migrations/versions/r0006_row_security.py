"""Row-level security on PostgreSQL: a transaction sees what it says that it is for. SQLite has no such thing."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OWNED = ("poq", "subscription", "given_answer")
"""These say themselves whose they are."""

_OF_A_POQ = ("poq_item", "trace", "event", "delivery", "intent")
"""These are whose the POQ is."""

_OPERATOR = "(SELECT current_setting('poq.operator', true)) = 'on'"
_OWN = (
    "buyer_id = (SELECT current_setting('poq.buyer', true)) AND "
    "seller_id = (SELECT current_setting('poq.seller', true))"
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _OWNED:
        _protect(table, _OWN)
    for table in _OF_A_POQ:  # the policy of poq holds in the subquery, too
        _protect(table, f"EXISTS (SELECT 1 FROM poq WHERE poq.id = {table}.poq_id)")  # noqa: S608 - names of ours


def _protect(table: str, own: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_operator ON {table} USING ({_OPERATOR})")
    op.execute(f"CREATE POLICY {table}_own ON {table} USING ({own})")
