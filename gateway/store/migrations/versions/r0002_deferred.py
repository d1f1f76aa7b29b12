"""What deferred answers need: when to work on a POQ, registrations, events, deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _work()
    _list()
    _subscription()
    _event()
    _delivery()


def _work() -> None:
    op.add_column("poq", sa.Column("changed", sa.BigInteger()))
    op.add_column("poq", sa.Column("expected_completion", sa.BigInteger()))
    op.add_column("poq", sa.Column("deadline", sa.BigInteger()))
    op.add_column("poq", sa.Column("due", sa.BigInteger()))
    op.add_column("poq", sa.Column("worker", sa.Text()))
    op.add_column("poq", sa.Column("events", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_poq_due", "poq", ["due"])
    op.create_index("ix_poq_deadline", "poq", ["deadline"])
    with op.batch_alter_table("poq_item") as item:
        # an id may be longer than an index takes; the rules see to it that it is unique (P19)
        item.drop_constraint("uq_poq_item_poq_id_item_id", type_="unique")
        item.add_column(sa.Column("due", sa.BigInteger()))
        item.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        item.add_column(sa.Column("note", sa.Text()))


def _list() -> None:
    whose = ["buyer_id", "seller_id", "interface"]
    op.drop_index("ix_poq_list", "poq")
    op.create_index("ix_poq_list", "poq", [*whose, "creation_date", "id", "state", "requested_completion"])
    op.create_index("ix_poq_state", "poq", [*whose, "state", "creation_date", "id"])
    for name, column, condition in (
        ("ix_poq_requested", "requested_completion", "requested_completion IS NOT NULL"),
        ("ix_poq_external", "external_id", "length(external_id) <= 200"),
        ("ix_poq_project", "project_id", "length(project_id) <= 200"),
    ):
        where = sa.text(condition)
        columns = [*whose, column, "creation_date", "id"]
        op.create_index(name, "poq", columns, sqlite_where=where, postgresql_where=where)


def _subscription() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("interface", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("query", sa.Text()),
        sa.Column("poq_events", sa.Boolean(), nullable=False),
        sa.Column("item_events", sa.Boolean(), nullable=False),
        sa.Column("buyer_parameter", sa.Text()),
        sa.Column("seller_parameter", sa.Text()),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("disabled", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_subscription"),
    )
    op.create_index("ix_subscription_buyer", "subscription", ["buyer_id", "seller_id", "interface"])


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("poq_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["poq_id"], ["poq.id"], name="fk_event_poq_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("poq_id", "number", name="uq_event_poq_id_number"),
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("poq_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger()),
        sa.Column("note", sa.Text()),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name="fk_delivery_subscription_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_delivery_event_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("subscription_id", "poq_id", "number", name="uq_delivery_subscription_id_poq_id_number"),
    )
    op.create_index("ix_delivery_due", "delivery", ["due"])
    op.create_index("ix_delivery_event", "delivery", ["event_id"])
    where = sa.text("due IS NOT NULL")
    op.create_index(
        "ix_delivery_turn", "delivery", ["subscription_id", "due"], sqlite_where=where, postgresql_where=where
    )
