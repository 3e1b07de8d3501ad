"""Quantities are read with their measure words, and what only looks like one is left alone."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.measures import find_quantities
from app.language.units import MEASURES, MeasureKind, words_of


@pytest.mark.parametrize(
    ("text", "low", "high", "kind"),
    [
        ("我要3件", 3, 3, MeasureKind.COUNT),
        ("来两箱", 2, 2, MeasureKind.COUNT),
        ("十二个多少钱", 12, 12, MeasureKind.COUNT),
        ("两三件的样子", 2, 3, MeasureKind.COUNT),
        ("3-5盒", 3, 5, MeasureKind.COUNT),
        ("三到五瓶", 3, 5, MeasureKind.COUNT),
        ("一打杯垫", 12, 12, MeasureKind.COUNT),
        ("半箱", "0.5", "0.5", MeasureKind.COUNT),
        ("两斤半", 1250, 1250, MeasureKind.WEIGHT),
        ("2.5kg", 2500, 2500, MeasureKind.WEIGHT),
        ("60公分的", 60, 60, MeasureKind.LENGTH),
        ("1米", 100, 100, MeasureKind.LENGTH),
        ("500ml", 500, 500, MeasureKind.VOLUME),
        ("48小时内", 48, 48, MeasureKind.TIME),
        ("3天", 72, 72, MeasureKind.TIME),
        ("个人用的3 个", 3, 3, MeasureKind.COUNT),
    ],
)
def test_a_quantity_is_read_in_base_units(text: str, low: object, high: object, kind: MeasureKind) -> None:
    (found,) = find_quantities(text)

    assert (found.in_base, found.kind) == ((Decimal(str(low)), Decimal(str(high))), kind)


@pytest.mark.parametrize(
    "text",
    [
        "四件套",
        "12只装",
        "三个人",
        "三只松鼠",
        "一样的",
        "便宜一点",
        "第二个",
        "几十个",
        "转一下",
        "A4",
        "这个价",
        "四角有气囊",
    ],
)
def test_what_is_no_quantity_is_left_alone(text: str) -> None:
    assert find_quantities(text) == ()


def test_months_are_no_pieces() -> None:
    assert find_quantities("3个月了", MeasureKind.COUNT) == ()


@pytest.mark.parametrize("text", ["那两个有什么不同", "每三件减10", "这2款"])
def test_what_is_pointed_at_says_so(text: str) -> None:
    assert find_quantities(text, MeasureKind.COUNT)[0].pointed


@pytest.mark.parametrize("text", ["十多个", "二十来件"])
def test_more_than_said_is_known(text: str) -> None:
    assert find_quantities(text)[0].open_ended


@given(st.integers(min_value=1, max_value=9999), st.sampled_from(words_of(MeasureKind.COUNT)))
def test_every_count_word_counts(number: int, word: str) -> None:
    (found,) = find_quantities(f"要{number}{word}")

    assert (found.low, found.measure) == (number, MEASURES[word])


def test_a_calendar_year_is_no_length_of_time() -> None:
    assert find_quantities("2026年新款") == ()
    assert [found.text for found in find_quantities("质保2年，2025年起")] == ["2年"]
