"""Ratings in the database: they are columns of the tickets they are about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, select

from app.domain.conversation import Conversation, Owner, RatingInvitation
from app.domain.events import TicketInvited, TicketRated, TodoOpened
from app.domain.handoff import TicketState
from app.domain.message import ConversationKey
from app.domain.ticket import Ticket, TicketEntry, TicketRating
from app.storage import codec, lines, ticket_history
from app.storage.event_readers import Reader, Writer, Written
from app.storage.schema import CONVERSATIONS, TICKETS, TODOS, in_states
from app.storage.ticket_rows import decode_ticket, match_ticket
from app.storage.tickets import TicketChanges
from app.storage.writing.rows import describe_rating, rating_cells, reminder_values
from app.storage.writing.upserts import open_follow_up
from handoff.ratings import Invitation

MOST_AT_ONCE = 100
PLATFORM = "platform"
_T, _C = TICKETS.c, CONVERSATIONS.c
_FREE = (Owner.BOT.value, Owner.CLOSED.value)
_UNINVITED = and_(in_states(_T.state, {TicketState.RESOLVED}), _T.rating_asked_at.is_(None))
"""As the index has it, letter by letter."""


@dataclass(frozen=True, slots=True)
class PlatformRating:
    """What a platform tells through `by`; `follow_up`: what the ticket's holder is reminded of, empty: of nothing."""

    score: int
    words: str
    by: str
    follow_up: str


@dataclass(frozen=True, slots=True)
class RatingRecords:
    """The store's part for ratings; `forget` drops what is cached of a conversation that was written."""

    read: Reader
    write: Writer
    desk: TicketChanges
    forget: Callable[[ConversationKey], None]

    async def find_uninvited(
        self, shop: str, since: datetime, until: datetime, not_since: datetime
    ) -> Sequence[Ticket]:
        """Tickets that a person answered and resolved in that time, whose buyers nobody asked since `not_since`."""
        return await self.read(lambda c: _select_uninvited(c, shop, since, until, not_since))

    async def invite(self, ticket_id: str, invitation: Invitation, now: datetime) -> bool:
        """Ask; False where the ticket or the conversation has moved on, or the buyer was asked already."""
        asked = await self.write(lambda c: _invite(c, self.desk.lock_ticket(c, ticket_id), invitation, now))
        if asked:
            self.forget(asked)
        return asked is not None

    async def rate(
        self, ticket_id: str, score: int, words: str, by: str, now: datetime, *, follow_up: str = ""
    ) -> Ticket:
        """Keep what a platform tells; the same again changes nothing. `follow_up`: what its holder is reminded of."""
        told = PlatformRating(score, words, by, follow_up)
        return await self.write(lambda c: _rate(c, self.desk.lock_ticket(c, ticket_id), told, now))


def _select_uninvited(
    connection: Connection, shop: str, since: datetime, until: datetime, not_since: datetime
) -> list[Ticket]:
    ended = _T.resolved_at.between(codec.encode_time(since), codec.encode_time(until))
    served = and_(_T.shop == shop, _T.rating.is_(None), _T.first_response_at.is_not(None))
    free = exists().where(_same_conversation(_C), _C.owner.in_(_FREE))
    query = select(TICKETS).where(_UNINVITED, ended, served, free, ~_asked_since(not_since)).order_by(_T.resolved_at)
    return [decode_ticket(row) for row in connection.execute(query.limit(MOST_AT_ONCE)).mappings()]


def _invite(connection: Connection, ticket: Ticket, invitation: Invitation, now: datetime) -> Written[Any]:
    key = ticket.key
    this = and_(match_ticket(ticket), _UNINVITED, _T.rating.is_(None), ~_asked_since(invitation.not_since))
    if not connection.execute(select(_T.ticket_id).where(this)).first():
        return Written(None)
    position = _open_question(connection, key, RatingInvitation(ticket.id, invitation.until), now)
    if position is None:
        return Written(None)
    lines.insert_bot_line(connection, key, invitation.line_id, invitation.text, now, position=position)
    asked = _save(connection, replace(ticket, rating=TicketRating(asked_at=now)))
    _note(connection, asked, TicketEntry(f"invited:{invitation.line_id}", now, "", TicketInvited.kind))
    told = TicketInvited(key=key, at=now, ticket=asked, line_id=invitation.line_id, text=invitation.text)
    return Written(key, (told,))


def _open_question(
    connection: Connection, key: ConversationKey, question: RatingInvitation, now: datetime
) -> int | None:
    """The conversation's next version, with the invitation open; None while people have it or we wait for an answer."""
    this = lines.match_conversation(_C, key)
    held = select(_C.version, _C.state).where(this, _C.owner.in_(_FREE)).with_for_update()
    row = connection.execute(held).first()
    found: Conversation | None = codec.decode_conversation(row.state, row.version + 1) if row else None
    if found is None or found.pending:
        return None
    state = codec.encode_conversation(replace(found, invitation=question))
    changed = {"version": found.version, "state": state, "updated_at": codec.encode_time(now)}
    connection.execute(CONVERSATIONS.update().where(this).values(changed))
    return found.version


def _rate(connection: Connection, ticket: Ticket, told: PlatformRating, now: datetime) -> Written[Ticket]:
    known = ticket.rating or TicketRating()
    if (known.score, known.words, known.via) == (told.score, told.words, PLATFORM):
        return Written(ticket)
    rating = replace(known, score=told.score, words=told.words, at=now, via=PLATFORM)
    rated = _save(connection, replace(ticket, rating=rating))
    entry = TicketEntry(
        f"rated:{rated.version}", now, told.by, TicketRated.kind, describe_rating(told.score, told.words)
    )
    _note(connection, rated, entry)
    event = TicketRated(key=ticket.key, at=now, ticket_id=ticket.id, score=told.score)
    return Written(rated, (event, *_remind(connection, ticket, told.follow_up, now)))


def _remind(connection: Connection, ticket: Ticket, about: str, now: datetime) -> tuple[TodoOpened, ...]:
    """The follow-up for the ticket's holder, where there is one to open."""
    if not about:
        return ()
    opened = open_follow_up(connection.dialect).returning(TODOS.c.todo_id)
    row = connection.execute(opened, reminder_values(ticket.key.shop, ticket.id, about, now)).first()
    return (TodoOpened(key=ticket.key, at=now, todo_id=row.todo_id),) if row else ()


def _save(connection: Connection, ticket: Ticket) -> Ticket:
    """The ticket in its next version; nothing but its rating is written."""
    changed = {**rating_cells(ticket), "version": ticket.version + 1}
    connection.execute(TICKETS.update().where(match_ticket(ticket)).values(changed))
    return replace(ticket, version=ticket.version + 1)


def _note(connection: Connection, ticket: Ticket, entry: TicketEntry) -> None:
    ticket_history.insert_note(connection, ticket, entry)


def _asked_since(moment: datetime) -> ColumnElement[bool]:
    """Whether the conversation's buyer was asked about any ticket since then."""
    other = TICKETS.alias()
    asked = other.c.rating_asked_at >= codec.encode_time(moment)
    same = and_(other.c.shop == _T.shop, other.c.channel == _T.channel, other.c.conversation == _T.conversation, asked)
    return exists().where(same)


def _same_conversation(columns: Any) -> ColumnElement[bool]:
    return and_(columns.shop == _T.shop, columns.channel == _T.channel, columns.conversation == _T.conversation)
