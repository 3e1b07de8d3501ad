"""Lazily trains a shop's understanding."""

import ctypes
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date

from app.domain.correction import Correction
from app.domain.understanding import NO_CONTEXT, DialogueContext, Entity, Understanding, Utterance
from app.tenants.registry import ShopReader

LAZY_ENTRY_LIMIT = 1000
"""Maximum number of FAQ entries trained lazily: about a second, the longest a first message may wait."""


class LazyReader:
    """Understands one shop's messages; trains on first use, unless it was trained before.

    Training takes about 0.1 s and a megabyte of memory for a hundred FAQ entries.
    """

    def __init__(self, learn: Callable[[], ShopReader]) -> None:
        self._learn = learn
        self._learned: ShopReader | None = None
        self._learning = threading.Lock()

    @property
    def learned(self) -> ShopReader | None:
        """The trained reader; None before it is trained."""
        return self._learned

    def load_reader(self) -> ShopReader:
        """The trained reader; a caller waits while another thread trains it."""
        with self._learning:
            if self._learned is None:
                self._learned = self._learn()
                self._learn = self.load_reader  # what it was made from can go
            return self._learned

    def understand(
        self,
        text: str,
        context: DialogueContext = NO_CONTEXT,
        *,
        today: date | None = None,
        product_id: str | None = None,
    ) -> Understanding:
        """Understands the text; never raises."""
        return self.understand_all([Utterance(text, context, today, product_id)])[0]

    def understand_all(self, asked: Sequence[Utterance]) -> Sequence[Understanding]:
        """Understands several messages in one call."""
        return (self._learned or self.load_reader()).understand_all(asked)

    def recall_understanding(self, asked: Utterance) -> Understanding | None:
        """The cached understanding of a recent message, or None."""
        return self._learned.recall_understanding(asked) if self._learned else None

    def learn_corrections(self, corrections: Sequence[Correction], guarded: frozenset[str]) -> "LazyReader":
        """The same reader with these corrections and no others, learned on first use like the rest."""
        return LazyReader(lambda: self.load_reader().learn_corrections(corrections, guarded))

    def find_entities(
        self, text: str, *, today: date | None = None, product_id: str | None = None
    ) -> tuple[Entity, ...]:
        """What the message names, without being understood."""
        return self.load_reader().find_entities(text, today=today, product_id=product_id)

    def segment(self, text: str) -> tuple[str, ...]:
        """The words of a normalised text, in order."""
        return self.load_reader().segment(text)


def release_memory() -> None:
    """Returns freed memory to the system (40 MiB after a thousand FAQ entries), which glibc would keep."""
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
