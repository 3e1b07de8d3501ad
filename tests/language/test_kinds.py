"""The bare word for a kind of goods."""

import pytest

from app.language.kinds import find_bare_kind, is_kind_topic, strip_use


@pytest.mark.parametrize(
    ("text", "word", "priced"),
    [
        ("碗呢", "碗", False),
        ("有哪些杯子", "杯子", False),
        ("你们家有没有盘子", "盘子", False),
        ("椅子多少钱", "椅子", True),
        ("那帐篷怎么卖", "帐篷", True),
    ],
)
def test_a_word_alone_or_asked_of_is_one(text: str, word: str, priced: bool) -> None:
    found = find_bare_kind(text)

    assert found is not None
    assert (found.word, found.asks_price) == (word, priced)


@pytest.mark.parametrize("text", ["这个呢", "有什么活动", "椅子腿能拆下来吗", "尺寸是怎么量的"])
def test_other_questions_hold_none(text: str) -> None:
    assert find_bare_kind(text) is None


def test_a_use_leaves_what_it_is_for() -> None:
    assert [strip_use(each) for each in ("吃面", "装米", "面")] == ["面", "米", "面"]


@pytest.mark.parametrize(
    "text", ["锅子能进烤箱吗", "那锅子糊底吗", "再拿个红锅子", "围裙一条锅子两个", "在吗 锅子有货吗", "我想买个锅子"]
)
def test_what_is_asked_of_or_wanted_is_the_topic(text: str) -> None:
    start = text.index("锅子")

    assert is_kind_topic(text, start, start + 2)


@pytest.mark.parametrize(
    "text", ["和锅子搭吗", "送锅子吗", "能放几个锅子", "锅子能用吗", "锅子里能放吗", "带个锅子不", "锅子可以吗"]
)
def test_what_goods_go_with_or_hold_is_not(text: str) -> None:
    start = text.index("锅子")

    assert not is_kind_topic(text, start, start + 2)
