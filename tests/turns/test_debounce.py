"""A buyer's burst of messages is one turn."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from app.domain.message import ConversationKey
from app.turns.debounce import DebounceTimes, MessageDebouncer

KEY = ConversationKey("demo", "webhook", "c-1")
QUICK = DebounceTimes(quiet=timedelta(seconds=0.05), longest=timedelta(seconds=0.2), sweep=timedelta(seconds=0.02))


class Inbox:
    """Knows what waits."""

    def __init__(self, *keys: ConversationKey) -> None:
        self.keys = list(keys)

    async def find_waiting(self, before: datetime, *, limit: int) -> Iterable[ConversationKey]:
        return self.keys[:limit]


class Turns:
    """Counts the turns that were made."""

    def __init__(self, inbox: Inbox | None = None) -> None:
        self.made: list[ConversationKey] = []
        self.inbox = inbox

    async def __call__(self, key: ConversationKey) -> None:
        self.made.append(key)
        if self.inbox:
            self.inbox.keys.remove(key)


def now() -> datetime:
    return datetime(2026, 3, 2, tzinfo=UTC)


async def test_messages_close_together_are_one_turn() -> None:
    turns = Turns()
    bursts = MessageDebouncer(turns, Inbox(), now, QUICK)

    for _ in range(3):
        bursts.note_arrival(KEY)
        await asyncio.sleep(0.01)
    assert turns.made == []
    await asyncio.sleep(0.15)

    assert turns.made == [KEY]


async def test_a_buyer_who_never_stops_is_answered_all_the_same() -> None:
    turns = Turns()
    bursts = MessageDebouncer(turns, Inbox(), now, QUICK)

    for _ in range(40):
        bursts.note_arrival(KEY)
        await asyncio.sleep(0.01)

    assert turns.made


async def test_stopping_answers_what_was_accepted_at_once() -> None:
    turns = Turns()
    bursts = MessageDebouncer(turns, Inbox(), now, DebounceTimes(quiet=timedelta(hours=1), longest=timedelta(hours=1)))
    bursts.note_arrival(KEY)

    await bursts.stop()

    assert turns.made == [KEY]


async def test_what_another_process_left_is_swept_up() -> None:
    inbox = Inbox(KEY)
    turns = Turns(inbox)
    bursts = MessageDebouncer(turns, inbox, now, QUICK)

    sweeping = asyncio.create_task(bursts.run())
    await asyncio.sleep(0.2)
    await bursts.stop()
    await sweeping

    assert turns.made == [KEY]


async def test_sweeping_does_not_put_off_a_burst_that_is_being_waited_for() -> None:
    inbox = Inbox(KEY)
    turns = Turns(inbox)
    often = DebounceTimes(quiet=timedelta(seconds=0.1), longest=timedelta(seconds=30), sweep=timedelta(seconds=0.01))
    bursts = MessageDebouncer(turns, inbox, now, often)
    bursts.note_arrival(KEY)

    sweeping = asyncio.create_task(bursts.run())
    await asyncio.sleep(1)
    made = list(turns.made)
    await bursts.stop()
    await sweeping

    assert made == [KEY]
