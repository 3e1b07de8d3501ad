"""A backup is one moment of a database that is being written, and is put back whole or not at all."""

import asyncio
import json
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.conversation import Conversation
from app.domain.message import ConversationKey
from app.storage.backup import (
    BackupError,
    drop_old_backups,
    list_backups,
    make_backup,
    read_manifest,
    restore_backup,
)
from app.storage.store import Store, open_store
from tests.storage.builders import a_message, a_turn

MADE = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)


async def _write_turn(store: Store, number: int) -> None:
    key = ConversationKey("demo", "http", f"c-{number}")
    await store.commit(a_turn(a_message(f"m-{number}", key=key), Conversation(key)))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "state" / "xiaoer.sqlite3"


@pytest.fixture
async def store(database: Path) -> Store:
    return await open_store(f"sqlite:///{database}")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _count(file: Path, table: str) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 (ours)


async def test_a_backup_under_traffic_is_one_moment_and_loses_no_write(
    tmp_path: Path, database: Path, store: Store
) -> None:
    async def write_on() -> int:
        for number in range(600):
            await _write_turn(store, number)
        return 600

    writing = asyncio.create_task(write_on())
    made = []
    for number in range(3):
        await asyncio.sleep(0.1)
        made.append(await asyncio.to_thread(make_backup, database, tmp_path / "b", MADE + timedelta(hours=number)))
    written = await writing
    await store.close()

    counts = [[_count(one / "xiaoer.sqlite3", table) for table in ("messages", "turns", "replies")] for one in made]
    assert all(len(set(each)) == 1 for each in counts)
    assert counts == sorted(counts)
    assert _count(database, "messages") == written


async def test_a_restored_database_is_the_one_that_was_backed_up(tmp_path: Path, database: Path, store: Store) -> None:
    await _write_turn(store, 1)
    made = make_backup(database, tmp_path / "b", MADE)
    await _write_turn(store, 2)
    await store.close()

    moved = restore_backup(made, database, MADE)

    again = await open_store(f"sqlite:///{database}")
    assert await again.load_conversation(ConversationKey("demo", "http", "c-1")) is not None
    assert await again.load_conversation(ConversationKey("demo", "http", "c-2")) is None
    await again.close()
    assert moved is not None
    assert _count(moved, "messages") == 2
    assert _mode(database) == 0o600


async def test_a_backup_is_its_owners_alone_and_one_file(tmp_path: Path, database: Path, store: Store) -> None:
    made = make_backup(database, tmp_path / "b", MADE)
    await store.close()

    assert {path.name: _mode(path) for path in made.iterdir()} == {"xiaoer.sqlite3": 0o600, "manifest.json": 0o600}
    assert _mode(made) == 0o700


@pytest.mark.parametrize("damage", ["content", "file", "manifest", "newer"])
async def test_a_backup_that_is_not_whole_changes_nothing(
    damage: str, tmp_path: Path, database: Path, store: Store
) -> None:
    await _write_turn(store, 1)
    made = make_backup(database, tmp_path / "b", MADE)
    await store.close()
    if damage == "content":
        with (made / "xiaoer.sqlite3").open("r+b") as file:
            file.seek(5000)
            file.write(b"!")
    elif damage == "file":
        (made / "xiaoer.sqlite3").unlink()
    elif damage == "manifest":
        (made / "manifest.json").write_text("{")
    else:
        told = json.loads((made / "manifest.json").read_text())
        (made / "manifest.json").write_text(json.dumps(told | {"schema": "9999"}))
    before = {path.name for path in database.parent.iterdir()}

    with pytest.raises(BackupError):
        restore_backup(made, database, MADE)

    assert {path.name for path in database.parent.iterdir()} == before
    assert _count(database, "messages") == 1


async def test_a_backup_that_could_not_be_finished_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = tmp_path / "x.sqlite3"
    broken.write_bytes(b"not a database" * 1000)

    with pytest.raises(BackupError):
        make_backup(broken, tmp_path / "b", MADE)

    assert list((tmp_path / "b").iterdir()) == []


async def test_the_newest_backups_are_kept(tmp_path: Path, database: Path, store: Store) -> None:
    made = [make_backup(database, tmp_path / "b", MADE + timedelta(days=day)) for day in range(4)]
    await store.close()

    assert drop_old_backups(tmp_path / "b", 2) == 2
    assert list_backups(tmp_path / "b") == made[2:]
    assert drop_old_backups(tmp_path / "b", 0) == 0
    assert list_backups(made[3]) == [made[3]]
    assert read_manifest(made[3]).made_at == (MADE + timedelta(days=3)).isoformat()
