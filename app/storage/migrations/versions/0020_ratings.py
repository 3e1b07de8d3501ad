"""how buyers say they were served."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
UNINVITED = sa.text("state = 'resolved' AND rating_asked_at IS NULL")


def _new_columns() -> tuple["sa.Column[Any]", ...]:
    return (
        sa.Column("rating_asked_at", sa.BigInteger(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("rating_words", sa.Text(), nullable=False, server_default=""),
        sa.Column("rated_at", sa.BigInteger(), nullable=True),
        sa.Column("rated_via", sa.Text(), nullable=False, server_default=""),
    )


def upgrade() -> None:
    """Apply."""
    for column in _new_columns():
        op.add_column("tickets", column)
    op.create_index("tickets_uninvited", "tickets", ["resolved_at"], sqlite_where=UNINVITED, postgresql_where=UNINVITED)


def downgrade() -> None:
    """Take back."""
    op.drop_index("tickets_uninvited", "tickets")
    for column in reversed(_new_columns()):
        op.drop_column("tickets", column.name)
