"""Facts: values with their source and the time they were true."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")
Other = TypeVar("Other")


class FactKind(StrEnum):
    """What a fact is about; shop.yml limits staleness by kind."""

    STOCK = "stock"
    ORDER = "order"
    PROMOTION = "promotion"
    CATALOGUE = "catalogue"


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """`value` as `source` knew it at `as_of` (aware UTC)."""

    kind: FactKind
    value: T
    source: str
    as_of: datetime

    def with_value(self, value: "Other") -> "Fact[Other]":
        """Another value known from the same source at the same time."""
        return Fact(self.kind, value, self.source, self.as_of)


class FactsError(Exception):
    """A fact could not be read; `kind` and `source` say which."""

    def __init__(self, kind: FactKind, source: str, why: str) -> None:
        super().__init__(f"{kind} from {source}: {why}")
        self.kind = kind
        self.source = source
        self.why = why


class FactsUnavailableError(FactsError):
    """The source did not answer, or its answer was invalid."""


class FactsStaleError(FactsError):
    """The source answered with a value older than the shop accepts."""
