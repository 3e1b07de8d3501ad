"""Outbox rows: written in a transaction, sent after its commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Something to send after the commit: `kind` names the event, `destination` where it goes."""

    id: str
    kind: str
    destination: str
    payload: Mapping[str, Any]
