"""What people have typed and not sent: one text a ticket and person."""

from sqlalchemy import ColumnElement, Connection, and_, select

from app.domain.ticket import Draft, Ticket
from app.storage import codec
from app.storage.schema import DRAFTS
from app.storage.writing.statements import insert_into

_D = DRAFTS.c


def save_draft(connection: Connection, ticket: Ticket, agent: str, draft: Draft) -> None:
    """Keep it in place of the one before; an empty one is none."""
    if not draft.text:
        connection.execute(DRAFTS.delete().where(_match_draft(ticket, agent)))
        return
    key, told = ticket.key, {"text": draft.text, "at": codec.encode_time(draft.at)}
    place = {"shop": key.shop, "ticket_id": ticket.id, "agent": agent}
    insert = insert_into(connection.dialect, DRAFTS).on_conflict_do_update(index_elements=list(place), set_=told)
    connection.execute(insert, {**place, "channel": key.channel, "conversation": key.conversation, **told})


def select_draft(connection: Connection, ticket: Ticket, agent: str) -> Draft | None:
    """Theirs on this ticket, or None."""
    row = connection.execute(select(_D.text, _D.at).where(_match_draft(ticket, agent))).first()
    return None if row is None else Draft(row.text, codec.decode_time(row.at))


def delete_drafts(connection: Connection, ticket: Ticket) -> None:
    """Forget everybody's."""
    connection.execute(DRAFTS.delete().where(_D.shop == ticket.key.shop, _D.ticket_id == ticket.id))


def _match_draft(ticket: Ticket, agent: str) -> ColumnElement[bool]:
    return and_(_D.shop == ticket.key.shop, _D.ticket_id == ticket.id, _D.agent == agent)
