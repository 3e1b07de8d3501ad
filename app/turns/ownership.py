"""Whose a conversation is: the bot's, the queue's, and which buyer's."""

from dataclasses import replace
from datetime import datetime

from app.domain.conversation import Conversation, Owner
from app.domain.message import Message
from handoff.promises import end_with_ticket


def queue_conversation(conversation: Conversation, ticket_id: str) -> Conversation:
    """The conversation as its buyer waits for people."""
    return replace(
        conversation,
        owner=Owner.QUEUE,
        handoff_id=ticket_id,
        queue_acknowledged=False,
        queue_matters=(),
        pending=None,
        misses=0,
    )


def free_conversation(conversation: Conversation, now: datetime) -> Conversation:
    """The conversation of a ticket that its buyer has ended: the bot's again."""
    promises = end_with_ticket(tuple(conversation.promises), conversation.handoff_id, now)
    return replace(resume_bot(conversation), misses=0, promises=promises)


def reclaim_closed(conversation: Conversation) -> Conversation:
    """A closed conversation is the bot's again when the buyer writes."""
    if conversation.owner is not Owner.CLOSED:
        return conversation
    return replace(conversation, owner=Owner.BOT, handoff_id=None, misses=0, pending=None)


def resume_bot(conversation: Conversation) -> Conversation:
    """The bot owns the conversation, and goes on where it was."""
    return replace(conversation, owner=Owner.BOT, handoff_id=None, queue_acknowledged=False, queue_matters=())


def set_buyer(conversation: Conversation, message: Message) -> Conversation:
    """The conversation as this buyer's: what another one in it named, gave and was promised is not theirs to hear."""
    buyer = message.sender.id
    if conversation.buyer == buyer:
        return conversation
    if not conversation.buyer:
        return replace(conversation, buyer=buyer)
    return replace(
        conversation, buyer=buyer, slots={}, pending=None, misses=0, memory={}, promises=(), tried=(), invitation=None
    )
