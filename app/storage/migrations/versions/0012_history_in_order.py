"""entries of a ticket's history that fall into one instant stand in the order of its versions."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: entries of before go by their time alone."""
    op.add_column("ticket_history", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take back."""
    op.drop_column("ticket_history", "version")
