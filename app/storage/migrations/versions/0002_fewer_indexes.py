"""fewer indexes: a message knows its delivery and its turn; and none but the keys starts with the shop."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TURNED = (
    ("conversations_buyer", "conversations", ["shop", "buyer"], ["buyer", "shop"]),
    (
        "messages_conversation",
        "messages",
        ["shop", "channel", "conversation", "sent_at"],
        ["conversation", "shop", "channel", "sent_at"],
    ),
    (
        "replies_conversation",
        "replies",
        ["shop", "channel", "conversation", "at"],
        ["conversation", "shop", "channel", "at"],
    ),
    ("outbox_state", "outbox", ["shop", "state", "created_at"], ["state", "shop", "created_at"]),
)


def upgrade() -> None:
    """Apply."""
    op.add_column("messages", sa.Column("delivery_id", sa.Text(), nullable=True))
    op.execute(
        "UPDATE messages SET delivery_id = d.delivery_id FROM deliveries AS d"
        " WHERE d.shop = messages.shop AND d.channel = messages.channel AND d.message_id = messages.message_id"
    )
    op.drop_index("deliveries_conversation", table_name="deliveries")
    op.drop_index("turns_conversation", table_name="turns")
    for name, table, _, after in TURNED:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, after, unique=False)


def downgrade() -> None:
    """Take back."""
    for name, table, before, _ in TURNED:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, before, unique=False)
    op.create_index("turns_conversation", "turns", ["shop", "channel", "conversation"], unique=False)
    op.create_index("deliveries_conversation", "deliveries", ["shop", "channel", "conversation"], unique=False)
    op.drop_column("messages", "delivery_id")
