"""Indexes of what is to be done hold the POQs for which something is to be done, not the many that have ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("due", "deadline"):
        name, where = f"ix_poq_{column}", sa.text(f"{column} IS NOT NULL")
        op.drop_index(name, "poq")
        op.create_index(name, "poq", [column], sqlite_where=where, postgresql_where=where)
