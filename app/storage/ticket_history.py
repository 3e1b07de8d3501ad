"""What people did to tickets, and what they noted for each other: one row an entry."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select

from app.domain.events import TicketChanged, TicketNoted
from app.domain.handoff import Group, TicketState
from app.domain.ticket import Ticket, TicketEntry
from app.errors import ReusedIdError
from app.storage import codec
from app.storage.schema import TICKET_HISTORY

MOST_ENTRIES = 200
_H = TICKET_HISTORY.c
_LATEST_FIRST = (_H.at.desc(), _H.version.desc(), _H.entry_id.desc())


def insert_change(connection: Connection, before: Ticket, event: TicketChanged, text: str = "") -> None:
    """Note that a person changed the ticket, and how it was before."""
    _insert_entry(
        connection,
        before,
        TicketEntry(f"{before.version}:{event.kind}", event.at, event.agent or "", event.kind, text),
        codec.encode_json(_describe_state(before)),
    )


def insert_note(connection: Connection, ticket: Ticket, note: TicketEntry) -> bool:
    """Whether the note is new; ReusedIdError when its id was another note's."""
    known = connection.execute(select(TICKET_HISTORY).where(_match_entry(ticket, note.id))).mappings().first()
    if known is None:
        _insert_entry(connection, ticket, note, "")
        return True
    if (known["change"], known["agent"], known["text"]) != (note.change, note.agent, note.text):
        raise ReusedIdError.naming("this id", ["text"])
    return False


def select_entries(connection: Connection, ticket: Ticket) -> tuple[TicketEntry, ...]:
    """The last entries of a ticket, oldest first."""
    query = select(TICKET_HISTORY).where(_match_ticket(ticket)).order_by(*_LATEST_FIRST).limit(MOST_ENTRIES)
    rows = connection.execute(query).mappings().all()
    return tuple(
        TicketEntry(row["entry_id"], codec.decode_time(row["at"]), row["agent"], row["change"], row["text"])
        for row in reversed(rows)
    )


@dataclass(frozen=True, slots=True)
class LastChange:
    """When a ticket was changed last, and how it was before that, in its own fields."""

    at: datetime
    before: dict[str, Any]


def select_last_change(connection: Connection, ticket: Ticket) -> LastChange | None:
    """The ticket's last change; None where it is not known."""
    last = and_(_match_ticket(ticket), _H.change == ticket.last_change, _H.before != "")
    found = connection.execute(select(_H.at, _H.before).where(last).order_by(*_LATEST_FIRST).limit(1)).first()
    return None if found is None else LastChange(codec.decode_time(found.at), _decode_state(found.before))


def _decode_state(document: str) -> dict[str, Any]:
    """The ticket's own fields; a group is told since tickets are passed on to others."""
    told = codec.decode_json(document)
    times = {name: codec.decode_optional_time(told[name]) for name in ("claimed_at", "waiting_since", "answer_due")}
    group = {"group": Group(told["group"])} if "group" in told else {}
    return {**told, **times, **group, "state": TicketState(told["state"])}


def delete_entries(connection: Connection, ticket: Ticket) -> None:
    """Forget a ticket's history."""
    connection.execute(TICKET_HISTORY.delete().where(_match_ticket(ticket)))


def note_event(ticket: Ticket, note: TicketEntry) -> TicketNoted:
    """A colleague noted something."""
    return TicketNoted(key=ticket.key, at=note.at, ticket=ticket, agent=note.agent)


def _describe_state(ticket: Ticket) -> dict[str, Any]:
    return {
        "state": ticket.state.value,
        "group": ticket.group.value,
        "group_title": ticket.brief.get("group_title", ""),
        "claimed_by": ticket.claimed_by,
        "claimed_at": codec.encode_optional_time(ticket.claimed_at),
        "waiting_since": codec.encode_optional_time(ticket.waiting_since),
        "answer_due": codec.encode_optional_time(ticket.answer_due),
        "closing": ticket.closing,
        "unread": ticket.unread,
        "note": ticket.note,
        "misses": ticket.misses,
    }


def _insert_entry(connection: Connection, ticket: Ticket, entry: TicketEntry, before: str) -> None:
    key = ticket.key
    place = {"shop": key.shop, "ticket_id": ticket.id, "channel": key.channel, "conversation": key.conversation}
    told = {"entry_id": entry.id, "at": codec.encode_time(entry.at), "agent": entry.agent, "change": entry.change}
    kept = {"text": entry.text, "before": before, "version": ticket.version}
    connection.execute(TICKET_HISTORY.insert().values(place | told | kept))


def _match_ticket(ticket: Ticket) -> ColumnElement[bool]:
    return and_(_H.shop == ticket.key.shop, _H.ticket_id == ticket.id)


def _match_entry(ticket: Ticket, entry_id: str) -> ColumnElement[bool]:
    return and_(_match_ticket(ticket), _H.entry_id == entry_id)
