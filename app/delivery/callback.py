"""Brings outbox rows to a shop's callback, signed by Standard Webhooks with the shop's own secret."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import httpx
from pydantic_core import to_json
from standardwebhooks import Webhook

from app.delivery.ports import OutboxItem, OutboxSender, SendError
from handoff.brief import Brief, attach_transcript
from handoff.events import TicketEvent
from handoff.ports import TicketStore

TICKET_OPENED = f"handoff.{TicketEvent.OPENED}"
TRANSCRIPT_LINES = 50


class CallbackSender:
    """The row's id is the `webhook-id`, the same over every attempt: receivers tell a repeat by it."""

    def __init__(
        self, client: httpx.AsyncClient, secret_of: Callable[[str], str], clock: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._secret_of = secret_of
        self._clock = clock

    async def send_item(self, item: OutboxItem) -> None:
        """Raises SendError; permanent only when the receiver says that the endpoint is gone (410)."""
        secret = self._secret_of(item.shop)
        if not secret:
            raise SendError("the shop's secret is not set: nothing leaves unsigned", permanent=False)
        body = to_json({"id": item.id, **item.payload})
        try:
            response = await self._client.post(
                item.destination, content=body, headers=self._sign_headers(item, secret, body)
            )
        except httpx.HTTPError as error:
            raise SendError(f"{type(error).__name__}: {error}", permanent=False) from error
        if not response.is_success:
            gone = response.status_code == httpx.codes.GONE
            raise SendError(f"HTTP {response.status_code}", permanent=gone, retry_after=_parse_retry_after(response))

    def _sign_headers(self, item: OutboxItem, secret: str, body: bytes) -> dict[str, str]:
        now = self._clock()
        delivery = item.id.replace(".", "_")
        return {
            "content-type": "application/json",
            "webhook-id": delivery,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(delivery, now, body.decode()),
        }


class BriefingSender:
    """A sender that puts the conversation into a new ticket's brief, as it stands when it is sent."""

    def __init__(self, sender: OutboxSender, tickets: TicketStore) -> None:
        self._sender = sender
        self._tickets = tickets

    async def send_item(self, item: OutboxItem) -> None:
        """As the sender it wraps."""
        ticket = await self._tickets.get_ticket(item.payload["data"]["id"]) if item.kind == TICKET_OPENED else None
        if ticket is None:
            await self._sender.send_item(item)
            return
        lines = await self._tickets.load_transcript(ticket, limit=TRANSCRIPT_LINES)
        brief = attach_transcript(Brief.model_validate(dict(ticket.brief)), lines).model_dump(mode="json")
        data = {**item.payload["data"], "brief": brief}
        await self._sender.send_item(replace(item, payload={**item.payload, "data": data}))


class MeteredSender:
    """A sender that tells `count(kind, outcome)` of every attempt: sent, failed, or refused for good."""

    def __init__(self, sender: OutboxSender, count: Callable[[str, str], None]) -> None:
        self._sender = sender
        self._count = count

    async def send_item(self, item: OutboxItem) -> None:
        """As the sender it wraps."""
        try:
            await self._sender.send_item(item)
        except SendError as error:
            self._count(item.kind, "refused" if error.permanent else "failed")
            raise
        self._count(item.kind, "sent")


def _parse_retry_after(response: httpx.Response) -> float | None:
    given = response.headers.get("retry-after", "")
    return float(given) if given.isdecimal() else None
