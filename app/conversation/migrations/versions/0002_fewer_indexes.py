"""fewer indexes: a message knows its delivery and its turn, so neither needs an index by conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("messages", sa.Column("delivery_id", sa.Text(), nullable=True))
    op.execute(
        "UPDATE messages SET delivery_id = d.delivery_id FROM deliveries AS d"
        " WHERE d.shop = messages.shop AND d.channel = messages.channel AND d.message_id = messages.message_id"
    )
    op.drop_index("deliveries_conversation", table_name="deliveries")
    op.drop_index("turns_conversation", table_name="turns")


def downgrade() -> None:
    """Take back."""
    op.create_index("turns_conversation", "turns", ["shop", "channel", "conversation"], unique=False)
    op.create_index("deliveries_conversation", "deliveries", ["shop", "channel", "conversation"], unique=False)
    op.drop_column("messages", "delivery_id")
