"""Brings outbox rows to a shop's callback, signed by Standard Webhooks with the shop's own secrets."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx
from pydantic_core import to_json
from standardwebhooks import Webhook

from app import API_VERSION
from app.delivery.ports import FailureKind, OutboxItem, OutboxSender, SendError
from app.http_client import ForbiddenUrlError
from handoff.brief import Brief, attach_transcript, hide_margins
from handoff.events import TicketEvent
from handoff.ports import TicketStore

TICKET_OPENED = f"handoff.{TicketEvent.OPENED}"
TRANSCRIPT_LINES = 50
# A receiver's status is its answer. Of its body we read the beginning, undecoded: to quote it when it refuses, and so
# that a connection whose short answer was read can serve again.
MOST_READ = 16 * 1024
LONGEST_READ_SECONDS = 1.0
LONGEST_QUOTE = 200
LONGEST_RETRY_AFTER = 86_400.0
UNAUTHORIZED = frozenset({401, 402, 403, 407})
BUSY = frozenset({408, 423, 425, 429, 499})


class CallbackSender:
    """Posts a row to the shop's callback.

    The row's id is the `webhook-id`, the same over every attempt: receivers tell a repeat by it. `current_url` is the
    shop's callback now: rows that waited while it moved go to where it is, not to where it was.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        secrets_of: Callable[[str], Sequence[str]],
        clock: Callable[[], datetime],
        current_url: Callable[[str], str | None] = lambda _shop: None,
    ) -> None:
        self._client = client
        self._secrets_of = secrets_of
        self._clock = clock
        self._current_url = current_url

    async def send_item(self, item: OutboxItem) -> int | None:
        """The receiver's status, any 2xx; SendError says what kind of no it was, permanent only for 410."""
        secrets = self._secrets_of(item.shop)
        if not secrets:
            raise SendError("the shop's secret is not set: nothing leaves unsigned", kind=FailureKind.UNSIGNED)
        body = to_json({"id": item.id, **item.payload})
        url = self._current_url(item.shop) or item.destination
        try:
            async with self._client.stream(
                "POST", url, content=body, headers=self._sign_headers(item, secrets, body)
            ) as response:
                quote = await _read_beginning(response)
        except httpx.HTTPError as error:
            raise SendError(f"{type(error).__name__}: {error}", kind=_transport_kind(error)) from error
        if not response.is_success:
            raise _describe_refusal(response, quote, self._clock())
        return response.status_code

    def _sign_headers(self, item: OutboxItem, secrets: Sequence[str], body: bytes) -> dict[str, str]:
        """Signed with every secret: while one is being replaced, the receiver may know the new one or the old."""
        now = self._clock()
        delivery = encode_webhook_id(item.id)
        return {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "xiaoer-api-version": API_VERSION,
            "webhook-id": delivery,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(Webhook(secret).sign(delivery, now, body.decode()) for secret in secrets),
        }


def encode_webhook_id(row_id: str) -> str:
    """The row's id without dots, which part the signed bytes; two ids never become one."""
    return row_id.replace("~", "~7e").replace(".", "~2e")


class BriefingSender:
    """A sender that puts the conversation into a new ticket's brief, as it stands when it is sent.

    `shows_floor` tells whether a shop lets its agents see floor prices: its software shows them what it is sent.
    """

    def __init__(self, sender: OutboxSender, tickets: TicketStore, shows_floor: Callable[[str], bool]) -> None:
        self._sender = sender
        self._tickets = tickets
        self._shows_floor = shows_floor

    async def send_item(self, item: OutboxItem) -> int | None:
        """As the sender it wraps."""
        ticket = await self._tickets.get_ticket(item.payload["data"]["id"]) if item.kind == TICKET_OPENED else None
        if ticket is None:
            return await self._sender.send_item(item)
        lines = await self._tickets.load_transcript(ticket, limit=TRANSCRIPT_LINES)
        brief = attach_transcript(Brief.model_validate(dict(ticket.brief)), lines)
        told = brief if self._shows_floor(ticket.key.shop) else hide_margins(brief)
        data = {**item.payload["data"], "brief": told.model_dump(mode="json")}
        return await self._sender.send_item(replace(item, payload={**item.payload, "data": data}))


async def _read_beginning(response: httpx.Response) -> str:
    """The first words of an answer that is not encoded; whatever its length, little of it is read, and not for long."""
    read = b""
    try:
        async with asyncio.timeout(LONGEST_READ_SECONDS):
            async for chunk in response.aiter_raw():
                read += chunk
                if len(read) > MOST_READ:
                    break
    except (TimeoutError, httpx.HTTPError):
        pass  # the status has been read: it is the answer
    if "content-encoding" in response.headers:
        return ""
    words = "".join(each if each.isprintable() else " " for each in read[: 4 * LONGEST_QUOTE].decode(errors="replace"))
    return " ".join(words.split())[:LONGEST_QUOTE]


def _describe_refusal(response: httpx.Response, quote: str, now: datetime) -> SendError:
    status = response.status_code
    kind = _status_kind(status)
    return SendError(
        f"HTTP {status}: {quote}" if quote else f"HTTP {status}",
        permanent=kind is FailureKind.GONE,
        retry_after=_parse_retry_after(response, now),
        kind=kind,
        status=status,
    )


def _status_kind(status: int) -> FailureKind:
    """What a status that is no 2xx means for the row; any other 4xx has read it and will not have it."""
    if status == httpx.codes.GONE:
        return FailureKind.GONE
    if status in UNAUTHORIZED:
        return FailureKind.UNAUTHORIZED
    if status in BUSY:
        return FailureKind.BUSY
    if httpx.codes.is_client_error(status):
        return FailureKind.REFUSED
    return FailureKind.SERVER_ERROR if httpx.codes.is_server_error(status) else FailureKind.REDIRECT


def _transport_kind(error: httpx.HTTPError) -> FailureKind:
    match error:
        case ForbiddenUrlError():
            return FailureKind.FORBIDDEN_ADDRESS
        case httpx.TimeoutException():
            return FailureKind.TIMEOUT
    return FailureKind.UNREACHABLE


def _parse_retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds, given as such or as a date (RFC 9110, 10.2.3); None for anything else."""
    given = response.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdecimal():
        return min(float(given), LONGEST_RETRY_AFTER)
    try:
        seconds = (parsedate_to_datetime(given) - now).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
