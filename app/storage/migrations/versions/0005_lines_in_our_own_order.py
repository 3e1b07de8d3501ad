"""lines in our own order: each knows the version that brought it; a ticket knows its last change and who made it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Lines of before stand by their times, all of them before the first version of a conversation.
BEFORE_ALL = 10**18
POSITION = sa.text("0")


def upgrade() -> None:
    """Apply."""
    for table, at in (("messages", "received_at"), ("replies", "at")):
        op.add_column(table, sa.Column("position", sa.BigInteger(), nullable=False, server_default=POSITION))
        op.execute(f"UPDATE {table} SET position = {at} - {BEFORE_ALL}")  # noqa: S608 (our own names)
    op.execute(f"UPDATE messages SET position = {2**62} WHERE state = 'pending'")  # noqa: S608 (our own names)
    op.add_column("replies", sa.Column("via", sa.Text(), nullable=False, server_default=""))
    op.add_column("tickets", sa.Column("last_change", sa.Text(), nullable=True))
    op.add_column("tickets", sa.Column("changed_by", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("tickets", "changed_by")
    op.drop_column("tickets", "last_change")
    op.drop_column("replies", "via")
    op.drop_column("replies", "position")
    op.drop_column("messages", "position")
