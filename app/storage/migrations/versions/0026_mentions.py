"""colleagues named in notes."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None
UNREAD = sa.text("seen_at IS NULL")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mentions",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("mention_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop", "mention_id"),
    )
    op.create_index("mentions_id", "mentions", ["mention_id"])
    op.create_index("mentions_ticket", "mentions", ["ticket_id", "shop"])
    op.create_index("mentions_agent", "mentions", ["agent", "at"])
    op.create_index("mentions_at", "mentions", ["at"])
    op.create_index("mentions_unread", "mentions", ["agent"], sqlite_where=UNREAD, postgresql_where=UNREAD)


def downgrade() -> None:
    """Take back."""
    op.drop_table("mentions")
