"""What was read lately: 在吗 comes many times a minute, in every conversation."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.domain.understanding import Understanding
from app.understanding.reading import Probabilities

T = TypeVar("T")

LONGEST_CACHED = 32
"""Characters; longer messages hardly ever come twice."""
CACHE_SIZE = 4096
"""Messages kept, some 3 KB each."""


@dataclass(frozen=True, slots=True)
class CachedUnderstanding:
    """What a message says by itself, before the conversation adds to it.

    Attributes:
        understanding: all but the intents.
        likely: the intents' probabilities of each request, and last those of the whole message.
    """

    understanding: Understanding
    probabilities: tuple[Probabilities, ...]


class LruCache(Generic[T]):
    """What was kept last, for all shops of the process."""

    def __init__(self, size: int = CACHE_SIZE) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def look_up(self, key: Hashable) -> T | None:
        """What was kept, or None."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def store(self, key: Hashable, what: T) -> None:
        """Remember it; the longest unused is forgotten."""
        self._kept[key] = what
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)


class UnderstandingCache:
    """Messages heard by themselves, and understood in conversations of the same state."""

    def __init__(self, size: int = CACHE_SIZE) -> None:
        self.heard: LruCache[CachedUnderstanding] = LruCache(size)
        self.understood: LruCache[Understanding] = LruCache(size)
