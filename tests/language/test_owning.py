"""Goods told of as the writer's own, as another's, or as wanted."""

import pytest

from app.language.owning import tells_of_others, tells_owned, turns_to_buying


@pytest.mark.parametrize(
    "text",
    [
        "灯昨天到的",
        "我刚打开那一盒",
        "用了两天就不亮了",
        "夹克到了 颜色不对",
        "上次在你家买的茶盘",
        "当时没拆 今早才打开",
        "给朋友买的 收到了 她说小了",
        "我拍的卡其 来的是绿的",
        "买了四个只有三个",
    ],
)
def test_goods_that_came_are_the_buyers_own(text: str) -> None:
    assert tells_owned(text)


@pytest.mark.parametrize(
    "text",
    [
        "以前在别家买的用了两个月就裂了",
        "朋友上次买的用了三天就掉漆",
        "到了我再拍照给你看",
        "等收到了再给好评",
        "要是收到坏了怎么办",
        "昨天拍的还没到",
        "显示签收了我没收到",
        "收到后几天内可以退",
        "我买的时候能用券吗",
        "这个用几年没问题吧",
    ],
)
def test_what_is_awaited_planned_or_anothers_is_not(text: str) -> None:
    assert not tells_owned(text)


def test_goods_from_elsewhere_or_of_others_are_told_apart() -> None:
    assert tells_of_others("以前在别家买的")
    assert tells_of_others("同事买的那件掉色")
    assert not tells_of_others("帮同事买的到了")


@pytest.mark.parametrize("text", ["想再买两个", "再来一个大号的", "有没有别的款", "多少钱一个"])
def test_a_wish_for_more_turns_to_buying(text: str) -> None:
    assert turns_to_buying(text)


@pytest.mark.parametrize("text", ["我再拍张照片", "还要等多久", "再也不买了", "退多少钱"])
def test_what_only_sounds_like_it_does_not(text: str) -> None:
    assert not turns_to_buying(text)
