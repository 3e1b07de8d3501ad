"""What short messages were understood as: 在吗 comes many times a minute, in every conversation."""

from collections import OrderedDict
from dataclasses import dataclass

from app.domain.understanding import Understanding
from app.understanding.reading import Probabilities

SHORT = 32
"""Characters; longer messages hardly ever come twice."""
REMEMBERED = 4096
"""Messages kept, some 3 KB each."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message says by itself, before the conversation adds to it.

    Attributes:
        likely: the intents' probabilities of each request, and last those of the whole message.
    """

    understanding: Understanding
    likely: tuple[Probabilities, ...]


class HeardBefore:
    """The short messages understood last, for all shops of the process."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[object, ...], Heard] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> Heard | None:
        """What was understood then, or None."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: tuple[object, ...], heard: Heard) -> None:
        """Remember it; the longest unused is forgotten."""
        self._kept[key] = heard
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
