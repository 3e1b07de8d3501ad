"""Bursts: quick messages become one turn, and what a dead process left is answered by the next."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.conversation.bursts import Bursts
from app.domain.message import ConversationKey
from app.errors import StorageUnavailableError
from tests.conversation.builders import KEY, NOW


@dataclass
class Timeline:
    """A clock that only moves when told, and wakes whoever sleeps until then."""

    now: datetime = NOW
    sleepers: list[tuple[datetime, asyncio.Event]] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self.sleepers.append((self.now + timedelta(seconds=seconds), woken))
        await woken.wait()

    async def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        for until, woken in self.sleepers:
            if until <= self.now:
                woken.set()
        for _ in range(10):
            await asyncio.sleep(0)


@dataclass
class Answers:
    """Who was answered, and what is still waiting in the database."""

    answered: list[ConversationKey] = field(default_factory=list)
    left: tuple[ConversationKey, ...] = ()
    fails: int = 0
    asked: list[datetime] = field(default_factory=list)

    async def answer(self, key: ConversationKey) -> None:
        if self.fails:
            self.fails -= 1
            raise StorageUnavailableError("away")
        self.answered.append(key)

    async def waiting(self, before: datetime, *, limit: int) -> tuple[ConversationKey, ...]:
        self.asked.append(before)
        return self.left[:limit]


def _bursts(answers: Answers, timeline: Timeline) -> Bursts:
    return Bursts(answers.answer, answers, clock=timeline, sleep=timeline.sleep)


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_three_quick_messages_are_one_turn_after_the_quiet_time() -> None:
    answers, timeline = Answers(), Timeline()
    bursts = _bursts(answers, timeline)
    for _ in range(3):
        bursts.arrived(KEY)
        await _settle()
        await timeline.pass_seconds(0.5)
    before = list(answers.answered)

    await timeline.pass_seconds(0.8)

    assert before == []
    assert answers.answered == [KEY]


async def test_a_buyer_who_never_pauses_is_answered_after_five_seconds() -> None:
    answers, timeline = Answers(), Timeline()
    bursts = _bursts(answers, timeline)
    for _ in range(5):
        bursts.arrived(KEY)
        await _settle()
        await timeline.pass_seconds(1)

    assert answers.answered == [KEY]


async def test_conversations_do_not_wait_for_each_other() -> None:
    answers, timeline = Answers(), Timeline()
    bursts = _bursts(answers, timeline)
    other = ConversationKey("demo", "http", "c-2")
    bursts.arrived(KEY)
    await _settle()
    await timeline.pass_seconds(1)
    bursts.arrived(other)
    await _settle()

    await timeline.pass_seconds(0.3)

    assert answers.answered == [KEY]


async def test_a_message_after_the_turn_begins_a_new_burst() -> None:
    answers, timeline = Answers(), Timeline()
    bursts = _bursts(answers, timeline)
    for _ in range(2):
        bursts.arrived(KEY)
        await _settle()
        await timeline.pass_seconds(1.3)

    assert answers.answered == [KEY, KEY]


async def test_messages_of_a_dead_process_are_answered() -> None:
    answers, timeline = Answers(left=(KEY,)), Timeline()

    await _bursts(answers, timeline).recover()
    await _settle()

    assert answers.answered == [KEY]
    assert answers.asked == [NOW - timedelta(seconds=15)]


async def test_an_open_burst_is_nobodys_orphan() -> None:
    answers, timeline = Answers(left=(KEY,)), Timeline()
    bursts = _bursts(answers, timeline)
    bursts.arrived(KEY)
    await _settle()

    await bursts.recover()
    await _settle()

    assert answers.answered == []


async def test_a_turn_that_failed_is_made_again_as_an_orphan() -> None:
    answers, timeline = Answers(left=(KEY,), fails=1), Timeline()
    bursts = _bursts(answers, timeline)
    await bursts.recover()
    await _settle()

    await bursts.recover()
    await _settle()

    assert answers.answered == [KEY]


async def test_stopping_answers_what_is_open_without_waiting() -> None:
    answers, timeline = Answers(), Timeline()
    bursts = _bursts(answers, timeline)
    bursts.arrived(KEY)
    await _settle()

    await bursts.stop()

    assert answers.answered == [KEY]


async def test_the_round_of_orphans_ends_with_the_service() -> None:
    answers, timeline = Answers(), Timeline()
    bursts = _bursts(answers, timeline)
    running = asyncio.create_task(bursts.run())
    await _settle()

    await bursts.stop()
    await running

    assert len(answers.asked) == 1
