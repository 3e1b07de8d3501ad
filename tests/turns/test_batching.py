"""What comes in one round of the event loop is read together; what was read before waits for nobody."""

import asyncio
from collections.abc import Sequence

import pytest

from app.domain.understanding import IntentScore, Request, Understanding, Utterance
from app.turns.batching import UnderstandingBatcher


class Reader:
    """Notes what it reads together; raises for some texts, and knows others."""

    def __init__(self, *, bad: Sequence[str] = (), known: Sequence[str] = ()) -> None:
        self.read: list[list[str]] = []
        self._bad = bad
        self._known = known

    def understand_all(self, asked: Sequence[Utterance]) -> list[Understanding]:
        self.read.append([each.text for each in asked])
        if any(each.text in self._bad for each in asked):
            raise ValueError(asked)
        return [understood(each.text) for each in asked]

    def recall_understanding(self, asked: Utterance) -> Understanding | None:
        return understood(asked.text) if asked.text in self._known else None


def understood(text: str) -> Understanding:
    return Understanding(text, text, (), (Request(text, (IntentScore("stock", 0.9),)),))


async def all_of(together: UnderstandingBatcher, *asked: tuple[Reader, str]) -> list[Understanding | BaseException]:
    reads = (together.understand_in_batch(reader, Utterance(text)) for reader, text in asked)  # type: ignore[arg-type]  # as much of a reader as is asked
    return await asyncio.gather(*reads, return_exceptions=True)


async def test_what_comes_in_one_round_is_read_together_and_each_gets_its_own() -> None:
    reader, together = Reader(), UnderstandingBatcher()

    assert await all_of(together, (reader, "一"), (reader, "二")) == [understood("一"), understood("二")]
    assert await all_of(together, (reader, "三")) == [understood("三")]

    assert reader.read == [["一", "二"], ["三"]]


async def test_each_shop_reads_its_own() -> None:
    one, other, together = Reader(), Reader(), UnderstandingBatcher()

    await all_of(together, (one, "一"), (other, "二"), (one, "三"))

    assert (one.read, other.read) == ([["一", "三"]], [["二"]])


async def test_what_is_known_is_not_read() -> None:
    reader = Reader(known=["一"])

    assert await all_of(UnderstandingBatcher(), (reader, "一"), (reader, "二")) == [understood("一"), understood("二")]

    assert reader.read == [["二"]]


async def test_a_message_that_cannot_be_read_fails_alone() -> None:
    reader = Reader(bad=["坏"])

    one, bad, other = await all_of(UnderstandingBatcher(), (reader, "一"), (reader, "坏"), (reader, "二"))

    assert (one, other) == (understood("一"), understood("二"))
    assert isinstance(bad, ValueError)


async def test_who_has_gone_keeps_nobody_else_waiting() -> None:
    reader, together = Reader(), UnderstandingBatcher()
    gone = asyncio.create_task(together.understand_in_batch(reader, Utterance("一")))  # type: ignore[arg-type]  # the same
    await asyncio.sleep(0)
    gone.cancel()

    assert await all_of(together, (reader, "二")) == [understood("二")]
    with pytest.raises(asyncio.CancelledError):
        await gone
