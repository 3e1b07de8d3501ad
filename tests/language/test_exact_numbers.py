"""Numbers are read in every script a Chinese sentence may hold."""

from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.numbers import normalise_width, read_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50", "50"),
        ("５０", "50"),
        ("五十", "50"),
        ("伍拾", "50"),
        ("五〇", "50"),
        ("两百五", "250"),
        ("二百五十", "250"),
        ("一百零五", "105"),
        ("一百二", "120"),
        ("三千五", "3500"),
        ("一万二", "12000"),
        ("八五", "85"),
        ("廿五", "25"),
        ("一点五", "1.5"),
        ("1,299", "1299"),
        ("1.5万", "15000"),
        ("٥٠", "50"),
    ],
)
def test_a_number_is_read_in_every_script(text: str, value: str) -> None:
    assert read_number(normalise_width(text)) == Decimal(value)


@pytest.mark.parametrize("text", ["", "元", "十元", "点五", "abc"])
def test_what_is_no_number_reads_as_none(text: str) -> None:
    assert read_number(text) is None


@given(st.integers(min_value=0, max_value=99_999_999), st.sampled_from(["low", "up"]))
def test_every_written_number_reads_back(value: int, style: str) -> None:
    written = cn2an.an2cn(value, style)

    assert read_number(normalise_width(written)) == value
