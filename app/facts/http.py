"""Facts as JSON over HTTP, with a bearer token, a deadline per attempt, retries and a circuit breaker.

shop.yml gives the URL and the path of each field.
"""

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
from app.facts.breaker import CircuitBreaker
from app.facts.rows import FactRow, FactRows
from app.shop.schema import HttpSource

MOST_BYTES: Final = 4 * 1024 * 1024
NOT_FOUND: Final = frozenset({404, 410})
TRY_AGAIN: Final = frozenset({408, 425, 429})
SERVER_FAULT: Final = 500
OK: Final = 200
LONGEST_PAUSE: Final = 0.2  # seconds between attempts; a buyer is waiting
_TIME: Final = TypeAdapter(datetime)


class _TransientError(Exception):
    """A failure that a retry may mend."""


class _UnusableAnswerError(Exception):
    """An answer that a retry would not mend."""


@dataclass(frozen=True, slots=True)
class HttpRowSource:
    """One kind of fact at one URL: the source's own, or its URL for a buyer's orders."""

    kind: FactKind
    source: HttpSource
    url: str
    client: httpx.AsyncClient
    token: str
    breaker: CircuitBreaker

    @property
    def source_name(self) -> str:
        """The host only, because a URL may hold secrets."""
        return f"http:{urlsplit(self.url).hostname}"

    def takes_parameter(self, parameter: str) -> bool:
        """Whether the URL has a placeholder for the parameter."""
        return f"{{{parameter}}}" in self.url

    async def fetch_source_rows(self, parameters: Mapping[str, str]) -> FactRows:
        """The mapped rows of the answer, none for a 404; raises FactsUnavailableError."""
        if not self.breaker.allows_call():
            raise FactsUnavailableError(self.kind, self.source_name, "failed too often, left alone for a while")
        try:
            rows = await self._fetch_with_retries(_fill_url(self.url, parameters))
        except (RetryError, _UnusableAnswerError) as error:
            self.breaker.record_failure()
            raise FactsUnavailableError(self.kind, self.source_name, _failure_cause(error)) from error
        self.breaker.record_success()
        return rows

    async def _fetch_with_retries(self, url: str) -> FactRows:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(_TransientError),
            stop=stop_after_attempt(1 + self.source.retries),
            wait=wait_random_exponential(multiplier=0.05, max=LONGEST_PAUSE),
        )
        rows: FactRows = await retrying(self._attempt_fetch, url)
        return rows

    async def _attempt_fetch(self, url: str) -> FactRows:
        """Makes one call. The deadline covers the whole answer, so a slow stream is cut off too."""
        try:
            async with asyncio.timeout(self.source.timeout_ms / 1000):
                return await self._request_rows(url)
        except (TimeoutError, httpx.TransportError) as error:
            raise _TransientError(type(error).__name__) from error
        except (httpx.InvalidURL, httpx.HTTPError) as error:
            raise _UnusableAnswerError(type(error).__name__) from error

    async def _request_rows(self, url: str) -> FactRows:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.client.stream("GET", url, headers=headers) as response:
            if response.status_code in NOT_FOUND:
                return FactRows(())
            if response.status_code in TRY_AGAIN or response.status_code >= SERVER_FAULT:
                raise _TransientError(f"HTTP {response.status_code}")
            if response.status_code != OK:
                raise _UnusableAnswerError(f"HTTP {response.status_code}")
            return self._parse_answer(await _read_limited_body(response))

    def _parse_answer(self, body: bytes) -> FactRows:
        try:
            document = from_json(body)
        except ValueError as error:
            raise _UnusableAnswerError("the answer is not JSON") from error
        found = _value_at_path(document, self.source.items) if self.source.items else document
        items = found if isinstance(found, list) else [found] if found else []
        if not all(isinstance(item, dict) for item in items):
            raise _UnusableAnswerError("the answer holds no objects where they should be")
        return FactRows(tuple(self._map_row(item) for item in items), self._answer_time(document))

    def _map_row(self, item: Mapping[str, Any]) -> FactRow:
        row = {field: _value_at_path(item, path) for field, path in self.source.mapping.items() if field != "lines"}
        lines = _value_at_path(item, self.source.mapping["lines"]) if "lines" in self.source.mapping else None
        if isinstance(lines, list):
            row["lines"] = [self._map_order_line(line) for line in lines]
        return _translate_values(row if self.source.mapping else item, self.source.values)

    def _map_order_line(self, line: Any) -> FactRow:
        return {
            field: _value_at_path(line, self.source.mapping.get(field, field))
            for field in ("sku_id", "quantity", "amount")
        }

    def _answer_time(self, document: Any) -> datetime | None:
        if not self.source.as_of:
            return None
        try:
            at = _TIME.validate_python(_value_at_path(document, self.source.as_of))
        except ValidationError as error:
            raise _UnusableAnswerError("the answer's own time cannot be read") from error
        return at if at.tzinfo else at.replace(tzinfo=UTC)


async def _read_limited_body(response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MOST_BYTES:
            raise _UnusableAnswerError("the answer is too large")
        parts.append(part)
    return b"".join(parts)


def _fill_url(url: str, parameters: Mapping[str, str]) -> str:
    for name, value in parameters.items():
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    return url


def _value_at_path(document: Any, path: str) -> Any:
    """The value at a path such as data.items.0.qty; None where the path does not exist."""
    for step in filter(None, path.replace("[", ".").replace("]", "").split(".")):
        if isinstance(document, list) and step.isdigit():
            document = document[int(step)] if int(step) < len(document) else None
        else:
            document = document.get(step) if isinstance(document, dict) else None
    return document


def _translate_values(row: FactRow, values: Mapping[str, str]) -> FactRow:
    """Translates the source's words for a state or a kind into ours."""
    return {name: values.get(value, value) if isinstance(value, str) else value for name, value in row.items()}


def _failure_cause(error: Exception) -> str:
    if isinstance(error, RetryError):
        return str(error.last_attempt.exception())
    return str(error)
