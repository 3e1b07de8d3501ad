"""What a turn sends to the shop's callback: new tickets, and replies where the response has gone before them."""

from collections.abc import Callable

from app.conversation.port import Turn
from app.domain.decision import Action
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from handoff.outgoing import Outgoing, TicketEvent, reply_payload


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
        return rows

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
