"""Outbox rows: written in a transaction, sent after its commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Something to send after the commit.

    Attributes:
        kind: the event's name, as the receiver reads it.
        destination: where it goes; its scheme decides which sender takes it there.
        until_takeover: a line of the bot, which nobody gets once a person has taken the conversation over.
    """

    id: str
    kind: str
    destination: str
    payload: Mapping[str, Any]
    until_takeover: bool = False
