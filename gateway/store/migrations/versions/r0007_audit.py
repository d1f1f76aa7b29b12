"""Who did what, and the seals over it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("actor", "origin", "request_id", "action")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("outcome", "subject", "buyer_id", "seller_id")),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seal", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number", name="pk_audit_entry"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_entry_seal", "audit_entry", ["seal"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"])
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_seal"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _protect()


def _protect() -> None:
    """A Buyer's transaction adds entries of its own and sees none; the rest is the operator's."""
    operator = "(SELECT current_setting('poq.operator', true)) = 'on'"
    for table in ("audit_entry", "audit_seal"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_operator ON {table} USING ({operator})")
    own = (
        "buyer_id = (SELECT current_setting('poq.buyer', true)) AND "
        "seller_id = (SELECT current_setting('poq.seller', true))"
    )
    op.execute(f"CREATE POLICY audit_entry_add ON audit_entry FOR INSERT WITH CHECK (seal IS NULL AND {own})")
