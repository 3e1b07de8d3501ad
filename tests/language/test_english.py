"""English is read as the Chinese question it asks."""

import pytest

from app.language.english import speaks_english, translate_english


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("price?", "多少钱"),
        ("hi, how much is the scarf", "围巾你好，多少钱"),
        ("do you ship to Tibet", "寄到西藏运费多少"),
        ("shipping to cheng du?", "寄到成都运费多少"),
        ("2 pcs of 茶盘 how much", "茶盘2件多少钱"),
        ("can you do 100", "100元卖吗"),
    ],
)
def test_a_question_is_put_in_chinese(said: str, meant: str) -> None:
    assert translate_english(said) == meant


@pytest.mark.parametrize("said", ["M码有吗", "转人工 owned red x", "XL", "3C认证吗", "abcdef", "黑色 L", ""])
def test_letters_in_chinese_are_no_english(said: str) -> None:
    assert not speaks_english(said)


def test_a_word_that_everybody_writes_is_english_where_english_is_spoken() -> None:
    assert not speaks_english("ok")
    assert speaks_english("ok", before=True)
    assert not speaks_english("好的", before=True)
