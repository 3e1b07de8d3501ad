"""What a turn sends to the shop's callback: new tickets, and replies where the response has gone before them."""

from collections.abc import Callable

from app.domain.decision import Action
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.storage.ports import Turn
from handoff.events import Outgoing, TicketEvent, reply_payload
from intents._kit.compensation import CHOICE

# Public prices and dates need nobody to act; these do.
GRANTED = frozenset({"CouponCommitment", "PriceCommitment", "GiftCommitment", "CompensationCommitment"})


class CallbackAnnouncements:
    """Rows for the outbox; a shop without a callback gets none."""

    def __init__(self, outgoing: Outgoing, destination: Callable[[ConversationKey], str | None]) -> None:
        self._outgoing = outgoing
        self._destination = destination

    def of(self, turn: Turn, *, replies: bool) -> tuple[OutboxRow, ...]:
        """The rows to send with this turn."""
        rows = self._replies(turn) if replies else ()
        if turn.ticket and turn.body["decision"]["action"] == Action.HANDOFF:
            rows = (*rows, *self._outgoing.event(TicketEvent.OPENED, turn.ticket, turn.at))
        return (*rows, *self._promised(turn))

    def _promised(self, turn: Turn) -> tuple[OutboxRow, ...]:
        """What the shop's systems have to grant: coupons, prices and amends that were promised, not only offered."""
        key = turn.conversation.key
        destination = self._destination(key)
        granted = [made for step in turn.trace["steps"] for made in step["commitments"] if made["type"] in GRANTED]
        pending = turn.conversation.pending
        if destination is None or not granted or (pending and pending.slot == CHOICE):
            return ()
        about = {"shop": key.shop, "channel": key.channel, "conversation": key.conversation}
        data = {**about, "buyer": turn.conversation.buyer, "granted": granted, "trace_id": turn.trace_id}
        payload = {"type": "promise.made", "timestamp": turn.at.isoformat(), "data": data}
        return (OutboxRow(f"{turn.trace_id}:promise", "promise.made", destination, payload),)

    def _replies(self, turn: Turn) -> tuple[OutboxRow, ...]:
        key = turn.conversation.key
        destination = self._destination(key)
        if destination is None:
            return ()
        return tuple(
            OutboxRow(reply.id, "reply", destination, self._payload(turn, reply.id, reply.text))
            for reply in turn.replies
        )

    def _payload(self, turn: Turn, reply_id: str, text: str) -> dict[str, object]:
        payload = dict(reply_payload(turn.conversation.key, reply_id, text, turn.at))
        answered = {"in_reply_to": [message.id for message in turn.messages], "answer": dict(turn.body)}
        return {**payload, "data": {**payload["data"], **answered}}
