"""How a typed message is cleaned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.text import MAX_LENGTH, normalise


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("Ｈｉ５０元！！！", "Hi50元!"),
        ("這個什麼時候發貨", "这个什么时候发货"),
        ("在吗？？？？", "在吗?"),
        ("真的吗？！？！", "真的吗?"),
        ("急急急急急", "急急"),
        ("哈哈哈哈哈哈", "哈哈"),
        ("8888888", "8888888"),
        ("好的😀😀", "好的"),
        ("👌", "好的"),
        ("谢谢[微笑]/:018", "谢谢"),
        ("看这个 https://example.com/a?b=1 有货吗", "看这个 有货吗"),
        ("a\x00b\u200bc", "a b c"),
        ("  多   空格  ", "多 空格"),
        ("😀🎉", ""),
        ("", ""),
    ],
)
def test_a_typed_message_becomes_its_plain_form(typed: str, cleaned: str) -> None:
    assert normalise(typed) == cleaned


@given(st.text())
def test_cleaning_twice_changes_nothing_more_than_spaces(text: str) -> None:
    once = normalise(text)

    assert len(once) <= MAX_LENGTH
    assert once == once.strip()


@given(st.text(alphabet=st.sampled_from("发货吗哈還萬a1Z ,.?!~，。？！、～"), max_size=12))
def test_a_plain_message_is_cleaned_like_any_other(text: str) -> None:
    """A character that is taken out at its end sends it the long way."""
    assert normalise(text) == normalise(text + "\x00")


def test_a_message_of_ten_megabytes_is_cut() -> None:
    assert len(normalise("发货" * 5_000_000)) <= MAX_LENGTH
