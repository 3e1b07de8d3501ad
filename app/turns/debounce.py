"""Bursts: waits until a buyer has finished typing, then has one turn made over everything that was sent."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from app.domain.content import merge_contents
from app.domain.message import BURST_JOINT, ConversationKey, Message, MessageContext, MessageType
from app.errors import XiaoerError
from app.language.fragments import is_picture_line

SWEEP_LIMIT = 500
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DebounceTimes:
    """How long a conversation must be quiet, how long a buyer waits at most, and how often we look for leftovers."""

    quiet: timedelta = timedelta(seconds=1.2)
    longest: timedelta = timedelta(seconds=5)
    sweep: timedelta = timedelta(seconds=2)


class MessageInbox(Protocol):
    """Knows which conversations have messages that wait for their turn."""

    async def find_waiting(self, before: datetime, *, limit: int) -> Iterable[ConversationKey]:
        """Conversations with a message that has waited since before this time."""


@dataclass(slots=True)
class _PendingBurst:
    began: float
    quiet_at: float


class MessageDebouncer:
    """One timer a conversation. A process that dies leaves its messages in the inbox to whoever sweeps next."""

    def __init__(
        self,
        catch_up: Callable[[ConversationKey], Awaitable[None]],
        waiting: MessageInbox,
        clock: Callable[[], datetime],
        calm: DebounceTimes | None = None,
    ) -> None:
        self._catch_up = catch_up
        self._waiting = waiting
        self._clock = clock
        self._calm = calm or DebounceTimes()
        self._bursts: dict[ConversationKey, _PendingBurst] = {}
        self._turns: set[asyncio.Task[None]] = set()
        self._hurry = asyncio.Event()

    def note_arrival(self, key: ConversationKey) -> None:
        """A message was kept: wait for quiet once more, but never longer than a buyer should wait."""
        now = asyncio.get_running_loop().time()
        burst = self._bursts.get(key)
        if burst is None:
            burst = self._bursts[key] = _PendingBurst(now, now)
            self._start_timer(key, burst)
        burst.quiet_at = min(now + self._calm.quiet.total_seconds(), burst.began + self._calm.longest.total_seconds())

    async def run(self) -> None:
        """Sweep up what nobody waits for: left by a process that died, or by a database that was away."""
        while not self._hurry.is_set():
            try:
                await self._sweep_inbox()
            except XiaoerError as error:
                log.warning("the inbox could not be swept", why=error.detail)
            await self._sleep_unless_stopped(self._calm.sweep.total_seconds())

    async def stop(self) -> None:
        """Answer what was accepted without waiting for quiet."""
        self._hurry.set()
        await asyncio.gather(*self._turns, return_exceptions=True)

    async def _sweep_inbox(self) -> None:
        patience = self._calm.longest + self._calm.sweep
        for key in await self._waiting.find_waiting(self._clock() - patience, limit=SWEEP_LIMIT):
            if key not in self._bursts:
                self.note_arrival(key)

    def _start_timer(self, key: ConversationKey, burst: _PendingBurst) -> None:
        turn = asyncio.create_task(self._answer_when_quiet(key, burst))
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)

    async def _answer_when_quiet(self, key: ConversationKey, burst: _PendingBurst) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)
        while (left := burst.quiet_at - loop.time()) > 0 and not self._hurry.is_set():
            await self._sleep_unless_stopped(left)
        del self._bursts[key]
        try:
            await self._catch_up(key)
        except XiaoerError as error:
            log.warning("a burst waits for the next sweep", shop=key.shop, why=error.detail)
        except Exception:
            log.exception("a burst could not be answered", shop=key.shop)

    async def _sleep_unless_stopped(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return


def merge_messages(messages: tuple[Message, ...]) -> Message:
    """A burst as one message: the words in order, what was sent last, and every id that any of them named.

    A line that stands for a picture ([图片]) counts as a picture without words.
    """
    messages = tuple(map(_see_picture, messages))
    last = messages[-1]
    if len(messages) == 1:
        return last
    texts = [message.text.strip() for message in messages if message.text.strip()]
    kinds = [message.type for message in messages if message.type is not MessageType.TEXT]
    return replace(
        last,
        text=BURST_JOINT.join(texts),
        type=kinds[-1] if kinds else last.type,
        context=_merge_contexts(messages),
        content=merge_contents(message.content for message in messages),
    )


def _see_picture(message: Message) -> Message:
    stands_for_one = message.type is MessageType.TEXT and is_picture_line(message.text)
    return replace(message, type=MessageType.IMAGE, text="") if stands_for_one else message


def _merge_contexts(messages: tuple[Message, ...]) -> MessageContext:
    newest_first = [message.context for message in reversed(messages)]
    return MessageContext(
        product_id=next((context.product_id for context in newest_first if context.product_id), None),
        sku_id=next((context.sku_id for context in newest_first if context.sku_id), None),
        order_id=next((context.order_id for context in newest_first if context.order_id), None),
    )
