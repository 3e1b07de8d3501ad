"""The port through which turns reach the disk: computed against a versioned conversation, written at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from app.domain.conversation import Conversation
from app.domain.message import ConversationKey, Message
from app.domain.written_turn import Turn


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The body that a message was answered with the first time it came."""

    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AcceptedMessage:
    """A message is kept. `new` is False when it had come before; `answer` is what it was answered with, if it was."""

    new: bool
    answer: StoredAnswer | None = None


class ConversationMovedError(Exception):
    """Somebody else wrote the conversation first; compute the turn again."""


class RepeatedDeliveryError(Exception):
    """The delivery came before, with another message id: it is a retry of that message."""

    def __init__(self, message_id: str) -> None:
        super().__init__(message_id)
        self.message_id = message_id


class BudgetExhaustedError(Exception):
    """A budget had not enough left; compute the turn again without it."""

    def __init__(self, budget: str) -> None:
        super().__init__(budget)
        self.budget = budget


class TurnStore(Protocol):
    """Conversations and turns."""

    async def begin_turn(self, message: Message) -> Conversation | StoredAnswer:
        """The conversation's state for a new message, or what it was answered with before.

        Raises ReusedIdError when its id belongs to another message.
        """

    async def commit(self, turn: Turn) -> Mapping[str, Any]:
        """Write the turn; returns the body once durable.

        When the message was answered before, the stored body is returned: then the result is not `turn.body` itself.
        Raises ConversationMovedError, RepeatedDeliveryError, ReusedIdError, BudgetExhaustedError or
        StorageUnavailableError; then nothing was written.
        """

    async def load_budget_spent(self, shop: str, budget: str) -> Decimal:
        """How much of a shop's budget is gone, 元."""

    async def get_trace(self, trace_id: str) -> Mapping[str, Any] | None:
        """The stored explanation of a turn."""

    async def load_conversation(self, key: ConversationKey) -> Conversation | None:
        """The state as stored, or None."""

    async def load_pending_messages(self, key: ConversationKey) -> tuple[Message, ...]:
        """Messages of a conversation that wait for their turn, in the order they were sent."""

    async def accept_message(self, message: Message) -> AcceptedMessage:
        """Keep a message until its turn comes; it moves the conversation, so that a turn being computed is redone."""
