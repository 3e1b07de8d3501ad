"""What of events a shop's callback is sent: lines for buyers, changes of tickets, promises."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.delivery.payloads import OutboxWriter, reply_payload
from app.domain.document import encode_dataclass
from app.domain.events import (
    Event,
    EventReader,
    PersonSpoke,
    PromiseMade,
    ShopBroken,
    ShopMended,
    TicketCameBack,
    TicketChanged,
    TicketClaimed,
    TicketInvited,
    TicketOpened,
    TicketReleased,
    TicketReopened,
    TicketResolved,
    TicketReturned,
    TicketTaken,
    TicketTransferred,
    TicketUndone,
    TurnAnswered,
)
from app.domain.handoff import TicketState
from app.domain.outbox import OutboxRow
from handoff.events import TicketEvent
from handoff.ports import AgentLine

TOLD: Mapping[type[TicketChanged], TicketEvent] = {
    TicketOpened: TicketEvent.OPENED,
    TicketClaimed: TicketEvent.CLAIMED,
    TicketReleased: TicketEvent.RELEASED,
    TicketResolved: TicketEvent.RESOLVED,
    TicketReturned: TicketEvent.RETURNED,
}
"""What callbacks are told of tickets; that a brief has grown is not among it."""
MOVED = (TicketReopened, TicketTransferred, TicketCameBack, TicketTaken, TicketUndone)
"""To others the ticket waits again, or somebody has it: the same two events say so."""
WHERE_IT_IS = {TicketState.QUEUED: TicketEvent.RELEASED, TicketState.CLAIMED: TicketEvent.CLAIMED}


class CallbackEvents(EventReader):
    """Rows for the outbox; a shop without a callback gets none. `answer` words a turn as the message API does."""

    def __init__(self, outgoing: OutboxWriter, answer: Callable[[TurnAnswered], Mapping[str, Any]]) -> None:
        self._outgoing = outgoing
        self._answer = answer

    def outbox_rows(self, event: Event) -> Sequence[OutboxRow]:
        """The rows of one event."""
        match event:
            case TurnAnswered():
                return () if event.in_response else self._reply_rows(event)
            case PromiseMade():
                return self._promise_rows(event)
            case PersonSpoke() | TicketInvited():
                return self._line_rows(event)
            case TicketChanged():
                return self._ticket_rows(event)
            case ShopBroken() | ShopMended():
                return self._outgoing.shop_rows(event)
            case _:
                return ()

    def _line_rows(self, event: PersonSpoke | TicketInvited) -> Sequence[OutboxRow]:
        """A line that was said outside of turns; one on the platform itself is there already."""
        if isinstance(event, TicketInvited):
            return self._outgoing.bot_rows(event.key, event.line_id, event.text, event.at)
        if event.ticket is None or event.on_platform:
            return ()
        line = AgentLine(event.line_id, event.agent, event.text, event.content)
        return self._outgoing.reply_rows(event.ticket, line, event.at)

    def _ticket_rows(self, event: TicketChanged) -> Sequence[OutboxRow]:
        told, agent = TOLD.get(type(event)), event.agent
        if isinstance(event, MOVED):
            told, agent = WHERE_IT_IS[event.ticket.state], event.ticket.claimed_by or agent
        return self._outgoing.event_rows(told, event.ticket, event.at, agent) if told else ()

    def _reply_rows(self, event: TurnAnswered) -> Sequence[OutboxRow]:
        destination = self._outgoing.buyer_destination(event.key)
        if destination is None:
            return ()
        answered = {"in_reply_to": list(event.message_ids), "answer": dict(self._answer(event))}
        rows = []
        for reply in event.replies:
            payload = dict(reply_payload(event.key, reply.id, reply.text, event.at, content=reply.content))
            data = {**payload["data"], **answered}
            rows.append(OutboxRow(reply.id, "reply", destination, {**payload, "data": data}, until_takeover=True))
        return rows

    def _promise_rows(self, event: PromiseMade) -> Sequence[OutboxRow]:
        destination = next(iter(self._outgoing.event_destinations(event.key.shop, event.kind)), None)
        if destination is None:
            return ()
        key = event.key
        data = {
            "shop": key.shop,
            "channel": key.channel,
            "conversation": key.conversation,
            "buyer": event.buyer,
            "granted": [encode_dataclass(made) for made in event.granted],
            "trace_id": event.trace_id,
        }
        payload = {"type": event.kind, "timestamp": event.at.isoformat(), "data": data}
        return (OutboxRow(f"{event.trace_id}:promise", event.kind, destination, payload),)
