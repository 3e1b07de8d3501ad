"""The first letters of what is read find the words."""

import pytest

from app.language.pinyin import matches_initials


@pytest.mark.parametrize("typed", ["fhsj", "FH", "sj", "hs"])
def test_first_letters_of_consecutive_characters_find_a_title(typed: str) -> None:
    assert matches_initials("发货时间", typed)


def test_every_reading_of_a_character_counts_and_letters_are_themselves() -> None:
    assert matches_initials("重发", "cf")
    assert matches_initials("重发", "zf")
    assert matches_initials("VIP 专享", "vipzx")


@pytest.mark.parametrize("typed", ["", "fj", "fhsjx", "时间"])
def test_others_do_not(typed: str) -> None:
    assert not matches_initials("发货时刻", typed)
