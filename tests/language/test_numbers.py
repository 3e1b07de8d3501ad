"""Numbers, shares and amounts are read in every script and every habit of speech."""

from decimal import Decimal
from time import perf_counter

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.numbers import (
    NumberRange,
    find_money,
    find_numbers,
    find_shares,
    normalise_width,
    read_discount,
    read_money,
    read_number,
    read_percent,
    read_range,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50", "50"),
        ("５０", "50"),
        ("1,299", "1299"),
        ("12,345,678", "12345678"),
        ("1万", "10000"),
        ("2百", "200"),
        ("1.5万", "15000"),
        ("1k", "1000"),
        ("3w", "30000"),
        ("0.5", "0.5"),
        ("٥٠", "50"),
        ("五十", "50"),
        ("伍拾", "50"),
        ("五〇", "50"),
        ("〇", "0"),
        ("十", "10"),
        ("十五", "15"),
        ("两百五", "250"),
        ("一百二", "120"),
        ("一百五", "150"),
        ("一百零五", "105"),
        ("二百五十", "250"),
        ("一百一十", "110"),
        ("一百十五", "115"),
        ("百八", "180"),
        ("千八", "1800"),
        ("三千五", "3500"),
        ("三千零五十", "3050"),
        ("一千零五", "1005"),
        ("一万二", "12000"),
        ("一万零二", "10002"),
        ("万八", "18000"),
        ("百万", "1000000"),
        ("一亿二千万", "120000000"),
        ("一亿二", "120000000"),
        ("八八", "88"),
        ("八五", "85"),
        ("九九", "99"),
        ("二〇二六", "2026"),
        ("廿", "20"),
        ("廿五", "25"),
        ("卅五", "35"),
        ("一百卅五", "135"),
        ("俩", "2"),
        ("仨", "3"),
        ("半", "0.5"),
        ("一半", "0.5"),
        ("一点五", "1.5"),
        ("三点五万", "35000"),
        ("壹佰零伍", "105"),
    ],
)
def test_a_number_is_read_in_every_script(text: str, value: str) -> None:
    assert read_number(normalise_width(text)) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["", "元", "十元", "点五", "五点", "abc", "百", "万", "两三", "十百", "一千百", "百千", "一万亿万", "1,29", "半价"],
)
def test_what_writes_no_one_number_reads_as_none(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("两三", 2, 3),
        ("三五", 3, 5),
        ("一两", 1, 2),
        ("三四十", 30, 40),
        ("八九十", 80, 90),
        ("十二三", 12, 13),
        ("二十七八", 27, 28),
        ("两三百", 200, 300),
        ("一百二三", 120, 130),
        ("三五千", 3000, 5000),
        ("七八万", 70000, 80000),
        ("五十", 50, 50),
        ("八八", 88, 88),
    ],
)
def test_a_range_has_two_ends(text: str, low: int, high: int) -> None:
    assert read_range(text) == NumberRange(Decimal(low), Decimal(high))


@given(st.integers(min_value=0, max_value=100_000_000), st.sampled_from(["low", "up"]))
def test_every_written_number_reads_back(value: int, style: str) -> None:
    assert read_number(normalise_width(cn2an.an2cn(value, style))) == value


@given(st.integers(min_value=0, max_value=10**9))
def test_every_number_in_figures_reads_back(value: int) -> None:
    assert read_number(str(value)) == read_number(f"{value:,}") == value


@given(st.text(alphabet="零一二两三十百千万亿点半俩廿15.,kw第折块毛元个%成打", max_size=12))
def test_no_text_upsets_the_readers(text: str) -> None:
    for span in (*find_numbers(text), *find_shares(text), *find_money(text)):
        assert text[span.start : span.end] == span.text
    ends = read_range(text)
    assert ends is None or ends.low <= ends.high


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("半价", "0.5"),
        ("对折", "0.5"),
        ("五折", "0.5"),
        ("八五折", "0.85"),
        ("85折", "0.85"),
        ("8.5折", "0.85"),
        ("九九折", "0.99"),
        ("打八折", "0.8"),
        ("打个8折", "0.8"),
        ("五五折", "0.55"),
        ("七八折", "0.78"),
        ("三折起", "0.3"),
        ("八点八折", "0.88"),
        ("打95", "0.95"),
        ("一半的价", "0.5"),
        ("十折", "1"),
    ],
)
def test_a_discount_is_the_share_still_paid(text: str, share: str) -> None:
    assert read_discount(text) == Decimal(share)


@pytest.mark.parametrize(
    ("text", "part"), [("10%", "0.1"), ("百分之十", "0.1"), ("百分之二十五", "0.25"), ("两成", "0.2")]
)
def test_a_percentage_is_a_part(text: str, part: str) -> None:
    assert (read_percent(text), read_discount(text)) == (Decimal(part), None)


@pytest.mark.parametrize("text", ["折腾半天", "折叠桌", "八成新", "打包", "打开", "一百分", "打3份", "千万别折"])
def test_what_is_no_share_is_left_alone(text: str) -> None:
    assert find_shares(text) == ()


def test_shares_stand_at_their_places() -> None:
    found = find_shares("能打85折吗,或者再减5%")

    assert [(span.text, span.share) for span in found] == [("打85折", Decimal("0.85")), ("5%", Decimal("0.05"))]


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("50元", "50"),
        ("¥50", "50"),
        ("50块钱", "50"),
        ("一块五", "1.5"),
        ("五块八", "5.8"),
        ("两块", "2"),
        ("两块五", "2.5"),
        ("三毛", "0.3"),
        ("三毛五", "0.35"),
        ("10元5角", "10.5"),
        ("9块9", "9.9"),
        ("1块2毛5分", "1.25"),
        ("十元零五分", "10.05"),
        ("1,299元", "1299"),
        ("1万块", "10000"),
        ("3k块", "3000"),
        ("五十大洋", "50"),
        ("rmb50", "50"),
        ("两块半", "2.5"),
    ],
)
def test_an_amount_is_read_in_every_writing(text: str, yuan: str) -> None:
    assert read_money(text) == Decimal(yuan)


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("原价1,299元，现在999块", ["1299", "999"]),
        ("便宜五块呗", ["5"]),
        ("一块五一个", ["1.5"]),
        ("50块5个", ["50"]),
        ("来三块", []),
        ("两块隔板", []),
        ("第二块", []),
        ("三角形的", []),
        ("羽毛球", []),
        ("50多块", ["50"]),
    ],
)
def test_amounts_are_found_where_money_is_said(text: str, amounts: list[str]) -> None:
    assert [span.exact for span in find_money(text)] == [Decimal(each) for each in amounts]


def test_an_amount_may_be_a_range() -> None:
    assert [(span.low, span.high) for span in find_money("两三百块吧")] == [(Decimal(200), Decimal(300))]


@pytest.mark.parametrize(
    "text",
    [
        "一些",
        "看一下",
        "一般多久",
        "一直没发",
        "千万别用开水烫",
        "万一坏了",
        "十分抱歉",
        "给个满分百分好评",
        "三八节有活动吗",
        "二手的",
        "要四件套",
        "八成新",
        "五香味",
        "三只松鼠",
        "不管三七二十一",
        "SF1234567890123",
        "电话13812345678",
        "订单XW20260318-001",
        "2026-03-18",
        "16:00",
        "A4相框",
        "一起买",
        "便宜一点",
        "几十个",
        "我俩",
        "五一发货吗",
        "四川",
        "百度",
    ],
)
def test_what_is_no_number_is_not_found(text: str) -> None:
    assert find_numbers(text) == ()


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("1,299卖不卖", [(1299, 1299)]),
        ("八八卖不卖", [(88, 88)]),
        ("一百五行不", [(150, 150)]),
        ("来两三件", [(2, 3)]),
        ("三四十块", [(30, 40)]),
        ("要五个", [(5, 5)]),
        ("3-5天", [(3, 3), (5, 5)]),
        ("买3件送1件", [(3, 3), (1, 1)]),
        ("二", [(2, 2)]),
        ("3w行吗", [(30000, 30000)]),
        ("3w灯泡", [(3, 3)]),
        ("半斤", [("0.5", "0.5")]),
        ("咱要俩", [(2, 2)]),
    ],
)
def test_numbers_are_found_in_a_sentence(text: str, ends: list[tuple[str, str]]) -> None:
    assert [(span.low, span.high) for span in find_numbers(text)] == [
        (Decimal(low), Decimal(high)) for low, high in ends
    ]


def test_an_ordinal_says_so() -> None:
    assert [(span.text, span.low, span.ordinal) for span in find_numbers("第二个要3件")] == [
        ("第二", Decimal(2), True),
        ("3", Decimal(3), False),
    ]


@pytest.mark.parametrize("sign", ["万", "一", "十", "1", "1,", "一块", "1-", "半"])
def test_a_long_run_of_signs_is_read_in_no_time(sign: str) -> None:
    text = sign * 1000
    started = perf_counter()

    find_numbers(text)
    find_money(text)
    find_shares(text)

    assert perf_counter() - started < 1
