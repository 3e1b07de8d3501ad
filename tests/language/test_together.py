"""Goods to be had together, added, compared, or only acted on."""

import pytest

from app.language.together import are_joined, asks_of_all, asks_of_sum, is_acted_on, is_added, says_together


def spans(text: str, *names: str) -> list[tuple[int, int]]:
    return [(text.index(name), text.index(name) + len(name)) for name in names]


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("毛毯和枕头有货吗", True),
        ("毛毯、枕头一起多少钱", True),
        ("毛毯一条加两个枕头", True),
        ("毛毯和枕头哪个厚", False),
        ("毛毯跟枕头差多少", False),
        ("毛毯和枕头比较急", True),
        ("毛毯和枕头比较一下", False),
        ("毛毯能塞进枕头吗", False),
    ],
)
def test_goods_are_joined_to_be_had_and_not_to_be_weighed(text: str, joined: bool) -> None:
    assert are_joined(text, spans(text, "毛毯", "枕头")) is joined


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("再配一个枕头", True),
        ("还要枕头", True),
        ("另外拿两只枕头", True),
        ("也想买个枕头", True),
        ("枕头多少钱", False),
        ("还要不要枕头", False),
        ("需要再买个枕头吗", False),
    ],
)
def test_goods_are_added_to_those_spoken_of(text: str, added: bool) -> None:
    assert is_added(text, text.index("枕头")) is added


@pytest.mark.parametrize(
    ("text", "acted_on"),
    [
        ("能塞枕头吗", True),
        ("里面能放枕头吗", True),
        ("可以和枕头一起用吗", True),
        ("能不能当枕头", True),
        ("能单买枕头吗", False),
        ("可以退枕头吗", False),
        ("能送枕头吗", False),
        ("枕头能洗吗", False),
        ("能塞枕头的话枕头多少钱", False),
    ],
)
def test_goods_that_others_would_act_on_are_no_matter_of_their_own(text: str, acted_on: bool) -> None:
    at = text.index("枕头")
    assert is_acted_on(text, at, at + 2) is acted_on


@pytest.mark.parametrize(
    ("text", "of_all", "of_sum", "several"),
    [
        ("一共多少钱", True, True, False),
        ("两样一起能减多少", True, True, True),
        ("都要的话便宜点", True, True, True),
        ("再少点呢", False, True, False),
        ("这个多少钱", False, False, False),
        ("一起发吗", False, False, False),
        ("什么面料", False, False, False),
        ("165穿多少码", False, False, False),
        ("不满意能退吗", False, False, False),
        ("这些多少天能到", False, False, False),
        ("容易折吗", False, False, False),
        ("跟朋友一起买有优惠吗", False, True, False),
    ],
)
def test_a_question_of_the_whole(text: str, of_all: bool, of_sum: bool, several: bool) -> None:
    assert (asks_of_all(text), asks_of_sum(text), says_together(text)) == (of_all, of_sum, several)
