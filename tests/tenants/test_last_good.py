"""A shop that cannot be opened is told, holds up no other, and answers as it did when it was last good."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import structlog

from app.domain.events import Event, Serving, ShopBroken, ShopMended
from app.domain.shop_version import NO_NOTE, VersionNote
from app.errors import NotFoundError, ShopUnavailableError, StorageUnavailableError
from app.facts.files import FileFacts
from app.shop.shop import Shop
from app.tenants.last_good import LastGoodVersions
from app.tenants.loading import ShopOpener
from app.tenants.registry import OpenShops
from app.tenants.watcher import ShopWatcher
from app.understanding.understander import Understander
from intents._framework.registry import load_intents
from tests.shop.builders import FAQ, NOW, SOUND, write

BROKEN: dict[str, Any] = {"shop.yml": "name: [\n"}


class Archive:
    """Keeps versions in memory, and can be away."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, Mapping[str, bytes]]] = {}
        self.notes: list[VersionNote] = []
        self.away = False

    async def list_saved_shops(self) -> frozenset[str]:
        return frozenset(self.kept)

    async def load_shop_files(self, shop: str) -> Mapping[str, bytes] | None:
        return self.kept[shop][1] if shop in self.kept else None

    async def save_shop_files(
        self, shop: str, version: str, files: Mapping[str, bytes], note: VersionNote = NO_NOTE
    ) -> None:
        if self.away:
            raise StorageUnavailableError("away")
        self.kept[shop] = (version, files)
        self.notes.append(note)

    async def forget_shop_files(self, shop: str) -> None:
        self.kept.pop(shop, None)


class Reader:
    def build_shop_understander(self, *given: Any, **named: Any) -> object:
        return object()


class Process:
    """One process over a folder of shops, its archive shared with the one before and after it."""

    def __init__(self, folder: Path, archive: Archive) -> None:
        self.shops = OpenShops({})
        self.told: list[Event] = []
        self.failing: set[str] = set()
        opener = ShopOpener(cast("Understander", Reader()), load_intents(), self.make_facts, lambda: NOW)
        self.watcher = ShopWatcher(folder, frozenset(), opener, self.shops, LastGoodVersions(archive), self.announce)

    def make_facts(self, shop: Shop) -> FileFacts:
        if shop.shop_id in self.failing:
            raise RuntimeError("no such source")
        return FileFacts(shop, lambda: NOW)

    async def announce(self, event: Event) -> None:
        self.told.append(event)

    async def look_again(self) -> None:
        """Twice: a change is read when it rests."""
        for _ in range(2):
            await asyncio.to_thread(self.watcher.sync_shops)
            await self.watcher._settle_versions()
            await self.watcher._announce_events()


@pytest.fixture
def archive() -> Archive:
    return Archive()


async def started(folder: Path, archive: Archive) -> Process:
    process = Process(folder, archive)
    await process.watcher.open_shops()
    return process


async def test_a_shop_that_was_never_good_is_unavailable_and_the_others_open(tmp_path: Path, archive: Archive) -> None:
    write(tmp_path / "a", SOUND | BROKEN)
    write(tmp_path / "b", SOUND)

    process = await started(tmp_path, archive)

    assert process.shops.shop_ids == ("b",)
    assert process.shops.known_ids == ("a", "b")
    with pytest.raises(ShopUnavailableError):
        process.shops.get_shop("a")
    with pytest.raises(NotFoundError):
        process.shops.get_shop("c")
    fault = process.shops.faults["a"]
    assert (fault.serving, [problem.file for problem in fault.problems]) == (Serving.NOTHING, ["shop.yml"])


@pytest.mark.parametrize("spoiled", [BROKEN, {"shop.yml": None}, {"faq.csv": b'"'}], ids=["yaml", "gone", "table"])
async def test_after_a_restart_a_broken_shop_answers_as_it_did_when_last_good(
    tmp_path: Path, archive: Archive, spoiled: dict[str, Any]
) -> None:
    write(tmp_path / "a", SOUND)
    before = await started(tmp_path, archive)
    write(tmp_path / "a", spoiled)

    after = await started(tmp_path, archive)

    assert after.shops.get_shop("a").shop.version == before.shops.get_shop("a").shop.version
    assert after.shops.faults["a"].serving is Serving.LAST_GOOD


async def test_a_mended_shop_is_no_fault_any_more_and_both_are_told_once(tmp_path: Path, archive: Archive) -> None:
    write(tmp_path / "a", SOUND)
    process = await started(tmp_path, archive)
    write(tmp_path / "a", BROKEN)
    await process.look_again()
    await process.look_again()
    write(tmp_path / "a", SOUND | {"shop.yml": "name: 新店\n"})
    await process.look_again()

    broken, _, mended = process.told
    assert isinstance(broken, ShopBroken)
    assert (broken.serving, [problem.file for problem in broken.problems]) == (Serving.LAST_GOOD, ["shop.yml"])
    assert isinstance(mended, ShopMended)
    assert process.shops.faults == {}
    assert process.shops.get_shop("a").shop.settings.name == "新店"
    assert b"\xe6\x96\xb0" in archive.kept["a"][1]["shop.yml"]


async def test_the_log_says_what_is_wrong_and_what_answers_meanwhile(tmp_path: Path, archive: Archive) -> None:
    write(tmp_path / "a", SOUND | BROKEN)

    with structlog.testing.capture_logs() as lines:
        await started(tmp_path, archive)

    (told,) = [line for line in lines if line["log_level"] == "error"]
    assert told["shop"] == "a"
    assert "503" in told["serving"]
    assert "shop.yml" in told["first"][0]


async def test_a_failure_nobody_foresaw_is_one_shops_and_is_tried_again(tmp_path: Path, archive: Archive) -> None:
    write(tmp_path / "a", SOUND)
    write(tmp_path / "b", SOUND | {"shop.yml": "name: 别店\n"})
    process = Process(tmp_path, archive)
    process.failing.add("a")
    with structlog.testing.capture_logs() as lines:
        await process.watcher.open_shops()
        await process.look_again()
    closed = (process.shops.shop_ids, tuple(process.shops.faults))
    process.failing.clear()
    await process.look_again()

    assert closed == (("b",), ("a",))
    assert len([line for line in lines if line["log_level"] == "error"]) == 1
    assert process.shops.shop_ids == ("a", "b")
    assert process.shops.faults == {}


async def test_a_folder_of_shops_that_is_away_closes_nobody(tmp_path: Path, archive: Archive) -> None:
    root = tmp_path / "shops"
    root.mkdir()
    write(root / "a", SOUND)
    process = await started(root, archive)
    root.rename(tmp_path / "unmounted")

    await process.look_again()

    assert process.shops.shop_ids == ("a",)
    assert "a" in archive.kept


async def test_of_a_shop_whose_folder_was_taken_away_nothing_is_kept(tmp_path: Path, archive: Archive) -> None:
    write(tmp_path / "a", SOUND)
    write(tmp_path / "b", SOUND)
    process = await started(tmp_path, archive)
    (tmp_path / "a").rename(tmp_path.parent / f"{tmp_path.name}-a")

    await process.look_again()

    assert process.shops.known_ids == ("b",)
    assert set(archive.kept) == {"b"}


async def test_while_the_database_is_away_a_version_waits_to_be_kept(tmp_path: Path, archive: Archive) -> None:
    write(tmp_path / "a", SOUND)
    archive.away = True
    process = await started(tmp_path, archive)
    archive.away = False

    await process.look_again()

    assert set(archive.kept) == {"a"}


async def test_two_shops_that_would_share_a_secret_leave_the_second_unavailable(
    tmp_path: Path, archive: Archive
) -> None:
    write(tmp_path / "a-b", SOUND)
    write(tmp_path / "a_b", SOUND)

    process = await started(tmp_path, archive)

    with pytest.raises(ShopUnavailableError):
        process.shops.get_shop("a_b")


async def test_a_bad_row_is_left_out_told_with_its_cell_and_mended(tmp_path: Path, archive: Archive) -> None:
    write(tmp_path / "a", SOUND)
    process = await started(tmp_path, archive)
    write(tmp_path / "a", {"faq.csv": [*FAQ, ["2", "多大", "", ""]]})
    await process.look_again()
    serving = process.shops.faults["a"].serving
    write(tmp_path / "a", {"faq.csv": [*FAQ, ["2", "多大", "", "亲，有大小两个尺寸。"]]})
    await process.look_again()

    broken = next(event for event in process.told if isinstance(event, ShopBroken))
    assert serving is broken.serving is Serving.THE_REST
    assert [(each.file, each.row, each.column) for each in broken.problems] == [("faq.csv", 3, "D")]
    assert isinstance(process.told[-1], ShopMended)
    assert process.shops.faults == {}


async def test_a_version_is_kept_with_its_author_and_what_it_changed(tmp_path: Path, archive: Archive) -> None:
    write(tmp_path / "a", SOUND)
    process = await started(tmp_path, archive)
    write(tmp_path / "a", {"faq.csv": [*FAQ, ["2", "多大", "", "亲，有大小两个尺寸。"]]})
    await process.look_again()

    first, second = archive.notes
    assert (first.summary, second.summary) == ("", "问答 新增 1")
    assert second.author == (tmp_path / "a" / "faq.csv").owner()
