"""A database in trouble: nothing is acknowledged that is not on disk, and work goes on when it is back."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from app.domain.conversation import Conversation
from app.domain.message import ConversationKey
from app.domain.written_turn import Turn
from app.errors import StorageUnavailableError
from app.storage.store import Store, open_store
from tests.storage.builders import KEY, a_message, a_turn


@pytest.fixture
async def on_sqlite(tmp_path: Path) -> AsyncIterator[tuple[Store, Path]]:
    path = tmp_path / "xiaoer.db"
    store = await open_store(f"sqlite:///{path}")
    yield store, path
    await store.close()


def _turn(name: str = "m-1", conversation: str = "c-1") -> Turn:
    key = ConversationKey("demo", "http", conversation)
    return a_turn(a_message(name, key=key), Conversation(key, buyer="buyer-1"))


async def test_while_another_holds_the_lock_nothing_is_acknowledged(on_sqlite: tuple[Store, Path]) -> None:
    store, path = on_sqlite
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageUnavailableError):
        await store.commit(_turn())

    other.execute("ROLLBACK")
    other.close()
    assert await store.load_conversation(KEY) is None
    await store.commit(_turn())


async def test_when_the_disk_is_full_nothing_is_acknowledged_and_later_all_is_well(
    on_sqlite: tuple[Store, Path],
) -> None:
    store, _ = on_sqlite
    await _limit_pages(store, 1)

    with pytest.raises(StorageUnavailableError):
        await _fill(store)

    await _limit_pages(store, 1_000_000)
    await store.commit(_turn("after", "c-after"))
    assert (await store.load_conversation(ConversationKey("demo", "http", "c-after"))) is not None


async def _fill(store: Store) -> None:
    for number in range(200):
        await store.commit(_turn(f"m-{number}", f"c-{number}"))


async def _limit_pages(store: Store, pages: int) -> None:
    """SQLite's own way to make a disk full: no page beyond this many."""
    await store._writer.transact(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").close())


async def test_a_database_file_that_vanishes_is_noticed_and_its_return_too(on_sqlite: tuple[Store, Path]) -> None:
    store, path = on_sqlite
    await store.commit(_turn("m-1", "c-1"))
    away = path.with_name("away")
    away.mkdir()
    for part in path.parent.glob("xiaoer.db*"):
        shutil.move(part, away / part.name)

    with pytest.raises(StorageUnavailableError):
        await store.commit(_turn("m-2", "c-2"))
    with pytest.raises(StorageUnavailableError):
        await store.ping()

    for part in away.iterdir():
        shutil.move(part, path.parent / part.name)
    await store.commit(_turn("m-2", "c-2"))
    assert await store.load_conversation(KEY) is not None


async def test_another_file_in_the_place_of_the_database_is_not_written_to(on_sqlite: tuple[Store, Path]) -> None:
    store, path = on_sqlite
    for part in path.parent.glob("xiaoer.db*"):
        part.rename(part.with_name(f"old-{part.name}"))
    sqlite3.connect(path).close()
    path.touch()

    with pytest.raises(StorageUnavailableError):
        await store.commit(_turn())


async def test_connections_cut_by_postgres_are_made_again(postgres_database: str) -> None:
    store = await open_store(postgres_database)
    await store.commit(_turn("m-1", "c-1"))
    with psycopg.connect(postgres_database, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )

    await store.commit(_turn("m-2", "c-2"))

    assert await store.load_conversation(KEY) is not None
    await store.close()


async def test_a_database_that_is_not_there_is_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailableError):
        await open_store(f"postgresql://nobody@/nothing?host={tmp_path}")


async def test_closing_writes_what_was_taken(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'xiaoer.db'}"
    store = await open_store(url)
    commits = [asyncio.ensure_future(store.commit(_turn(f"m-{n}", f"c-{n}"))) for n in range(300)]
    await asyncio.sleep(0)

    await store.close()

    await asyncio.gather(*commits)
    again = await open_store(url)
    assert await again.load_conversation(ConversationKey("demo", "http", "c-299")) is not None
    await again.close()


async def test_a_stopped_store_takes_nothing_more(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'xiaoer.db'}")
    await store.close()

    with pytest.raises(StorageUnavailableError):
        await store.commit(_turn())
