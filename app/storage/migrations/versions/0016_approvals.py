"""what agents asked supervisors to allow."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
OPEN = sa.text("state IN ('asked', 'countered')")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "approvals",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "approval_id"),
    )
    op.create_index("approvals_id", "approvals", ["approval_id"])
    op.create_index("approvals_conversation", "approvals", ["conversation", "shop", "channel"])
    op.create_index("approvals_open", "approvals", ["expires_at"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    """Take back."""
    op.drop_table("approvals")
