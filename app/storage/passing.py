"""Tickets passed on, taken, put aside, and what the clock does to them; each change in one transaction."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select

from app.domain.conversation import Owner
from app.domain.events import (
    TicketCameBack,
    TicketChanged,
    TicketSnoozed,
    TicketTaken,
    TicketTransferred,
    TicketUndone,
    TicketWoken,
)
from app.domain.handoff import TicketState
from app.domain.ticket import Snooze, Ticket, Transfer
from app.errors import TicketConflictError, error_sentence
from app.storage import codec, ticket_history
from app.storage.event_readers import Written
from app.storage.schema import AGENTS, TICKETS
from app.storage.ticket_rows import match_ticket, write_ticket
from app.storage.tickets import TicketChanges, require_state, save_ticket
from handoff.ports import ENDED_STATES
from handoff.roster import GONE_AFTER, AgentStatus
from handoff.transfers import TransferTarget, TransferTo

MOST_AT_ONCE = 100
_T, _A = TICKETS.c, AGENTS.c


class TicketPassing(TicketChanges):
    """What happens between people, beside claiming and ending."""

    def transfer_ticket(
        self, connection: Connection, ticket_id: str, holder: str | None, target: TransferTarget, transfer: Transfer
    ) -> Written[Ticket]:
        """To another person, who holds it at once, or to a group's queue; it rings there until somebody takes it up."""
        ticket = self.lock_ticket(connection, ticket_id)
        if ticket.repeats_change(TicketTransferred.kind, transfer.by) and target.to.has(ticket):
            return Written(ticket)
        require_state(ticket, TicketState.QUEUED if holder is None else TicketState.CLAIMED, holder)
        passed = replace(_place_with(ticket, target.to, transfer.at), transfer=transfer, snooze=None)
        passed = _name_group(connection, passed, target.title)
        event = TicketTransferred(key=ticket.key, at=transfer.at, ticket=passed, agent=transfer.by)
        return _save_open(connection, ticket, passed, event, transfer.note)

    def take_ticket(
        self, connection: Connection, ticket_id: str, by: str, now: datetime, *, holder: str | None = None
    ) -> Written[Ticket]:
        """From its holder, who may be named, or the queue to whoever takes it."""
        ticket = self.lock_ticket(connection, ticket_id)
        if ticket.state in ENDED_STATES or holder:
            require_state(ticket, TicketState.CLAIMED, holder)
        if ticket.claimed_by == by:
            return Written(ticket)
        taken = _place_with(ticket, TransferTo(agent=by), now).taken_up()
        event = TicketTaken(key=ticket.key, at=now, ticket=taken, agent=by)
        return _save_open(connection, ticket, taken, event)

    def snooze_ticket(
        self, connection: Connection, ticket_id: str, holder: str, snooze: Snooze, now: datetime
    ) -> Written[Ticket]:
        """Put aside what its holder has answered."""
        ticket = self.lock_ticket(connection, ticket_id)
        require_state(ticket, TicketState.CLAIMED, holder)
        if ticket.snooze == snooze:
            return Written(ticket)
        if ticket.waiting_since is not None:
            raise TicketConflictError(error_sentence("buyer_waits"))
        aside = replace(ticket, snooze=snooze, transfer=None)
        return _save_open(
            connection, ticket, aside, TicketSnoozed(key=ticket.key, at=now, ticket=aside, agent=snooze.by)
        )

    def wake_ticket(self, connection: Connection, ticket_id: str, by: str | None, now: datetime) -> Written[Ticket]:
        """Put aside no more; without `by` only when its time has come."""
        ticket = self.lock_ticket(connection, ticket_id)
        aside = ticket.snooze
        if aside is None or (by is None and (aside.until is None or aside.until > now)):
            return Written(ticket)
        awake = write_ticket(connection, replace(ticket, snooze=None))
        return Written(awake, (TicketWoken(key=ticket.key, at=now, ticket=awake, agent=by),))

    def undo_transfer(
        self, connection: Connection, ticket_id: str, by: str, since: datetime, now: datetime
    ) -> Written[Ticket]:
        """Where it was before its transfer, for whoever passed it on not before `since`."""
        ticket = self.lock_ticket(connection, ticket_id)
        if ticket.repeats_change(TicketUndone.kind, by):
            return Written(ticket)
        last = ticket_history.select_last_change(connection, ticket)
        if not ticket.repeats_change(TicketTransferred.kind, by) or last is None:
            raise TicketConflictError(error_sentence("nothing_to_undo"))
        if last.at < since:
            raise TicketConflictError(error_sentence("undo_too_late"))
        back = _place_back(connection, ticket, last.before)
        return _save_open(connection, ticket, back, TicketUndone(key=ticket.key, at=now, ticket=back, agent=by))

    def bring_back(self, connection: Connection, ticket_id: str, now: datetime) -> Written[Ticket]:
        """A transfer that nobody took up in time: back to its sender when they are there, else to the queue."""
        ticket = self.lock_ticket(connection, ticket_id)
        if ticket.transfer is None or ticket.transfer.returns_at > now or ticket.state in ENDED_STATES:
            return Written(ticket)
        last = ticket_history.select_last_change(connection, ticket)
        before = last.before if last and ticket.last_change == TicketTransferred.kind else {}
        if before.get("claimed_by") not in _select_present(connection, now):
            before = {**before, "state": TicketState.QUEUED, "claimed_by": None, "claimed_at": None}
        back = _place_back(connection, ticket, before)
        event = TicketCameBack(key=ticket.key, at=now, ticket=back)
        return _save_open(connection, ticket, back, event, error_sentence("transfer_unseen"))

    def release_of_gone(self, connection: Connection, ticket_id: str, now: datetime) -> Written[Ticket]:
        """Back to the queue, while its buyer waits and its holder is gone."""
        ticket = self.lock_ticket(connection, ticket_id)
        if not _is_left_waiting(ticket, now) or ticket.claimed_by not in _select_gone(connection, now):
            return Written(ticket)
        queued = replace(ticket.taken_up(), state=TicketState.QUEUED, claimed_by=None, claimed_at=None)
        told = error_sentence("holder_gone", agent=ticket.claimed_by)
        return _save_open(connection, ticket, queued, TicketCameBack(key=ticket.key, at=now, ticket=queued), told)


def find_unseen_transfers(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Open tickets whose transfer nobody took up in time."""
    return _find_ids(connection, _T.returns_at <= codec.encode_time(now))


def find_due_snoozes(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Tickets whose time to wake has come."""
    return _find_ids(connection, _T.snoozed_until <= codec.encode_time(now))


def find_left_waiting(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Tickets whose buyer waits and whose holder is gone; who claimed it just now was there then."""
    long_held = _T.claimed_at <= codec.encode_time(now - GONE_AFTER)
    waits = and_(_T.state == TicketState.CLAIMED.value, _T.waiting_since.is_not(None), long_held)
    return _find_ids(connection, and_(waits, _T.claimed_by.in_(select(_A.agent).where(_is_gone(now)))))


def _is_left_waiting(ticket: Ticket, now: datetime) -> bool:
    """The same of a ticket at hand."""
    long_held = ticket.claimed_at is not None and ticket.claimed_at <= now - GONE_AFTER
    return ticket.state is TicketState.CLAIMED and ticket.waiting_since is not None and long_held


def _find_ids(connection: Connection, condition: ColumnElement[bool]) -> tuple[str, ...]:
    return tuple(connection.execute(select(_T.ticket_id).where(condition).limit(MOST_AT_ONCE)).scalars())


def _is_gone(now: datetime) -> ColumnElement[bool]:
    """Whoever was at the desk and lost the connection longer ago than a page needs to come back."""
    return and_(_A.status != AgentStatus.OFFLINE.value, _A.seen_at < codec.encode_time(now - GONE_AFTER))


def _select_gone(connection: Connection, now: datetime) -> set[str]:
    return set(connection.execute(select(_A.agent).where(_is_gone(now))).scalars())


def _select_present(connection: Connection, now: datetime) -> set[str | None]:
    here = and_(_A.status == AgentStatus.ONLINE.value, _A.seen_at >= codec.encode_time(now - GONE_AFTER))
    return set(connection.execute(select(_A.agent).where(here)).scalars())


def _place_with(ticket: Ticket, to: TransferTo, now: datetime) -> Ticket:
    if to.group:
        return replace(ticket, state=TicketState.QUEUED, group=to.group, claimed_by=None, claimed_at=None)
    return replace(ticket, state=TicketState.CLAIMED, claimed_by=to.agent, claimed_at=now)


def _place_back(connection: Connection, ticket: Ticket, before: dict[str, Any]) -> Ticket:
    """With whom and in which group it was; what the buyer waits for is as it is now."""
    places = {name: before[name] for name in ("state", "claimed_by", "claimed_at", "group") if name in before}
    return _name_group(connection, replace(ticket.taken_up(), **places), before.get("group_title", ""))


def _name_group(connection: Connection, ticket: Ticket, title: str) -> Ticket:
    """The ticket whose brief names its group, as lists show it."""
    told = {"group": ticket.group.value, "group_title": title or ticket.brief.get("group_title", "")}
    if ticket.brief.get("group", ticket.group) == ticket.group:
        return ticket
    named = replace(ticket, brief={**ticket.brief, **told})
    connection.execute(TICKETS.update().where(match_ticket(ticket)).values(brief=codec.encode_json(named.brief)))
    return named


def _save_open(
    connection: Connection, before: Ticket, after: Ticket, event: TicketChanged, text: str = ""
) -> Written[Ticket]:
    owner = Owner.QUEUE if after.state is TicketState.QUEUED else Owner.AGENT
    return save_ticket(connection, before, after, owner, event, text=text)
