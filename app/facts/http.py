"""Facts as JSON over HTTP: bearer token, a deadline per attempt, retries, a breaker, paths written in shop.yml."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json
from tenacity import AsyncRetrying, RetryError, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from app.domain.fact import FactKind, FactsUnavailableError
from app.facts.breaker import Breaker
from app.facts.rows import Row, Rows
from app.shop.schema import HttpSource

MOST_BYTES: Final = 4 * 1024 * 1024
NOT_FOUND: Final = frozenset({404, 410})
TRY_AGAIN: Final = frozenset({408, 425, 429})
SERVER_FAULT: Final = 500
OK: Final = 200
LONGEST_PAUSE: Final = 0.2  # seconds between attempts; a buyer is waiting
_TIME: Final = TypeAdapter(datetime)


class _TryAgainError(Exception):
    """A failure that may pass."""


class _NonsenseError(Exception):
    """An answer that no retry will mend."""


@dataclass(frozen=True, slots=True)
class HttpRows:
    """One kind of fact at one address; `url` is the source's own or its address for a buyer's orders."""

    kind: FactKind
    source: HttpSource
    url: str
    client: httpx.AsyncClient
    token: str
    breaker: Breaker

    @property
    def name(self) -> str:
        """The host only: a URL may hold what is nobody's business."""
        return f"http:{urlsplit(self.url).hostname}"

    def takes(self, parameter: str) -> bool:
        """Whether the URL has a place for it."""
        return f"{{{parameter}}}" in self.url

    async def ask(self, parameters: Mapping[str, str]) -> Rows:
        """The mapped rows of the answer; a 404 is an empty one. Raises FactsUnavailableError."""
        if not self.breaker.lets_through():
            raise FactsUnavailableError(self.kind, self.name, "failed too often, left alone for a while")
        try:
            rows = await self._attempts(_filled(self.url, parameters))
        except (RetryError, _NonsenseError) as error:
            self.breaker.failed()
            raise FactsUnavailableError(self.kind, self.name, _why(error)) from error
        self.breaker.succeeded()
        return rows

    async def _attempts(self, url: str) -> Rows:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(_TryAgainError),
            stop=stop_after_attempt(1 + self.source.retries),
            wait=wait_random_exponential(multiplier=0.05, max=LONGEST_PAUSE),
        )
        rows: Rows = await retrying(self._attempt, url)
        return rows

    async def _attempt(self, url: str) -> Rows:
        """One call; the deadline holds for the whole answer, so one that trickles in is cut off too."""
        try:
            async with asyncio.timeout(self.source.timeout_ms / 1000):
                return await self._call(url)
        except (TimeoutError, httpx.TransportError) as error:
            raise _TryAgainError(type(error).__name__) from error
        except (httpx.InvalidURL, httpx.HTTPError) as error:
            raise _NonsenseError(type(error).__name__) from error

    async def _call(self, url: str) -> Rows:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.client.stream("GET", url, headers=headers) as response:
            if response.status_code in NOT_FOUND:
                return Rows(())
            if response.status_code in TRY_AGAIN or response.status_code >= SERVER_FAULT:
                raise _TryAgainError(f"HTTP {response.status_code}")
            if response.status_code != OK:
                raise _NonsenseError(f"HTTP {response.status_code}")
            return self._read(await _body(response))

    def _read(self, body: bytes) -> Rows:
        try:
            document = from_json(body)
        except ValueError as error:
            raise _NonsenseError("the answer is not JSON") from error
        found = _at(document, self.source.items) if self.source.items else document
        items = found if isinstance(found, list) else [found] if found else []
        if not all(isinstance(item, dict) for item in items):
            raise _NonsenseError("the answer holds no objects where they should be")
        return Rows(tuple(self._row(item) for item in items), self._as_of(document))

    def _row(self, item: Mapping[str, Any]) -> Row:
        row = {field: _at(item, path) for field, path in self.source.mapping.items() if field != "lines"}
        lines = _at(item, self.source.mapping["lines"]) if "lines" in self.source.mapping else None
        if isinstance(lines, list):
            row["lines"] = [self._row_of_line(line) for line in lines]
        return _translated(row if self.source.mapping else item, self.source.values)

    def _row_of_line(self, line: Any) -> Row:
        return {field: _at(line, self.source.mapping.get(field, field)) for field in ("sku_id", "quantity", "amount")}

    def _as_of(self, document: Any) -> datetime | None:
        if not self.source.as_of:
            return None
        try:
            at = _TIME.validate_python(_at(document, self.source.as_of))
        except ValidationError as error:
            raise _NonsenseError("the answer's own time cannot be read") from error
        return at if at.tzinfo else at.replace(tzinfo=UTC)


async def _body(response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MOST_BYTES:
            raise _NonsenseError("the answer is too large")
        parts.append(part)
    return b"".join(parts)


def _filled(url: str, parameters: Mapping[str, str]) -> str:
    for name, value in parameters.items():
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    return url


def _at(document: Any, path: str) -> Any:
    """What stands at data.items.0.qty; None where the path leads nowhere."""
    for step in filter(None, path.replace("[", ".").replace("]", "").split(".")):
        if isinstance(document, list) and step.isdigit():
            document = document[int(step)] if int(step) < len(document) else None
        else:
            document = document.get(step) if isinstance(document, dict) else None
    return document


def _translated(row: Row, values: Mapping[str, str]) -> Row:
    """The source's words for a state or a kind as ours."""
    return {name: values.get(value, value) if isinstance(value, str) else value for name, value in row.items()}


def _why(error: Exception) -> str:
    if isinstance(error, RetryError):
        return str(error.last_attempt.exception())
    return str(error)
