"""Measures that fall into written spans."""

from decimal import Decimal

import pytest

from app.language.spans import Span, find_told_measure, read_spans


@pytest.mark.parametrize(
    ("text", "of", "number"),
    [
        ("我家泰迪胸围43", "胸围", 43),
        ("颈围大概32.5cm", "颈围", Decimal("32.5")),
        ("两口人吃", "人", 2),
        ("4个人用", "人", 4),
        ("家里三口，买多大的", "人", 3),
        ("五口之家用", "人", 5),
    ],
)
def test_a_girth_and_people_are_told(text: str, of: str, number: Decimal) -> None:
    told = find_told_measure(text)

    assert told is not None
    assert (told.of, told.number) == (of, number)


@pytest.mark.parametrize(
    "text",
    [
        "43码的有吗",
        "这人气不错",
        "两人份的",
        "转人工",
        "3人民币",
        "一口价80",
        "三口锅",
        "三人位的沙发",
        "没有一个人理我",
        "一个人回复都没有",
        "一个人能搭起来吗",
        "两个人抬得动不",
    ],
)
def test_other_numbers_are_none(text: str) -> None:
    assert find_told_measure(text) is None


def test_spans_are_read_of_the_measure_that_is_asked() -> None:
    girths = read_spans("尺寸", "S胸围32到42厘米，M胸围42到56厘米", "胸围")

    assert girths == (Span("S", Decimal(32), Decimal(42)), Span("M", Decimal(42), Decimal(56)))
    assert not read_spans("尺寸", "S胸围32到42厘米，M胸围42到56厘米", "人")
    assert read_spans("适合人数", "4升1到3人", "人") == (Span("4升", Decimal(1), Decimal(3)),)
