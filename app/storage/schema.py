"""The tables. Every key starts with the shop, so that tables can be distributed by shop; times are µs since 1970.

The other indexes start with something else: until PostgreSQL has counted what is in a new table, it takes an index that
starts with the shop for as good as the key, and reads all of the shop's rows to find one.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, PrimaryKeyConstraint, Table, Text, text

METADATA = MetaData()


def _text(name: str, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _time(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


CONVERSATIONS = Table(
    "conversations",
    METADATA,
    _text("shop"),
    _text("channel"),
    _text("conversation"),
    Column("version", BigInteger, nullable=False),
    _text("owner"),
    _text("buyer"),
    _text("state"),
    _time("updated_at"),
    PrimaryKeyConstraint("shop", "channel", "conversation"),
    Index("conversations_buyer", "buyer", "shop"),
)

MESSAGES = Table(
    "messages",
    METADATA,
    _text("shop"),
    _text("channel"),
    _text("message_id"),
    _text("conversation"),
    _text("sender_id"),
    Column("sender_name", Text),
    _text("text"),
    _text("type"),
    _text("context"),
    _time("sent_at"),
    _time("received_at"),
    _text("state"),
    # A buyer's turns and deliveries are found through their messages: two indexes fewer to write with each turn.
    Column("trace_id", Text),
    Column("delivery_id", Text),
    PrimaryKeyConstraint("shop", "channel", "message_id"),
    Index("messages_conversation", "conversation", "shop", "channel", "sent_at"),
    # Only the few that wait for their turn: what a restart has to find.
    Index(
        "messages_pending",
        "shop",
        "channel",
        "conversation",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    _text("shop"),
    _text("channel"),
    _text("delivery_id"),
    _text("message_id"),
    _text("conversation"),
    _time("at"),
    PrimaryKeyConstraint("shop", "channel", "delivery_id"),
)

TURNS = Table(
    "turns",
    METADATA,
    _text("shop"),
    _text("trace_id"),
    _text("channel"),
    _text("conversation"),
    _time("at"),
    _text("body"),
    _text("trace"),
    PrimaryKeyConstraint("shop", "trace_id"),
    Index("turns_trace", "trace_id"),
)

REPLIES = Table(
    "replies",
    METADATA,
    _text("shop"),
    _text("channel"),
    _text("reply_id"),
    _text("conversation"),
    _text("author"),
    Column("agent", Text),
    _text("text"),
    _time("at"),
    PrimaryKeyConstraint("shop", "channel", "reply_id"),
    Index("replies_conversation", "conversation", "shop", "channel", "at"),
)

TICKETS = Table(
    "tickets",
    METADATA,
    _text("shop"),
    _text("ticket_id"),
    _text("channel"),
    _text("conversation"),
    _text("reason"),
    _text("group_name"),
    _text("priority"),
    Column("urgency", Integer, nullable=False),
    _text("state"),
    _time("created_at"),
    _time("first_response_due"),
    _time("resolve_due"),
    _time("close_due"),
    Column("claimed_by", Text),
    _time("claimed_at", nullable=True),
    _time("first_response_at", nullable=True),
    _time("resolved_at", nullable=True),
    _text("note", ""),
    _text("brief"),
    PrimaryKeyConstraint("shop", "ticket_id"),
    Index("tickets_id", "ticket_id"),
    Index("tickets_queue", "shop", "state", "urgency", "first_response_due", "ticket_id"),
    Index("tickets_conversation", "shop", "channel", "conversation"),
)

BUDGETS = Table(
    "budgets",
    METADATA,
    _text("shop"),
    _text("budget"),
    # In 1/10000 元: SQLite has no exact decimals.
    Column("spent", BigInteger, nullable=False),
    PrimaryKeyConstraint("shop", "budget"),
)

URGES = Table(
    "urges",
    METADATA,
    _text("shop"),
    _text("urge_id"),
    _text("order_id"),
    Column("sku_id", Text),
    _text("why"),
    _text("channel"),
    _text("conversation"),
    _text("buyer"),
    _text("state"),
    Column("times", Integer, nullable=False),
    _time("created_at"),
    _time("last_at"),
    Column("closed_by", Text),
    _time("closed_at", nullable=True),
    PrimaryKeyConstraint("shop", "urge_id"),
    Index(
        "urges_open",
        "shop",
        "order_id",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index("urges_conversation", "shop", "channel", "conversation"),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    _text("shop"),
    _text("row_id"),
    _text("channel"),
    _text("conversation"),
    _text("kind"),
    _text("destination"),
    _text("payload"),
    _text("state"),
    Column("attempts", Integer, nullable=False),
    _time("created_at"),
    _time("next_at"),
    _time("sent_at", nullable=True),
    Column("last_error", Text),
    PrimaryKeyConstraint("shop", "row_id"),
    Index(
        "outbox_due",
        "next_at",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index("outbox_state", "state", "shop", "created_at"),
    # The first row of a conversation still waiting goes before its next ones.
    Index(
        "outbox_waiting",
        "shop",
        "channel",
        "conversation",
        "created_at",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
)

AGENT_TOKENS = Table(
    "agent_tokens",
    METADATA,
    _text("token_hash"),
    _text("agent"),
    _text("role"),
    _text("shops"),
    _time("created_at"),
    _time("revoked_at", nullable=True),
    PrimaryKeyConstraint("token_hash"),
)
