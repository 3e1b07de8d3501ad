"""A shop follows its folder, and a half-written file does not close it."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.shop.report import ShopInvalid
from app.shop.watch import ShopFolder
from tests.shop.builders import FAQ, ORDERS, csv_bytes, write

Build = Callable[..., Path]
MORE = [*FAQ, ["2", "多大", "", "亲，有大小两个尺寸。"]]


def later(path: Path) -> None:
    """Give the file another time of change, as any editor does."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))


def test_a_changed_file_is_reread(a_shop: Build, now: datetime) -> None:
    watched = ShopFolder(a_shop(), now)
    before = watched.shop
    write(watched.folder, {"faq.csv": MORE})

    after = watched.refresh(now)

    assert [entry.question for entry in after.faq] == ["怎么洗", "多大"]
    assert after.version != before.version


def test_an_unchanged_folder_gives_the_same_shop(a_shop: Build, now: datetime) -> None:
    watched = ShopFolder(a_shop(), now)

    soon = now + timedelta(minutes=1)

    assert watched.refresh(soon) is watched.shop
    assert watched.shop.loaded_at == now
    assert watched.checked_at == soon


def test_a_file_saved_without_a_change_gives_the_same_shop(a_shop: Build, now: datetime) -> None:
    watched = ShopFolder(a_shop(), now)
    before = watched.shop
    later(watched.folder / "faq.csv")

    assert watched.refresh(now) is before


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_half_written_file_keeps_the_last_good_shop_and_is_reported(a_shop: Build, now: datetime, cut: int) -> None:
    watched = ShopFolder(a_shop(), now)
    before = watched.shop
    (watched.folder / "faq.csv").write_bytes(csv_bytes(MORE)[:-cut] + b'"')

    assert watched.refresh(now) is before
    assert watched.report.errors[0].file == "faq.csv"


def test_a_file_that_is_finished_later_is_taken_up(a_shop: Build, now: datetime) -> None:
    watched = ShopFolder(a_shop(), now)
    (watched.folder / "faq.csv").write_bytes(b'"')
    watched.refresh(now)
    write(watched.folder, {"faq.csv": MORE})

    assert len(watched.refresh(now).faq) == 2
    assert watched.report.ok


def test_a_mistake_taken_back_clears_the_report(a_shop: Build, now: datetime) -> None:
    watched = ShopFolder(a_shop(), now)
    write(watched.folder, {"faq.csv": b'"'})
    watched.refresh(now)
    write(watched.folder, {"faq.csv": FAQ})

    watched.refresh(now)

    assert watched.report.ok


def test_new_and_removed_files_are_noticed(a_shop: Build, now: datetime) -> None:
    watched = ShopFolder(a_shop(), now)
    write(watched.folder, {"faq-新.csv": [["标准问题", "答案"], ["多大", "亲，小号。"]], "orders.csv": None})

    shop = watched.refresh(now)

    assert len(shop.faq) == 2
    assert shop.orders == {}


def test_relative_dates_move_on_at_the_shops_midnight(a_shop: Build) -> None:
    evening = datetime(2026, 1, 10, 15, 50, tzinfo=UTC)  # 23:50 in Shanghai
    watched = ShopFolder(a_shop(), evening)
    before = watched.shop

    same_day = watched.refresh(evening + timedelta(minutes=9))
    next_day = watched.refresh(evening + timedelta(minutes=11))

    assert same_day is before
    assert next_day.orders["8001"].paid_at == datetime(2026, 1, 11, 0, 0, tzinfo=UTC)
    assert next_day.version != before.version


def test_a_shop_with_fixed_dates_stays_as_it_is_overnight(a_shop: Build, now: datetime) -> None:
    fixed = [ORDERS[0], [*ORDERS[1][:-1], "2026-01-09 10:00"]]
    watched = ShopFolder(a_shop({"orders.csv": fixed, "promotions.yml": None}), now)

    assert watched.refresh(now + timedelta(days=3)) is watched.shop


def test_a_folder_that_vanishes_keeps_the_last_good_shop(a_shop: Build, now: datetime) -> None:
    watched = ShopFolder(a_shop(), now)
    before = watched.shop
    for path in list(watched.folder.iterdir()):
        path.unlink()
    watched.folder.rmdir()

    assert watched.refresh(now) is before
    assert not watched.report.ok


def test_a_folder_with_errors_does_not_open(a_shop: Build, now: datetime) -> None:
    with pytest.raises(ShopInvalid):
        ShopFolder(a_shop({"shop.yml": None}), now)
