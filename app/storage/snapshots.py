"""The facts of briefs, read again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.domain.events import TicketRefreshed
from app.domain.ticket import Ticket
from app.storage import codec
from app.storage.event_readers import Written
from app.storage.schema import TICKETS
from app.storage.ticket_rows import match_ticket, write_ticket
from app.storage.tickets import TicketChanges


def refresh_snapshots(
    connection: Connection,
    desk: TicketChanges,
    ticket_id: str,
    snapshots: Sequence[Mapping[str, Any]],
    by: str,
    now: datetime,
) -> Written[Ticket]:
    """Put these in the place of those of the same kind and id; nothing changes where they say the same."""
    ticket = desk.lock_ticket(connection, ticket_id)
    fresh = {(shot["kind"], shot["id"]): dict(shot) for shot in snapshots}
    known = ticket.brief.get("snapshots", [])
    shown = [fresh.get((shot["kind"], shot["id"]), shot) for shot in known]
    if shown == known:
        return Written(ticket)
    renewed = replace(ticket, brief={**ticket.brief, "snapshots": shown})
    values = {"brief": codec.encode_json(renewed.brief)}
    connection.execute(TICKETS.update().where(match_ticket(ticket)).values(values))
    written = write_ticket(connection, renewed)
    return Written(written, (TicketRefreshed(key=ticket.key, at=now, ticket=written, agent=by),))
