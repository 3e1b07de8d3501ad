"""Slips of the pen become the shop's words; words stay as they are."""

from functools import cache

import pytest

from app.language.segment import Segmenter
from app.understanding.spelling import SpellingRepair

NAMES = ("茶盘", "挂钟", "保温杯", "杯子", "丝巾", "羽绒服")


@cache
def shop_spelling() -> SpellingRepair:
    return SpellingRepair.learn_words(NAMES, ("大号", "三管"), Segmenter(lambda: NAMES))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("茶潘有货吗", "茶盘有货吗"),
        ("要打号的", "要大号的"),
        ("羽绒福多少钱", "羽绒服多少钱"),
        ("包油吗", "包邮吗"),
        ("chapan you huo ma", "茶盘有货吗"),
        ("有cha pan吗", "有茶盘吗"),
    ],
)
def test_a_slip_is_mended(typed: str, meant: str) -> None:
    assert shop_spelling().mend_text(typed) == meant


@pytest.mark.parametrize(
    "typed", ["有或没有", "送被子吗", "保温被子", "小湿巾", "打好包", "没拿走三罐", "chap", "发或者不发", "bose音箱"]
)
def test_what_is_a_word_itself_stays(typed: str) -> None:
    assert shop_spelling().mend_text(typed) == typed
