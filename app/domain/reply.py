"""What the bot says to a buyer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutgoingReply:
    """One line the bot says; `id` is unique and is how its echo is recognised."""

    id: str
    text: str
