"""Spreading the tables: what docs/partitions.sql and docs/scaling.md tell an administrator to run."""

import re
from decimal import Decimal
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import BinaryExpression, ColumnElement, Connection, Table, create_engine, make_url, select, text
from sqlalchemy.sql import operators, visitors

from app.domain.conversation import Conversation
from app.domain.outcome import Spend
from app.storage import migrations, retention
from app.storage.ports import StoredAnswer
from app.storage.schema import METADATA
from app.storage.store import open_store
from tests.storage.builders import KEY, a_message, a_ticket, a_turn, handed_off
from tests.storage.partitions import split

SCALING = Path(__file__).resolve().parents[2] / "docs" / "scaling.md"
OF_A_SHOP = {name for name, table in METADATA.tables.items() if "shop" in table.columns}
_PARTS = """
    SELECT parent.relname, count(*) FROM pg_inherits
    JOIN pg_class parent ON parent.oid = inhparent AND parent.relkind = 'p' GROUP BY 1
"""


def _parts(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return dict(connection.execute(_PARTS.encode()).fetchall())


def _run(url: str, migration: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if migration == "head" else command.downgrade)(config, migration)
    engine.dispose()


def test_every_table_that_names_a_shop_is_split(partitioned_database: str) -> None:
    assert _parts(partitioned_database) == dict.fromkeys(OF_A_SHOP, 32)


async def test_what_was_stored_before_the_split_is_there_after_it(postgres_database: str) -> None:
    store = await open_store(postgres_database)
    turn = a_turn(a_message(), Conversation(KEY), effects=(Spend("day", Decimal(1), Decimal(5)),))
    await store.commit(handed_off(turn, a_ticket()))
    await store.close()

    split(postgres_database)

    store = await open_store(postgres_database)
    assert await store.begin_turn(a_message()) == StoredAnswer(turn.body)
    assert await store.get_ticket("t-1") == a_ticket()
    assert await store.load_budget_spent("demo", "day") == 1
    await store.close()


def test_run_again_it_changes_nothing(partitioned_database: str) -> None:
    before = _parts(partitioned_database)

    split(partitioned_database)

    assert _parts(partitioned_database) == before


async def test_migrations_written_later_find_what_they_change(postgres_database: str) -> None:
    split(postgres_database)

    _run(postgres_database, "0001")
    _run(postgres_database, "head")

    store = await open_store(postgres_database)
    turn = a_turn(a_message(), Conversation(KEY))
    assert await store.commit(turn) == turn.body
    await store.close()


def test_what_is_old_is_found_without_reading_the_rest(partitioned_database: str) -> None:
    engine = create_engine(partitioned_database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        plans = {table.name: _plan(connection, table, condition) for table, condition in retention.old_rows(0)}
        leading = {tuple(row) for row in connection.execute(text(_LEADING_COLUMNS))}
    engine.dispose()

    # a few rows a shop each, as long as there is the shop; sessions are of agents, who may serve several
    assert set(plans) == OF_A_SHOP - {"budgets", "shop_history", "corrections", "phrases"} | {"browser_credentials"}
    assert not [name for name, plan in plans.items() if f"Seq Scan on {name}" in plan]
    # of empty tables a plan takes any index: the one by age has to be there
    assert {(table.name, _age_column(condition)) for table, condition in retention.old_rows(0)} - leading == set()


_LEADING_COLUMNS = """
    SELECT relname, attname FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
"""


def _age_column(condition: ColumnElement[bool]) -> str:
    """The column that says which rows are old."""
    compared = (each for each in visitors.iterate(condition) if isinstance(each, BinaryExpression))
    return next(str(each.left.key) for each in compared if each.operator is operators.lt)


def _plan(connection: Connection, table: Table, condition: ColumnElement[bool]) -> str:
    found = select(*table.primary_key).where(condition).limit(retention.CHUNK)
    asked = found.compile(connection, compile_kwargs={"literal_binds": True})
    return "\n".join(connection.execute(text(f"EXPLAIN {asked}")).scalars())


async def test_groups_of_shops_share_a_database_each_in_its_own_schema(postgres_database: str) -> None:
    """What docs/scaling.md has Citus place on one node each; everything but Citus itself is run."""
    (ddl,) = re.findall(r"```sql\n(.*?)```", SCALING.read_text(encoding="utf-8"), re.DOTALL)
    plain = "\n".join(line for line in ddl.splitlines() if "citus" not in line)
    with psycopg.connect(postgres_database, autocommit=True) as administrator:
        for group in ("shops_07", "shops_08"):
            administrator.execute(plain.replace("shops_07", group).encode())

    groups = [await open_store(_as(group, postgres_database)) for group in ("shops_07", "shops_08")]
    for number, store in enumerate(groups):
        await store.commit(a_turn(a_message(), Conversation(KEY), body={"group": number}))

    assert [await store.begin_turn(a_message()) for store in groups] == [StoredAnswer({"group": n}) for n in (0, 1)]
    for store in groups:
        await store.close()
    with psycopg.connect(postgres_database, autocommit=True) as administrator:
        administrator.execute("DROP OWNED BY shops_07, shops_08")
        administrator.execute("DROP ROLE shops_07, shops_08")


def _as(role: str, url: str) -> str:
    return make_url(url).set(username=role).render_as_string(hide_password=False)


def test_whatever_is_unique_holds_the_shop_and_nothing_refers_to_another_table() -> None:
    for table in (METADATA.tables[name] for name in OF_A_SHOP):
        unique = [table.primary_key.columns, *(index.columns for index in table.indexes if index.unique)]
        assert all("shop" in columns for columns in unique), table.name
        assert not table.foreign_keys, table.name
