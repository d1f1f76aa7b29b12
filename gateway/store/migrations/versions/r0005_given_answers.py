"""What POSTs were answered, so that the same answer can be given to the same request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "given_answer",
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Text(), nullable=False),
        sa.Column("interface", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("poq_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["poq_id"], ["poq.id"], name="fk_given_answer_poq_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("buyer_id", "seller_id", "interface", "kind", "token", name="pk_given_answer"),
    )
    op.create_index("ix_given_answer_created", "given_answer", ["created"])
    op.create_index("ix_given_answer_poq_id", "given_answer", ["poq_id"])
