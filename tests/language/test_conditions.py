"""States of goods, as buyers tell them and as rules are bound to them."""

import pytest

from app.language.conditions import (
    GoodsState,
    find_days_allowed,
    find_days_held,
    find_told_states,
    judge_states,
    tells_lasting_state,
)

TAG, OPENED, USED = GoodsState.TAG_OFF, GoodsState.OPENED, GoodsState.USED
WASHED, MADE, HARMED = GoodsState.WASHED, GoodsState.MADE_FOR, GoodsState.HARMED


@pytest.mark.parametrize(
    ("text", "told", "kept"),
    [
        ("吊牌被我剪了", {TAG}, set()),
        ("标签还在", set(), {TAG}),
        ("盒子拆开看了一下", {OPENED}, set()),
        ("没拆封过", set(), {OPENED}),
        ("锅烧过一次水", {USED}, set()),
        ("鞋子穿出去走了，没洗过", set(), {WASHED}),
        ("一次没用过", set(), {USED}),
        ("过水洗了一遍", {WASHED}, set()),
        ("杯子上刻了名字的", {MADE}, set()),
        ("我不小心掉地上摔了", {HARMED}, set()),
        ("试穿了一下", set(), set()),
        ("用了优惠券", set(), set()),
        ("以前用过你家的", set(), set()),
        ("可以定制吗", set(), set()),
        ("怎么用", set(), set()),
    ],
)
def test_states_are_told_or_said_not_to_be(text: str, told: set[GoodsState], kept: set[GoodsState]) -> None:
    found, not_so = find_told_states(text)
    assert found == told
    assert not_so >= kept


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("收到十二天了", 12),
        ("到手半个月了", 15),
        ("两周前买的", 14),
        ("超过七天还能退吗", 8),
        ("买了十天还没收到", None),
    ],
)
def test_days_since_goods_came(text: str, days: int | None) -> None:
    assert find_days_held(text) == days


@pytest.mark.parametrize(
    ("rule", "denied", "allowed"),
    [
        ("7天内没下过水、标签完好的可以退。", {WASHED, TAG}, set()),
        ("拆封后没有质量问题不退。", {OPENED}, set()),
        ("拆开看看没关系，可以退，用过的不能退。", {USED}, {OPENED}),
        ("有质量问题的，用过也可以退。", set(), set()),
        ("质保一年，人为损坏除外。", {HARMED}, set()),
        ("用过以后请擦干。", set(), set()),
    ],
)
def test_rules_allow_and_rule_out_states(rule: str, denied: set[GoodsState], allowed: set[GoodsState]) -> None:
    judged = list(judge_states(rule))
    assert {each.state for each in judged if not each.is_allowed} == denied
    assert {each.state for each in judged if each.is_allowed} == allowed


def test_days_of_a_rule() -> None:
    assert find_days_allowed("签收后十五天内可以退") == 15
    assert find_days_allowed("收到就可以退") is None


def test_what_is_supposed_or_only_asked_does_not_last() -> None:
    assert not tells_lasting_state("要是拆了还能退吗", asks=True)
    assert not tells_lasting_state("这件穿了显瘦吗", asks=True)
    assert tells_lasting_state("拆了还能退吗", asks=True)
