"""Group commit: what comes together is written together, and nobody waits for ever behind somebody else's batch."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import Connection, Engine, StaticPool, create_engine

from app.storage.writing.writer import ContestedError, GroupWriter


class Book:
    """Remembers what was written, a list a batch; a batch with a contested word is refused the quick way."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def quickly(self, _: Connection, items: Sequence[str]) -> list[str]:
        if "contested" in items:
            raise ContestedError
        return self.carefully(_, items)

    def carefully(self, _: Connection, items: Sequence[str]) -> list[str]:
        self.batches.append(list(items))
        return [item.upper() for item in items]

    def alone(self, _: Connection) -> None:
        self.batches.append(["alone"])


@pytest.fixture
def engine() -> Engine:
    return create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
async def writer(engine: Engine, book: Book) -> AsyncIterator[GroupWriter[str]]:
    opened: GroupWriter[str] = GroupWriter(engine, book.quickly, book.carefully, lanes=1)
    yield opened
    await opened.close()
    engine.dispose()


async def test_what_comes_in_one_round_of_the_loop_is_one_batch(writer: GroupWriter[str], book: Book) -> None:
    results = await asyncio.gather(*(writer.write_item(word) for word in ("one", "two", "three")))

    assert results == ["ONE", "TWO", "THREE"]
    assert book.batches == [["one", "two", "three"]]


async def test_what_comes_while_a_batch_is_on_its_way_is_the_next_one(writer: GroupWriter[str], book: Book) -> None:
    first = asyncio.ensure_future(writer.write_item("one"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    await asyncio.gather(first, *(writer.write_item(word) for word in ("two", "three", "four", "five", "six")))
    await writer.write_item("seven")

    assert book.batches == [["one"], ["two", "three", "four", "five", "six"], ["seven"]]


async def test_a_contested_batch_is_written_the_next_way(writer: GroupWriter[str]) -> None:
    results = await asyncio.gather(writer.write_item("contested"), writer.write_item("one"))

    assert list(results) == ["CONTESTED", "ONE"]


async def test_a_transaction_of_its_own_and_batches_take_turns(writer: GroupWriter[str], book: Book) -> None:
    alone = [writer.transact(book.alone) for _ in range(3)]

    await asyncio.gather(*alone, writer.write_item("one"), writer.write_item("two"))

    assert book.batches == [["one", "two"], ["alone"], ["alone"], ["alone"]]


async def test_closing_waits_for_what_was_taken(writer: GroupWriter[str], book: Book) -> None:
    waiting = [asyncio.ensure_future(writer.write_item(str(number))) for number in range(600)]
    await asyncio.sleep(0)

    await writer.close()

    assert all(each.done() for each in waiting)
    assert sum(len(batch) for batch in book.batches) == 600
