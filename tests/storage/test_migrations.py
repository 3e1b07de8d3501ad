"""Migrations: they make what the code expects, once, however many processes start."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from app.delivery.ports import lane_of
from app.storage import migrations
from app.storage.database import DatabaseEngines
from app.storage.schema import METADATA
from app.storage.store import open_store


def test_the_head_named_in_the_code_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))

    assert scripts.get_current_head() == migrations.HEAD


@pytest.fixture(params=["sqlite", "postgres", "partitioned"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables; the one that is split has had its own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'xiaoer.db'}"
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


def test_the_migrations_make_the_tables_that_the_code_uses(new_database: str) -> None:
    database = DatabaseEngines(new_database, pool_size=1)
    migrations.upgrade_schema(database.writing)

    with database.writing.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        differences = compare_metadata(context, METADATA)

    assert differences == []
    database.dispose()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Not what docs/partitions.sql adds: a table's parts are its name and a number, an index of old rows its name."""
    table, _, last = (name or "").rpartition("_")
    return not (table in METADATA.tables and (kind == "table" or last == "old"))


async def test_stores_opened_at_once_over_a_new_database_all_start(new_database: str) -> None:
    stores = await asyncio.gather(*(open_store(new_database) for _ in range(4)))

    for store in stores:
        await store.ping()
        await store.close()


async def test_a_store_opens_when_the_others_lock_on_the_file_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")

    opening = asyncio.create_task(open_store(f"sqlite:///{file}"))
    await asyncio.sleep(2.5)  # longer than a message would wait
    other.execute("COMMIT")

    store = await opening
    await store.ping()
    await store.close()
    other.close()


OF_AGENTS = {"agents", "agent_tokens", "browser_credentials"}
"""What belongs to a person, who may serve many shops."""


def test_every_key_begins_with_the_shop() -> None:
    tables = [table for table in METADATA.tables.values() if table.name not in OF_AGENTS]

    firsts = {table.name: next(iter(table.primary_key)).name for table in tables}

    assert set(firsts.values()) == {"shop"}


@pytest.mark.parametrize("setting", ["journal_mode", "synchronous"])
def test_sqlite_writes_durably(tmp_path: Path, setting: str) -> None:
    database = DatabaseEngines(f"sqlite:///{tmp_path / 'x.db'}", pool_size=1)

    with database.writing.connect() as connection:
        value = connection.execute(text(f"PRAGMA {setting}")).scalar()

    assert value == {"journal_mode": "wal", "synchronous": 2}[setting]
    database.dispose()


def test_rows_that_wait_when_the_service_is_upgraded_have_a_lane_and_the_bots_lines_are_known(
    new_database: str,
) -> None:
    if "postgresql" in new_database:
        pytest.skip("the same statements; the tables of the others are shared")
    database = DatabaseEngines(new_database, pool_size=1)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    row = "INSERT INTO outbox VALUES ('demo', ?, 'w', 'c', ?, 'https://x/cb', '{}', 'pending', 0, 1, 1, NULL, NULL)"
    with database.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for row_id, kind in (("bots", "reply"), ("ticket:agents", "reply"), ("t:opened:0", "handoff.opened")):
            connection.exec_driver_sql(row, (row_id, kind))
    migrations.upgrade_schema(database.writing)

    with database.writing.connect() as connection:
        found = connection.execute(text("SELECT row_id, lane, until_takeover FROM outbox ORDER BY row_id")).all()

    lane = lane_of("demo", "https://x/cb").name
    assert [tuple(each) for each in found] == [("bots", lane, 1), ("t:opened:0", lane, 0), ("ticket:agents", lane, 0)]
    database.dispose()


_CONVERSATION = "INSERT INTO conversations VALUES ('demo', 'w', ?, 2, ?, 'b', '{}', 77)"
_TICKET = """INSERT INTO tickets (shop, ticket_id, channel, conversation, reason, group_name, priority, urgency,
    state, created_at, first_response_due, resolve_due, close_due, brief, first_response_at)
    VALUES ('demo', ?, 'w', ?, 'angry', 'presale', 'high', 1, ?, 1, 2, 3, 4, '{}', ?)"""


def test_an_open_ticket_of_before_waits_since_it_was_opened_unless_it_was_answered(tmp_path: Path) -> None:
    database = DatabaseEngines(f"sqlite:///{tmp_path / 'x.db'}", pool_size=1)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
        connection.exec_driver_sql(_CONVERSATION, ("waits", "queue"))
        for name, state, answered in (
            ("answered", "claimed", 5),
            ("ended", "resolved", None),
            ("held", "claimed", None),
            ("waits", "queued", None),
        ):
            connection.exec_driver_sql(_TICKET, (name, name, state, answered))
    migrations.upgrade_schema(database.writing)

    with database.writing.connect() as connection:
        told = "SELECT ticket_id, buyer, waiting_since, answer_due FROM tickets ORDER BY ticket_id"
        found = connection.execute(text(told)).all()

    database.dispose()
    assert [tuple(each) for each in found] == [
        ("answered", "", None, None),
        ("ended", "", None, None),
        ("held", "", 1, 180_000_001),
        ("waits", "b", 1, 180_000_001),
    ]


def test_tickets_that_were_answered_on_the_platform_and_left_behind_are_settled(tmp_path: Path) -> None:
    database = DatabaseEngines(f"sqlite:///{tmp_path / 'x.db'}", pool_size=1)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
        for name, owner, state in (
            ("left", "bot", "queued"),
            ("closed", "closed", "queued"),
            ("waits", "queue", "queued"),
            ("held", "agent", "claimed"),
        ):
            connection.exec_driver_sql(_CONVERSATION, (name, owner))
            connection.exec_driver_sql(_TICKET, (name, name, state, None))
    migrations.upgrade_schema(database.writing)

    with database.writing.connect() as connection:
        found = connection.execute(text("SELECT ticket_id, state, resolved_at FROM tickets ORDER BY ticket_id")).all()

    database.dispose()
    assert [tuple(each) for each in found] == [
        ("closed", "resolved", 77),
        ("held", "claimed", None),
        ("left", "resolved", 77),
        ("waits", "queued", None),
    ]
