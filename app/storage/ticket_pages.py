"""Lists of tickets: pages in any order, filters, counts, and the queue as who takes the next one meets it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
)

from app.domain.handoff import TicketState
from app.domain.ticket import Ticket
from app.errors import MalformedError, error_sentence
from app.storage import codec, cursor
from app.storage.brief_words import BriefWords
from app.storage.schema import MESSAGES, REPLIES, TICKETS, in_states
from app.storage.ticket_rows import decode_ticket
from handoff.ports import OPEN_STATES, TicketCounts, TicketFilter, TicketOrder, TicketPage

MOST_PASSED_OVER = 20
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


def iterate_queued(connection: Connection, wanted: TicketFilter) -> Iterator[Ticket]:
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
