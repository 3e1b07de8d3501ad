"""Whether the database takes writes, what time it is there, and the last good files of shops."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from app.delivery.ports import AttemptOutcome, ClaimRoom, DeliveryAttempt
from app.domain.conversation import Conversation
from app.domain.outbox import OutboxRow
from app.domain.shop_version import VersionNote
from app.errors import StorageUnavailableError
from app.storage.condition import DatabaseClock, WriteProbe
from app.storage.shop_versions import MOST_KEPT
from app.storage.store import Store, open_store
from tests.storage.builders import a_message, a_turn

DAY = timedelta(days=1)


class Ticking:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_a_database_that_takes_writes_is_writable(store: Store) -> None:
    for _ in range(3):
        await store.check_writable()


async def test_a_standby_that_only_reads_is_not_writable(postgres_database: str) -> None:
    store = await open_store(postgres_database)
    name = postgres_database.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    await store._writer.transact(
        lambda c: c.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    )
    store._database.writing.dispose()

    with pytest.raises(StorageUnavailableError) as caught:
        await store.check_writable()

    assert caught.value.kind == "read_only"
    await store.close()


async def test_a_full_disk_makes_it_unwritable_though_it_can_be_read(store: Store) -> None:
    async def full(_work: Callable[[Connection], None]) -> None:
        raise StorageUnavailableError("full", "disk_full")

    store._probe = WriteProbe(full)

    await store.ping()
    with pytest.raises(StorageUnavailableError):
        await store.check_writable()


async def test_many_who_ask_share_one_write_and_a_failure_is_asked_again() -> None:
    clock, writes = Ticking(), list[bool]()

    async def transact(_work: Callable[[Connection], None]) -> None:
        writes.append(True)
        await asyncio.sleep(0.01)
        if len(writes) == 2:
            raise StorageUnavailableError("away")

    probe = WriteProbe(transact, clock)
    await asyncio.gather(*(probe.check() for _ in range(20)))
    first = len(writes)
    clock.seconds = 3.0
    with pytest.raises(StorageUnavailableError):
        await probe.check()
    await probe.check()

    assert (first, len(writes)) == (1, 3)


def test_the_databases_time_goes_on_by_seconds_passed_whatever_the_wall_clock_does() -> None:
    wall, ticking = [datetime(2026, 5, 20, 12, 0, tzinfo=UTC)], Ticking()
    clock = DatabaseClock(lambda: wall[0], ticking)
    clock.set_anchor(datetime(2026, 5, 20, 11, 0, tzinfo=UTC), 0.0, 0.0)

    ticking.seconds = 90.0
    wall[0] += DAY

    assert clock.now() == datetime(2026, 5, 20, 11, 1, 30, tzinfo=UTC)


async def test_a_machine_whose_clock_is_off_is_found_out(postgres_database: str) -> None:
    store = await open_store(postgres_database, clock=lambda: datetime.now(UTC) + timedelta(seconds=30))

    ahead = await store.compare_clocks()

    assert abs(ahead - timedelta(seconds=30)) < timedelta(seconds=1)
    assert abs(store.database_time() - datetime.now(UTC)) < timedelta(seconds=1)
    await store.close()


async def test_over_sqlite_there_is_one_clock(tmp_path: object) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/x.db", clock=lambda: datetime.now(UTC) + DAY)

    assert await store.compare_clocks() == timedelta()
    assert store.database_time() - datetime.now(UTC) > timedelta(hours=23)
    await store.close()


async def test_replicas_whose_clocks_differ_agree_on_what_is_due_and_what_was_said_first(
    postgres_database: str,
) -> None:
    stores = []
    for ahead in (DAY, timedelta(), -DAY):
        store = await open_store(postgres_database, clock=lambda ahead=ahead: datetime.now(UTC) + ahead)
        await store.compare_clocks()
        stores.append((store, ahead))
    for number, (store, ahead) in enumerate(stores):
        message = a_message(f"m-{number}")
        against = await store.begin_turn(message)
        assert isinstance(against, Conversation)
        row = OutboxRow(f"o-{number}", "reply", "https://shop.example/", {})
        await store.commit(replace(a_turn(message, against, at=datetime.now(UTC) + ahead), outbox=(row,)))

    order = []
    for store, _ in stores:
        now = store.database_time()
        rooms = [ClaimRoom(due.lane, 10, 0, 0) for due in await store.list_lanes() if due.due_at <= now]
        (item,) = await store.claim_due(now, leased_until=now + timedelta(seconds=20), rooms=rooms)
        order.append(item.id)
        await store.mark_delivered(item, now, DeliveryAttempt(item.shop, item.id, now, 1, 5, AttemptOutcome.SENT))

    assert order == ["o-0", "o-1", "o-2"]
    for store, _ in stores:
        await store.close()


async def test_of_many_versions_the_newest_are_kept(store: Store) -> None:
    for number in range(1, MOST_KEPT + 3):
        await store.save_shop_files("tea", str(number), {"shop.yml": b"x"})

    versions = await store.list_shop_versions("tea")

    assert [versions[0].number, versions[-1].number] == [MOST_KEPT + 2, 3]


async def test_a_shops_last_good_files_are_kept_as_they_were_until_it_is_gone(store: Store) -> None:
    files = {"shop.yml": b"name: \xe5\xba\x97\n", "\udcffodd.csv": bytes(range(256))}

    await store.save_shop_files("tea", "1", {"shop.yml": b"old"})
    await store.save_shop_files("tea", "2", files, VersionNote("阿茶", "问答：新增 1"))
    await store.save_shop_files("tea", "2", files)
    versions, older = await store.list_shop_versions("tea"), await store.load_shop_files("tea", 1)
    saved, loaded = await store.list_saved_shops(), await store.load_shop_files("tea")
    await store.forget_shop_files("tea")

    assert saved == {"tea"}
    assert loaded == files
    assert older == {"shop.yml": b"old"}
    assert [(each.number, each.content, each.author, each.summary) for each in versions] == [
        (2, "2", "阿茶", "问答：新增 1"),
        (1, "1", "", ""),
    ]
    assert await store.load_shop_files("tea") is None
