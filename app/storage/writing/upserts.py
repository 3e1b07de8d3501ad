"""Statements of a batch, one a table."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Dialect,
    Integer,
    Text,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    text,
)

from app.domain.handoff import TicketState
from app.storage.codec import DAY, IDENTITY_COLUMNS
from app.storage.schema import (
    AGENT_TOKENS,
    AGENTS,
    BUDGETS,
    CONVERSATIONS,
    DELIVERIES,
    MESSAGES,
    TICKETS,
    TODOS,
    TURNS,
    URGES,
)
from app.storage.writing.rows import ANSWERED, PENDING
from app.storage.writing.statements import (
    BatchStatement,
    NamedStatement,
    build_key_select,
    insert_into,
)


def select_versions(dialect: Dialect) -> BatchStatement:
    """Versions of conversations, by key."""
    c = CONVERSATIONS.c
    keys = [c.shop, c.channel, c.conversation]
    return build_key_select(dialect, keys, [*keys, c.version])


def select_answers(dialect: Dialect) -> BatchStatement:
    """Content and stored answer of messages, by key."""
    m, t = MESSAGES.c, TURNS.c
    keys = [m.shop, m.channel, m.message_id]
    return build_key_select(dialect, keys, [*keys, t.body, *(m[name] for name in IDENTITY_COLUMNS)], _join_turn())


def select_budgets(dialect: Dialect) -> BatchStatement:
    """What is spent of budgets, by key."""
    b = BUDGETS.c
    return build_key_select(dialect, [b.shop, b.budget], [b.shop, b.budget, b.spent])


def select_deliveries(dialect: Dialect) -> BatchStatement:
    """The message each delivery brought, by key."""
    d = DELIVERIES.c
    keys = [d.shop, d.channel, d.delivery_id]
    return build_key_select(dialect, keys, [*keys, d.message_id])


def _join_turn() -> tuple[Any, Any]:
    return TURNS, (TURNS.c.shop == MESSAGES.c.shop) & (TURNS.c.trace_id == MESSAGES.c.trace_id)


def replace_when_next(insert: Any) -> Any:
    """Only over the version before: the fence that holds even where no lock was taken."""
    new = insert.excluded
    changed = {name: new[name] for name in ("version", "owner", "buyer", "state", "updated_at")}
    before = CONVERSATIONS.c.version == new.version - literal_column("1")
    return insert.on_conflict_do_update(index_elements=_primary_key_names(CONVERSATIONS), set_=changed, where=before)


def add_spent(insert: Any) -> Any:
    """Adds to what is spent of a budget and returns the sum."""
    added = {"spent": BUDGETS.c.spent + insert.excluded.spent}
    b = BUDGETS.c
    return insert.on_conflict_do_update(index_elements=_primary_key_names(BUDGETS), set_=added).returning(
        b.shop, b.budget, b.spent
    )


def bump_version(insert: Any) -> Any:
    """Writes only the version and time of a conversation that exists."""
    moved = {"version": CONVERSATIONS.c.version + literal_column("1"), "updated_at": insert.excluded.updated_at}
    return insert.on_conflict_do_update(index_elements=_primary_key_names(CONVERSATIONS), set_=moved)


def answer_pending(insert: Any) -> Any:
    """Marks a waiting message as answered; an answered one stays as it is, and so does another of the same id."""
    answered = {name: insert.excluded[name] for name in ("state", "trace_id", "position")}
    waits = (MESSAGES.c.state == literal_column(f"'{PENDING}'")) & (
        insert.excluded.state == literal_column(f"'{ANSWERED}'")
    )
    for name in IDENTITY_COLUMNS:
        waits &= MESSAGES.c[name].is_not_distinct_from(insert.excluded[name])
    return insert.on_conflict_do_update(index_elements=_primary_key_names(MESSAGES), set_=answered, where=waits)


_ENDED_COLUMNS = ("state", "resolved_at", "waiting_since", "answer_due", "closing", "unread")


def refresh_ticket(insert: Any) -> Any:
    """The brief grows, or its buyer ends the ticket; who has claimed it is not the bot's to write."""
    names = ("reason", "group_name", "priority", "urgency", "first_response_due", "resolve_due", "close_due", "brief")
    changed = {name: insert.excluded[name] for name in names}
    ends = insert.excluded.state == literal_column(f"'{TicketState.RETURNED}'")
    ended = {name: insert.excluded[name] for name in _ENDED_COLUMNS} | {
        "version": TICKETS.c.version + literal_column("1")
    }
    changed |= {name: case((ends, value), else_=TICKETS.c[name]) for name, value in ended.items()}
    return insert.on_conflict_do_update(index_elements=_primary_key_names(TICKETS), set_=changed)


def note_wait(dialect: Dialect) -> NamedStatement:
    """A buyer wrote on an open ticket: the wait begins with the first message that no person has answered.

    It is all farewell only while nothing else waits, and a ticket that was put aside wakes.
    """
    t = TICKETS.c
    nothing_else = or_(t.waiting_since.is_(None), t.closing == literal_column("1"))
    changed = {
        "waiting_since": func.coalesce(t.waiting_since, bindparam("since")),
        "answer_due": func.coalesce(t.answer_due, bindparam("due")),
        "closing": case((nothing_else, bindparam("takes_leave", type_=Integer)), else_=literal_column("0")),
        "unread": t.unread + bindparam("messages"),
        "last_author": literal_column("'buyer'"),
        "last_line": bindparam("line"),
        "last_at": bindparam("at"),
        "snoozed_by": null(),
        "snoozed_until": null(),
        "version": t.version + literal_column("1"),
    }
    this = (t.shop == bindparam("its_shop")) & (t.ticket_id == bindparam("its_id"))
    still_open = t.state.in_([literal_column("'queued'"), literal_column("'claimed'")])
    return NamedStatement(dialect, TICKETS.update().where(this, still_open).values(changed))


def note_rating(dialect: Dialect) -> NamedStatement:
    """A buyer told how they were served; the last they say holds."""
    t = TICKETS.c
    changed = {
        "rating": bindparam("score"),
        "rating_words": bindparam("words"),
        "rated_at": bindparam("at"),
        "rated_via": literal_column("'buyer'"),
        "version": t.version + literal_column("1"),
    }
    this = (t.shop == bindparam("its_shop")) & (t.ticket_id == bindparam("its_id"))
    return NamedStatement(dialect, TICKETS.update().where(this).values(changed))


def open_follow_up(dialect: Dialect) -> Any:
    """Whoever held a ticket is reminded of it, once for its rating and for its buyer once in 24 hours.

    Whoever does not work at our desk (a platform's own people, somebody who has left) is not named.
    """
    t = TICKETS.c
    at: Any = cast(bindparam("at"), BigInteger)
    told = {
        "shop": t.shop,
        "todo_id": t.ticket_id + literal_column("'~rating'"),
        "channel": t.channel,
        "conversation": t.conversation,
        "ticket_id": t.ticket_id,
        "kind": literal_column("'follow_up'"),
        "state": literal_column("'open'"),
        "agent": case((_works_here(t.claimed_by), t.claimed_by), else_=literal_column("''")),
        "department": literal_column("''"),
        "about": cast(bindparam("about"), Text),
        "made_by": literal_column("''"),
        "made_at": at,
        "due_at": at,
    }
    this = (t.shop == bindparam("its_shop")) & (t.ticket_id == bindparam("its_id"))
    other = TODOS.alias().c
    same = (other.shop == t.shop) & (other.channel == t.channel) & (other.conversation == t.conversation)
    today = exists().where(same, other.made_by == literal_column("''"), other.made_at > at - literal_column(str(DAY)))
    insert = insert_into(dialect, TODOS).from_select(list(told), select(*told.values()).where(this, ~today))
    return insert.on_conflict_do_nothing()


def _works_here(agent: Column[Any]) -> ColumnElement[bool]:
    """Whether an agent is at our desk: by a token that is valid, or, named outside the database, by a profile."""
    tokens = AGENT_TOKENS.c
    valid = exists().where(tokens.agent == agent, tokens.revoked_at.is_(None))
    described = exists().where(AGENTS.c.agent == agent)
    return valid | (described & ~exists().where(tokens.agent == agent))


def count_urge(insert: Any) -> Any:
    """Counts a repeated urge of one order."""
    again = {
        "times": URGES.c.times + literal_column("1"),
        "last_at": insert.excluded.last_at,
        "why": insert.excluded.why,
    }
    is_open = text("state = 'open'")
    return insert.on_conflict_do_update(index_elements=["shop", "order_id"], index_where=is_open, set_=again)


def _primary_key_names(table: Any) -> list[str]:
    return [column.name for column in table.primary_key]
