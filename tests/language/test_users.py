"""For whom it is asked whether goods may be used."""

import pytest

from app.language.users import asks_for_user, find_users


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("老人能喝吗", {"old"}),
        ("血糖高可以吃不", {"sugar"}),
        ("我家柯基能吃吗", {"dog"}),
        ("适合小孩和孕妇吗", {"child", "pregnant"}),
        ("给娃穿行吗", {"child"}),
        ("宝妈能用吗", {"pregnant"}),
    ],
)
def test_a_user_is_asked_for(text: str, users: set[str]) -> None:
    assert (find_users(text), asks_for_user(text)) == (users, True)


@pytest.mark.parametrize(
    "text",
    [
        "能机洗吗",
        "被我家狗咬坏了",
        "小孩多大码",
        "老人机有吗",
        "娃娃能泡水洗吗",
        "热狗能直接吃吗",
        "猫爪杯能用微波炉吗",
    ],
)
def test_nobody_is_asked_for(text: str) -> None:
    assert not asks_for_user(text)
