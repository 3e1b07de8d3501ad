"""The shop's own words that ask for a rating are judged like an answer."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.guard.answers import judge_answer
from app.shop.loader import read_shop
from app.shop.report import format_problem
from tests.shop.builders import NOW, SHOP

Build = Callable[..., Path]


def with_invitation(text: str) -> str:
    return f"{SHOP}csat:\n  invite: true\n  text: {text}\n"


def test_words_that_may_be_said_are_the_shops_own(a_shop: Build) -> None:
    shop = read_shop(a_shop({"shop.yml": with_invitation("'{address}，满意吗？回 1 到 5 分'")}), NOW, judge_answer).shop

    assert shop is not None
    assert shop.settings.csat.text == "{address}，满意吗？回 1 到 5 分"


@pytest.mark.parametrize("text", ["亲，给五星好评返现5元", "亲，加微信评价", "亲，您给五分，赔您50元"])
def test_a_promise_in_them_is_told_and_ours_are_said_instead(a_shop: Build, text: str) -> None:
    loaded = read_shop(a_shop({"shop.yml": with_invitation(text)}), NOW, judge_answer)

    told = [format_problem(each) for each in loaded.report.problems if each.file == "shop.yml"]
    assert any("csat.text" in each for each in told), told
    assert loaded.shop is not None
    assert (loaded.shop.settings.csat.invite, loaded.shop.settings.csat.text) == (True, "")
