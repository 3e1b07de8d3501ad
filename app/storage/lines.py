"""The lines of a conversation: buyers', the bot's and people's, in our own order.

Every write of a conversation moves its version, one at a time, and a line stands where the version that brought it
stands: no clock, the platform's or ours, can put a line before one that was read already.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Subquery,
    and_,
    false,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
)

from app.domain.message import ConversationKey
from app.domain.ticket import LinePage, OlderLines, TranscriptLine
from app.errors import MalformedError, ReusedIdError, error_sentence
from app.storage import codec, cursor
from app.storage.schema import MESSAGES, REPLIES
from handoff.ports import AgentLine

DESK, PLATFORM, PLATFORM_ENDED = "desk", "platform", "platform_ended"
"""How a person's line came: through a ticket, or as one the platform showed us, perhaps the person's last."""
MOST_UNSEEN = 50
_PLACE = ("position", "turn", "sent_at", "id")


def select_transcript(connection: Connection, key: ConversationKey, limit: int) -> Sequence[TranscriptLine]:
    """The last lines of a conversation, oldest first; those that wait for their turn come last."""
    return _read_last_lines(connection, _all_lines(key), limit)


def read_line_page(connection: Connection, key: ConversationKey, since: str | datetime | None, limit: int) -> LinePage:
    """Lines whose turn was made: those after `since`, oldest first, or without it the last ones.

    `since` is a page's cursor or a line's own time. A cursor whose line was deleted meanwhile begins again at the
    first line that is left, so that nothing is skipped. MalformedError for a cursor that is not ours.
    """
    lines = _all_lines(key)
    made = lines.c.position < codec.PENDING_POSITION
    if since is None:
        told = _read_last_lines(connection, lines, limit, made)
        return LinePage(told, _line_cursor(told[-1]) if told else None, more=False)
    place = _cursor_place(since) if isinstance(since, str) else None
    later = _after_place(connection, lines, place) if place else _after_time(connection, lines, since)
    query = select(lines).where(made, later).order_by(*_place_columns(lines)).limit(limit + 1)
    found = [_decode_line(row) for row in connection.execute(query).mappings()]
    page, kept = tuple(found[:limit]), since if isinstance(since, str) else None
    return LinePage(page, _line_cursor(page[-1]) if page else kept, more=len(found) > limit)


def read_older_lines(connection: Connection, key: ConversationKey, before: str | None, limit: int) -> OlderLines:
    """The last lines before a page's cursor, or the last of all; those that wait for their turn come last.

    MalformedError for a cursor that is not ours.
    """
    lines = _all_lines(key)
    older = tuple_(*_place_columns(lines)) < tuple_(*_cursor_place(before)) if before else None
    found = _read_last_lines(connection, lines, limit + 1, older)
    page = found[-limit:]
    return OlderLines(page, _line_cursor(page[0]) if len(found) > limit else None)


def read_unseen_lines(connection: Connection, key: ConversationKey, last_seen: str, agent: str) -> list[TranscriptLine]:
    """What others wrote after the line of this id, oldest first; MalformedError when the conversation has no such line.

    The line is looked up as it stands now: one that waited for its turn may have moved since it was seen.
    """
    lines = _all_lines(key)
    columns = _place_columns(lines)
    newest_first = [column.desc() for column in columns]
    seen = connection.execute(select(*columns).where(lines.c.id == last_seen).order_by(*newest_first).limit(1)).first()
    if seen is None:
        raise MalformedError(error_sentence("unknown_line", id=last_seen))
    of_others = lines.c.agent.is_distinct_from(agent)
    query = select(lines).where(tuple_(*columns) > tuple_(*seen), of_others).order_by(*columns).limit(MOST_UNSEEN)
    return [_decode_line(row) for row in connection.execute(query).mappings()]


def _read_last_lines(
    connection: Connection, lines: Subquery, limit: int, condition: ColumnElement[bool] | None = None
) -> tuple[TranscriptLine, ...]:
    newest = [column.desc() for column in _place_columns(lines)]
    query = select(lines).where(true() if condition is None else condition).order_by(*newest).limit(limit)
    return tuple(_decode_line(row) for row in reversed(connection.execute(query).mappings().all()))


def _cursor_place(since: str) -> tuple[Any, ...]:
    return cursor.decode_cursor(since, int, int, int, str)


def _line_cursor(line: TranscriptLine) -> str:
    sent = codec.encode_time(line.sent_at or line.at)
    return cursor.encode_cursor(line.position, int(line.message_id is None), sent, line.id)


def _after_place(connection: Connection, lines: Subquery, place: tuple[Any, ...]) -> ColumnElement[bool]:
    columns = tuple_(*_place_columns(lines))
    known = connection.execute(select(lines.c.id).where(columns == tuple_(*place))).first()
    return columns > tuple_(*place) if known else true()


def _after_time(connection: Connection, lines: Subquery, at: Any) -> ColumnElement[bool]:
    """After the line of just this time, else from the first line that is later."""
    columns, micros = _place_columns(lines), codec.encode_time(at)
    first = select(*columns).order_by(*columns).limit(1)
    if exact := connection.execute(first.where(lines.c.at == micros)).first():
        return tuple_(*columns) > tuple_(*exact)
    later = connection.execute(first.where(lines.c.at > micros)).first()
    return tuple_(*columns) >= tuple_(*later) if later else false()


def _place_columns(lines: Subquery) -> list[ColumnElement[Any]]:
    return [lines.c[name] for name in _PLACE]


def _all_lines(key: ConversationKey) -> Subquery:
    return union_all(_buyer_lines(key), _reply_lines(key)).subquery()


def _buyer_lines(key: ConversationKey) -> Select[Any]:
    m = MESSAGES.c
    return select(
        m.position,
        literal(0).label("turn"),
        m.sent_at,
        m.message_id.label("id"),
        m.received_at.label("at"),
        literal("buyer").label("author"),
        m.text,
        m.type,
        null().label("agent"),
        m.content,
    ).where(match_conversation(m, key))


def _reply_lines(key: ConversationKey) -> Select[Any]:
    r = REPLIES.c
    kind = literal("text").label("type")
    place = (r.position, literal(1).label("turn"), r.at.label("sent_at"), r.reply_id.label("id"))
    return select(*place, r.at, r.author, r.text, kind, r.agent, r.content).where(match_conversation(r, key))


def match_conversation(columns: Any, key: ConversationKey) -> ColumnElement[bool]:
    """The rows of one conversation, in any table that has its key."""
    return and_(columns.shop == key.shop, columns.channel == key.channel, columns.conversation == key.conversation)


def _decode_line(row: RowMapping) -> TranscriptLine:
    said_by_buyer = row["author"] == "buyer"
    return TranscriptLine(
        at=codec.decode_time(row["at"]),
        author=row["author"],
        text=row["text"],
        type=row["type"],
        agent=row["agent"],
        message_id=row["id"] if said_by_buyer else None,
        id=row["id"],
        sent_at=codec.decode_time(row["sent_at"]) if said_by_buyer else None,
        position=row["position"],
        content=codec.decode_content(row["content"]),
    )


def find_reply(connection: Connection, key: ConversationKey, reply_id: str) -> RowMapping | None:
    """The line of ours or of a person that has this id on the channel, in whatever conversation."""
    r = REPLIES.c
    same = and_(r.shop == key.shop, r.channel == key.channel, r.reply_id == reply_id)
    return connection.execute(select(REPLIES).where(same)).mappings().first()


def is_ours(known: RowMapping) -> bool:
    """Whether we brought the line to the platform; it may come back as an echo."""
    return known["via"] not in {PLATFORM, PLATFORM_ENDED}


def check_same_reply(known: RowMapping, key: ConversationKey, line: AgentLine, via: str) -> None:
    """Raises ReusedIdError unless `line` repeats the one that has its id.

    A line that we brought to the platform comes back under our id, perhaps without its words or its author.
    """
    echo = via != DESK and is_ours(known)
    differing = {
        "conversation": known["conversation"] != key.conversation,
        "text": not (echo and not line.text.strip()) and known["text"].strip() != line.text.strip(),
        "parts": not echo and known["content"] != codec.encode_content(line.content),
        "agent": not echo and (known["agent"] or "") != line.agent,
        "ended": not echo and known["via"] != via,
    }
    if any(differing.values()):
        raise ReusedIdError.naming("this id", [name for name, differs in differing.items() if differs])


def insert_bot_line(
    connection: Connection, key: ConversationKey, line_id: str, text: str, now: datetime, *, position: int
) -> None:
    """Keep a line that the bot says between turns."""
    place = {"shop": key.shop, "channel": key.channel, "conversation": key.conversation}
    said = {"reply_id": line_id, "author": "bot", "text": text, "at": codec.encode_time(now), "position": position}
    connection.execute(REPLIES.insert().values(place | said))


def insert_agent_line(
    connection: Connection, key: ConversationKey, line: AgentLine, now: datetime, *, via: str, position: int
) -> None:
    """Keep a person's line."""
    place = {"shop": key.shop, "channel": key.channel, "conversation": key.conversation}
    said = {"reply_id": line.id, "author": "agent", "agent": line.agent, "text": line.text}
    came = {
        "at": codec.encode_time(now),
        "position": position,
        "via": via,
        "content": codec.encode_content(line.content),
    }
    connection.execute(REPLIES.insert().values(place | said | came))
