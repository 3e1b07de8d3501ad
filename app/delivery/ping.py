"""A test event to a shop's callback, sent at once and past the outbox, to see whether it arrives."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

from app.delivery.ports import FailureKind, OutboxItem, OutboxSender, OutboxState, SendError
from app.errors import NotFoundError, error_sentence

CALLBACK_TEST = "callback.test"


@dataclass(frozen=True, slots=True)
class PingResult:
    """What the receiver answered, after how long; `error` and `why` when it did not take the event."""

    destination: str
    milliseconds: int
    status: int | None = None
    error: FailureKind | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class CallbackPing:
    """Sends test events.

    Attributes:
        callback_url: a shop's callback now, or None.
    """

    sender: OutboxSender
    callback_url: Callable[[str], str | None]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    answer_within: timedelta = timedelta(seconds=10)

    async def send_ping(self, shop: str) -> PingResult:
        """Send one; NotFoundError for a shop without a callback."""
        url = self.callback_url(shop)
        if url is None:
            raise NotFoundError(error_sentence("no_callback", shop=shop))
        clock, status, refused = perf_counter(), None, None
        try:
            async with asyncio.timeout(self.answer_within.total_seconds()):
                status = await self.sender.send_item(self._test_event(shop, url))
        except SendError as error:
            status, refused = error.status, error
        except TimeoutError:
            refused = SendError(f"no answer within {self.answer_within}", kind=FailureKind.TIMEOUT)
        took = round((perf_counter() - clock) * 1000)
        return PingResult(url, took, status, refused.kind if refused else None, str(refused or ""))

    def _test_event(self, shop: str, url: str) -> OutboxItem:
        now = self.clock()
        payload = {"type": CALLBACK_TEST, "timestamp": now.isoformat(), "data": {"shop": shop}}
        return OutboxItem(shop, f"{self.new_id()}:test", CALLBACK_TEST, url, payload, OutboxState.PENDING, 1, now, now)
