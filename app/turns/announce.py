"""What a turn sends to the shop's callback: new tickets, and replies where the response has gone before them."""

from collections.abc import Callable

from app.delivery.payloads import reply_payload
from app.domain.decision import Action
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.domain.written_turn import Turn
from handoff.events import TicketEvent, TicketNotices
from intents._kit.compensation import COMPENSATION_CHOICE

# Public prices and dates need nobody to act; these do.
GRANTED_TYPES = frozenset({"CouponCommitment", "PriceCommitment", "GiftCommitment", "CompensationCommitment"})


class CallbackAnnouncer:
    """Rows for the outbox; a shop without a callback gets none."""

    def __init__(self, outgoing: TicketNotices, destination: Callable[[ConversationKey], str | None]) -> None:
        self._outgoing = outgoing
        self._destination = destination

    def announce_turn(self, turn: Turn, *, replies: bool) -> tuple[OutboxRow, ...]:
        """The rows to send with this turn."""
        rows = self._callback_rows(turn) if replies else ()
        if turn.ticket and turn.body["decision"]["action"] == Action.HANDOFF:
            rows = (*rows, *self._outgoing.event_rows(TicketEvent.OPENED, turn.ticket, turn.at))
        return (*rows, *self._promise_rows(turn))

    def _promise_rows(self, turn: Turn) -> tuple[OutboxRow, ...]:
        """What the shop's systems have to grant: coupons, prices and amends that were promised, not only offered."""
        key = turn.conversation.key
        destination = self._destination(key)
        granted = [
            made for step in turn.trace["steps"] for made in step["commitments"] if made["type"] in GRANTED_TYPES
        ]
        pending = turn.conversation.pending
        if destination is None or not granted or (pending and pending.slot == COMPENSATION_CHOICE):
            return ()
        about = {"shop": key.shop, "channel": key.channel, "conversation": key.conversation}
        data = {**about, "buyer": turn.conversation.buyer, "granted": granted, "trace_id": turn.trace_id}
        payload = {"type": "promise.made", "timestamp": turn.at.isoformat(), "data": data}
        return (OutboxRow(f"{turn.trace_id}:promise", "promise.made", destination, payload),)

    def _callback_rows(self, turn: Turn) -> tuple[OutboxRow, ...]:
        key = turn.conversation.key
        destination = self._destination(key)
        if destination is None:
            return ()
        return tuple(
            OutboxRow(reply.id, "reply", destination, self._answer_payload(turn, reply.id, reply.text))
            for reply in turn.replies
        )

    def _answer_payload(self, turn: Turn, reply_id: str, text: str) -> dict[str, object]:
        payload = dict(reply_payload(turn.conversation.key, reply_id, text, turn.at))
        answered = {"in_reply_to": [message.id for message in turn.messages], "answer": dict(turn.body)}
        return {**payload, "data": {**payload["data"], **answered}}
