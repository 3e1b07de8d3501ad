"""how late a ticket was when people were last told, by each of its clocks."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CLOCKS = ("resolve", "close")


def upgrade() -> None:
    """Apply: what is late already is not told of now."""
    is_open = sa.text("state IN ('queued', 'claimed')")
    for clock in CLOCKS:
        told = f"{clock}_escalated"
        op.add_column("tickets", sa.Column(told, sa.Integer(), nullable=False, server_default="0"))
        op.execute(f"UPDATE tickets SET {told} = 100 WHERE state IN ('queued', 'claimed')")  # noqa: S608 (our own)
        op.create_index(
            f"tickets_{clock}_due", "tickets", [f"{clock}_due"], sqlite_where=is_open, postgresql_where=is_open
        )


def downgrade() -> None:
    """Take back."""
    for clock in CLOCKS:
        op.drop_index(f"tickets_{clock}_due", "tickets")
        op.drop_column("tickets", f"{clock}_escalated")
