"""Faults of receivers, with a real one: the store, the worker and the callback's sender together."""

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random, random

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.delivery.breaker import SendRate
from app.delivery.callback import CallbackSender
from app.delivery.ports import AttemptFilter, FailureKind, OutboxFilter, OutboxItem, OutboxState
from app.delivery.router import DeliveryRouter
from app.delivery.worker import OutboxWorker, RetryPolicy
from app.domain.conversation import Conversation
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.http_client import outbound_client
from app.storage.store import Store, open_store
from handoff.ports import AgentLine
from tests.delivery.receiver import Behaviour, Call, Receiver, Writer, answer, answering, receiver
from tests.storage.builders import a_message, a_turn

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_" + "QUJD" * 8
MEGABYTE = 1024 * 1024
QUICK = RetryPolicy(answer_within=timedelta(seconds=1.5))


@dataclass
class Post:
    """A running outbox with one receiver at its other end."""

    store: Store
    receiver: Receiver
    number: int = 0

    async def say(self, conversation: str, *, of_bot: bool = True, destination: str = "") -> str:
        """One line for a conversation; its row's id."""
        self.number += 1
        key = ConversationKey("demo", "webhook", conversation)
        message = replace(a_message(f"m-{self.number}", key=key), received_at=utc_now())
        found = await self.store.begin_turn(message)
        assert isinstance(found, Conversation)
        data = {"conversation": conversation, "text": f"第{self.number}句"}
        row = OutboxRow(
            f"r-{self.number}", "reply", destination or self.receiver.url, {"type": "reply", "data": data}, of_bot
        )
        await self.store.commit(replace(a_turn(message, found, at=utc_now()), outbox=(row,)))
        return row.id

    async def row(self, row_id: str) -> OutboxItem:
        page = await self.store.find_outbox_rows(OutboxFilter(), limit=1000, cursor=None)
        return next(row for row in page.rows if row.id == row_id)

    async def until(self, row_id: str, holds: Callable[[OutboxItem], bool], seconds: float = 15.0) -> OutboxItem:
        deadline = time.monotonic() + seconds
        while not holds(found := await self.row(row_id)):
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.05)
        return found


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def running_post(
    tmp_path: Path, behave: Behaviour, *, patience: RetryPolicy = QUICK, secrets: tuple[str, ...] = (SECRET,)
) -> AsyncIterator[Post]:
    store = await open_store(f"sqlite:///{tmp_path / 'x.db'}")
    client = outbound_client(allow_private=True)
    async with receiver(behave) as made:
        sender = CallbackSender(client, lambda _shop: secrets, utc_now)
        worker = OutboxWorker(store, DeliveryRouter(sender), clock=utc_now, draw=random, patience=patience)
        running = asyncio.create_task(worker.run())
        try:
            yield Post(store, made)
        finally:
            await worker.stop()
            await running
            await client.aclose()
            await store.close()


def is_sent(row: OutboxItem) -> bool:
    return row.state is OutboxState.SENT


def is_dead(row: OutboxItem) -> bool:
    return row.state is OutboxState.DEAD


@pytest.mark.parametrize("status", [400, 500, 403])
async def test_conversations_that_a_receiver_cannot_digest_hold_up_nobody_else(tmp_path: Path, status: int) -> None:
    async def behave(call: Call, writer: Writer) -> None:
        writer.write(answer(status if call.conversation.startswith("poison") else 204))

    async with running_post(tmp_path, behave) as post:
        spoken: dict[str, float] = {}
        for number in range(40):
            if number % 10 == 0:
                for place in range(3):
                    await post.say(f"poison-{place}")
            spoken[f"good-{number}"] = asyncio.get_running_loop().time()
            row = await post.say(f"good-{number}")
            await asyncio.sleep(0.1)
        await post.until(row, is_sent)

    heard = {call.conversation: call.at for call in reversed(post.receiver.calls)}
    late = sorted(heard[name] - at for name, at in spoken.items())
    assert len(late) == 40
    assert late[-1] < 4.5


async def test_a_receiver_that_hangs_for_some_conversations_answers_the_others_at_once(tmp_path: Path) -> None:
    async def behave(call: Call, writer: Writer) -> None:
        if call.conversation.startswith("poison"):
            await asyncio.sleep(30)
        writer.write(answer(204))

    async with running_post(tmp_path, behave, patience=RetryPolicy(answer_within=timedelta(seconds=4))) as post:
        for place in range(6):
            await post.say(f"poison-{place}")
        await asyncio.sleep(0.3)
        rows = [await post.say(f"good-{number}") for number in range(20)]
        for row in rows:
            await post.until(row, is_sent, seconds=3)


async def test_a_receiver_that_fails_at_random_has_everything_within_seconds(tmp_path: Path) -> None:
    dice = Random(5)  # noqa: S311 (a fixed sequence)

    async def behave(_call: Call, writer: Writer) -> None:
        writer.write(answer(500 if dice.random() < 0.35 else 204))

    async with running_post(tmp_path, behave) as post:
        rows = [await post.say(f"c-{number}") for number in range(60)]
        for row in rows:
            await post.until(row, is_sent, seconds=30)
        sent = [await post.row(row) for row in rows]

    waits = sorted((row.sent_at - row.created_at).total_seconds() for row in sent if row.sent_at)
    assert waits[30] < 6


@pytest.mark.parametrize("status", [400, 404, 405, 409, 413, 415, 422, 451])
async def test_a_refusal_becomes_a_dead_letter_soon_with_the_receivers_words(tmp_path: Path, status: int) -> None:
    async with running_post(tmp_path, answering(status, "会话不存在\x1b[31m".encode())) as post:
        row = await post.say("c-1")

        dead = await post.until(row, is_dead)

    assert dead.last_error == f"HTTP {status}: 会话不存在 [31m"
    assert len(post.receiver.calls) == RetryPolicy().refusals


async def test_a_receiver_that_is_being_replaced_and_knows_no_route_for_a_moment_loses_nothing(tmp_path: Path) -> None:
    async def behave(_call: Call, writer: Writer) -> None:
        writer.write(answer(404 if len(post.receiver.calls) < 3 else 204))

    async with running_post(tmp_path, behave) as post:
        row = await post.say("c-1")

        await post.until(row, is_sent)


async def test_gone_is_final_at_once(tmp_path: Path) -> None:
    async with running_post(tmp_path, answering(410)) as post:
        row = await post.say("c-1")

        await post.until(row, is_dead, seconds=3)

    assert len(post.receiver.calls) == 1


@pytest.mark.parametrize("status", [401, 403, 408, 423, 425, 429, 301, 308, 500, 503])
async def test_nothing_else_is_ever_final(tmp_path: Path, status: int) -> None:
    impatient = RetryPolicy(first=timedelta(milliseconds=20), longest=timedelta(milliseconds=50))
    async with running_post(tmp_path, answering(status), patience=impatient) as post:
        row = await post.say("c-1")
        await post.until(row, lambda found: found.attempts > RetryPolicy().refusals + 3)

        assert (await post.row(row)).state is OutboxState.PENDING


@pytest.mark.parametrize("as_date", [False, True])
async def test_a_row_waits_as_long_as_its_receiver_asks_for_and_the_others_do_not(
    tmp_path: Path, *, as_date: bool
) -> None:
    when = format_datetime(utc_now() + timedelta(seconds=600), usegmt=True) if as_date else "600"

    async def behave(call: Call, writer: Writer) -> None:
        if call.conversation == "slow":
            writer.write(answer(429, retry_after=when))
        else:
            writer.write(answer(204))

    async with running_post(tmp_path, behave) as post:
        slow = await post.say("slow")
        waiting = await post.until(slow, lambda row: row.last_error is not None)
        await post.until(await post.say("next"), is_sent, seconds=3)

    assert 590 < (waiting.next_at - utc_now()).total_seconds() < 605


@pytest.mark.parametrize(
    "asked", ["999999999999999999999999", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT", "-5", "soon"]
)
async def test_an_absurd_retry_after_is_at_most_an_hour(tmp_path: Path, asked: str) -> None:
    async with running_post(tmp_path, answering(503, retry_after=asked)) as post:
        row = await post.until(await post.say("c-1"), lambda found: found.last_error is not None)

    assert row.next_at - utc_now() <= timedelta(hours=1)


async def test_a_takeover_stops_the_lines_that_wait_and_the_agents_own_goes_out(tmp_path: Path) -> None:
    failing = True

    async def behave(_call: Call, writer: Writer) -> None:
        writer.write(answer(503 if failing else 204))

    async with running_post(tmp_path, behave) as post:
        rows = [await post.say("c-1") for _ in range(5)]
        await post.until(rows[0], lambda row: row.attempts > 0)
        key = ConversationKey("demo", "webhook", "c-1")
        await post.store.record_platform_line(key, AgentLine("p-1", "xiaowang", "我来"), utc_now())
        before = len(post.receiver.calls)
        await asyncio.sleep(0.5)  # the one on its way when the person spoke cannot be called back: it is refused, too
        failing = False
        await asyncio.sleep(3)

        states = {(await post.row(row)).state for row in rows}

    assert states == {OutboxState.WITHDRAWN}
    assert len(post.receiver.calls) - before <= 1
    assert all(call.body["id"] == rows[0] for call in post.receiver.calls)


async def test_lines_that_wait_for_a_place_are_not_sent_after_their_conversations_takeover(tmp_path: Path) -> None:
    taken: dict[str, float] = {}
    released = asyncio.Event()

    async def behave(_call: Call, writer: Writer) -> None:
        await released.wait()
        writer.write(answer(204))

    async with running_post(tmp_path, behave, patience=RetryPolicy()) as post:
        rows = [await post.say(f"c-{number}") for number in range(20)]
        for number in range(20):
            key = ConversationKey("demo", "webhook", f"c-{number}")
            await post.store.record_platform_line(key, AgentLine(f"p-{number}", "x", "我来"), utc_now())
            taken[key.conversation] = asyncio.get_running_loop().time()
        released.set()
        await asyncio.sleep(1.5)
        states = [(await post.row(row)).state for row in rows]

    assert [call.conversation for call in post.receiver.calls if call.at > taken[call.conversation]] == []
    assert states.count(OutboxState.WITHDRAWN) == 20 - SendRate().at_once


async def endless(_call: Call, writer: Writer) -> None:
    """400 MB, as fast as it is taken."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 419430400\r\n\r\n")
    for _ in range(400):
        writer.write(b"x" * MEGABYTE)
        await writer.drain()


BOMB = gzip.compress(bytes(4 * MEGABYTE), 9) * 256


async def bomb(_call: Call, writer: Writer) -> None:
    """A megabyte that unpacks to a thousand."""
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(BOMB)}\r\n\r\n"
    writer.write(head.encode() + BOMB)


async def dripping_body(_call: Call, writer: Writer) -> None:
    """A byte every tenth of a second, for an hour."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 36000\r\n\r\n")
    await _drip(writer)


async def dripping_head(_call: Call, writer: Writer) -> None:
    """The same before it says anything."""
    writer.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
    await _drip(writer)


async def endless_head(_call: Call, writer: Writer) -> None:
    """Headers without end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(4_000_000):
        writer.write(f"x-{number}: {'y' * 100}\r\n".encode())
        await writer.drain()


async def _drip(writer: Writer) -> None:
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.1)


@pytest.fixture
def traced() -> Iterator[None]:
    """Memory counted from here on."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("behave", "taken"),
    [(endless, True), (bomb, True), (dripping_body, True), (dripping_head, False), (endless_head, False)],
)
async def test_an_answer_without_end_costs_little_time_and_memory(
    tmp_path: Path, behave: Behaviour, *, taken: bool, traced: None
) -> None:
    async with running_post(tmp_path, behave) as post:
        rows = [await post.say(f"c-{number}") for number in range(4)]
        for row in rows:
            await post.until(row, is_sent if taken else lambda found: found.last_error is not None, seconds=8)
        _, peak = tracemalloc.get_traced_memory()

    assert peak < 20 * MEGABYTE


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async with receiver(answering(204)) as elsewhere:
        async with running_post(tmp_path, answering(307, location=elsewhere.url)) as post:
            row = await post.until(await post.say("c-1"), lambda found: found.last_error is not None)

        assert elsewhere.calls == []
    assert row.last_error == "HTTP 307"


async def test_a_callback_is_signed_with_every_secret_of_the_shop(tmp_path: Path) -> None:
    async with running_post(tmp_path, answering(204), secrets=(SECRET, OLD_SECRET)) as post:
        await post.until(await post.say("c-1"), is_sent)
    (call,) = post.receiver.calls

    for secret in (SECRET, OLD_SECRET):
        Webhook(secret).verify(call.raw, call.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "WFla" * 8).verify(call.raw, call.headers)


async def test_nothing_leaves_unsigned(tmp_path: Path) -> None:
    async with running_post(tmp_path, answering(204), secrets=()) as post:
        row = await post.until(await post.say("c-1"), lambda found: found.last_error is not None)

    assert "secret" in (row.last_error or "")
    assert post.receiver.calls == []


async def test_a_destination_nobody_serves_waits_and_holds_up_no_other(tmp_path: Path) -> None:
    async with running_post(tmp_path, answering(204)) as post:
        odd = await post.say("c-1", destination="weixin-kf:open-id")
        await post.until(await post.say("c-2"), is_sent, seconds=3)

        row = await post.until(odd, lambda found: found.last_error is not None)
        log = await post.store.find_attempts(AttemptFilter(row_id=odd), limit=5, cursor=None)

    assert row.state is OutboxState.PENDING
    assert log.attempts[-1].error is FailureKind.NO_SENDER


async def test_an_attempt_is_logged_with_status_time_and_kind(tmp_path: Path) -> None:
    async def behave(_call: Call, writer: Writer) -> None:
        await asyncio.sleep(0.2)
        writer.write(answer(502 if len(post.receiver.calls) == 1 else 202))

    async with running_post(tmp_path, behave) as post:
        row = await post.say("c-1")
        await post.until(row, is_sent)
        page = await post.store.find_attempts(AttemptFilter(row_id=row), limit=5, cursor=None)

    last, first = page.attempts
    assert (first.status, first.error, last.status, last.error) == (502, FailureKind.SERVER_ERROR, 202, None)
    assert min(first.milliseconds, last.milliseconds) >= 190
