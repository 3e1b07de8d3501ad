"""Changes of tickets: each together with its entry in the history and the conversation's new owner."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from sqlalchemy import Connection

from app.domain.conversation import Owner
from app.domain.decision import Action, Verdict
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
from app.domain.handoff import TicketState
from app.domain.message import ConversationKey
from app.domain.ticket import Draft, LastLine, Ticket, TicketEntry
from app.errors import NotFoundError, TicketConflictError, error_sentence
from app.storage import drafts, held_rows, kept_promises, lines, mentions, ticket_history
from app.storage.event_readers import Written
from app.storage.owners import free_conversation, set_conversation_owner
from app.storage.schema import TICKETS
from app.storage.ticket_pages import iterate_queued
from app.storage.ticket_rows import insert_ticket, match_ticket, select_open_ticket, select_ticket, write_ticket
from app.storage.writing.locks import lock_number, take_locks, try_lock
from app.storage.writing.rows import key_row
from handoff.brief_writer import shorten_line
from handoff.ports import ENDED_STATES, OPEN_STATES, AgentLine, NewerLinesError, TicketFilter

PLATFORM_AGENT = "platform"
"""Who holds a ticket that was answered on a platform which does not say by whom."""


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
        insert_ticket(connection, ticket)
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
        at_once = ((candidate, False) for candidate in iterate_queued(connection, wanted))
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
