"""Quick phrases: sentences that people say many times a day, with names in them to be filled in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase; `owner` is the agent whose own it is, empty for one of the shop's files."""

    id: str
    title: str
    text: str
    owner: str = ""
