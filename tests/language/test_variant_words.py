"""Words that pick one of what goods come in."""

import pytest

from app.language.variant_words import picks_one


@pytest.mark.parametrize("text", ["六只那个", "最便宜那款吧", "要高的", "还是最厚的", "贵一点的就好"])
def test_one_is_picked_by_a_word_for_it(text: str) -> None:
    assert picks_one(text)


@pytest.mark.parametrize("text", ["我家地面不太平", "半夜会踢", "狗6斤 一天尿三四次", "我脸是油性的", "有便宜点的吗"])
def test_what_is_but_told_picks_none(text: str) -> None:
    assert not picks_one(text)
