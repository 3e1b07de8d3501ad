"""Learns a shop's language when it is first needed, if not before."""

import ctypes
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date

from app.domain.understanding import NO_CONTEXT, DialogueContext, Understanding, Utterance
from app.tenants.registry import ShopReader

LAZY_ENTRY_LIMIT = 1000
"""FAQ entries that are learned in about a second: the longest a first message may have to wait for them."""


class LazyReader:
    """Understands one shop's messages; its language is learned when it is first needed, if not before.

    That takes about a tenth of a second for a hundred FAQ entries, and a megabyte of memory.
    """

    def __init__(self, learn: Callable[[], ShopReader]) -> None:
        self._learn = learn
        self._learned: ShopReader | None = None
        self._learning = threading.Lock()

    def load_reader(self) -> ShopReader:
        """The reader itself; whoever asks while another learns waits for it."""
        with self._learning:
            if self._learned is None:
                self._learned = self._learn()
            return self._learned

    def understand(
        self,
        text: str,
        context: DialogueContext = NO_CONTEXT,
        *,
        today: date | None = None,
        product_id: str | None = None,
    ) -> Understanding:
        """What the text says; never raises."""
        return self.understand_all([Utterance(text, context, today, product_id)])[0]

    def understand_all(self, asked: Sequence[Utterance]) -> Sequence[Understanding]:
        """The same for several messages."""
        return (self._learned or self.load_reader()).understand_all(asked)

    def recall_understanding(self, asked: Utterance) -> Understanding | None:
        """What a message says that was read lately."""
        return self._learned.recall_understanding(asked) if self._learned else None

    def segment(self, text: str) -> tuple[str, ...]:
        """The words of a normalised text, in order."""
        return self.load_reader().segment(text)


def release_memory() -> None:
    """Return freed memory to the system, 40 MiB after a thousand FAQ entries; glibc keeps it otherwise."""
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
