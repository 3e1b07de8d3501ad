"""Conversations of the last minutes, kept in memory; the version check at the commit makes a stale one harmless."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.conversation.port import Turn
from app.domain.conversation import Conversation
from app.domain.message import ConversationKey, Message


@dataclass(frozen=True, slots=True)
class Kept:
    """A state as it was committed, and the messages this process has answered in it lately."""

    conversation: Conversation
    answered: frozenset[str]
    since: datetime


class HotConversations:
    """The `size` conversations used last, none older than `longest`."""

    def __init__(
        self, size: int, clock: Callable[[], datetime], longest: timedelta = timedelta(minutes=10), answered: int = 20
    ) -> None:
        self._size = size
        self._clock = clock
        self._longest = longest
        self._answered = answered
        self._kept: OrderedDict[ConversationKey, Kept] = OrderedDict()

    def get(self, message: Message) -> Conversation | None:
        """The state for a new message, when it was here lately; None for a message that was answered here before."""
        found = self._kept.get(message.key)
        if found is None or message.id in found.answered or self._clock() - found.since > self._longest:
            return None
        self._kept.move_to_end(message.key)
        return found.conversation

    def keep(self, turn: Turn, conversation: Conversation) -> None:
        """Remember the state that a turn has committed."""
        answered = frozenset(message.id for message in turn.messages)
        before = self._kept.get(conversation.key)
        if before and len(before.answered) < self._answered:
            answered |= before.answered
        self._kept[conversation.key] = Kept(conversation, answered, self._clock())
        self._kept.move_to_end(conversation.key)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def drop(self, key: ConversationKey) -> None:
        """Forget one that has moved."""
        self._kept.pop(key, None)

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()
