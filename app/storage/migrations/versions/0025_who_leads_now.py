"""who leads is asked when a held reply leaves, not kept with it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_column("held_replies", "is_lead")


def downgrade() -> None:
    """Take back."""
    op.add_column("held_replies", sa.Column("is_lead", sa.Integer(), nullable=False, server_default="0"))
