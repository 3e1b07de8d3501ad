"""tickets that ring where they were passed on to or are put aside, and the people who work them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CLOCKS = ("answer_due", "returns_at", "snoozed_until")


def _new_columns() -> tuple["sa.Column[Any]", ...]:
    return (
        sa.Column("transferred_by", sa.Text(), nullable=True),
        sa.Column("transfer_note", sa.Text(), nullable=False, server_default=""),
        sa.Column("transferred_at", sa.BigInteger(), nullable=True),
        sa.Column("returns_at", sa.BigInteger(), nullable=True),
        sa.Column("snoozed_by", sa.Text(), nullable=True),
        sa.Column("snoozed_until", sa.BigInteger(), nullable=True),
        sa.Column("escalated", sa.Integer(), nullable=False, server_default="0"),
    )


def upgrade() -> None:
    """Apply."""
    for column in _new_columns():
        op.add_column("tickets", column)
    for name, indexed, condition in _indexes():
        op.create_index(name, "tickets", [indexed], sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "agents",
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, server_default=""),
        sa.Column("groups", sa.Text(), nullable=False, server_default='{"groups":[]}'),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("connected", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("agent"),
    )
    op.create_table(
        "drafts",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "ticket_id", "agent"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("drafts")
    op.drop_table("agents")
    for name, _, _ in _indexes():
        op.drop_index(name, "tickets")
    for column in reversed(_new_columns()):
        op.drop_column("tickets", column.name)


def _indexes() -> tuple[tuple[str, str, Any], ...]:
    clocks = tuple((f"tickets_{name}", name, sa.text(f"{name} IS NOT NULL")) for name in CLOCKS)
    return (*clocks, ("tickets_held", "claimed_by", sa.text("state = 'claimed'")))
