"""Tells of tickets that are nearly late, and again of those that are: each level of each clock once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, and_, case, select, tuple_

from app.domain.events import TicketClock, TicketDue
from app.storage import codec
from app.storage.event_readers import Written
from app.storage.schema import IS_OPEN_TICKET, TICKETS
from app.storage.ticket_rows import decode_ticket

LATE, NEARLY_LATE = 100, 80
MOST_AT_ONCE = 100
_T = TICKETS.c


@dataclass(frozen=True, slots=True)
class _Clock:
    """From when until when it runs, and how much of that was gone when people were told."""

    name: TicketClock
    since: Column[Any]
    due: Column[Any]
    told: Column[Any]

    def level_at(self, at: int) -> ColumnElement[int]:
        """The level that is reached at this time."""
        nearly = (at - self.since) * LATE >= (self.due - self.since) * NEARLY_LATE
        return case((self.due <= at, LATE), (nearly, NEARLY_LATE), else_=0)

    def is_untold(self, at: int) -> ColumnElement[bool]:
        """Whether a level is reached that nobody was told of."""
        return and_(IS_OPEN_TICKET, self.due.is_not(None), self.level_at(at) > self.told)


CLOCKS = (
    _Clock(TicketClock.ANSWER, _T.waiting_since, _T.answer_due, _T.escalated),
    _Clock(TicketClock.RESOLVE, _T.created_at, _T.resolve_due, _T.resolve_escalated),
    _Clock(TicketClock.CLOSE, _T.created_at, _T.close_due, _T.close_escalated),
)


def find_untold_clocks(connection: Connection, now: datetime) -> tuple[TicketClock, ...]:
    """Clocks by which a ticket has become late, or nearly so, since people were last told."""
    at = codec.encode_time(now)
    return tuple(
        clock.name
        for clock in CLOCKS
        if connection.execute(select(_T.ticket_id).where(clock.is_untold(at)).limit(1)).first()
    )


def escalate_tickets(connection: Connection, names: Sequence[TicketClock], now: datetime) -> Written[int]:
    """Note and tell of them; of several processes at once each ticket is another's, or nobody's until the next time."""
    events: list[TicketDue] = []
    at = codec.encode_time(now)
    for clock in (each for each in CLOCKS if each.name in names):
        found = select(_T.shop, _T.ticket_id).where(clock.is_untold(at)).limit(MOST_AT_ONCE)
        mine = tuple_(_T.shop, _T.ticket_id).in_(found.with_for_update(skip_locked=True))
        told = TICKETS.update().where(mine).values({clock.told: clock.level_at(at)}).returning(TICKETS)
        for row in connection.execute(told).mappings():
            ticket = decode_ticket(row)
            level = row[clock.told.name]
            events.append(TicketDue(key=ticket.key, at=now, ticket=ticket, clock=clock.name, level=level))
    return Written(len(events), tuple(events))
