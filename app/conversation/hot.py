"""Conversations of the last minutes, kept in memory; the version check at the commit makes a stale one harmless."""

from collections import OrderedDict

from app.domain.conversation import Conversation
from app.domain.message import ConversationKey


class HotConversations:
    """The `size` conversations used last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[ConversationKey, Conversation] = OrderedDict()

    def get(self, key: ConversationKey) -> Conversation | None:
        """The conversation, when it was here lately."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, conversation: Conversation) -> None:
        """Remember a state that was committed."""
        self._kept[conversation.key] = conversation
        self._kept.move_to_end(conversation.key)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def drop(self, key: ConversationKey) -> None:
        """Forget one that has moved."""
        self._kept.pop(key, None)

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()
