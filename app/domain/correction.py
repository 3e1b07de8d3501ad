"""Corrections: how a message that was misread should be read, as the shop's own people say."""

from dataclasses import dataclass

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
