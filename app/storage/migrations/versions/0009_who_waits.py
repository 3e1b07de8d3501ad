"""tickets say since when their buyer waits for a person, and what they wrote last."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ANSWER_TIME = 180_000_000


def _new_columns() -> tuple["sa.Column[Any]", ...]:
    return (
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("trace_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("buyer", sa.Text(), nullable=False, server_default=""),
        sa.Column("buyer_name", sa.Text(), nullable=True),
        sa.Column("waiting_since", sa.BigInteger(), nullable=True),
        sa.Column("answer_due", sa.BigInteger(), nullable=True),
        sa.Column("closing", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("unread", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_author", sa.Text(), nullable=False, server_default=""),
        sa.Column("last_line", sa.Text(), nullable=False, server_default=""),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
    )


def upgrade() -> None:
    """Apply: an open ticket that no person has answered has waited since it was opened."""
    for column in _new_columns():
        op.add_column("tickets", column)
    op.execute(
        "UPDATE tickets SET buyer = coalesce((SELECT c.buyer FROM conversations c WHERE c.shop = tickets.shop "
        "AND c.channel = tickets.channel AND c.conversation = tickets.conversation), '')"
    )
    op.execute(
        f"UPDATE tickets SET waiting_since = created_at, answer_due = created_at + {ANSWER_TIME} "  # noqa: S608 (our own)
        "WHERE state IN ('queued', 'claimed') AND first_response_at IS NULL"
    )


def downgrade() -> None:
    """Take back."""
    for column in reversed(_new_columns()):
        op.drop_column("tickets", column.name)
