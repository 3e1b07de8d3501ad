"""What doubts and worries ask, and what only tells."""

import pytest

from app.language.doubts import asks_whether, holds_question, restate_worry, sounds_told


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
