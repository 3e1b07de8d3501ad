"""Small real classes at our own ports, which tests can ask what happened."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.events import (
    EventReader,
    PersonSpoke,
    TicketChanged,
    TicketClaimed,
    TicketReleased,
    TicketReopened,
    TicketResolved,
    TicketReturned,
    TicketSeen,
)
from app.domain.handoff import TicketState
from app.domain.held_reply import HeldReply, StopReason
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.domain.ticket import Draft, OlderLines, Ticket, TicketEntry, TranscriptLine
from app.errors import ConflictError, NotFoundError, ReusedIdError, TicketConflictError
from handoff.agents import AgentToken
from handoff.ports import OPEN_STATES, AgentLine, NewerLinesError, TicketCounts, TicketFilter, TicketPage
from handoff.roster import AgentStatus, DeskLoad, DeskProfile, ProfileChange
from handoff.sessions import BrowserCredential
from handoff.urges import Urge, UrgeFilter, UrgePage, UrgeState


class FakeTickets:
    """Tickets in memory, with the states guarded as the port says."""

    def __init__(self, *tickets: Ticket, readers: Sequence[EventReader] = ()) -> None:
        self.readers = readers
        self.events: list[TicketChanged | PersonSpoke] = []
        self.tickets = {ticket.id: ticket for ticket in tickets}
        self.lines: list[AgentLine] = []
        self.outbox: list[OutboxRow] = []
        self.said: list[TranscriptLine] = []
        self.entries: dict[str, list[TicketEntry]] = {}
        self.drafts: dict[tuple[str, str], Draft] = {}

    async def find_tickets(self, wanted: TicketFilter, *, limit: int, cursor: str | None) -> TicketPage:
        found = [ticket for ticket in self.tickets.values() if _matches(ticket, wanted)]
        start = int(cursor or 0)
        more = str(start + limit) if len(found) > start + limit else None
        return TicketPage(tuple(found[start : start + limit]), more, len(found))

    async def count_tickets(self, shops: frozenset[str] | None, agent: str, now: datetime) -> TicketCounts:
        seen = [each for each in self.tickets.values() if _matches(each, TicketFilter(shops, states=OPEN_STATES))]
        own = [each.claimed_by == agent for each in seen]
        aside = [each.snooze is not None for each in seen]
        kinds = (
            [mine and not put for mine, put in zip(own, aside, strict=True)],
            [each.state is TicketState.QUEUED for each in seen],
            [True for each in seen],
            [each.answer_due is not None and each.answer_due < now for each in seen],
            [mine and put for mine, put in zip(own, aside, strict=True)],
        )
        return TicketCounts(*map(sum, kinds))

    async def get_ticket(self, ticket_id: str) -> Ticket | None:
        return self.tickets.get(ticket_id)

    async def find_open_ticket(self, key: ConversationKey) -> Ticket | None:
        open_tickets = [each for each in self.tickets.values() if each.key == key and each.state in OPEN_STATES]
        return open_tickets[-1] if open_tickets else None

    async def load_transcript(self, ticket: Ticket, *, limit: int) -> Sequence[TranscriptLine]:
        del ticket
        return self.said[-limit:]

    async def claim(self, ticket_id: str, agent: str, now: datetime) -> Ticket:
        if (found := self.tickets[ticket_id]).state is TicketState.CLAIMED and found.claimed_by == agent:
            return found
        ticket = self._in(TicketState.QUEUED, ticket_id)
        claimed = replace(ticket, state=TicketState.CLAIMED, claimed_by=agent, claimed_at=now)
        return self._keep(TicketClaimed(key=ticket.key, at=now, ticket=claimed, agent=agent))

    async def claim_next(self, wanted: TicketFilter, agent: str, now: datetime) -> Ticket | None:
        queued = replace(wanted, states=frozenset({TicketState.QUEUED}))
        waiting = [ticket for ticket in self.tickets.values() if _matches(ticket, queued)]
        return await self.claim(waiting[0].id, agent, now) if waiting else None

    async def release(self, ticket_id: str, holder: str, now: datetime, *, by: str | None = None) -> Ticket:
        if (found := self.tickets[ticket_id]).repeats_change(TicketReleased.kind, by or holder):
            return found
        ticket = self._in(TicketState.CLAIMED, ticket_id, holder)
        queued = replace(ticket, state=TicketState.QUEUED, claimed_by=None, claimed_at=None)
        return self._keep(TicketReleased(key=ticket.key, at=now, ticket=queued, agent=by or holder))

    async def load_older_lines(self, ticket: Ticket, *, before: str | None, limit: int) -> OlderLines:
        del ticket
        end = int(before or len(self.said))
        start = max(0, end - limit)
        return OlderLines(tuple(self.said[start:end]), str(start) if start else None)

    async def add_reply(
        self, ticket_id: str, holder: str, line: AgentLine, now: datetime, *, last_seen: str | None = None
    ) -> Ticket:
        if said := [known for known in self.lines if known.id == line.id]:
            if said != [line]:
                raise ReusedIdError.naming("this id", ["text"])
            return self.tickets[ticket_id]
        ticket = self._in(TicketState.CLAIMED, ticket_id, holder)
        ids = [each.id for each in self.said]
        if last_seen and (unseen := self.said[ids.index(last_seen) + 1 :]):
            raise NewerLinesError.holding(unseen)
        self.lines.append(line)
        first = ticket.first_response_at is None
        answered = replace(ticket, first_response_at=ticket.first_response_at or now)
        words = {"line_id": line.id, "agent": line.agent, "text": line.text}
        return self._keep(PersonSpoke(key=ticket.key, at=now, ticket=answered, first=first, **words))

    async def mark_seen(self, ticket_id: str, holder: str, now: datetime) -> Ticket:
        ticket = self.tickets[ticket_id]
        if ticket.claimed_by != holder:
            return ticket
        return self._keep(TicketSeen(key=ticket.key, at=now, ticket=replace(ticket, unread=0), agent=holder))

    async def resolve(self, ticket_id: str, holder: str, note: str, now: datetime, *, by: str | None = None) -> Ticket:
        if (found := self.tickets[ticket_id]).repeats_change(TicketResolved.kind, by or holder):
            if found.note != note:
                raise TicketConflictError(found.state)
            return found
        ticket = self._in(TicketState.CLAIMED, ticket_id, holder)
        resolved = replace(ticket, state=TicketState.RESOLVED, note=note, resolved_at=now)
        return self._keep(TicketResolved(key=ticket.key, at=now, ticket=resolved, agent=by or holder))

    async def reopen(self, ticket_id: str, by: str, now: datetime) -> Ticket:
        ticket = self.tickets[ticket_id]
        if ticket.state in OPEN_STATES:
            raise TicketConflictError(ticket.state)
        state = TicketState.CLAIMED if ticket.claimed_by else TicketState.QUEUED
        opened = replace(ticket, state=state, resolved_at=None)
        return self._keep(TicketReopened(key=ticket.key, at=now, ticket=opened, agent=by))

    async def add_note(self, ticket_id: str, note: TicketEntry, named: Sequence[str] = ()) -> Ticket:
        self.entries.setdefault(ticket_id, []).append(note)
        return self.tickets[ticket_id]

    async def load_entries(self, ticket: Ticket) -> Sequence[TicketEntry]:
        return self.entries.get(ticket.id, [])

    async def save_draft(self, ticket: Ticket, agent: str, draft: Draft) -> None:
        self.drafts[ticket.id, agent] = draft

    async def load_held_replies(self, ticket: Ticket) -> Sequence[HeldReply]:
        del ticket
        return ()

    async def load_draft(self, ticket: Ticket, agent: str) -> Draft | None:
        return self.drafts.get((ticket.id, agent))

    async def return_to_bot(
        self, ticket_id: str, holder: str | None, now: datetime, *, by: str | None = None, word: str = ""
    ) -> Ticket:
        del word
        if (found := self.tickets[ticket_id]).repeats_change(TicketReturned.kind, by or holder):
            return found
        ticket = self._in(TicketState.CLAIMED if holder else TicketState.QUEUED, ticket_id, holder)
        returned = replace(ticket, state=TicketState.RETURNED, resolved_at=now)
        return self._keep(TicketReturned(key=ticket.key, at=now, ticket=returned, agent=by or holder))

    def _in(self, state: TicketState, ticket_id: str, holder: str | None = None) -> Ticket:
        ticket = self.tickets.get(ticket_id)
        if ticket is None:
            raise NotFoundError(ticket_id)
        if ticket.state is not state or (holder and ticket.claimed_by != holder):
            raise TicketConflictError(ticket.state)
        return ticket

    def _keep(self, event: TicketChanged | PersonSpoke) -> Ticket:
        ticket = event.ticket
        assert ticket is not None
        if isinstance(event, TicketChanged):
            ticket = replace(ticket, last_change=event.kind, changed_by=event.agent)
        self.tickets[ticket.id] = ticket
        self.events.append(event)
        for reader in self.readers:
            self.outbox.extend(reader.outbox_rows(event))
        return ticket


def _matches(ticket: Ticket, wanted: TicketFilter) -> bool:
    return (
        (wanted.shops is None or ticket.key.shop in wanted.shops)
        and (wanted.states is None or ticket.state in wanted.states)
        and (wanted.groups is None or ticket.group in wanted.groups)
        and wanted.priority in (None, ticket.priority)
        and wanted.claimed_by in (None, ticket.claimed_by)
        and wanted.snoozed in (None, ticket.snooze is not None)
    )


class NothingHeld:
    """Of a desk where every reply leaves at once."""

    async def hold(self, held: HeldReply) -> Ticket:
        raise NotImplementedError(held.id)

    async def get(self, shop: str, line_id: str) -> HeldReply | None:
        raise NotImplementedError(shop, line_id)

    async def list_of_ticket(self, ticket: Ticket) -> Sequence[HeldReply]:
        del ticket
        return ()

    async def list_of_agent(self, agent: str, shops: frozenset[str] | None) -> Sequence[HeldReply]:
        del agent, shops
        return ()

    async def find_due(self, now: datetime) -> Sequence[HeldReply]:
        del now
        return ()

    async def withdraw(self, ticket: Ticket, line_id: str, by: str, now: datetime) -> Ticket:
        raise NotImplementedError(ticket, line_id, by, now)

    async def leave(self, ticket: Ticket, line_id: str, now: datetime, *, at_once: bool = False) -> Ticket:
        raise NotImplementedError(ticket, line_id, now, at_once)

    async def stop(self, ticket: Ticket, line_id: str, why: StopReason, now: datetime) -> Ticket:
        raise NotImplementedError(ticket, line_id, why, now)


class UndoSeconds:
    """Shops where a reply can be taken back for three seconds."""

    def undo_seconds(self, shop: str) -> int:
        del shop
        return 3


class FakeRoster:
    """Who is at the desk, in memory; nobody has anything in hand."""

    def __init__(self) -> None:
        self.kept: dict[str, DeskProfile] = {}

    async def find_profile(self, agent: str) -> DeskProfile | None:
        return self.kept.get(agent)

    async def list_profiles(self) -> Sequence[DeskProfile]:
        return tuple(self.kept.values())

    async def save_profile(self, agent: str, change: ProfileChange, now: datetime) -> DeskProfile:
        del now
        self.kept[agent] = change.apply(self.kept.get(agent, DeskProfile(agent)))
        return self.kept[agent]

    async def mark_present(self, agents: Sequence[str], now: datetime) -> None:
        for agent in agents:
            known = self.kept.get(agent, DeskProfile(agent, status=AgentStatus.ONLINE))
            self.kept[agent] = replace(known, seen_at=now)

    async def count_loads(self, agents: Sequence[str] | None, now: datetime) -> dict[str, DeskLoad]:
        del agents, now
        return {}

    async def list_held(self, agent: str) -> Sequence[Ticket]:
        del agent
        return ()

    async def release_held(self, agent: str, by: str, now: datetime) -> int:
        del agent, by, now
        return 0


class FakeTokens:
    """Agents' tokens in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, AgentToken] = {}

    async def add_token(self, token: AgentToken) -> None:
        self.kept[token.token_hash] = token

    async def find_token(self, token_hash: str) -> AgentToken | None:
        return self.kept.get(token_hash)

    async def list_tokens(self) -> Sequence[AgentToken]:
        return tuple(self.kept.values())

    async def revoke_token(self, token_hash: str, now: datetime) -> bool:
        if token_hash not in self.kept:
            return False
        self.kept[token_hash] = replace(self.kept[token_hash], revoked_at=now)
        return True


class FakeSessions:
    """Browsers' sessions and sign-in codes in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, BrowserCredential] = {}
        self.extended = 0

    async def add_credential(self, credential: BrowserCredential) -> None:
        self.kept[credential.secret_hash] = credential

    async def find_credential(self, secret_hash: str) -> BrowserCredential | None:
        return self.kept.get(secret_hash)

    async def extend_credential(self, secret_hash: str, expires_at: datetime) -> None:
        self.extended += 1
        self.kept[secret_hash] = replace(self.kept[secret_hash], expires_at=expires_at)

    async def end_credential(self, secret_hash: str, now: datetime) -> bool:
        found = self.kept.get(secret_hash)
        if found is None or found.ended_at is not None:
            return False
        self.kept[secret_hash] = replace(found, ended_at=now)
        return True


class FakeUrges:
    """Urges in memory."""

    def __init__(self, *urges: Urge) -> None:
        self.kept = {urge.id: urge for urge in urges}

    async def find_urges(self, wanted: UrgeFilter, *, limit: int, cursor: str | None) -> UrgePage:
        del cursor
        found = [urge for urge in self.kept.values() if wanted.shops is None or urge.key.shop in wanted.shops]
        found = [urge for urge in found if wanted.state in (None, urge.state)]
        return UrgePage(tuple(found[:limit]), None, len(found))

    async def get_urge(self, urge_id: str) -> Urge | None:
        return self.kept.get(urge_id)

    async def close_urge(self, urge_id: str, agent: str, now: datetime) -> Urge:
        urge = self.kept[urge_id]
        if urge.state is UrgeState.CLOSED:
            raise ConflictError("closed before")
        self.kept[urge_id] = replace(urge, state=UrgeState.CLOSED, closed_by=agent, closed_at=now)
        return self.kept[urge_id]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> None:
        self.now += timedelta(**step)
