"""Events: told to every reader with the transaction that makes them true, and heard in every process."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from queue import Queue
from typing import Any

import psycopg
import pytest

from app.delivery.feed import RESYNC, Notice, Subscription
from app.delivery.ports import AttemptOutcome, ClaimRoom, DeliveryAttempt, FailureKind, Lane
from app.domain.conversation import Conversation
from app.domain.decision import Answer, Reason
from app.domain.events import DeliveryFailed, Event, EventReader, MessageReceived, ShopLoaded, TicketOpened
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.domain.outcome import HandoffRequest, Outcome, RecordUrge, Spend
from app.domain.step import Step
from app.domain.ticket import Ticket
from app.domain.understanding import IntentScore, Request
from app.domain.written_turn import Turn
from app.errors import ConflictError, TicketConflictError
from app.storage.ports import BudgetExhaustedError, ConversationMovedError
from app.storage.store import Store, open_store
from app.turns.announce import turn_answered, turn_events
from handoff.ports import AgentLine, TicketFilter
from handoff.urges import UrgeFilter
from tests.storage.builders import KEY, NOW, a_message, a_ticket, a_turn, handed_off

PATIENCE = 20.0
REQUEST = Request("转人工", (IntentScore("human_agent", 1.0),))
ASKED = Step(REQUEST, Answer("human_agent", 1.0), Outcome("", handoff=HandoffRequest(Reason.ASKED_FOR_HUMAN)))


class Recorder(EventReader):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def after_commit(self, events: Sequence[Event]) -> None:
        self.events += events

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


class ShopFigures(EventReader):
    """A later use of events, as one more reader: a table of its own, a send of its own, and nothing else changed."""

    def __init__(self, table: str = "counted_events") -> None:
        self._table = table

    def write_events(self, driver: Any, events: Sequence[Event]) -> None:
        for event in events:
            driver.execute(f"INSERT INTO {self._table} VALUES ('{event.kind}')")  # noqa: S608  # our own words

    def outbox_rows(self, event: Event) -> Sequence[OutboxRow]:
        if not isinstance(event, MessageReceived):
            return ()
        return (OutboxRow(f"read:{event.subject}", "read", "platform:demo", {}),)


def eventful(turn: Turn) -> Turn:
    """The turn with what happened in it."""
    answered = turn_answered(turn, turn.steps[0].verdict, NOW, in_response=True)
    return replace(turn, events=tuple(turn_events(turn, answered)))


async def handed_over(store: Store, ticket: Ticket | None = None) -> Ticket:
    """A conversation with its ticket, stored."""
    opened = ticket or a_ticket()
    message = a_message(f"m-{opened.id}", "转人工", key=opened.key)
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    turn = replace(handed_off(a_turn(message, found), opened), steps=(ASKED,))
    await store.commit(eventful(turn))
    return opened


@asynccontextmanager
async def store_with(url: str, *readers: EventReader) -> AsyncIterator[Store]:
    store = await open_store(url, readers=readers)
    try:
        yield store
    finally:
        await store.close()


async def next_notices(subscription: Subscription, number: int) -> list[Notice]:
    async with asyncio.timeout(PATIENCE):
        return [await anext(subscription) for _ in range(number)]


async def listening(store: Store) -> Subscription:
    """A listener that misses nothing from now on."""
    subscription = store.feed.subscribe()
    store.listen()
    if store._listener:
        assert await next_notices(subscription, 1) == [RESYNC]  # now it listens: whoever came before it reads again
    return subscription


async def live_through_everything(store: Store) -> list[str]:
    """Every kind of change a store knows; returns the kinds that should be heard, in order."""
    ticket = await handed_over(store)
    await store.claim(ticket.id, "lan", NOW)
    await store.add_reply(ticket.id, "lan", AgentLine("l-1", "lan", "您好"), NOW)
    await store.add_reply(ticket.id, "lan", AgentLine("l-1", "lan", "您好"), NOW)
    await store.release(ticket.id, "lan", NOW, by="zhu")
    await store.claim(ticket.id, "qing", NOW)
    await store.resolve(ticket.id, "qing", "好了", NOW)
    other = await handed_over(store, a_ticket("t-2", ConversationKey("demo", "http", "c-2")))
    await store.return_to_bot(other.id, None, NOW)
    await store.record_platform_line(KEY, AgentLine("typed-1", "", "我来"), NOW)
    await store.accept_message(a_message("late"))
    await store.accept_message(a_message("late"))
    await store.announce(ShopLoaded(shop="demo", at=NOW, version="v2"))
    turn = ["message.received", "turn.answered", "ticket.opened"]
    return [
        *turn,
        *("ticket.claimed", "person.spoke", "ticket.released", "ticket.claimed", "ticket.resolved"),
        *turn,
        *("ticket.returned", "person.spoke", "message.received", "shop.loaded"),
    ]


async def test_every_change_is_an_event_for_the_readers_and_a_notice_in_the_feed(database_url: str) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        subscription = await listening(store)

        kinds = await live_through_everything(store)

        heard = await next_notices(subscription, len(kinds))
        assert [notice.kind for notice in heard] == kinds
        assert recorder.kinds() == kinds
        assert heard[3] == Notice("ticket.claimed", "demo", "http", "c-1", "t-1")


async def test_whoever_shows_an_erased_conversation_is_told(database_url: str) -> None:
    async with store_with(database_url) as store:
        await handed_over(store)
        subscription = await listening(store)

        await store.erase_buyer("demo", "buyer-1")

        assert await next_notices(subscription, 1) == [Notice("conversation.erased", "demo", "http", "c-1")]


async def test_an_urge_is_told_when_it_is_pressed_and_when_it_is_closed(database_url: str) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        turn = a_turn(a_message(), Conversation(KEY), effects=(RecordUrge("20260520001", None, "overdue"),))
        await store.commit(eventful(replace(turn, steps=(ASKED,))))
        (urge,) = (await store.find_urges(UrgeFilter(), limit=1, cursor=None)).urges

        closed = await store.close_urge(urge.id, "lan", NOW)
        assert await store.close_urge(urge.id, "lan", NOW) == closed
        with pytest.raises(ConflictError):
            await store.close_urge(urge.id, "qing", NOW)

        assert recorder.kinds()[2:] == ["urge.opened", "urge.closed"]


async def test_a_row_that_is_given_up_is_told_once_with_its_conversation(database_url: str) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        row = OutboxRow("o-1", "reply", "https://shop.example", {})
        await store.commit(a_turn(a_message(), Conversation(KEY), outbox=(row,)))
        room = ClaimRoom(Lane("https://shop.example", "demo"), total=1, retried=1)
        (item,) = await store.claim_due(NOW, leased_until=NOW, rooms=[room])
        attempt = DeliveryAttempt("demo", "o-1", NOW, 1, 5, AttemptOutcome.DEAD, 410, FailureKind.GONE)

        await store.mark_dead(item, "410 Gone", attempt)
        await store.mark_dead(item, "410 Gone", attempt)

        (failed,) = [event for event in recorder.events if isinstance(event, DeliveryFailed)]
        assert (failed.key, failed.item_id, failed.item_kind, failed.why) == (KEY, "o-1", "reply", "410 Gone")


async def test_what_was_not_written_is_not_told(database_url: str) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        subscription = await listening(store)
        ticket = await handed_over(store)
        await store.claim(ticket.id, "lan", NOW)
        moved = eventful(replace(a_turn(a_message("m-9"), Conversation(KEY)), steps=(ASKED,)))
        spending = replace(moved, expected_version=2, effects=(Spend("coupon", Decimal(2), Decimal(1)),))

        with pytest.raises(TicketConflictError):
            await store.claim(ticket.id, "qing", NOW)
        with pytest.raises(ConversationMovedError):
            await store.commit(moved)
        with pytest.raises(BudgetExhaustedError):
            await store.commit(spending)
        await store.announce(ShopLoaded(shop="demo", at=NOW, version="the end"))

        kinds = ["message.received", "turn.answered", "ticket.opened", "ticket.claimed", "shop.loaded"]
        assert [notice.kind for notice in await next_notices(subscription, 5)] == kinds
        assert recorder.kinds() == kinds


async def test_a_message_answered_before_is_told_of_once(database_url: str) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        turn = eventful(replace(a_turn(a_message(), Conversation(KEY)), steps=(ASKED,)))

        await asyncio.gather(store.commit(turn), store.commit(replace(turn, body={"other": True})))

        assert recorder.kinds().count("message.received") == 1


async def test_a_later_use_of_events_is_one_more_reader(database_url: str) -> None:
    async with store_with(database_url, ShopFigures()) as store:
        await store._writer.transact(lambda c: c.exec_driver_sql("CREATE TABLE counted_events (kind TEXT)"))

        kinds = await live_through_everything(store)

        rows = await store._read_in_thread(
            lambda c: c.exec_driver_sql("SELECT kind FROM counted_events").scalars().all()
        )
        rooms = [ClaimRoom(due.lane, total=10, retried=0) for due in await store.list_lanes()]
        sends = [item.id for item in await store.claim_due(NOW, leased_until=NOW, rooms=rooms)]
        await store._writer.transact(lambda c: c.exec_driver_sql("DROP TABLE counted_events"))
        assert list(rows) == kinds
        assert sorted(sends) == ["read:late", "read:m-t-1", "read:m-t-2"]


async def test_what_a_reader_cannot_write_is_not_written_at_all(database_url: str) -> None:
    async with store_with(database_url, ShopFigures("no_such_table")) as store:
        with pytest.raises(Exception, match=r"no_such_table|database|hold"):
            await handed_over(store)

        assert (await store.find_tickets(TicketFilter(), limit=1, cursor=None)).total == 0


async def test_a_reader_that_fails_afterwards_keeps_nobody_from_hearing(database_url: str) -> None:
    class Broken(EventReader):
        def after_commit(self, events: Sequence[Event]) -> None:
            raise RuntimeError(str(len(events)))

    recorder = Recorder()
    async with store_with(database_url, Broken(), recorder) as store:
        await handed_over(store)

    assert [type(event) for event in recorder.events][-1] is TicketOpened


async def test_closing_the_store_ends_its_listeners_first(database_url: str) -> None:
    store = await open_store(database_url)
    subscription = await listening(store)

    await store.close()

    assert [notice async for notice in subscription] == []


class Hearing:
    """The other process: what it printed, read as it comes."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._lines: Queue[bytes] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    async def next_lines(self, number: int) -> list[dict[str, Any]]:
        lines = [await asyncio.to_thread(self._lines.get, timeout=PATIENCE) for _ in range(number)]
        return [json.loads(line) for line in lines]


@contextmanager
def another_process(url: str) -> Iterator[Hearing]:
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("hearing.py")), url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])  # noqa: S603  # our own
    try:
        yield Hearing(process)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)
        assert process.stdout is not None
        process.stdout.close()


def cut_listeners(url: str) -> int:
    """End every listening connection, as a failover or an impatient proxy does."""
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'xiaoer-listener'"
    with psycopg.connect(url, autocommit=True) as connection:
        return len(connection.execute(cut + " AND datname = current_database()").fetchall())


async def test_a_listener_in_another_process_hears_every_change_after_its_commit(postgres_database: str) -> None:
    async with store_with(postgres_database) as store:
        with another_process(postgres_database) as hearing:
            assert [line["kind"] for line in await hearing.next_lines(1)] == ["resync"]

            kinds = await live_through_everything(store)

            lines = await hearing.next_lines(len(kinds))
            assert [line["kind"] for line in lines] == kinds
            assert all("t-1" in line["tickets"] for line in lines)  # at the first notice it could be read already


async def test_a_listener_whose_connection_was_cut_is_told_to_read_again_and_misses_nothing(
    postgres_database: str,
) -> None:
    async with store_with(postgres_database) as store:
        with another_process(postgres_database) as hearing:
            await hearing.next_lines(1)
            ticket = await handed_over(store)
            await hearing.next_lines(3)

            assert cut_listeners(postgres_database) == 1
            await store.claim(ticket.id, "lan", NOW)  # while nobody listens

            (again,) = await hearing.next_lines(1)
            assert (again["kind"], again["tickets"]) == ("resync", {"t-1": "claimed"})
            await store.resolve(ticket.id, "lan", "", NOW)
            (heard,) = await hearing.next_lines(1)
            assert (heard["kind"], heard["tickets"]) == ("ticket.resolved", {"t-1": "resolved"})
