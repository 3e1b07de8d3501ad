"""replies that are held until they leave."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None
HELD = sa.text("state = 'held'")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "held_replies",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("reply_id", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("send_at", sa.BigInteger(), nullable=False),
        sa.Column("scheduled", sa.Integer(), nullable=False),
        sa.Column("is_lead", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("shop", "line_id"),
    )
    op.create_index("held_replies_ticket", "held_replies", ["ticket_id", "shop"])
    op.create_index("held_replies_agent", "held_replies", ["agent", "state"])
    op.create_index("held_replies_held", "held_replies", ["held_at"])
    op.create_index("held_replies_due", "held_replies", ["send_at"], sqlite_where=HELD, postgresql_where=HELD)


def downgrade() -> None:
    """Take back."""
    op.drop_table("held_replies")
