"""tickets that were answered on the platform and stayed queued are settled."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: a ticket waits for nobody while the bot has its conversation, or while the conversation is closed."""
    op.execute(
        "UPDATE tickets SET state = 'resolved', resolved_at = "
        "(SELECT c.updated_at FROM conversations c WHERE c.shop = tickets.shop AND c.channel = tickets.channel "
        "AND c.conversation = tickets.conversation) "
        "WHERE state = 'queued' AND EXISTS (SELECT 1 FROM conversations c WHERE c.shop = tickets.shop "
        "AND c.channel = tickets.channel AND c.conversation = tickets.conversation AND c.owner IN ('bot', 'closed'))"
    )


def downgrade() -> None:
    """Take back: nothing, they had been settled."""
