"""Tickets in the database: pages, transcripts, and each change together with the conversation's new owner."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    RowMapping,
    Select,
    and_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
)

from app.domain.conversation import Conversation, Owner
from app.domain.decision import Action, Reason, Verdict
from app.domain.events import (
    Event,
    PersonSpoke,
    ReplyStopped,
    TicketChanged,
    TicketClaimed,
    TicketOpened,
    TicketReleased,
    TicketReopened,
    TicketResolved,
    TicketReturned,
    TicketSeen,
)
from app.domain.handoff import Group, Priority, TicketState
from app.domain.message import ConversationKey
from app.domain.ticket import Draft, LastLine, Snooze, Ticket, TicketEntry, TicketRating, Transfer
from app.errors import MalformedError, NotFoundError, TicketConflictError, error_sentence
from app.storage import codec, cursor, drafts, held_rows, kept_promises, lines, mentions, ticket_history
from app.storage.brief_words import BriefWords
from app.storage.event_readers import Written
from app.storage.outbox import withdraw_bot_lines
from app.storage.schema import CONVERSATIONS, IS_OPEN_TICKET, MESSAGES, REPLIES, TICKETS, in_states
from app.storage.writing.locks import lock_number, take_locks, try_lock
from app.storage.writing.rows import conversation_row, key_row, ticket_row, wait_cells
from app.storage.writing.statements import Driver, compile_statement
from handoff.brief_writer import shorten_line
from handoff.ports import (
    ENDED_STATES,
    OPEN_STATES,
    AgentLine,
    NewerLinesError,
    TicketCounts,
    TicketFilter,
    TicketOrder,
    TicketPage,
)
from handoff.promises import end_with_ticket, resume_with_ticket

MOST_PASSED_OVER = 20
PLATFORM_AGENT = "platform"
"""Who holds a ticket that was answered on a platform which does not say by whom."""


def decode_ticket(row: Mapping[str, Any] | RowMapping) -> Ticket:
    """A stored ticket."""
    return Ticket(
        id=row["ticket_id"],
        key=ConversationKey(row["shop"], row["channel"], row["conversation"]),
        reason=Reason(row["reason"]),
        group=Group(row["group_name"]),
        priority=Priority(row["priority"]),
        created_at=codec.decode_time(row["created_at"]),
        first_response_due=codec.decode_time(row["first_response_due"]),
        resolve_due=codec.decode_time(row["resolve_due"]),
        close_due=codec.decode_time(row["close_due"]),
        state=TicketState(row["state"]),
        claimed_by=row["claimed_by"],
        claimed_at=codec.decode_optional_time(row["claimed_at"]),
        first_response_at=codec.decode_optional_time(row["first_response_at"]),
        resolved_at=codec.decode_optional_time(row["resolved_at"]),
        brief=codec.decode_json(row["brief"]),
        note=row["note"],
        last_change=row["last_change"],
        changed_by=row["changed_by"],
        version=row["version"],
        trace_id=row["trace_id"],
        buyer=row["buyer"],
        buyer_name=row["buyer_name"],
        waiting_since=codec.decode_optional_time(row["waiting_since"]),
        answer_due=codec.decode_optional_time(row["answer_due"]),
        closing=bool(row["closing"]),
        unread=row["unread"],
        last_line=_decode_last_line(row),
        transfer=_decode_transfer(row),
        snooze=_decode_snooze(row),
        escalated=row["escalated"],
        rating=_decode_rating(row),
        answers=row["answers"],
        answers_in_time=row["answers_in_time"],
        misses=row["misses"],
    )


def _decode_last_line(row: Mapping[str, Any] | RowMapping) -> LastLine | None:
    if row["last_at"] is None:
        return None
    return LastLine(row["last_author"], row["last_line"], codec.decode_time(row["last_at"]))


def _decode_transfer(row: Mapping[str, Any] | RowMapping) -> Transfer | None:
    if row["transferred_by"] is None:
        return None
    at, returns_at = codec.decode_time(row["transferred_at"]), codec.decode_time(row["returns_at"])
    return Transfer(row["transferred_by"], row["transfer_note"], at, returns_at)


def _decode_snooze(row: Mapping[str, Any] | RowMapping) -> Snooze | None:
    if row["snoozed_by"] is None:
        return None
    return Snooze(row["snoozed_by"], codec.decode_optional_time(row["snoozed_until"]))


def _decode_rating(row: Mapping[str, Any] | RowMapping) -> TicketRating | None:
    if row["rating_asked_at"] is None and row["rating"] is None:
        return None
    asked, rated = codec.decode_optional_time(row["rating_asked_at"]), codec.decode_optional_time(row["rated_at"])
    return TicketRating(asked, row["rating"], row["rating_words"], rated, row["rated_via"])


def select_ticket(connection: Connection, ticket_id: str) -> Ticket | None:
    """One ticket, or None."""
    row = connection.execute(_SELECT_TICKET, {"ticket_id": ticket_id}).mappings().first()
    return decode_ticket(row) if row else None


def select_open_ticket(connection: Connection, key: ConversationKey) -> Ticket | None:
    """The conversation's ticket that waits or is being worked, or None; the newest, should there be several."""
    query = select(TICKETS).where(lines.match_conversation(TICKETS.c, key), IS_OPEN_TICKET)
    row = connection.execute(query.order_by(TICKETS.c.created_at.desc()).limit(1)).mappings().first()
    return decode_ticket(row) if row else None


class TicketLookup:
    """select_ticket compiled once, for the event loop: every further message of a waiting conversation asks for it."""

    def __init__(self, dialect: Dialect) -> None:
        self._sql = compile_statement(dialect, _SELECT_TICKET)

    def read_ticket(self, driver: Driver, ticket_id: str) -> Ticket | None:
        """One over SQLite's own connection; raises sqlite3.Error."""
        row = driver.execute(self._sql, (ticket_id,)).fetchone()
        return decode_ticket(dict(zip(_TICKET_COLUMNS, row, strict=True))) if row else None


_TICKET_COLUMNS = tuple(TICKETS.columns.keys())
_SELECT_TICKET = select(TICKETS).where(TICKETS.c.ticket_id == bindparam("ticket_id"))


def read_ticket_page(connection: Connection, wanted: TicketFilter, limit: int, after: str | None) -> TicketPage:
    """Tickets in the order asked for."""
    condition = ticket_conditions(wanted)
    rows = connection.execute(_select_ticket_page(condition, wanted.order, limit + 1, after)).mappings().all()
    tickets = tuple(decode_ticket(row) for row in rows[:limit])
    # Of a column of the open tickets' own index: counted by rows alone, ended ones would be read as well.
    counted = func.count(_T.resolve_due)
    total = connection.execute(select(counted).select_from(TICKETS).where(condition)).scalar_one()
    return TicketPage(tickets, _ticket_cursor(wanted.order, rows[limit - 1]) if len(rows) > limit else None, total)


def read_ticket_counts(connection: Connection, shops: frozenset[str] | None, agent: str, now: datetime) -> TicketCounts:
    """How many open tickets there are of each kind."""
    state, due = TICKETS.c.state, TICKETS.c.answer_due
    own = and_(state == TicketState.CLAIMED.value, TICKETS.c.claimed_by == agent)
    aside = TICKETS.c.snoozed_by.is_not(None)
    kinds = (
        and_(own, not_(aside)),
        state == TicketState.QUEUED.value,
        true(),
        due < codec.encode_time(now),
        and_(own, aside),
    )
    counted = [func.count().filter(kind) for kind in kinds]
    condition = ticket_conditions(TicketFilter(shops, states=OPEN_STATES))
    row = connection.execute(select(*counted).select_from(TICKETS).where(condition)).one()
    return TicketCounts(*tuple(row))


def _select_ticket_page(
    condition: ColumnElement[bool], order: TicketOrder, limit: int, after: str | None
) -> Select[Any]:
    key = TICKET_ORDERS[order]
    query = select(TICKETS, *(column.label(f"key_{place}") for place, column in enumerate(key)))
    query = query.where(condition).order_by(*key).limit(limit)
    if after is None:
        return query
    kinds = [int] * (len(key) - 1)
    named, *place = cursor.decode_cursor(after, str, *kinds, str)
    if named != order.value:
        raise MalformedError(error_sentence("bad_cursor"))
    return query.where(tuple_(*key) > tuple_(*place))


def _ticket_cursor(order: TicketOrder, row: RowMapping) -> str:
    return cursor.encode_cursor(order.value, *(row[f"key_{place}"] for place in range(len(TICKET_ORDERS[order]))))


_NEVER = 2**62
_T = TICKETS.c
_LATEST_FIRST = -func.coalesce(_T.last_at, _T.created_at)
TICKET_ORDERS: Mapping[TicketOrder, tuple[ColumnElement[Any], ...]] = {
    TicketOrder.URGENT: (_T.urgency, _T.first_response_due, _T.ticket_id),
    TicketOrder.DUE: (func.coalesce(_T.answer_due, _NEVER), _T.urgency, _LATEST_FIRST, _T.ticket_id),
    TicketOrder.RECENT: (_LATEST_FIRST, _T.ticket_id),
    TicketOrder.OPENED: (_T.created_at, _T.ticket_id),
}
"""The columns of each order: numbers, all ascending, and the ticket's id last."""


def ticket_conditions(wanted: TicketFilter) -> ColumnElement[bool]:
    """The condition of a filter."""
    conditions: list[ColumnElement[bool]] = [true()]
    listed = (
        (_T.shop, wanted.shops),
        (_T.group_name, wanted.groups),
        (_T.claimed_by, None if wanted.claimed_by is None else {wanted.claimed_by}),
        (_T.priority, None if wanted.priority is None else {wanted.priority}),
    )
    conditions += [column.in_(sorted(map(str, values))) for column, values in listed if values is not None]
    if wanted.states is not None:
        conditions.append(in_states(_T.state, wanted.states))
    if wanted.snoozed is not None:
        conditions.append(_T.snoozed_by.is_not(None) if wanted.snoozed else _T.snoozed_by.is_(None))
    return and_(*conditions, _matches_text(wanted.text)) if wanted.text else and_(*conditions)


def _matches_text(text: str) -> ColumnElement[bool]:
    """What a person would look for: the buyer, an order or anything in the brief, a line of the conversation."""
    told = (_T.buyer, _T.buyer_name, BriefWords(_T.brief), _T.note)
    said = [
        exists().where(
            table.c.shop == _T.shop,
            table.c.channel == _T.channel,
            table.c.conversation == _T.conversation,
            table.c.text.icontains(text, autoescape=True),
        )
        for table in (MESSAGES, REPLIES)
    ]
    return or_(_T.ticket_id == text, *(column.icontains(text, autoescape=True) for column in told), *said)


class TicketChanges:
    """The changes people make. Each runs inside the writer's transaction and moves the conversation's version."""

    def __init__(self, *, locks: bool) -> None:
        self._locks = locks

    def claim_ticket(self, connection: Connection, ticket_id: str, agent: str, now: datetime) -> Written[Ticket]:
        """Queued to claimed."""
        ticket = self.lock_ticket(connection, ticket_id)
        if ticket.state is TicketState.CLAIMED and ticket.claimed_by == agent:
            # the same change again, its first answer was lost on the way; or it was passed on to them and rings
            return _note_seen(connection, ticket, agent, now) if ticket.transfer else Written(ticket)
        require_state(ticket, TicketState.QUEUED)
        return _claim_locked(connection, ticket, agent, now)

    def open_for_person(self, connection: Connection, ticket: Ticket, agent: str, now: datetime) -> Written[Ticket]:
        """A new ticket, claimed at once; the conversation's open ticket is another's and a conflict, or a retry's."""
        self._lock_conversation(connection, ticket.key)
        known = select_open_ticket(connection, ticket.key)
        if known is not None and known.claimed_by == agent:
            return Written(known)
        if known is not None:
            raise TicketConflictError(error_sentence("ticket_taken"))
        connection.execute(TICKETS.insert().values(dict(zip(_TICKET_COLUMNS, ticket_row(ticket), strict=True))))
        verdict = Verdict(Action.HANDOFF, ticket.brief["intent"], 1.0, ticket.reason)
        opened = TicketOpened(key=ticket.key, at=now, ticket=ticket, agent=agent, trace_id="", verdict=verdict)
        claimed = _claim_locked(connection, ticket, agent, now)
        return Written(claimed.value, (opened, *claimed.events))

    def claim_next_ticket(
        self, connection: Connection, wanted: TicketFilter, agent: str, now: datetime
    ) -> Written[Ticket | None]:
        """Claim the first queued ticket of the filter that nobody else is at; None when there is none.

        Two who ask at once get two tickets: whoever is second passes over the one that the first has locked. A ticket
        that is locked only because its buyer just wrote is waited for when nothing else is left.
        """
        passed_over: list[Ticket] = []
        at_once = ((candidate, False) for candidate in _iterate_queued(connection, wanted))
        after_waiting = ((candidate, True) for candidate in passed_over)
        for candidate, wait in itertools.chain(at_once, after_waiting):
            if claimed := self._claim_candidate(connection, candidate, agent, now, wait=wait):
                return Written(claimed.value, claimed.events)
            if not wait:
                passed_over.append(candidate)
        return Written(None)

    def _claim_candidate(
        self, connection: Connection, candidate: Ticket, agent: str, now: datetime, *, wait: bool
    ) -> Written[Ticket] | None:
        """Claim it if it is free and still queued; otherwise its lock is let go, lest two wait for each other."""
        savepoint = connection.begin_nested() if self._locks else None
        free = self._try_lock(connection, candidate.key, wait=wait)
        ticket = select_ticket(connection, candidate.id) if free else None
        claimed = None
        if ticket is not None and ticket.state is TicketState.QUEUED:
            claimed = _claim_locked(connection, ticket, agent, now)
        if savepoint is not None:
            (savepoint.commit if claimed else savepoint.rollback)()
        return claimed

    def release_ticket(
        self, connection: Connection, ticket_id: str, holder: str, by: str, now: datetime
    ) -> Written[Ticket]:
        """Claimed to queued."""
        ticket = self.lock_ticket(connection, ticket_id)
        if ticket.repeats_change(TicketReleased.kind, by):
            return Written(ticket)
        require_state(ticket, TicketState.CLAIMED, holder)
        queued = replace(ticket.taken_up(), state=TicketState.QUEUED, claimed_by=None, claimed_at=None)
        event = TicketReleased(key=ticket.key, at=now, ticket=queued, agent=by)
        return save_ticket(connection, ticket, queued, Owner.QUEUE, event)

    def resolve_ticket(
        self, connection: Connection, ticket_id: str, holder: str, note: str, by: str, now: datetime
    ) -> Written[Ticket]:
        """Claimed to resolved."""
        ticket = self.lock_ticket(connection, ticket_id)
        if ticket.repeats_change(TicketResolved.kind, by):
            return Written(_require_same_note(ticket, note))
        require_state(ticket, TicketState.CLAIMED, holder)
        resolved = replace(ticket.ended(TicketState.RESOLVED, now), note=note)
        event = TicketResolved(key=ticket.key, at=now, ticket=resolved, agent=by)
        return save_ticket(connection, ticket, resolved, Owner.CLOSED, event, text=note)

    def return_ticket_to_bot(
        self, connection: Connection, ticket_id: str, holder: str | None, by: str | None, now: datetime, word: str = ""
    ) -> Written[Ticket]:
        """Claimed or queued to returned; the conversation keeps `word` for the bot and for whoever has it next."""
        ticket = self.lock_ticket(connection, ticket_id)
        if ticket.repeats_change(TicketReturned.kind, by):
            return Written(ticket)
        require_state(ticket, TicketState.QUEUED if holder is None else TicketState.CLAIMED, holder)
        returned = ticket.ended(TicketState.RETURNED, now)
        event = TicketReturned(key=ticket.key, at=now, ticket=returned, agent=by)
        written = save_ticket(connection, ticket, returned, Owner.BOT, event, text=word)
        if word:
            kept_promises.keep_word(connection, ticket, word, now)
        return written

    def reopen_ticket(self, connection: Connection, ticket_id: str, by: str, now: datetime) -> Written[Ticket]:
        """Ended to what it was before: with its holder or in the queue, and the buyer's wait as it stood."""
        ticket = self.lock_ticket(connection, ticket_id)
        if ticket.repeats_change(TicketReopened.kind, by):
            return Written(ticket)
        if ticket.state not in ENDED_STATES:
            raise TicketConflictError(error_sentence("not_ended"))
        last = ticket_history.select_last_change(connection, ticket)
        if last is None:
            raise TicketConflictError(error_sentence("ended_before_upgrade"))
        if select_open_ticket(connection, ticket.key):
            raise TicketConflictError(error_sentence("another_open"))
        fields = {name: value for name, value in last.before.items() if name != "group_title"}
        opened = replace(ticket, **fields, resolved_at=None)
        owner = Owner.QUEUE if opened.state is TicketState.QUEUED else Owner.AGENT
        if ticket.state is TicketState.RETURNED:
            kept_promises.forget_word(connection, ticket)
        event = TicketReopened(key=ticket.key, at=now, ticket=opened, agent=by)
        return save_ticket(connection, ticket, opened, owner, event)

    def add_note(
        self, connection: Connection, ticket_id: str, note: TicketEntry, named: Sequence[str] = ()
    ) -> Written[Ticket]:
        """A note for colleagues, some of them named in it; the same again changes nothing."""
        ticket = self.lock_ticket(connection, ticket_id)
        if not ticket_history.insert_note(connection, ticket, note):
            return Written(ticket)
        noted = write_ticket(connection, ticket)
        told = mentions.insert_mentions(connection, ticket, note, named)
        return Written(noted, (ticket_history.note_event(noted, note), *told))

    def add_agent_reply(
        self,
        connection: Connection,
        ticket_id: str,
        holder: str,
        line: AgentLine,
        now: datetime,
        *,
        last_seen: str | None = None,
    ) -> Written[Ticket]:
        """A person's line to the buyer; NewerLinesError when others wrote after the line they saw last."""
        ticket = self.lock_ticket(connection, ticket_id)
        known = lines.find_reply(connection, ticket.key, line.id)
        if known is not None:
            lines.check_same_reply(known, ticket.key, line, lines.DESK)
            return Written(ticket)
        held_rows.take_up(connection, ticket.key.shop, line.id)
        require_state(ticket, TicketState.CLAIMED, holder)
        if last_seen and (unseen := lines.read_unseen_lines(connection, ticket.key, last_seen, line.agent)):
            raise NewerLinesError.holding(unseen)
        answered = _answer_ticket(ticket, line, now)
        first = ticket.first_response_at is None
        event = _person_spoke(ticket.key, line, now, answered, first=first)
        drafts.save_draft(connection, ticket, line.agent, Draft("", now))  # it was sent
        return _save_answer(connection, answered, event, line)

    def add_line_of_holder(
        self, connection: Connection, ticket_id: str, line: AgentLine, now: datetime
    ) -> Written[Ticket]:
        """A line said for whoever holds the ticket; TicketConflictError when nobody does."""
        ticket = self.lock_ticket(connection, ticket_id)
        return self.add_agent_reply(connection, ticket_id, ticket.claimed_by or "", line, now)

    def mark_seen(self, connection: Connection, ticket_id: str, holder: str, now: datetime) -> Written[Ticket]:
        """Its holder has seen what the buyer wrote, and that it was passed on to them; nothing else changes."""
        ticket = self.lock_ticket(connection, ticket_id)
        if not (ticket.unread or ticket.transfer) or ticket.claimed_by != holder:
            return Written(ticket)
        return _note_seen(connection, ticket, holder, now)

    def record_spoken_line(
        self, connection: Connection, key: ConversationKey, line: AgentLine, now: datetime, *, done: bool
    ) -> Written[bool]:
        """A line from a person on the platform, their last when `done`.

        False when nothing changed: a repeat, or our own line without an end.
        """
        owner, via = (Owner.CLOSED, lines.PLATFORM_ENDED) if done else (Owner.AGENT, lines.PLATFORM)
        self._lock_conversation(connection, key, line.id)
        known = lines.find_reply(connection, key, line.id)
        if known is not None:
            lines.check_same_reply(known, key, line, via)
            if not (done and lines.is_ours(known)):
                return Written(value=False)
        position = set_conversation_owner(connection, key, owner, now)
        if known is None:
            lines.insert_agent_line(connection, key, line, now, via=via, position=position)
        said = None if known is not None else line
        return Written(value=True, events=_take_over_on_platform(connection, key, line.agent, said, now, done=done))

    def expire_ticket(self, connection: Connection, ticket_id: str, now: datetime) -> Written[Ticket]:
        """Delete a ticket that nobody claimed; the bot answers again, and the conversation is as old as it was."""
        ticket = self.lock_ticket(connection, ticket_id)
        require_state(ticket, TicketState.QUEUED)
        connection.execute(TICKETS.delete().where(match_ticket(ticket)))
        ticket_history.delete_entries(connection, ticket)
        drafts.delete_drafts(connection, ticket)
        held_rows.delete_of_ticket(connection, ticket)
        mentions.delete_of_ticket(connection, ticket)
        free_conversation(connection, ticket, now)
        returned = replace(ticket, state=TicketState.RETURNED, resolved_at=now)
        return Written(ticket, (TicketReturned(key=ticket.key, at=now, ticket=returned),))

    def _lock_conversation(self, connection: Connection, key: ConversationKey, *line_ids: str) -> None:
        """And of ids on the channel, which may come for two conversations at once."""
        if self._locks:
            ids = [lock_number(key.shop, key.channel, "line", line_id) for line_id in line_ids]
            take_locks(connection, [lock_number(*key_row(key)), *ids])

    def _try_lock(self, connection: Connection, key: ConversationKey, *, wait: bool) -> bool:
        """Whether the conversation's lock is ours: where another has it, only after waiting."""
        if wait or not self._locks:
            self._lock_conversation(connection, key)
            return True
        return try_lock(connection, lock_number(*key_row(key)))

    def lock_ticket(self, connection: Connection, ticket_id: str) -> Ticket:
        """The ticket, with its conversation locked until the end of the transaction; NotFoundError when unknown."""
        ticket = select_ticket(connection, ticket_id)
        if ticket is not None:
            self._lock_conversation(connection, ticket.key)
            ticket = select_ticket(connection, ticket_id)
        if ticket is None:
            raise NotFoundError(error_sentence("unknown_ticket", id=ticket_id))
        return ticket


def _iterate_queued(connection: Connection, wanted: TicketFilter) -> Iterator[Ticket]:
    """The queued tickets of a filter, the most urgent first, read a few at a time."""
    queued = ticket_conditions(replace(wanted, states=frozenset({TicketState.QUEUED})))
    order, after = TicketOrder.URGENT, None
    while True:
        query = _select_ticket_page(queued, order, MOST_PASSED_OVER, after)
        rows = connection.execute(query).mappings().all()
        yield from map(decode_ticket, rows)
        if len(rows) < MOST_PASSED_OVER:
            return
        after = _ticket_cursor(order, rows[-1])


def _claim_locked(connection: Connection, ticket: Ticket, agent: str, now: datetime) -> Written[Ticket]:
    """Claim a ticket whose conversation is locked."""
    claimed = replace(ticket.taken_up(), state=TicketState.CLAIMED, claimed_by=agent, claimed_at=now)
    event = TicketClaimed(key=ticket.key, at=now, ticket=claimed, agent=agent)
    return save_ticket(connection, ticket, claimed, Owner.AGENT, event)


def _note_seen(connection: Connection, ticket: Ticket, holder: str, now: datetime) -> Written[Ticket]:
    seen = write_ticket(connection, replace(ticket, unread=0, transfer=None))
    return Written(seen, (TicketSeen(key=ticket.key, at=now, ticket=seen, agent=holder),))


def require_state(ticket: Ticket, state: TicketState, holder: str | None = None) -> None:
    """TicketConflictError unless the ticket is in this state, and in this person's hands where one is named."""
    if ticket.state is not state:
        raise TicketConflictError(error_sentence("ticket_state", state=ticket.state, needed=state))
    if holder is not None and ticket.claimed_by != holder:
        raise TicketConflictError(error_sentence("ticket_taken"))


def _take_over_on_platform(
    connection: Connection, key: ConversationKey, agent: str, line: AgentLine | None, now: datetime, *, done: bool
) -> tuple[Event, ...]:
    """What a person's line on the platform does to the conversation's ticket; `line` is None where they only ended.

    Whoever speaks there has taken a waiting ticket, answered it and, when `done`, resolved it. A ticket that a
    colleague holds stays theirs until then.
    """
    ticket = select_open_ticket(connection, key)
    if ticket is None:
        return (_person_spoke(key, line, now, on_platform=True),) if line else ()
    agent = agent or PLATFORM_AGENT
    events: list[Event] = []
    if ticket.state is TicketState.QUEUED:
        taken = replace(ticket.taken_up(), state=TicketState.CLAIMED, claimed_by=agent, claimed_at=now)
        claimed = TicketClaimed(key=key, at=now, ticket=taken, agent=agent)
        written = write_change(connection, ticket, taken, claimed)
        ticket = written.value
        events.extend(written.events)
    if line:
        first = ticket.first_response_at is None
        ticket = write_ticket(connection, _answer_ticket(ticket, line, now))
        events.append(_person_spoke(key, line, now, ticket, first=first, on_platform=True))
    if done:
        ended = ticket.ended(TicketState.RESOLVED, now)
        resolved = TicketResolved(key=key, at=now, ticket=ended, agent=agent)
        events.extend(write_change(connection, ticket, ended, resolved).events)
    return tuple(events)


def _person_spoke(
    key: ConversationKey,
    line: AgentLine,
    now: datetime,
    ticket: Ticket | None = None,
    *,
    first: bool = False,
    on_platform: bool = False,
) -> PersonSpoke:
    return PersonSpoke(
        key=key,
        at=now,
        line_id=line.id,
        agent=line.agent,
        text=line.text,
        ticket=ticket,
        first=first,
        content=line.content,
        on_platform=on_platform,
    )


def _answer_ticket(ticket: Ticket, line: AgentLine, now: datetime) -> Ticket:
    """The ticket after a person's line: nobody waits."""
    due = ticket.answer_due
    return replace(
        ticket.answered(),
        answers=ticket.answers + (due is not None),
        answers_in_time=ticket.answers_in_time + (due is not None and now <= due),
        first_response_at=ticket.first_response_at or now,
        last_line=LastLine("agent", shorten_line(line.text), now),
    )


def _require_same_note(ticket: Ticket, note: str) -> Ticket:
    if ticket.note != note:
        raise TicketConflictError(error_sentence("ticket_resolved"))
    return ticket


def save_ticket(
    connection: Connection, before: Ticket, after: Ticket, owner: Owner, event: TicketChanged, *, text: str = ""
) -> Written[Ticket]:
    """Write a change that a person made."""
    written = write_change(connection, before, after, event, text)
    set_conversation_owner(connection, after.key, owner, event.at, after.id if after.state in OPEN_STATES else None)
    return written


def write_change(
    connection: Connection, before: Ticket, after: Ticket, event: TicketChanged, text: str = ""
) -> Written[Ticket]:
    """The ticket as a person changed it, and what that keeps from leaving; its history keeps how it stood before."""
    ticket_history.insert_change(connection, before, event, text)
    stopped = held_rows.stop_where_hands_changed(connection, before, after)
    written = write_ticket(connection, replace(after, last_change=event.kind, changed_by=event.agent))
    given_back = [ReplyStopped(key=written.key, at=event.at, ticket=written, reply=reply) for reply in stopped]
    return Written(written, (cast("Event", event), *given_back))


def _save_answer(connection: Connection, ticket: Ticket, event: PersonSpoke, line: AgentLine) -> Written[Ticket]:
    """Write a line that a person said, which is no change of the ticket's state."""
    ticket = write_ticket(connection, ticket)
    position = set_conversation_owner(connection, ticket.key, Owner.AGENT, event.at)
    lines.insert_agent_line(connection, ticket.key, line, event.at, via=lines.DESK, position=position)
    return Written(ticket, (event,))


def write_ticket(connection: Connection, ticket: Ticket) -> Ticket:
    """The columns that people change, in the ticket's next version, which is returned."""
    waits = wait_cells(ticket)
    if ticket.waiting_since is not None:
        del waits["escalated"]  # whoever tells of a late answer counts it, and this may have been read before
    changed = {
        "group_name": ticket.group.value,
        "state": ticket.state.value,
        "claimed_by": ticket.claimed_by,
        "claimed_at": codec.encode_optional_time(ticket.claimed_at),
        "first_response_at": codec.encode_optional_time(ticket.first_response_at),
        "resolved_at": codec.encode_optional_time(ticket.resolved_at),
        "note": ticket.note,
        "last_change": ticket.last_change,
        "changed_by": ticket.changed_by,
        "version": ticket.version + 1,
        "answers": ticket.answers,
        "answers_in_time": ticket.answers_in_time,
        "misses": ticket.misses,
        **waits,
    }
    connection.execute(TICKETS.update().where(match_ticket(ticket)).values(changed))
    return replace(ticket, version=ticket.version + 1)


def match_ticket(ticket: Ticket) -> ColumnElement[bool]:
    """The ticket's own row."""
    return and_(TICKETS.c.shop == ticket.key.shop, TICKETS.c.ticket_id == ticket.id)


def set_conversation_owner(
    connection: Connection, key: ConversationKey, owner: Owner, now: datetime, ticket_id: str | None = None
) -> int:
    """Give the conversation to `owner`, with the ticket if one is named, and return its new version.

    A turn computed before this loses, and so do the bot's lines still unsent when a person has the conversation.
    """
    if owner in {Owner.AGENT, Owner.CLOSED}:
        withdraw_bot_lines(connection, key)
    this = lines.match_conversation(CONVERSATIONS.c, key)
    held = select(CONVERSATIONS.c.version, CONVERSATIONS.c.state).where(this).with_for_update()
    row = connection.execute(held).first()
    if row is None:
        fresh = conversation_row(Conversation(key, version=1, owner=owner), 1, codec.encode_time(now))
        connection.execute(CONVERSATIONS.insert().values(fresh))
        return 1
    moved = _change_owner(codec.decode_conversation(row.state, row.version + 1), owner, ticket_id, now)
    if ticket_id:
        moved = replace(moved, handoff_id=ticket_id)
    changed = {"version": moved.version, "owner": owner.value, "state": codec.encode_conversation(moved)}
    connection.execute(CONVERSATIONS.update().where(this).values(changed | {"updated_at": codec.encode_time(now)}))
    return moved.version


def free_conversation(connection: Connection, ticket: Ticket, now: datetime) -> None:
    """Give the conversation back to the bot, unless it has gone to another ticket; it stays as old as it is."""
    this = lines.match_conversation(CONVERSATIONS.c, ticket.key)
    held = select(CONVERSATIONS.c.version, CONVERSATIONS.c.state).where(this).with_for_update()
    row = connection.execute(held).first()
    if row is None:
        return
    found = codec.decode_conversation(row.state, row.version + 1)
    if found.handoff_id == ticket.id:
        state = codec.encode_conversation(_change_owner(found, Owner.BOT, ticket.id, now))
        changed = {"version": found.version, "owner": Owner.BOT.value, "state": state}
        connection.execute(CONVERSATIONS.update().where(this).values(changed))


def _change_owner(conversation: Conversation, owner: Owner, ticket_id: str | None, now: datetime) -> Conversation:
    """With its ticket open, or ended when the owner is nobody of the desk."""
    promises, ticket_id = tuple(conversation.promises), ticket_id or conversation.handoff_id
    if owner in {Owner.AGENT, Owner.QUEUE}:
        resumed = resume_with_ticket(promises, ticket_id)
        return replace(conversation, owner=owner, invitation=None, promises=resumed)
    return replace(
        conversation,
        owner=owner,
        promises=end_with_ticket(promises, ticket_id, now),
        handoff_id=None,
        queue_acknowledged=False,
        queue_matters=(),
        misses=0,
        pending=None,
        invitation=None,
    )
