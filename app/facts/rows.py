"""What every remote source gives: rows of named fields with the time they were true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

FactRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FactRows:
    """An answer; `as_of` is the source's own time for it, None when it names none."""

    rows: tuple[FactRow, ...]
    as_of: datetime | None = None


class RowSource(Protocol):
    """One kind of fact at one source."""

    @property
    def source_name(self) -> str:
        """What people call the source: its kind and host."""

    def takes_parameter(self, parameter: str) -> bool:
        """Whether asking needs this parameter (order_id, sku_id, product_id)."""

    async def fetch_source_rows(self, parameters: Mapping[str, str]) -> FactRows:
        """The rows for these parameters, none when there is nothing; raises FactsUnavailableError."""
