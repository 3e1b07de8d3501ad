"""Open shops hear what agents corrected: here at once, elsewhere at the next look, and after files changed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from app.domain.catalogue import FaqEntry, Product
from app.domain.correction import Correction, KeptCorrection
from app.facts.files import FileFacts
from app.storage.store import Store
from app.tenants.corrections import CorrectionKeeper
from app.tenants.loading import ShopOpener
from app.tenants.registry import OpenShops
from app.tenants.watcher import ShopWatcher
from app.understanding.understander import Understander
from intents._framework.registry import load_intents
from tests.shop.builders import FAQ, NOW, SOUND, write

CATALOGUE = load_intents()
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Learner:
    """Learns nothing; `corrections` are those it was last given."""

    def __init__(self, corrections: Sequence[Correction] = (), guarded: frozenset[str] = frozenset()) -> None:
        self.corrections, self.guarded = corrections, guarded

    def build_shop_understander(
        self, faq: Sequence[FaqEntry], products: Sequence[Product], *, version: str, learned: Sequence[Any]
    ) -> Any:
        return Learner()

    def learn_corrections(self, corrections: Sequence[Correction], guarded: frozenset[str]) -> "Learner":
        return Learner(corrections, guarded)


class Replica:
    """One process's shops over the common folder and database."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.shops = OpenShops({})
        understander = cast("Understander", Learner())
        self.opener = ShopOpener(understander, CATALOGUE, lambda shop: FileFacts(shop, lambda: NOW), lambda: NOW)
        self.keeper = CorrectionKeeper(store, self.shops, self.opener)
        self.watcher = ShopWatcher(folder, frozenset(), self.opener, self.shops)

    async def begin(self) -> None:
        await self.keeper.load_stored()
        self.watcher.sync_shops()

    def heard(self) -> list[str]:
        reader = cast("Any", self.shops.get_shop("a").reader).load_reader()
        return [each.text for each in reader.corrections]


@pytest.fixture
async def replicas(tmp_path: Path, store: Store) -> list[Replica]:
    write(tmp_path / "shops", {})
    write(tmp_path / "shops" / "a", SOUND)
    both = [Replica(tmp_path / "shops", store) for _ in range(2)]
    for each in both:
        await each.begin()
    return both


async def correct(store: Store, text: str) -> None:
    await store.add_correction(KeptCorrection("a", Correction(f"c-{text}", text, "stock", "", "lan"), "lan", NOW))


async def test_a_correction_counts_here_at_once_and_there_at_the_next_look(
    replicas: list[Replica], store: Store
) -> None:
    here, there = replicas
    await correct(store, "还有没")

    await here.keeper.apply_stored("a")
    assert (here.heard(), there.heard()) == (["还有没"], [])
    await there.keeper.refresh_shops()
    assert there.heard() == ["还有没"]


async def test_a_restart_finds_them_again(replicas: list[Replica], store: Store, tmp_path: Path) -> None:
    await correct(store, "还有没")

    later = Replica(tmp_path / "shops", store)
    await later.begin()

    assert later.heard() == ["还有没"]


async def test_what_is_taken_back_is_forgotten(replicas: list[Replica], store: Store) -> None:
    here = replicas[0]
    await correct(store, "还有没")
    await here.keeper.apply_stored("a")
    await store.withdraw_correction("a", "c-还有没", "lan", NOW)

    await here.keeper.refresh_shops()

    assert here.heard() == []


async def test_the_shops_own_file_goes_before_what_agents_say_of_the_same_words(
    replicas: list[Replica], store: Store, tmp_path: Path
) -> None:
    here = replicas[0]
    await correct(store, "洗洗")
    await correct(store, "还有没")
    await here.keeper.apply_stored("a")
    write(tmp_path / "shops" / "a", {"corrections.csv": [["买家的话", "问题编号"], ["洗洗？", "1"]]})

    here.watcher.sync_shops()
    here.watcher.sync_shops()

    assert here.heard() == ["洗洗？", "还有没"]


async def test_changed_files_keep_the_corrections(replicas: list[Replica], store: Store, tmp_path: Path) -> None:
    here = replicas[0]
    await correct(store, "还有没")
    await here.keeper.apply_stored("a")
    write(tmp_path / "shops" / "a", {"faq.csv": [*FAQ, ["2", "多大", "", "亲，有两个尺寸。"]]})

    here.watcher.sync_shops()
    here.watcher.sync_shops()

    assert len(here.shops.get_shop("a").shop.faq) == 2
    assert here.heard() == ["还有没"]


async def test_a_shop_that_was_reopened_meanwhile_is_not_put_back(replicas: list[Replica], store: Store) -> None:
    here = replicas[0]
    before = here.shops.get_shop("a")
    here.shops.replace_shop(newer := here.opener.prepare_shop(before.shop))

    assert not here.shops.swap_shop(before, before)
    assert here.shops.get_shop("a") is newer


async def test_what_people_keep_is_guarded(replicas: list[Replica], store: Store) -> None:
    here = replicas[0]
    await correct(store, "还有没")
    await here.keeper.apply_stored("a")

    guarded = cast("Any", here.shops.get_shop("a").reader).load_reader().guarded

    assert {"human_agent", "complaint"} <= guarded


async def test_a_shop_with_corrections_that_opens_late_is_learned_in_the_background(replicas: list[Replica]) -> None:
    """Else the first buyer would wait for it."""
    here = replicas[0]
    here.opener.stored["a"] = (Correction("K1", "还有没", "stock"),)

    reader = cast("Any", here.opener.prepare_shop(here.shops.get_shop("a").shop, late=True).reader)
    before = reader.learned
    here.opener.train_deferred()

    assert before is None
    assert [each.text for each in reader.learned.corrections] == ["还有没"]
