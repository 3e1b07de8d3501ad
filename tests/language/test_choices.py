"""A choice is read however it is said, and only where there is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.choices import Choice, ChoiceKind, Quality, read_choice


@pytest.mark.parametrize(
    ("text", "count", "index"),
    [
        ("第二个", 3, 1),
        ("第2个", 3, 1),
        ("就第二个吧", 3, 1),
        ("选第二种", 3, 1),
        ("2", 3, 1),
        ("2。", 3, 1),
        ("选2", 3, 1),
        ("要3", 3, 2),
        ("②", 3, 1),
        ("❷", 3, 1),
        ("２", 3, 1),
        ("二", 3, 1),
        ("2号", 3, 1),
        ("就二吧", 3, 1),
        ("b", 3, 1),
        ("B选项", 3, 1),
        ("选C", 3, 2),
        ("后面那个", 3, 2),
        ("前面那个", 3, 0),
        ("前一个", 2, 0),
        ("后一个", 2, 1),
        ("后一笔", 2, 1),
        ("最后一个", 3, 2),
        ("头一个", 3, 0),
        ("上面的", 2, 0),
        ("下面那个", 2, 1),
        ("中间那个", 3, 1),
        ("右边那款", 2, 1),
        ("第六个", 6, 5),
        ("第十个", 12, 9),
    ],
)
def test_a_place_is_chosen(text: str, count: int, index: int) -> None:
    assert read_choice(text, count) == Choice(ChoiceKind.INDEX, (index,))


@pytest.mark.parametrize(
    ("text", "index"),
    [("第二个还没发", 1), ("后面那笔什么时候发", 2), ("第一个怎么洗", 0), ("我问的是第三个,能退吗", 2)],
)
def test_a_message_may_say_more_than_its_choice(text: str, index: int) -> None:
    assert read_choice(text, 3) == Choice(ChoiceKind.INDEX, (index,), whole=False)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("都要", Choice(ChoiceKind.ALL, (0, 1))),
        ("两个都要", Choice(ChoiceKind.ALL, (0, 1))),
        ("全都要", Choice(ChoiceKind.ALL, (0, 1))),
        ("都不要", Choice(ChoiceKind.NONE)),
        ("都不是", Choice(ChoiceKind.NONE)),
        ("两个都不要", Choice(ChoiceKind.NONE)),
        ("随便", Choice(ChoiceKind.ANY)),
        ("哪个都行", Choice(ChoiceKind.ANY)),
        ("都可以", Choice(ChoiceKind.ANY)),
        ("另一个", Choice(ChoiceKind.OTHER)),
        ("另外那笔", Choice(ChoiceKind.OTHER)),
        ("第一个和第二个", Choice(ChoiceKind.INDEX, (0, 1))),
        ("便宜的那个", Choice(ChoiceKind.ATTRIBUTE, quality=Quality.CHEAP)),
        ("贵的", Choice(ChoiceKind.ATTRIBUTE, quality=Quality.DEAR)),
        ("大的那款", Choice(ChoiceKind.ATTRIBUTE, quality=Quality.LARGE)),
        ("小一点的", Choice(ChoiceKind.ATTRIBUTE, quality=Quality.SMALL)),
    ],
)
def test_a_choice_without_a_place_says_its_kind(text: str, choice: Choice) -> None:
    assert read_choice(text, 2) == choice


@pytest.mark.parametrize(
    ("text", "index"),
    [("小号的", 1), ("大的那款", 0), ("那就小的吧", 1), ("小号 原木色", 1), ("大号 原木色", 0), ("中号", 2)],
)
def test_a_word_of_one_label_chooses_it(text: str, index: int) -> None:
    labels = ("大号 原木色", "小号 原木色", "中号 胡桃色")

    assert read_choice(text, 3, labels) == Choice(ChoiceKind.INDEX, (index,))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "第四个",
        "4",
        "0",
        "来两个",
        "第二天能到吗",
        "第一次买",
        "下个月",
        "前几天",
        "后面再说",
        "多大的",
        "这么大的优惠",
        "便宜点",
        "谢谢",
        "包邮吗",
        "2026",
        "五个都要",
        "好的",
        "一共多少",
        "不要",
        "SF123",
        "最后一个月",
    ],
)
def test_what_chooses_nothing_is_no_choice(text: str) -> None:
    assert read_choice(text, 3) is None


@given(st.integers(min_value=1, max_value=20), st.integers(min_value=1, max_value=20))
def test_a_number_chooses_its_place_or_nothing(number: int, count: int) -> None:
    for text in (str(number), f"第{number}个", f"选{number}"):
        chosen = read_choice(text, count)
        assert (chosen.index if chosen else None) == (number - 1 if number <= count else None)


@given(
    st.text(alphabet="第一二三两个款那这前后上下都要不是大小号的便宜随吧2B ,", max_size=10),
    st.integers(min_value=0, max_value=6),
)
def test_no_choice_lies_beyond_the_options(text: str, count: int) -> None:
    chosen = read_choice(text, count)

    assert chosen is None or all(0 <= index < count for index in chosen.indices)
