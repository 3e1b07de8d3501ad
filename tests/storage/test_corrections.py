"""Corrections are kept once by id, taken back for good, and counted so that other processes see a change."""

from datetime import timedelta

import pytest

from app.domain.correction import Correction, KeptCorrection
from app.errors import ConflictError, NotFoundError, ReusedIdError
from app.storage import corrections
from app.storage.store import Store
from tests.storage.builders import NOW


def a_correction(
    correction_id: str = "c1", text: str = "还有没", *, shop: str = "demo", minutes: int = 0
) -> KeptCorrection:
    own = Correction(correction_id, text, "stock", "", "lan")
    return KeptCorrection(shop, own, "lan", NOW + timedelta(minutes=minutes))


async def test_a_correction_is_read_as_it_was_written(store: Store) -> None:
    kept = await store.add_correction(a_correction())

    assert await store.get_correction("demo", "c1") == kept == a_correction()
    assert await store.load_corrections("demo") == [kept.correction]
    assert await store.load_corrections("other") == []


async def test_the_same_again_changes_nothing_and_another_under_its_id_is_refused(store: Store) -> None:
    first = await store.add_correction(a_correction())

    assert await store.add_correction(a_correction(minutes=5)) == first
    with pytest.raises(ReusedIdError, match="text"):
        await store.add_correction(a_correction(text="别的话"))
    await store.add_correction(a_correction(shop="other", text="别的话"))


async def test_what_is_taken_back_stays_taken_back(store: Store) -> None:
    await store.add_correction(a_correction())

    gone = await store.withdraw_correction("demo", "c1", "zhu", NOW)
    again = await store.withdraw_correction("demo", "c1", "lan", NOW + timedelta(hours=1))

    assert gone == again
    assert (gone.withdrawn_by, gone.in_force) == ("zhu", False)
    assert await store.load_corrections("demo") == []
    with pytest.raises(ReusedIdError):
        await store.add_correction(a_correction())
    with pytest.raises(NotFoundError):
        await store.withdraw_correction("demo", "c2", "zhu", NOW)


async def test_pages_come_the_latest_first(store: Store) -> None:
    for place in range(5):
        await store.add_correction(a_correction(f"c{place}", f"话{place}", minutes=place // 2))

    first = await store.find_corrections("demo", limit=3, cursor=None)
    second = await store.find_corrections("demo", limit=3, cursor=first.next_cursor)

    found = [each.correction.correction_id for each in (*first.corrections, *second.corrections)]
    assert found == ["c4", "c3", "c2", "c1", "c0"]
    assert (first.total, second.next_cursor) == (5, None)


async def test_the_marks_tell_of_every_change(store: Store) -> None:
    marks = [await store.load_correction_marks()]
    await store.add_correction(a_correction())
    marks.append(await store.load_correction_marks())
    await store.add_correction(a_correction())
    marks.append(await store.load_correction_marks())
    await store.withdraw_correction("demo", "c1", "lan", NOW)
    marks.append(await store.load_correction_marks())

    assert marks == [{}, {"demo": (1, 0)}, {"demo": (1, 0)}, {"demo": (1, 1)}]


async def test_a_shop_has_only_so_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "MOST_CORRECTIONS", 1)
    await store.add_correction(a_correction())

    with pytest.raises(ConflictError):
        await store.add_correction(a_correction("c2", "别的"))

    assert len(await store.load_corrections("demo")) == 1
