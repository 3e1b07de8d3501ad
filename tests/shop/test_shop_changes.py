"""What changed between two versions of a shop, and the way back to an earlier one."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from app.shop.changes import compare_shops, format_change, summarize_changes
from app.shop.folder import find_author, read_files, restore_folder
from app.shop.loader import load_shop
from app.shop.report import ProblemCollector
from tests.shop.builders import FAQ, SHOP

Build = Callable[..., Path]


def test_every_changed_row_and_setting_is_told(a_shop: Build, now: datetime) -> None:
    before = load_shop(a_shop(), now)
    faq = [FAQ[0], ["1", "怎么洗", "如何清洗", "亲，用温水冲洗。"], ["2", "多大", "", "亲，有大小两个尺寸。"]]
    after = load_shop(a_shop({"faq.csv": faq, "orders.csv": None, "shop.yml": SHOP.replace("48", "24")}), now)

    changes = compare_shops(before, after)
    lines = [format_change(change) for change in changes]

    assert summarize_changes(changes) == "设置 修改 1，问答 新增 1 修改 1，订单 删除 1"
    assert lines[0] == "修改 设置「authority.shipping.within_hours」：48 → 24"
    assert any(line.startswith("修改 问答「怎么洗」：answer 亲，用清水") for line in lines)
    assert any(line == "新增 问答「多大」：亲，有大小两个尺寸。" for line in lines)


def test_the_same_files_have_no_changes(a_shop: Build, now: datetime) -> None:
    assert compare_shops(load_shop(a_shop(), now), load_shop(a_shop(), now)) == ()


def test_going_back_puts_the_old_files_in_place_and_keeps_the_new(a_shop: Build) -> None:
    folder = a_shop()
    old = read_files(folder, ProblemCollector())
    a_shop({"shop.yml": "name: 新店\n", "常见问题2.csv": FAQ})

    kept = restore_folder(folder, old.contents, "now")

    assert read_files(folder, ProblemCollector()).content_version == old.content_version
    assert kept is not None
    assert (kept / "shop.yml").read_text(encoding="utf-8") == "name: 新店\n"
    assert (kept / "常见问题2.csv").exists()


def test_the_author_is_who_owns_the_file_changed_last(a_shop: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = a_shop()
    monkeypatch.setattr(Path, "owner", lambda path: f"owner of {path.name}")
    for file in folder.iterdir():
        os.utime(file, (1_000, 1_000))
    os.utime(folder / "faq.csv", (2_000, 2_000))

    assert find_author(folder) == "owner of faq.csv"
