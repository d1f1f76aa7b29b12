"""POQs and their items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "poq",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("interface", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("creation_date", sa.BigInteger(), nullable=False),
        sa.Column("requested_completion", sa.BigInteger()),
        sa.Column("requested_completion_text", sa.Text()),
        sa.Column("external_id", sa.Text()),
        sa.Column("project_id", sa.Text()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("state_changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_poq"),
    )
    op.create_index("ix_poq_list", "poq", ["buyer_id", "seller_id", "interface", "creation_date", "id"])
    op.create_table(
        "poq_item",
        sa.Column("poq_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("state_changes", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text()),
        sa.Column("mapping_version", sa.Integer()),
        sa.ForeignKeyConstraint(["poq_id"], ["poq.id"], name="fk_poq_item_poq_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("poq_id", "position", name="pk_poq_item"),
        sa.UniqueConstraint("poq_id", "item_id", name="uq_poq_item_poq_id_item_id"),
    )
