"""What doubts and worries ask, and what only tells."""

import pytest

from app.domain.acts import Act
from app.language.acts import default_reader
from app.language.doubts import asks_whether, holds_question, hopes_for_yes, restate_worry, sounds_told


@pytest.mark.parametrize("text", ["到底防不防水", "厚不厚", "有没有盖子"])
def test_a_verb_asked_both_ways_is_a_question(text: str) -> None:
    assert asks_whether(text)


@pytest.mark.parametrize("text", ["不不不", "没没没", "不要了"])
def test_a_repeated_refusal_is_no_question(text: str) -> None:
    assert not asks_whether(text)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("托盘怕裂", "托盘会裂吗"),
        ("我妈用,有点担心烫手", "会烫手吗"),
        ("衬衫怕洗缩水了", "衬衫会洗缩水吗"),
        ("这个灯怕摔", "这个灯怕摔吗"),
    ],
)
def test_a_worry_is_the_question_it_stands_for(text: str, question: str) -> None:
    assert restate_worry(text) == question


@pytest.mark.parametrize("text", ["我怕冷", "不怕水", "别怕", "怕老婆说", "有点担心", "怕麻烦"])
def test_what_fears_nothing_of_goods_stays_as_it_is(text: str) -> None:
    assert restate_worry(text) is None


def test_a_word_that_asks_tells_nothing() -> None:
    assert holds_question("没电了咋办")
    assert not holds_question("家里有暖气")


def test_a_bare_name_sounds_like_no_remark() -> None:
    assert sounds_told("杭州离我这不远啊")
    assert not sounds_told("尺寸表")


@pytest.mark.parametrize(
    "text",
    [
        "尿床没事吧",
        "盒子扔了 没关系吧",
        "搁窗台上可以吧",
        "拆开看过不影响退吧",
        "老人能用吧",
        "洗得掉吧",
        "不会掉毛的吧",
    ],
)
def test_who_hopes_for_a_yes_asks(text: str) -> None:
    assert hopes_for_yes(text)
    assert Act.ASK in default_reader().read_acts(text)


@pytest.mark.parametrize(
    "text", ["那可以吧", "还行吧", "换蓝的也行吧", "只能这样了吧", "可能会晚点到吧", "没关系的", "没事的"]
)
def test_a_consent_or_a_guess_asks_nothing(text: str) -> None:
    assert not hopes_for_yes(text)
    assert Act.ASK not in default_reader().read_acts(text)
