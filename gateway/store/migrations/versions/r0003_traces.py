"""How each item was answered, for the operator."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trace",
        sa.Column("poq_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mapping", sa.Text()),
        sa.Column("mapping_version", sa.Integer()),
        sa.Column("text", sa.Text()),
        sa.ForeignKeyConstraint(["poq_id"], ["poq.id"], name="fk_trace_poq_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("poq_id", "position", name="pk_trace"),
    )
