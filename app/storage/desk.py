"""What people at the desk do beside working tickets one by one: passing on, coming and going."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from app.domain.ticket import Draft, Snooze, Ticket, Transfer
from app.errors import NotFoundError, TicketConflictError
from app.storage import drafts, escalation, passing, roster, shifts
from app.storage import snapshots as snapshot_rows
from app.storage.event_readers import Written
from app.storage.transactions import StoreTransactions
from handoff.roster import DeskLoad, DeskProfile, ProfileChange
from handoff.shifts import Shift, ShiftPage
from handoff.transfers import TransferTarget

T = TypeVar("T")
TicketFinder = Callable[[Connection, datetime], Sequence[str]]


class DeskStore(StoreTransactions):
    """PassingStore, RosterStore and SweepStore, over the transactions of the store that this is a part of."""

    # Passing on

    async def transfer(self, ticket_id: str, holder: str | None, target: TransferTarget, transfer: Transfer) -> Ticket:
        """To another person or group, where it rings."""
        return await self._change_ticket(lambda c: self._desk.transfer_ticket(c, ticket_id, holder, target, transfer))

    async def take(self, ticket_id: str, by: str, now: datetime) -> Ticket:
        """From whoever holds it to `by`."""
        return await self._change_ticket(lambda c: self._desk.take_ticket(c, ticket_id, by, now))

    async def snooze(self, ticket_id: str, holder: str, snooze: Snooze, now: datetime) -> Ticket:
        """Put aside; TicketConflictError while its buyer waits."""
        return await self._change_ticket(lambda c: self._desk.snooze_ticket(c, ticket_id, holder, snooze, now))

    async def wake(self, ticket_id: str, by: str | None, now: datetime) -> Ticket:
        """Put aside no more; without `by` only when its time has come."""
        return await self._change_ticket(lambda c: self._desk.wake_ticket(c, ticket_id, by, now))

    async def undo_transfer(self, ticket_id: str, by: str, since: datetime, now: datetime) -> Ticket:
        """Back to where it was before `by` passed it on, not before `since`."""
        return await self._change_ticket(lambda c: self._desk.undo_transfer(c, ticket_id, by, since, now))

    # Briefs

    async def refresh_snapshots(
        self, ticket_id: str, snapshots: Sequence[Mapping[str, Any]], by: str, now: datetime
    ) -> Ticket:
        """Put these in the place of those of the same kind and id; the ticket as it is where nothing is new."""
        return await self._write_change(
            lambda c: snapshot_rows.refresh_snapshots(c, self._desk, ticket_id, snapshots, by, now)
        )

    # Drafts

    async def save_draft(self, ticket: Ticket, agent: str, draft: Draft) -> None:
        """Keep what they have typed; an empty text is none."""

        def keep(connection: Connection) -> Written[None]:
            drafts.save_draft(connection, ticket, agent, draft)
            return Written(None)

        await self._write_change(keep)

    async def load_draft(self, ticket: Ticket, agent: str) -> Draft | None:
        """What they have typed on this ticket and not sent, or None."""
        return await self._read_in_thread(lambda c: drafts.select_draft(c, ticket, agent))

    # What the clock does

    async def bring_back_unseen(self, now: datetime) -> int:
        """Transfers that nobody took up in time go back; how many."""
        return await self._change_found(passing.find_unseen_transfers, self._desk.bring_back, now)

    async def wake_due(self, now: datetime) -> int:
        """What was put aside until now wakes; how many."""
        return await self._change_found(passing.find_due_snoozes, self._wake_by_clock, now)

    async def release_left(self, now: datetime) -> int:
        """Tickets whose buyer waits and whose holder is gone go back to the queue; how many."""
        return await self._change_found(passing.find_left_waiting, self._desk.release_of_gone, now)

    async def note_gone(self, now: datetime) -> tuple[str, ...]:
        """Who has been away too long since the last call, in whichever process it was."""
        if not await self._read_in_thread(lambda c: roster.has_newly_gone(c, now)):
            return ()
        return await self._write_change(lambda c: roster.mark_gone(c, now))

    async def escalate_late(self, now: datetime) -> int:
        """Tell of tickets that have become late, or nearly so; how many."""
        names = await self._read_in_thread(lambda c: escalation.find_untold_clocks(c, now))
        return await self._write_change(lambda c: escalation.escalate_tickets(c, names, now)) if names else 0

    def _wake_by_clock(self, connection: Connection, ticket_id: str, now: datetime) -> Written[Ticket]:
        return self._desk.wake_ticket(connection, ticket_id, None, now)

    async def _change_found(
        self, find: TicketFinder, change: Callable[[Connection, str, datetime], Written[Ticket]], now: datetime
    ) -> int:
        """Each in a transaction of its own, which looks again: of several processes one changes it."""
        changed = 0
        for ticket_id in await self._read_in_thread(lambda c: find(c, now)):
            told: list[Any] = []

            def work(connection: Connection, ticket_id: str = ticket_id, told: list[Any] = told) -> Written[Ticket]:
                written = change(connection, ticket_id, now)
                told[:] = written.events
                return written

            try:
                await self._change_ticket(work)
            except (NotFoundError, TicketConflictError):
                continue  # somebody was faster
            changed += bool(told)
        return changed

    # Coming and going

    async def find_profile(self, agent: str) -> DeskProfile | None:
        """One, or None."""
        return await self._read_in_thread(lambda c: roster.select_profile(c, agent))

    async def list_profiles(self) -> Sequence[DeskProfile]:
        """All."""
        return await self._read_in_thread(roster.select_profiles)

    async def save_profile(self, agent: str, change: ProfileChange, now: datetime) -> DeskProfile:
        """Change a profile, or make it."""
        return await self._write_change(lambda c: roster.save_profile(c, agent, change, now))

    async def mark_present(self, agents: Sequence[str], now: datetime) -> None:
        """These are connected now; one who never was is online."""
        if agents:
            await self._write_change(lambda c: roster.mark_present(c, agents, now))

    async def count_loads(self, agents: Sequence[str] | None, now: datetime) -> dict[str, DeskLoad]:
        """What agents have in hand; those with nothing are left out."""
        return await self._read_in_thread(lambda c: roster.count_loads(c, agents, now))

    async def list_held(self, agent: str) -> Sequence[Ticket]:
        """The open tickets an agent holds, the first to answer first."""
        return await self._read_in_thread(lambda c: roster.select_held(c, agent))

    # Shifts

    async def add_shift(self, shift: Shift) -> Shift:
        """Keep it; the same again changes nothing, ReusedIdError when its id was another's."""
        return await self._write_change(lambda c: shifts.insert_shift(c, shift))

    async def find_shifts(self, shop: str, *, waiting: bool, limit: int, cursor: str | None) -> ShiftPage:
        """One page of a shop's, or of those that nobody has taken on; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(
            lambda c: shifts.read_shift_page(c, shop, waiting=waiting, limit=limit, after=cursor)
        )

    async def get_shift(self, shop: str, shift_id: str) -> Shift | None:
        """One, or None."""
        return await self._read_in_thread(lambda c: shifts.select_shift(c, shop, shift_id))

    async def accept_shift(self, shift: Shift, by: str, now: datetime) -> Shift:
        """Note who takes it on, once, ConflictError when another has; what its agent still holds of it is theirs.

        Asked for again after a failure halfway it takes the rest.
        """
        accepted = await self._write_change(lambda c: shifts.mark_accepted(c, shift, by, now))
        held = {ticket.id for ticket in await self.list_held(shift.agent)}
        for ticket_id in (each for each in shift.ticket_ids if each in held):
            take = partial(self._desk.take_ticket, ticket_id=ticket_id, by=by, now=now, holder=shift.agent)
            with suppress(NotFoundError, TicketConflictError):  # it went elsewhere meanwhile
                await self._change_ticket(take)
        return accepted

    async def release_held(self, agent: str, by: str, now: datetime) -> int:
        """Put them all back into the queue; how many."""
        released = 0
        for ticket in await self.list_held(agent):
            try:
                await self._change_ticket(
                    partial(self._desk.release_ticket, ticket_id=ticket.id, holder=agent, by=by, now=now)
                )
            except (NotFoundError, TicketConflictError):
                continue  # it went elsewhere meanwhile
            released += 1
        return released
