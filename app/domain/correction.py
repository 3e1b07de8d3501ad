"""Corrections: how a message that was misread should be read, as the shop's own people say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

NO_ENTRY = "-"
"""In the place of an entry's id: no entry of the FAQ answers this."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One message and how it should be read; it says an intent, an entry or both.

    Attributes:
        text: the buyer's words.
        intent: the right intent's id; empty when nothing is said of it.
        faq: the id of the entry that answers it, or NO_ENTRY; empty when nothing is said of it.
        source: its file and row, or who said so.
    """

    correction_id: str
    text: str
    intent: str = ""
    faq: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class KeptCorrection:
    """A correction in the database: who made it and when, and who took it back, if anybody has. Times are aware UTC."""

    shop: str
    correction: Correction
    author: str
    created_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None

    @property
    def in_force(self) -> bool:
        """Whether it counts."""
        return self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class CorrectionPage:
    """Corrections in force, the latest first; `next_cursor` is None on the last page."""

    corrections: tuple[KeptCorrection, ...]
    next_cursor: str | None
    total: int


CorrectionMarks = Mapping[str, tuple[int, int]]
"""By shop, how many corrections were ever made and how many taken back: another pair means others are in force."""


class CorrectionStore(Protocol):
    """Keeps corrections; every write is durable when its call returns."""

    async def add_correction(self, kept: KeptCorrection) -> KeptCorrection:
        """The correction as it is kept; the same again changes nothing.

        ReusedIdError for an id that another correction has, or one that was taken back; ConflictError for one too many.
        """

    async def withdraw_correction(self, shop: str, correction_id: str, by: str, now: datetime) -> KeptCorrection:
        """Take it back; again changes nothing. NotFoundError when the shop has none of that id."""

    async def get_correction(self, shop: str, correction_id: str) -> KeptCorrection | None:
        """One correction, also one that was taken back; or None."""

    async def find_corrections(self, shop: str, *, limit: int, cursor: str | None) -> CorrectionPage:
        """One page of those in force; MalformedError for a cursor that is not ours."""

    async def load_corrections(self, shop: str) -> Sequence[Correction]:
        """All that are in force, the oldest first."""

    async def load_correction_marks(self) -> CorrectionMarks:
        """What tells whether they changed, of every shop that ever had one."""
