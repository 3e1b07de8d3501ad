"""The tables. Every key starts with the shop, so that tables can be distributed by shop; times are µs since 1970.

The other indexes start with something else: until PostgreSQL has counted what is in a new table, it takes an index that
starts with the shop for as good as the key, and reads all of the shop's rows to find one.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    literal_column,
    text,
)

from app.domain.handoff import TicketState

METADATA = MetaData()


def _text_column(name: str, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _time_column(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _position_column() -> Column[int]:
    """The version of the conversation that brought a line: our own order of lines, whatever any clock says."""
    return Column("position", BigInteger, nullable=False, server_default=text("0"))


CONVERSATIONS = Table(
    "conversations",
    METADATA,
    _text_column("shop"),
    _text_column("channel"),
    _text_column("conversation"),
    Column("version", BigInteger, nullable=False),
    _text_column("owner"),
    _text_column("buyer"),
    _text_column("state"),
    _time_column("updated_at"),
    PrimaryKeyConstraint("shop", "channel", "conversation"),
    Index("conversations_buyer", "buyer", "shop"),
)

MESSAGES = Table(
    "messages",
    METADATA,
    _text_column("shop"),
    _text_column("channel"),
    _text_column("message_id"),
    _text_column("conversation"),
    _text_column("sender_id"),
    Column("sender_name", Text),
    _text_column("text"),
    _text_column("type"),
    _text_column("context"),
    _time_column("sent_at"),
    _time_column("received_at"),
    _text_column("state"),
    # A buyer's turns and deliveries are found through their messages: two indexes fewer to write with each turn.
    Column("trace_id", Text),
    Column("delivery_id", Text),
    Column("content", Text),
    _position_column(),
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
    _text_column("shop"),
    _text_column("channel"),
    _text_column("delivery_id"),
    _text_column("message_id"),
    _text_column("conversation"),
    _time_column("at"),
    PrimaryKeyConstraint("shop", "channel", "delivery_id"),
)

TURNS = Table(
    "turns",
    METADATA,
    _text_column("shop"),
    _text_column("trace_id"),
    _text_column("channel"),
    _text_column("conversation"),
    _time_column("at"),
    _text_column("body"),
    _text_column("trace"),
    PrimaryKeyConstraint("shop", "trace_id"),
    Index("turns_trace", "trace_id"),
)

REPLIES = Table(
    "replies",
    METADATA,
    _text_column("shop"),
    _text_column("channel"),
    _text_column("reply_id"),
    _text_column("conversation"),
    _text_column("author"),
    Column("agent", Text),
    _text_column("text"),
    _time_column("at"),
    Column("content", Text),
    _position_column(),
    _text_column("via", ""),
    PrimaryKeyConstraint("shop", "channel", "reply_id"),
    Index("replies_conversation", "conversation", "shop", "channel", "at"),
)

TICKETS = Table(
    "tickets",
    METADATA,
    _text_column("shop"),
    _text_column("ticket_id"),
    _text_column("channel"),
    _text_column("conversation"),
    _text_column("reason"),
    _text_column("group_name"),
    _text_column("priority"),
    Column("urgency", Integer, nullable=False),
    _text_column("state"),
    _time_column("created_at"),
    _time_column("first_response_due"),
    _time_column("resolve_due"),
    _time_column("close_due"),
    Column("claimed_by", Text),
    _time_column("claimed_at", nullable=True),
    _time_column("first_response_at", nullable=True),
    _time_column("resolved_at", nullable=True),
    _text_column("note", ""),
    _text_column("brief"),
    # Who changed it last, and how: the same change by the same person again is a retry.
    Column("last_change", Text),
    Column("changed_by", Text),
    Column("version", Integer, nullable=False, server_default="1"),
    _text_column("trace_id", ""),
    _text_column("buyer", ""),
    Column("buyer_name", Text),
    _time_column("waiting_since", nullable=True),
    _time_column("answer_due", nullable=True),
    Column("closing", Integer, nullable=False, server_default="0"),
    Column("unread", Integer, nullable=False, server_default="0"),
    _text_column("last_author", ""),
    _text_column("last_line", ""),
    _time_column("last_at", nullable=True),
    Column("transferred_by", Text),
    _text_column("transfer_note", ""),
    _time_column("transferred_at", nullable=True),
    _time_column("returns_at", nullable=True),
    Column("snoozed_by", Text),
    _time_column("snoozed_until", nullable=True),
    # How much of each clock's time was gone when people were last told, in percent.
    Column("escalated", Integer, nullable=False, server_default="0"),
    Column("resolve_escalated", Integer, nullable=False, server_default="0"),
    Column("close_escalated", Integer, nullable=False, server_default="0"),
    _time_column("rating_asked_at", nullable=True),
    Column("rating", Integer),
    _text_column("rating_words", ""),
    _time_column("rated_at", nullable=True),
    _text_column("rated_via", ""),
    # How many of the buyer's waits people ended, how many of these within the platform's time, and how many nobody did.
    Column("answers", Integer, nullable=False, server_default="0"),
    Column("answers_in_time", Integer, nullable=False, server_default="0"),
    Column("misses", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("shop", "ticket_id"),
    Index("tickets_id", "ticket_id"),
    Index("tickets_queue", "shop", "state", "urgency", "first_response_due", "ticket_id"),
    # What the clock changes, looked for every few seconds: the few tickets that wait, ring or are put aside.
    *(
        Index(
            f"tickets_{column}",
            column,
            sqlite_where=text(f"{column} IS NOT NULL"),
            postgresql_where=text(f"{column} IS NOT NULL"),
        )
        for column in ("answer_due", "returns_at", "snoozed_until")
    ),
    *(
        Index(
            f"tickets_{column}",
            column,
            sqlite_where=text("state IN ('queued', 'claimed')"),
            postgresql_where=text("state IN ('queued', 'claimed')"),
        )
        for column in ("resolve_due", "close_due")
    ),
    Index(
        "tickets_held",
        "claimed_by",
        sqlite_where=text("state = 'claimed'"),
        postgresql_where=text("state = 'claimed'"),
    ),
    Index("tickets_conversation", "shop", "channel", "conversation"),
    Index("tickets_opened", "created_at"),
    Index(
        "tickets_uninvited",
        "resolved_at",
        sqlite_where=text("state = 'resolved' AND rating_asked_at IS NULL"),
        postgresql_where=text("state = 'resolved' AND rating_asked_at IS NULL"),
    ),
)


def in_states(column: Column[Any], states: Collection[StrEnum]) -> ColumnElement[bool]:
    """One of these, letter by letter and in the order of their type: as partial indexes have it.

    With bound values no database would take such an index.
    """
    in_order = dict.fromkeys(state for each in states for state in type(each))
    told: list[ColumnElement[Any]] = [literal_column(f"'{state}'") for state in in_order if state in states]
    return column == told[0] if len(told) == 1 else column.in_(told)


IS_OPEN_TICKET = in_states(TICKETS.c.state, (TicketState.QUEUED, TicketState.CLAIMED))

TICKET_HISTORY = Table(
    "ticket_history",
    METADATA,
    _text_column("shop"),
    _text_column("ticket_id"),
    _text_column("entry_id"),
    _text_column("channel"),
    _text_column("conversation"),
    _time_column("at"),
    _text_column("agent"),
    _text_column("change"),
    _text_column("text"),
    # The ticket's own fields before the change, as JSON; empty for a note.
    _text_column("before"),
    # The ticket's before the entry: the order of entries of one instant.
    Column("version", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("shop", "ticket_id", "entry_id"),
)

TODOS = Table(
    "todos",
    METADATA,
    _text_column("shop"),
    _text_column("todo_id"),
    _text_column("channel"),
    _text_column("conversation"),
    _text_column("ticket_id"),
    _text_column("kind"),
    _text_column("state"),
    _text_column("agent"),
    _text_column("department"),
    _text_column("about"),
    _text_column("made_by"),
    _time_column("made_at"),
    _time_column("due_at"),
    _time_column("told_at", nullable=True),
    _text_column("result", ""),
    Column("ended_by", Text),
    _time_column("ended_at", nullable=True),
    PrimaryKeyConstraint("shop", "todo_id"),
    Index("todos_id", "todo_id"),
    Index("todos_ticket", "ticket_id", "shop"),
    Index("todos_conversation", "conversation", "shop", "channel"),
    Index("todos_ended", "ended_at"),
    Index("todos_due", "due_at", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
)

DRAFTS = Table(
    "drafts",
    METADATA,
    _text_column("shop"),
    _text_column("ticket_id"),
    _text_column("agent"),
    _text_column("channel"),
    _text_column("conversation"),
    _text_column("text"),
    _time_column("at"),
    PrimaryKeyConstraint("shop", "ticket_id", "agent"),
)

MENTIONS = Table(
    "mentions",
    METADATA,
    _text_column("shop"),
    _text_column("mention_id"),
    _text_column("channel"),
    _text_column("conversation"),
    _text_column("ticket_id"),
    # The note's, in the ticket's history.
    _text_column("entry_id"),
    _text_column("agent"),
    _time_column("at"),
    _time_column("seen_at", nullable=True),
    PrimaryKeyConstraint("shop", "mention_id"),
    Index("mentions_id", "mention_id"),
    Index("mentions_ticket", "ticket_id", "shop"),
    Index("mentions_agent", "agent", "at"),
    Index("mentions_at", "at"),
    Index(
        "mentions_unread",
        "agent",
        sqlite_where=text("seen_at IS NULL"),
        postgresql_where=text("seen_at IS NULL"),
    ),
)

HELD_REPLIES = Table(
    "held_replies",
    METADATA,
    _text_column("shop"),
    _text_column("line_id"),
    _text_column("channel"),
    _text_column("conversation"),
    _text_column("ticket_id"),
    _text_column("reply_id"),
    _text_column("agent"),
    _text_column("holder"),
    _text_column("text"),
    Column("content", Text),
    Column("after", Text),
    _time_column("held_at"),
    _time_column("send_at"),
    Column("scheduled", Integer, nullable=False),
    _text_column("state"),
    Column("why", Text),
    Column("changed_by", Text),
    PrimaryKeyConstraint("shop", "line_id"),
    Index("held_replies_ticket", "ticket_id", "shop"),
    Index("held_replies_agent", "agent", "state"),
    Index("held_replies_held", "held_at"),
    Index("held_replies_due", "send_at", sqlite_where=text("state = 'held'"), postgresql_where=text("state = 'held'")),
)

SHIFTS = Table(
    "shifts",
    METADATA,
    _text_column("shop"),
    _text_column("shift_id"),
    _text_column("agent"),
    Column("group_name", Text),
    _text_column("text"),
    # JSON: the ids of the tickets that were open; what is in them stays with them.
    _text_column("tickets"),
    _time_column("at"),
    Column("accepted_by", Text),
    _time_column("accepted_at", nullable=True),
    PrimaryKeyConstraint("shop", "shift_id"),
)

APPROVALS = Table(
    "approvals",
    METADATA,
    _text_column("shop"),
    _text_column("approval_id"),
    _text_column("channel"),
    _text_column("conversation"),
    _text_column("ticket_id"),
    _text_column("state"),
    _time_column("asked_at"),
    _time_column("expires_at"),
    # The whole request, as JSON; its state is the column's.
    _text_column("document"),
    PrimaryKeyConstraint("shop", "approval_id"),
    Index("approvals_id", "approval_id"),
    Index("approvals_ticket", "ticket_id", "shop"),
    Index(
        "approvals_waiting",
        "asked_at",
        "approval_id",
        sqlite_where=text("state IN ('asked', 'countered')"),
        postgresql_where=text("state IN ('asked', 'countered')"),
    ),
    Index("approvals_conversation", "conversation", "shop", "channel"),
    Index(
        "approvals_open",
        "expires_at",
        sqlite_where=text("state IN ('asked', 'countered')"),
        postgresql_where=text("state IN ('asked', 'countered')"),
    ),
)

PHRASES = Table(
    "phrases",
    METADATA,
    _text_column("shop"),
    _text_column("agent"),
    _text_column("phrase_id"),
    _text_column("title"),
    _text_column("text"),
    _time_column("at"),
    PrimaryKeyConstraint("shop", "agent", "phrase_id"),
)

PROPOSALS = Table(
    "proposals",
    METADATA,
    _text_column("shop"),
    _text_column("proposal_id"),
    _text_column("question"),
    _text_column("answer"),
    _text_column("agent"),
    _time_column("at"),
    Column("closed_by", Text),
    _time_column("closed_at", nullable=True),
    PrimaryKeyConstraint("shop", "proposal_id"),
    Index("proposals_closed", "closed_at"),
)

PICTURES = Table(
    "pictures",
    METADATA,
    _text_column("shop"),
    _text_column("picture_id"),
    _text_column("channel"),
    _text_column("conversation"),
    _text_column("ticket_id"),
    _text_column("agent"),
    _text_column("media_type"),
    Column("content", LargeBinary, nullable=False),
    _time_column("at"),
    PrimaryKeyConstraint("shop", "picture_id"),
    Index("pictures_id", "picture_id"),
    Index("pictures_ticket", "ticket_id", "shop"),
)

BUDGETS = Table(
    "budgets",
    METADATA,
    _text_column("shop"),
    _text_column("budget"),
    # In 1/10000 元: SQLite has no exact decimals.
    Column("spent", BigInteger, nullable=False),
    PrimaryKeyConstraint("shop", "budget"),
)

URGES = Table(
    "urges",
    METADATA,
    _text_column("shop"),
    _text_column("urge_id"),
    _text_column("order_id"),
    Column("sku_id", Text),
    _text_column("why"),
    _text_column("channel"),
    _text_column("conversation"),
    _text_column("buyer"),
    _text_column("state"),
    Column("times", Integer, nullable=False),
    _time_column("created_at"),
    _time_column("last_at"),
    Column("closed_by", Text),
    _time_column("closed_at", nullable=True),
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
    _text_column("shop"),
    _text_column("row_id"),
    _text_column("channel"),
    _text_column("conversation"),
    _text_column("kind"),
    _text_column("destination"),
    _text_column("payload"),
    _text_column("state"),
    Column("attempts", Integer, nullable=False),
    _time_column("created_at"),
    _time_column("next_at"),
    _time_column("sent_at", nullable=True),
    Column("last_error", Text),
    Column("until_takeover", Integer, nullable=False, server_default="0"),
    _text_column("lane", ""),
    PrimaryKeyConstraint("shop", "row_id"),
    # Each lane is asked for what is due of it; the attempts tell rows sent for the first time from those sent again.
    # The state leads although it is always the same: SQLite would take the index of states, and read every row there.
    Index(
        "outbox_lanes",
        "state",
        "lane",
        "next_at",
        "attempts",
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

SHOP_HISTORY = Table(
    "shop_history",
    METADATA,
    _text_column("shop"),
    Column("number", BigInteger, nullable=False),
    _text_column("version"),
    _text_column("author"),
    _text_column("summary"),
    Column("files", LargeBinary, nullable=False),
    _time_column("saved_at"),
    PrimaryKeyConstraint("shop", "number"),
)

CORRECTIONS = Table(
    "corrections",
    METADATA,
    _text_column("shop"),
    _text_column("correction_id"),
    _text_column("text"),
    _text_column("intent"),
    _text_column("faq"),
    _text_column("author"),
    _time_column("created_at"),
    Column("withdrawn_by", Text),
    _time_column("withdrawn_at", nullable=True),
    PrimaryKeyConstraint("shop", "correction_id"),
)

DELIVERY_ATTEMPTS = Table(
    "delivery_attempts",
    METADATA,
    _text_column("shop"),
    _text_column("row_id"),
    _time_column("at"),
    Column("attempt", Integer, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    _text_column("outcome"),
    Column("status", Integer),
    Column("error", Text),
    PrimaryKeyConstraint("shop", "row_id", "at"),
    Index("delivery_attempts_at", "at", "shop"),
)

AGENTS = Table(
    "agents",
    METADATA,
    _text_column("agent"),
    _text_column("name", ""),
    # JSON; none named for every group.
    _text_column("groups", '{"groups":[]}'),
    _text_column("status"),
    Column("capacity", Integer),
    _time_column("seen_at", nullable=True),
    # 0 once colleagues were told that the agent is gone.
    Column("connected", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("agent"),
)

AGENT_TOKENS = Table(
    "agent_tokens",
    METADATA,
    _text_column("token_hash"),
    _text_column("agent"),
    _text_column("role"),
    _text_column("shops"),
    _time_column("created_at"),
    _time_column("revoked_at", nullable=True),
    PrimaryKeyConstraint("token_hash"),
)

BROWSER_CREDENTIALS = Table(
    "browser_credentials",
    METADATA,
    _text_column("secret_hash"),
    _text_column("kind"),
    _text_column("token_hash"),
    _time_column("created_at"),
    _time_column("expires_at"),
    _time_column("ended_at", nullable=True),
    PrimaryKeyConstraint("secret_hash"),
)
