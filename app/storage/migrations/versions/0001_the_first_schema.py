"""the first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "agent_tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("shops", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "budgets",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "budget"),
    )
    op.create_table(
        "conversations",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("buyer", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "channel", "conversation"),
    )
    op.create_index("conversations_buyer", "conversations", ["shop", "buyer"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "channel", "delivery_id"),
    )
    op.create_index("deliveries_conversation", "deliveries", ["shop", "channel", "conversation"], unique=False)
    op.create_table(
        "messages",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("sender_id", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("shop", "channel", "message_id"),
    )
    op.create_index("messages_conversation", "messages", ["shop", "channel", "conversation", "sent_at"], unique=False)
    op.create_index(
        "messages_pending",
        "messages",
        ["shop", "channel", "conversation"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "outbox",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("shop", "row_id"),
    )
    op.create_index(
        "outbox_due",
        "outbox",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("outbox_state", "outbox", ["shop", "state", "created_at"], unique=False)
    op.create_index(
        "outbox_waiting",
        "outbox",
        ["shop", "channel", "conversation", "created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "replies",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reply_id", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "channel", "reply_id"),
    )
    op.create_index("replies_conversation", "replies", ["shop", "channel", "conversation", "at"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("first_response_due", sa.BigInteger(), nullable=False),
        sa.Column("resolve_due", sa.BigInteger(), nullable=False),
        sa.Column("close_due", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("first_response_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "ticket_id"),
    )
    op.create_index("tickets_conversation", "tickets", ["shop", "channel", "conversation"], unique=False)
    op.create_index("tickets_id", "tickets", ["ticket_id"], unique=False)
    op.create_index(
        "tickets_queue", "tickets", ["shop", "state", "urgency", "first_response_due", "ticket_id"], unique=False
    )
    op.create_table(
        "turns",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "trace_id"),
    )
    op.create_index("turns_conversation", "turns", ["shop", "channel", "conversation"], unique=False)
    op.create_index("turns_trace", "turns", ["trace_id"], unique=False)
    op.create_table(
        "urges",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("urge_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("sku_id", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("buyer", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop", "urge_id"),
    )
    op.create_index("urges_conversation", "urges", ["shop", "channel", "conversation"], unique=False)
    op.create_index(
        "urges_open",
        "urges",
        ["shop", "order_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(
        "urges_open",
        table_name="urges",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("urges_conversation", table_name="urges")
    op.drop_table("urges")
    op.drop_index("turns_trace", table_name="turns")
    op.drop_index("turns_conversation", table_name="turns")
    op.drop_table("turns")
    op.drop_index("tickets_queue", table_name="tickets")
    op.drop_index("tickets_id", table_name="tickets")
    op.drop_index("tickets_conversation", table_name="tickets")
    op.drop_table("tickets")
    op.drop_index("replies_conversation", table_name="replies")
    op.drop_table("replies")
    op.drop_index(
        "outbox_waiting",
        table_name="outbox",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index("outbox_state", table_name="outbox")
    op.drop_index(
        "outbox_due",
        table_name="outbox",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_table("outbox")
    op.drop_index(
        "messages_pending",
        table_name="messages",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index("messages_conversation", table_name="messages")
    op.drop_table("messages")
    op.drop_index("conversations_buyer", table_name="conversations")
    op.drop_table("conversations")
    op.drop_table("budgets")
    op.drop_table("agent_tokens")
