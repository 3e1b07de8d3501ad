"""The interface of a remote source: rows of named fields with the time they were true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

FactRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FactRows:
    """An answer; `as_of` is the time the source gives for it, or None."""

    rows: tuple[FactRow, ...]
    as_of: datetime | None = None


class RowSource(Protocol):
    """Fetches one kind of fact from one source."""

    @property
    def source_name(self) -> str:
        """The source's kind and host, for people to read."""

    def takes_parameter(self, parameter: str) -> bool:
        """Whether a request needs this parameter (order_id, sku_id, product_id)."""

    async def fetch_source_rows(self, parameters: Mapping[str, str]) -> FactRows:
        """The rows for these parameters, possibly none; raises FactsUnavailableError."""
