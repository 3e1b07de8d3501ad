"""how many of a ticket's waits people ended, and in time."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
COUNTED = ("answers", "answers_in_time")


def upgrade() -> None:
    """Apply."""
    for name in COUNTED:
        op.add_column("tickets", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.create_index("tickets_opened", "tickets", ["created_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("tickets_opened", "tickets")
    for name in reversed(COUNTED):
        op.drop_column("tickets", name)
