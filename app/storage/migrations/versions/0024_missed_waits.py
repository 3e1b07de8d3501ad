"""how many of a ticket's waits nobody answered; what is looked for by ticket and by conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
OPEN = sa.text("state IN ('asked', 'countered')")


def upgrade() -> None:
    """Apply."""
    op.add_column("tickets", sa.Column("misses", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("todos_conversation", "todos", ["conversation", "shop", "channel"])
    op.create_index("proposals_closed", "proposals", ["closed_at"])
    op.create_index("approvals_ticket", "approvals", ["ticket_id", "shop"])
    op.create_index(
        "approvals_waiting", "approvals", ["asked_at", "approval_id"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("approvals_waiting", "approvals")
    op.drop_index("approvals_ticket", "approvals")
    op.drop_index("proposals_closed", "proposals")
    op.drop_index("todos_conversation", "todos")
    op.drop_column("tickets", "misses")
