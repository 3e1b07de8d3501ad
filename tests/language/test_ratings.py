"""What an answer to the question how one was served is read as."""

import pytest

from app.language.ratings import Rating, read_rating


@pytest.mark.parametrize(
    ("text", "score", "words"),
    [
        ("5", 5, ""),
        ("４分", 4, ""),
        ("五星", 5, ""),
        ("给3分吧", 3, ""),
        ("★★★★☆", 4, ""),
        ("⭐⭐⭐⭐⭐", 5, ""),
        ("满意", 5, ""),
        ("我很满意你们的服务", 5, ""),
        ("比较满意", 4, ""),
        ("一般般吧", 3, ""),
        ("不太满意", 2, ""),
        ("不满意", 2, ""),
        ("很不满意", 1, ""),
        ("差评！", 1, ""),
        ("2分，回复太慢了", 2, "回复太慢了"),
        ("服务态度很好，4分", 4, "服务态度很好"),
        ("不满意，我要退货", 2, "我要退货"),
    ],
)
def test_a_rating_is_read_with_its_words(text: str, score: int, words: str) -> None:
    assert read_rating(text) == Rating(score, words)


@pytest.mark.parametrize(
    "text",
    ["6", "0分", "满意吗", "5个茶盘多少钱", "5分钟能回吗", "三星手机壳有吗", "打5折吗", "好的", "谢谢", "有货吗", ""],
)
def test_what_rates_nothing_is_none(text: str) -> None:
    assert read_rating(text) is None
