"""lines hold typed parts; the outbox knows its lanes, what a takeover withdraws, and each attempt to deliver."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    """Apply."""
    op.add_column("messages", sa.Column("content", sa.Text(), nullable=True))
    op.add_column("replies", sa.Column("content", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("until_takeover", sa.Integer(), nullable=False, server_default="0"))
    # An agent's line is named by its ticket, "ticket:line"; every other reply is the bot's.
    op.execute("UPDATE outbox SET until_takeover = 1 WHERE kind = 'reply' AND row_id NOT LIKE '%:%'")
    op.drop_index("outbox_due", table_name="outbox")
    op.create_index(
        "outbox_lanes",
        "outbox",
        ["destination", "shop", "next_at"],
        unique=False,
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_table(
        "delivery_attempts",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("shop", "row_id", "at"),
    )
    op.create_index("delivery_attempts_at", "delivery_attempts", ["at", "shop"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("delivery_attempts")
    op.drop_index("outbox_lanes", table_name="outbox")
    op.create_index("outbox_due", "outbox", ["next_at"], unique=False, sqlite_where=PENDING, postgresql_where=PENDING)
    op.drop_column("outbox", "until_takeover")
    op.drop_column("replies", "content")
    op.drop_column("messages", "content")
