"""A verb said both ways asks; a word of refusal repeated does not."""

import pytest

from app.language.doubts import asks_whether


@pytest.mark.parametrize("text", ["到底防不防水", "厚不厚", "有没有盖子"])
def test_a_verb_asked_both_ways_is_a_question(text: str) -> None:
    assert asks_whether(text)


@pytest.mark.parametrize("text", ["不不不", "没没没", "不要了"])
def test_a_repeated_refusal_is_no_question(text: str) -> None:
    assert not asks_whether(text)
