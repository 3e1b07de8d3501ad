"""The keeper opens the folder of shops and follows it."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from app.domain.catalogue import FaqEntry, Product
from app.domain.events import Event
from app.domain.understanding import IntentScore, Request, Understanding, Utterance
from app.errors import NotFoundError, ShopUnavailableError, StorageUnavailableError
from app.facts.files import FileFacts
from app.tenants.folder_changes import wait_for_changes
from app.tenants.lazy_reader import LazyReader
from app.tenants.loading import EntryIntents, ShopOpener
from app.tenants.registry import LearningStage, OpenShops, ShopReader
from app.tenants.watcher import EAGER_SHOPS, ShopWatcher
from app.understanding.understander import Understander
from intents._framework.registry import load_intents
from tests.shop.builders import FAQ, NOW, ORDERS, SHOP, SOUND, write

FILED = [[*FAQ[0], "分类"], [*FAQ[1], "商品咨询"]]


class Tongue:
    """Learns nothing, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.learned: list[str] = []
        self.known: list[int] = []

    def build_shop_understander(
        self, faq: Sequence[FaqEntry], products: Sequence[Product], *, version: str, learned: Sequence[Any]
    ) -> Any:
        del faq, products
        self.known.append(len(learned))
        self.learned.append(version)
        return object()


class House:
    """A folder of shops with its keeper."""

    def __init__(self, folder: Path, only: frozenset[str] = frozenset()) -> None:
        self.folder = folder
        self.tongue = Tongue()
        self.shops = OpenShops({})
        self.opener = ShopOpener(
            cast("Understander", self.tongue), load_intents(), lambda shop: FileFacts(shop, self.now), self.now
        )
        self.told: list[Event] = []
        self.heard: asyncio.Queue[Event] = asyncio.Queue()
        self.unannounced: set[str] = set()
        self.keeper = ShopWatcher(folder, only, self.opener, self.shops, announce=self.announce)

    async def announce(self, event: Event) -> None:
        if event.shop in self.unannounced:
            raise StorageUnavailableError("the database is away")
        self.told.append(event)
        await self.heard.put(event)

    @staticmethod
    def now() -> datetime:
        return NOW

    def questions(self, shop_id: str) -> list[str]:
        return [entry.question for entry in self.shops.get_shop(shop_id).shop.faq]

    def settle(self) -> None:
        self.keeper.sync_shops()
        self.keeper.sync_shops()


@pytest.fixture
def house(tmp_path: Path) -> House:
    write(tmp_path / "a", {**SOUND, "faq.csv": FILED})
    write(tmp_path / "b", {**SOUND, "faq.csv": FILED})
    (tmp_path / "notes").mkdir()
    return House(tmp_path)


def test_every_folder_with_a_shop_yml_is_opened(house: House) -> None:
    house.keeper.sync_shops()

    assert house.shops.shop_ids == ("a", "b")


async def test_what_is_opened_while_the_service_runs_is_told_once(house: House) -> None:
    await house.keeper.open_shops()
    write(house.folder / "c", {**SOUND, "faq.csv": FILED})
    for _ in range(3):
        house.settle()
        await house.keeper._announce_events()

    assert [(event.kind, event.shop, event.subject) for event in house.told] == [
        ("shop.loaded", "c", house.shops.get_shop("c").shop.version)
    ]


async def test_a_shop_that_cannot_be_announced_is_later_and_keeps_no_other_waiting(house: House) -> None:
    house.unannounced.add("a")
    watching = asyncio.create_task(house.keeper.watch_folders(0.01))
    first = await asyncio.wait_for(house.heard.get(), 20)
    house.unannounced.clear()
    second = await asyncio.wait_for(house.heard.get(), 20)
    watching.cancel()

    assert (first.shop, second.shop) == ("b", "a")


def test_only_the_named_shops_are_opened(house: House) -> None:
    named = House(house.folder, frozenset({"b"}))

    named.keeper.sync_shops()

    assert named.shops.shop_ids == ("b",)


def test_an_entrys_category_names_its_intent(house: House) -> None:
    house.keeper.sync_shops()

    assert dict(house.shops.get_shop("a").intent_of) == {"1": "product_question"}


@pytest.mark.parametrize(("confidence", "intent"), [(0.9, "invoice"), (0.5, "other")])
def test_a_question_that_is_surely_of_no_intent_is_of_none(confidence: float, intent: str) -> None:
    class Reader:
        def understand(self, text: str) -> Understanding:
            return Understanding(text, text, (), (Request(text, (IntentScore("invoice", confidence),)),))

    entry = FaqEntry("1", "门票怎么用", "刷身份证进。")

    found = EntryIntents([entry], {}, cast("ShopReader", Reader()), {}, uncovered="other")

    assert found["1"] == intent


def test_a_shop_is_learned_again_only_when_its_files_change(house: House) -> None:
    house.keeper.sync_shops()
    house.settle()
    learned = len(house.tongue.learned)
    write(house.folder / "a", {"faq.csv": [*FILED, ["2", "多大", "", "亲，有大小两个尺寸。", "商品咨询"]]})
    house.settle()

    assert (learned, len(house.tongue.learned)) == (1, 2)


def test_what_an_open_version_learned_is_at_hand_when_the_next_is_learned(house: House) -> None:
    """Saved orders make a new version, but no new questions."""
    house.keeper.sync_shops()
    house.settle()
    write(house.folder / "a", {"orders.csv": [*ORDERS, ["8002", *ORDERS[1][1:]]]})

    house.settle()

    assert house.tongue.known == [0, 1]


def test_what_was_learned_of_a_content_nobody_has_any_more_is_forgotten(house: House) -> None:
    house.keeper.sync_shops()
    for shop in ("a", "b"):
        write(house.folder / shop, {"faq.csv": [*FILED, ["2", "多大", "", "亲，有大小两个尺寸。", "商品咨询"]]})

    house.settle()

    assert len(house.tongue.learned) == 2
    assert len(house.opener.readers) == 1


def test_a_changed_shop_is_swapped(house: House) -> None:
    house.keeper.sync_shops()
    write(house.folder / "a", {"faq.csv": [*FILED, ["2", "多大", "", "亲，有大小两个尺寸。", "商品咨询"]]})

    house.settle()

    assert house.questions("a") == ["怎么洗", "多大"]
    assert house.questions("b") == ["怎么洗"]


def test_a_broken_shop_keeps_answering_from_its_last_good_state_and_is_reported(house: House) -> None:
    house.keeper.sync_shops()
    write(house.folder / "a", {"faq.csv": b'"'})

    house.settle()

    assert house.questions("a") == ["怎么洗"]
    assert not house.keeper.reports["a"].is_valid
    assert house.keeper.reports["b"].is_valid


def test_an_answer_that_promises_too_much_does_not_go_live(house: House) -> None:
    house.keeper.sync_shops()
    write(house.folder / "a", {"faq.csv": [*FILED, ["2", "便宜点", "", "亲，给您打五折。", "商品咨询"]]})

    house.settle()

    assert house.questions("a") == ["怎么洗"]
    assert house.keeper.reports["a"].errors[0].row == 3


def test_a_shop_stays_open_while_its_shop_yml_is_being_replaced(house: House) -> None:
    house.keeper.sync_shops()
    write(house.folder / "a", {"shop.yml": None})
    house.settle()
    write(house.folder / "a", {"shop.yml": SHOP.replace("小店", "大店")})

    house.settle()

    assert house.shops.get_shop("a").shop.settings.name == "大店"


def test_a_shop_whose_folder_is_gone_is_closed(house: House) -> None:
    house.keeper.sync_shops()
    shutil.rmtree(house.folder / "a")

    house.keeper.sync_shops()

    assert house.shops.shop_ids == ("b",)
    with pytest.raises(NotFoundError):
        house.shops.get_shop("a")


def test_a_new_shop_is_opened_while_the_others_run(house: House) -> None:
    house.keeper.sync_shops()
    write(house.folder / "c", {**SOUND, "faq.csv": FILED})

    house.settle()

    assert house.shops.shop_ids == ("a", "b", "c")


def test_of_many_shops_the_later_ones_are_learned_in_the_background(tmp_path: Path) -> None:
    names = [f"s{number:02}" for number in range(EAGER_SHOPS + 2)]
    for name in names:
        write(tmp_path / name, {**SOUND, "faq.csv": [FAQ[0], ["1", f"{name}怎么洗", "", "亲，可以机洗。"]]})
    house = House(tmp_path)

    house.keeper.sync_shops()
    before = len(house.tongue.learned)
    house.opener.train_deferred()

    assert house.shops.shop_ids == tuple(names)
    assert (before, len(house.tongue.learned)) == (EAGER_SHOPS, len(names))


def test_a_changed_shop_is_learned_before_it_takes_its_own_place(tmp_path: Path) -> None:
    names = [f"s{number:02}" for number in range(EAGER_SHOPS + 1)]
    for name in names:
        write(tmp_path / name, {**SOUND, "faq.csv": [FAQ[0], ["1", f"{name}怎么洗", "", "亲，可以机洗。"]]})
    house = House(tmp_path)
    house.settle()
    write(tmp_path / names[-1], {"faq.csv": [FAQ[0], ["1", "怎么晒", "", "亲，请放在阴凉处。"]]})
    house.settle()

    assert house.questions(names[-1]) == ["怎么晒"]
    assert house.shops.get_shop(names[-1]).shop.version in house.tongue.learned


def test_a_late_reader_learns_when_first_asked_and_only_once() -> None:
    learned: list[str] = []

    class Said:
        def understand_all(self, asked: Sequence[Utterance]) -> list[Understanding]:
            return [Understanding(each.text, each.text, (), ()) for each in asked]

    def learn() -> Any:
        learned.append("once")
        return Said()

    reader = LazyReader(learn)
    assert learned == []

    assert reader.understand("在吗").text == "在吗"
    assert reader.understand("在").text == "在"
    assert learned == ["once"]


def test_a_shop_whose_secret_would_be_anothers_too_is_not_opened(tmp_path: Path) -> None:
    for name in ("a_b", "a-b", "茶店", "酒店"):
        write(tmp_path / name, {**SOUND, "faq.csv": FILED})
    house = House(tmp_path)

    house.settle()

    assert house.shops.shop_ids == ("a-b", "茶店", "酒店")


def test_an_open_shop_keeps_its_secret_to_itself(house: House) -> None:
    write(house.folder / "c_d", {**SOUND, "faq.csv": FILED})
    house.settle()
    write(house.folder / "c-d", {**SOUND, "faq.csv": FILED})

    house.settle()

    assert house.shops.shop_ids == ("a", "b", "c_d")


async def test_a_large_shop_is_learned_after_the_service_answers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.shop.watch.LARGE_BYTES", 0)

    await house.keeper.open_shops(defer_large=True)
    waiting = {shop_id: each.stage for shop_id, each in house.shops.learning.items()}
    with pytest.raises(ShopUnavailableError):
        house.shops.get_shop("a")
    watching = asyncio.create_task(house.keeper.watch_folders(5))
    told = {(await asyncio.wait_for(house.heard.get(), 20)).shop for _ in range(2)}
    watching.cancel()

    assert waiting == {"a": LearningStage.WAITING, "b": LearningStage.WAITING}
    assert told == {"a", "b"}
    assert house.shops.learning == {}
    assert house.questions("a") == ["怎么洗"]


async def test_a_change_is_seen_at_once_not_at_the_next_round(house: House) -> None:
    await house.keeper.open_shops()
    watching = asyncio.create_task(house.keeper.watch_folders(60))
    await asyncio.sleep(0.5)
    write(house.folder / "a", {"faq.csv": [*FILED, ["2", "多大", "", "亲，有大小两个尺寸。", "商品咨询"]]})

    told = await asyncio.wait_for(house.heard.get(), 30)
    watching.cancel()

    assert told.shop == "a"
    assert house.questions("a") == ["怎么洗", "多大"]


async def test_where_the_folder_is_away_the_watch_goes_on_by_the_clock(tmp_path: Path) -> None:
    looks = wait_for_changes(tmp_path / "unmounted", 0.01)

    assert [await asyncio.wait_for(anext(looks), 5) for _ in range(2)] == [None, None]
    await looks.aclose()
