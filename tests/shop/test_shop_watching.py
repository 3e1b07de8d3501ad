"""A shop follows its folder, and a half-written file does not close it."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.catalogue import FaqEntry
from app.shop.checks.answer import AnswerProblem
from app.shop.report import Severity
from app.shop.shop import Shop
from app.shop.watch import ShopFolder
from tests.shop.builders import FAQ, NOW, ORDERS, Content, csv_bytes, write

Build = Callable[..., Path]
MORE = [*FAQ, ["2", "多大", "", "亲，有大小两个尺寸。"]]


def watched(folder: Path, now: datetime = NOW) -> ShopFolder:
    found = ShopFolder(folder)
    assert found.poll_changes(now) is not None
    return found


def settled(folder: ShopFolder, now: datetime = NOW) -> Shop | None:
    """A look once the files are at rest."""
    folder.poll_changes(now)
    return folder.poll_changes(now)


def touch(path: Path) -> None:
    """Give the file another time of change, as any editor does."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))


def test_the_first_look_opens_the_shop(a_shop: Build, now: datetime) -> None:
    folder = ShopFolder(a_shop())

    shop = folder.poll_changes(now)

    assert shop is not None
    assert folder.shop is shop
    assert shop.loaded_at == now


def test_a_changed_file_is_reread(a_shop: Build, now: datetime) -> None:
    folder = watched(a_shop())
    before = folder.shop
    write(folder.folder, {"faq.csv": MORE})

    after = settled(folder)

    assert after is not None
    assert before is not None
    assert [entry.question for entry in after.faq] == ["怎么洗", "多大"]
    assert after.version != before.version


def test_an_unchanged_folder_is_not_read_again(a_shop: Build, now: datetime) -> None:
    folder = watched(a_shop())

    assert folder.poll_changes(now + timedelta(minutes=1)) is None


def test_a_file_saved_without_a_change_opens_nothing_new(a_shop: Build, now: datetime) -> None:
    folder = watched(a_shop())
    touch(folder.folder / "faq.csv")

    assert settled(folder) is None


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_half_written_file_keeps_the_last_good_shop_and_is_reported(a_shop: Build, now: datetime, cut: int) -> None:
    folder = watched(a_shop())
    before = folder.shop
    (folder.folder / "faq.csv").write_bytes(csv_bytes(MORE)[:-cut] + b'"')

    assert settled(folder) is None
    assert folder.shop is before
    assert folder.report.errors[0].file == "faq.csv"


def test_a_file_still_growing_is_left_alone_even_when_its_part_looks_whole(a_shop: Build, now: datetime) -> None:
    folder = watched(a_shop())
    whole = csv_bytes(MORE)
    grown: list[Shop | None] = []
    for end in range(len(whole) - 12, len(whole) + 1, 3):
        (folder.folder / "faq.csv").write_bytes(whole[:end])
        grown.append(folder.poll_changes(now))

    finished = folder.poll_changes(now)

    assert grown == [None] * len(grown)
    assert finished is not None
    assert finished.faq[1].answer == "亲，有大小两个尺寸。"


def test_a_file_that_is_finished_later_is_taken_up(a_shop: Build, now: datetime) -> None:
    folder = watched(a_shop())
    write(folder.folder, {"faq.csv": b'"'})
    settled(folder)
    write(folder.folder, {"faq.csv": MORE})

    finished = settled(folder)

    assert finished is not None
    assert len(finished.faq) == 2
    assert folder.report.is_valid


def test_a_mistake_taken_back_clears_the_report(a_shop: Build, now: datetime) -> None:
    folder = watched(a_shop())
    write(folder.folder, {"faq.csv": b'"'})
    settled(folder)
    write(folder.folder, {"faq.csv": FAQ})

    settled(folder)

    assert folder.report.is_valid


def test_a_folder_that_begins_with_errors_opens_once_they_are_mended(a_shop: Build, now: datetime) -> None:
    folder = ShopFolder(a_shop({"shop.yml": "nam: 店\n"}))

    assert folder.poll_changes(now) is None
    assert not folder.report.is_valid
    write(folder.folder, {"shop.yml": "name: 小店\n"})
    assert settled(folder) is not None


def test_new_and_removed_files_are_noticed(a_shop: Build, now: datetime) -> None:
    folder = watched(a_shop())
    write(folder.folder, {"faq-新.csv": [["标准问题", "答案"], ["多大", "亲，小号。"]], "orders.csv": None})

    shop = settled(folder)

    assert shop is not None
    assert len(shop.faq) == 2
    assert shop.orders == {}


def test_relative_dates_move_on_at_the_shops_midnight(a_shop: Build) -> None:
    evening = datetime(2026, 1, 10, 15, 50, tzinfo=UTC)  # 23:50 in Shanghai
    folder = watched(a_shop(), evening)
    before = folder.shop

    same_day = folder.poll_changes(evening + timedelta(minutes=9))
    next_day = folder.poll_changes(evening + timedelta(minutes=11))

    assert same_day is None
    assert next_day is not None
    assert before is not None
    assert next_day.orders["8001"].paid_at == datetime(2026, 1, 11, 0, 0, tzinfo=UTC)
    assert next_day.version != before.version


def test_a_shop_with_fixed_dates_stays_as_it_is_overnight(a_shop: Build, now: datetime) -> None:
    fixed = [ORDERS[0], [*ORDERS[1][:-1], "2026-01-09 10:00"]]
    folder = watched(a_shop({"orders.csv": fixed, "promotions.yml": None}))

    assert folder.poll_changes(now + timedelta(days=3)) is None


def test_a_folder_that_vanishes_keeps_the_last_good_shop(a_shop: Build, now: datetime) -> None:
    folder = watched(a_shop())
    before = folder.shop
    for path in list(folder.folder.iterdir()):
        path.unlink()
    folder.folder.rmdir()

    assert settled(folder) is None
    assert folder.shop is before
    assert not folder.report.is_valid


@pytest.mark.parametrize(
    ("saved", "judged"),
    [
        ({"orders.csv": ORDERS[:1]}, 0),
        ({"corrections.csv": [["买家的话", "问题编号"], ["咋洗呀", "1"]]}, 0),
        ({"catalog.csv": None}, 1),
        ({"shop.yml": "name: 小店\nauthority:\n  shipping: {within_hours: 24}\n"}, 1),
        ({"faq.csv": MORE}, 2),
    ],
)
def test_a_save_of_another_file_judges_no_answer_again(
    saved: dict[str, Content], judged: int, a_shop: Build, now: datetime
) -> None:
    """Orders are saved every minute, and a shop may have fifty thousand answers."""
    asked: list[str] = []

    def promise_check(entry: FaqEntry, *_: object) -> list[AnswerProblem]:
        asked.append(entry.question)
        return [AnswerProblem("vague", Severity.WARNING, "说得含糊。")]

    folder = ShopFolder(a_shop(), promise_check)
    before = folder.poll_changes(now)
    asked.clear()
    write(folder.folder, saved)

    after = settled(folder)

    assert before is not None
    assert after is not None
    assert len(asked) == judged
    assert [problem.message for problem in folder.report.warnings].count("说得含糊。") == len(after.faq)
    assert (after.faq[0] is before.faq[0]) is ("faq.csv" not in saved and "catalog.csv" not in saved)


def test_dates_of_answers_that_move_with_the_day_are_read_each_day(a_shop: Build) -> None:
    columns, row = [*FAQ[0], "失效日期"], [*FAQ[1], "今天+1天"]
    folder = watched(a_shop({"faq.csv": [columns, row]}))
    first = folder.shop

    shop = folder.poll_changes(NOW + timedelta(days=2))

    assert first is not None
    assert shop is not None
    assert shop.faq[0].valid_to == (NOW + timedelta(days=3)).date()
    write(folder.folder, {"orders.csv": ORDERS})
    saved = settled(folder, NOW + timedelta(days=3))
    assert saved is not None
    assert saved.faq[0].valid_to == (NOW + timedelta(days=4)).date()
