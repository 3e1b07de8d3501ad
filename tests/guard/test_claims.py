"""Everything in a sentence that could bind a shop is found; what binds nobody is left alone."""

from datetime import date, time
from decimal import Decimal

import pytest

from app.guard.claims import ClaimKind, read_claims

TODAY = date(2026, 11, 25)


def kinds(text: str) -> set[ClaimKind]:
    return {claim.kind for claim in read_claims(text, TODAY)}


def values(text: str, kind: ClaimKind) -> list[object]:
    return [claim.value for claim in read_claims(text, TODAY) if claim.kind is kind]


@pytest.mark.parametrize(
    "text",
    [
        "给您50元",
        "给您５０元",
        "给您五十元",
        "给您伍拾元",
        "给您50块",
        "给您¥50",
        "给您￥50",
        "50块钱卖您",
        "只要50",
        "便宜50",
        "五十大洋",
        "付50就行",
    ],
)
def test_fifty_yuan_is_an_amount_in_every_writing(text: str) -> None:
    assert Decimal(50) in values(text, ClaimKind.AMOUNT)


@pytest.mark.parametrize("text", ["给您两百五", "两百五拿走", "二百五十给您", "250给您"])
def test_a_price_without_a_unit_is_still_a_number(text: str) -> None:
    found = values(text, ClaimKind.NUMBER) + values(text, ClaimKind.AMOUNT)

    assert found == [Decimal(250)]


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("打8折", "0.8"),
        ("八折", "0.8"),
        ("八五折", "0.85"),
        ("8.5折", "0.85"),
        ("85折", "0.85"),
        ("半价", "0.5"),
        ("对折", "0.5"),
        ("五折", "0.5"),
        ("优惠20%", "0.2"),
        ("百分之二十", "0.2"),
    ],
)
def test_a_share_is_read_in_every_writing(text: str, share: str) -> None:
    assert values(text, ClaimKind.RATE) == [Decimal(share)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("明天发出", date(2026, 11, 26)),
        ("后天发出", date(2026, 11, 27)),
        ("12月5日发出", date(2026, 12, 5)),
        ("十二月五号发出", date(2026, 12, 5)),
        ("28号发出", date(2026, 11, 28)),
        ("2026-12-05发出", date(2026, 12, 5)),
        ("12/5发出", date(2026, 12, 5)),
        ("1月3日发出", date(2027, 1, 3)),
        ("下周三发出", date(2026, 12, 2)),
        ("节前发出", None),
        ("国庆后发出", None),
        ("月底发出", None),
    ],
)
def test_a_day_is_read_in_every_writing(text: str, day: date | None) -> None:
    assert values(text, ClaimKind.DATE) == [day]


@pytest.mark.parametrize(
    ("text", "clock"),
    [("16:00前", time(16)), ("16：30前", time(16, 30)), ("下午四点前", time(16)), ("4点半前", time(4, 30))],
)
def test_a_clock_time_is_read(text: str, clock: time) -> None:
    assert values(text, ClaimKind.TIME) == [clock]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("48小时内", [48]),
        ("四十八小时内", [48]),
        ("2天内", [48]),
        ("两天内", [48]),
        ("7日内", [168]),
        ("3-5天", [72, 120]),
        ("3到5天", [72, 120]),
        ("当天", [0]),
        ("半天", [12]),
        ("1个工作日", [24]),
        ("一周", [168]),
    ],
)
def test_a_length_of_time_is_read(text: str, hours: list[int]) -> None:
    assert values(text, ClaimKind.DURATION) == hours


@pytest.mark.parametrize(
    "text",
    [
        "明天到",
        "明天就能到",
        "后天送到您手里",
        "12月1日前送达",
        "三天左右到货",
        "3-5天就能收到",
        "大概两天到您家",
        "周五可以签收",
        "保证明天到",
        "28号能拿到",
        "48小时内送达",
        "后天下午派送到",
        "大概明天,就能送到您家",
        "发货后，3天左右，就可以收到",
        "这周内能到",
        "晚上就能送到",
    ],
)
def test_a_time_of_arrival_is_seen_as_one(text: str) -> None:
    assert ClaimKind.ARRIVAL in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "已于11月20日签收",
        "收到货后7天内可以退换",
        "签收后48小时内联系我们",
        "到手价199元",
        "48小时内发出,到达时间以物流为准",
        "11月24日的物流显示在杭州",
        "明天发出,之后由快递派送",
        "付款后48小时内发出,送达时间看快递",
        "明天发货,收到后记得检查",
    ],
)
def test_what_promises_no_arrival_is_not_taken_for_one(text: str) -> None:
    assert ClaimKind.ARRIVAL not in kinds(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("送您一张优惠券", ClaimKind.COUPON),
        ("给您发个红包", ClaimKind.COUPON),
        ("随单赠送杯垫", ClaimKind.GIFT),
        ("这单包邮", ClaimKind.FREE_SHIPPING),
        ("运费我们出", ClaimKind.FREE_SHIPPING),
        ("给您补偿", ClaimKind.AMENDS),
        ("马上给您退款", ClaimKind.AMENDS),
        ("假一赔十", ClaimKind.AMENDS),
        ("底价是80元", ClaimKind.FLOOR),
    ],
)
def test_a_promise_without_a_number_is_seen(text: str, kind: ClaimKind) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "茶盘长40cm",
        "容量500ml",
        "3个人用小号就够",
        "适合1到3人",
        "一共一件",
        "千万别用开水烫",
        "万一有问题",
        "十分抱歉",
        "便宜一点",
        "一起看看",
        "尾号0001的订单",
        "订单…0001",
    ],
)
def test_what_binds_nobody_is_left_alone(text: str) -> None:
    assert read_claims(text, TODAY) == ()


def test_names_of_goods_and_orders_claim_nothing() -> None:
    found = read_claims("「满199减20」的A4相框已发货", TODAY, names=("满199减20", "A4相框"))

    assert found == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("八八给您", [88]),
        ("1,299给您", [1299]),
        ("两三百给您", [200, 300]),
        ("一块五一个", ["1.5"]),
        ("19块9给您", ["19.9"]),
        ("VIP50元", [50]),
        ("便宜几十块", [None]),
        ("2百给您", [200]),
    ],
)
def test_every_writing_of_a_price_is_read_at_both_its_ends(text: str, value: list[object]) -> None:
    found = values(text, ClaimKind.AMOUNT) + values(text, ClaimKind.NUMBER)

    assert found == [None if each is None else Decimal(str(each)) for each in value]


def test_an_amount_is_not_lengthened_by_the_word_behind_it() -> None:
    assert values("128元一直给您留着", ClaimKind.AMOUNT) == [Decimal(128)]


@pytest.mark.parametrize(("text", "day"), [("7月20日付款", date(2026, 7, 20)), ("2026年1月5日付款", date(2026, 1, 5))])
def test_a_day_of_long_ago_keeps_its_year(text: str, day: date) -> None:
    assert values(text, ClaimKind.DATE) == [day]


@pytest.mark.parametrize("text", ["国庆前发出", "国庆后发出", "节前发出", "过两天发出", "本周内发出"])
def test_a_vague_day_is_a_date_that_nothing_stands_behind(text: str) -> None:
    assert values(text, ClaimKind.DATE) == [None]


@pytest.mark.parametrize("text", ["乌鲁木齐也包邮", "喀什包邮", "港澳台包邮", "全国包邮"])
def test_free_shipping_to_a_far_town_is_seen(text: str) -> None:
    assert ClaimKind.FREE_EVERYWHERE in kinds(text)


def test_free_shipping_to_a_near_town_is_not() -> None:
    assert ClaimKind.FREE_EVERYWHERE not in kinds("杭州包邮")
