"""Conversations of the last minutes, kept in memory; the version check at the commit makes a stale one harmless.

Harmless, not free: its turn is computed for nothing. So when another process turns out to write the same conversations,
what is kept here is not believed for a while, and each turn begins with a read.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.conversation import Conversation
from app.domain.message import ConversationKey, Message
from app.domain.written_turn import Turn


@dataclass(slots=True)
class CachedConversation:
    """A state as it was committed, and the messages this process has answered in it lately."""

    conversation: Conversation
    answered: set[str]
    since: datetime


class ConversationCache:
    """The `size` conversations used last, none older than `longest`."""

    def __init__(
        self,
        size: int,
        clock: Callable[[], datetime],
        longest: timedelta = timedelta(minutes=10),
        answered: int = 20,
        doubt: timedelta = timedelta(minutes=1),
    ) -> None:
        self._size = size
        self._clock = clock
        self._longest = longest
        self._answered = answered
        self._doubt = doubt
        self._doubted_at: datetime | None = None
        self._kept: OrderedDict[ConversationKey, CachedConversation] = OrderedDict()

    def find_cached(self, message: Message) -> Conversation | None:
        """The state for a new message, when it was here lately; None for a message that was answered here before."""
        found = self._kept.get(message.key)
        if found is None or message.id in found.answered or not self._is_trusted(found):
            return None
        self._kept.move_to_end(message.key)
        return found.conversation

    def cache_turn(self, turn: Turn, conversation: Conversation) -> None:
        """Remember the state that a turn has committed."""
        kept = self._kept.pop(conversation.key, None)
        if kept is None or len(kept.answered) >= self._answered:
            kept = CachedConversation(conversation, set(), turn.at)
        kept.conversation, kept.since = conversation, self._clock()
        kept.answered.update([message.id for message in turn.messages])
        self._kept[conversation.key] = kept
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def note_conflict(self, key: ConversationKey, expected_version: int) -> None:
        """A turn lost. When we knew of nothing newer than it did, another process was the one that wrote."""
        found = self._kept.pop(key, None)
        if found is not None and found.conversation.version == expected_version:
            self._doubted_at = self._clock()

    def evict(self, key: ConversationKey) -> None:
        """Forget one that has moved."""
        self._kept.pop(key, None)

    def evict_all(self) -> None:
        """Forget all of them."""
        self._kept.clear()

    def _is_trusted(self, found: CachedConversation) -> bool:
        now = self._clock()
        doubted = self._doubted_at is not None and abs(now - self._doubted_at) <= self._doubt
        return not doubted and now - found.since <= self._longest
