"""A numbered version of a shop's files."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ShopVersion:
    """One version that was accepted; the latest is in force.

    Attributes:
        number: counts from 1 within the shop.
        content: the hash of all its files.
        author: who changed the files last, as far as the system knows.
        summary: what changed against the version before, in Chinese.
        saved_at: when it was accepted, aware UTC.
    """

    shop: str
    number: int
    content: str
    author: str
    summary: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class VersionNote:
    """What is noted of a version beside its files."""

    author: str = ""
    summary: str = ""


NO_NOTE = VersionNote()
