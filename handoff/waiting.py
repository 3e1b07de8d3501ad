"""The platform's clock: by when a person should answer what a buyer wrote, and when all that waits is a farewell."""

from collections.abc import Sequence
from datetime import timedelta

from app.domain.acts import Act, DialogueActs
from app.domain.message import Message, MessageType
from app.domain.ticket import BuyerWait, LastLine
from app.shop.schema import Deadlines
from handoff.brief_writer import message_phrase

TAKES_LEAVE = (Act.AFFIRM, Act.THANK, Act.CLOSE)


def describe_wait(ticket_id: str, messages: Sequence[Message], acts: DialogueActs, deadlines: Deadlines) -> BuyerWait:
    """What these messages, of one turn and oldest first, mean for the open ticket of their conversation."""
    since, last = messages[0].received_at, messages[-1]
    return BuyerWait(
        ticket_id=ticket_id,
        since=since,
        due=since + timedelta(seconds=deadlines.answer_seconds),
        closing=is_farewell(messages, acts),
        messages=len(messages),
        line=LastLine("buyer", message_phrase(last), last.received_at),
    )


def is_farewell(messages: Sequence[Message], acts: DialogueActs) -> bool:
    """Whether the buyer only thanks, agrees or takes leave (收尾)."""
    return acts.has_only(*TAKES_LEAVE) and all(each.type is MessageType.TEXT for each in messages)
