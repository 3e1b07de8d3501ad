"""Who was named in notes, in the database: written with the note, unread until seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, select, tuple_

from app.domain.events import MentionMade, MentionSeen
from app.domain.mention import Mention
from app.domain.ticket import Ticket, TicketEntry
from app.storage import codec, cursor
from app.storage.event_readers import Reader, Writer, Written
from app.storage.schema import MENTIONS, TICKET_HISTORY
from handoff.mentions import MentionPage

_M, _H = MENTIONS.c, TICKET_HISTORY.c
_LATEST_FIRST = (_M.at.desc(), _M.mention_id.desc())
_IS_UNREAD = _M.seen_at.is_(None)


@dataclass(frozen=True, slots=True)
class MentionRecords:
    """The store's part for them."""

    read: Reader
    write: Writer

    async def get(self, mention_id: str) -> Mention | None:
        """A mention by its id, or None."""
        return await self.read(lambda c: _select_one(c, mention_id))

    async def find(
        self, agent: str, shops: frozenset[str] | None, *, unread: bool, limit: int, cursor: str | None
    ) -> MentionPage:
        """One page of an agent's; MalformedError for a cursor that is not ours."""
        return await self.read(lambda c: _read_page(c, agent, shops, limit, cursor, unread=unread))

    async def mark_seen(self, ticket: Ticket, agent: str, now: datetime) -> None:
        """They saw all that they were named in on this ticket; nothing is written where they had seen it."""
        if await self.read(lambda c: c.execute(select(_M.mention_id).where(_unread_on(ticket, agent))).first()):
            await self.write(lambda c: _mark_seen(c, ticket, agent, now))


def insert_mentions(
    connection: Connection, ticket: Ticket, note: TicketEntry, named: Sequence[str]
) -> tuple[MentionMade, ...]:
    """Keep whom a new note names, and tell them."""
    made = [
        Mention(f"{ticket.id}~{note.id}~{agent}", ticket.key, ticket.id, note.id, agent, note.agent, note.text, note.at)
        for agent in named
    ]
    if made:
        connection.execute(MENTIONS.insert(), [_encode(each) for each in made])
    return tuple(MentionMade(key=ticket.key, at=note.at, mention=each) for each in made)


def delete_of_ticket(connection: Connection, ticket: Ticket) -> None:
    """Forget all of a ticket's."""
    connection.execute(MENTIONS.delete().where(_match_ticket(ticket)))


def _read_page(
    connection: Connection, agent: str, shops: frozenset[str] | None, limit: int, after: str | None, *, unread: bool
) -> MentionPage:
    own: ColumnElement[bool] = _M.agent == agent
    if shops is not None:
        own = and_(own, _M.shop.in_(sorted(shops)))
    query = _select_with_notes().where(and_(own, _IS_UNREAD) if unread else own).order_by(*_LATEST_FIRST)
    if after:
        query = query.where(tuple_(_M.at, _M.mention_id) < tuple_(*cursor.decode_cursor(after, int, str)))
    found = [_decode(row) for row in connection.execute(query.limit(limit + 1)).mappings()]
    last = found[limit - 1] if len(found) > limit else None
    more = cursor.encode_cursor(codec.encode_time(last.at), last.id) if last else None
    count = select(func.count()).select_from(MENTIONS).where(own, _IS_UNREAD)
    return MentionPage(tuple(found[:limit]), more, connection.execute(count).scalar_one())


def _select_one(connection: Connection, mention_id: str) -> Mention | None:
    row = connection.execute(_select_with_notes().where(_M.mention_id == mention_id)).mappings().first()
    return _decode(row) if row else None


def _mark_seen(connection: Connection, ticket: Ticket, agent: str, now: datetime) -> Written[None]:
    unread = _unread_on(ticket, agent)
    found = [_decode(row) for row in connection.execute(_select_with_notes().where(unread)).mappings()]
    connection.execute(MENTIONS.update().where(unread).values(seen_at=codec.encode_time(now)))
    seen = (replace(each, seen_at=now) for each in found)
    return Written(None, tuple(MentionSeen(key=ticket.key, at=now, mention=each) for each in seen))


def _select_with_notes() -> Select[Any]:
    note = and_(_H.shop == _M.shop, _H.ticket_id == _M.ticket_id, _H.entry_id == _M.entry_id)
    written = (_H.agent.label("by"), _H.text)
    return select(MENTIONS, *written).join(TICKET_HISTORY, note)


def _unread_on(ticket: Ticket, agent: str) -> ColumnElement[bool]:
    return and_(_match_ticket(ticket), _M.agent == agent, _IS_UNREAD)


def _match_ticket(ticket: Ticket) -> ColumnElement[bool]:
    return and_(_M.ticket_id == ticket.id, _M.shop == ticket.key.shop)


def _encode(mention: Mention) -> dict[str, Any]:
    return {
        "shop": mention.key.shop,
        "mention_id": mention.id,
        "channel": mention.key.channel,
        "conversation": mention.key.conversation,
        "ticket_id": mention.ticket_id,
        "entry_id": mention.note_id,
        "agent": mention.agent,
        "at": codec.encode_time(mention.at),
        "seen_at": codec.encode_optional_time(mention.seen_at),
    }


def _decode(row: RowMapping) -> Mention:
    return Mention(
        id=row["mention_id"],
        key=codec.decode_key(row),
        ticket_id=row["ticket_id"],
        note_id=row["entry_id"],
        agent=row["agent"],
        by=row["by"],
        text=row["text"],
        at=codec.decode_time(row["at"]),
        seen_at=codec.decode_optional_time(row["seen_at"]),
    )
