"""What people type: no wording of a price below the least passes, and ordinary talk does."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import cn2an
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.catalogue import PromotionKind
from app.domain.commitment import CompensationCommitment, CompensationKind, CouponCommitment, PriceCommitment
from app.guard.claims import ClaimKind
from app.guard.people import PersonCase, Review, review_person_text
from app.guard.prices import Subject, least_total
from tests.builders import NOW, a_product, a_promotion, a_sku, an_order, settings_of

CALM = settings(deadline=None, derandomize=True, max_examples=200)  # a busy machine is no failure
SKU = a_sku(price=Decimal(260), floor_price=Decimal(216))
CUP = a_sku("C1-S", title="竹节杯", price=Decimal(60), floor_price=Decimal(50), attributes=("青色",))
PRODUCTS = (a_product(SKU), a_product(CUP, keywords=("竹杯",)))
CASE = PersonCase(settings_of(), "songxia", NOW, "amei", Subject((SKU,), PRODUCTS, (an_order(),)), (a_promotion(),))
LEAST = int(least_total(SKU, 1, CASE.context))

WRITINGS: tuple[Callable[[int], str], ...] = (
    str,
    lambda sum_: str(sum_).translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    lambda sum_: str(cn2an.an2cn(sum_)),
    lambda sum_: str(cn2an.an2cn(sum_, "up")),
    lambda sum_: f"{sum_}.00",
)
WITH_UNIT = ("{}元", "{}块", "{}块钱", "¥{}", "￥{}", "{}rmb", "{} 元", "{}圆", "{}RMB")
SENTENCES = (
    "{}给您",
    "亲，{}给你吧",
    "{}卖给您了",
    "那就{}，拍下我改价",
    "一口价{}",
    "给您改成{}了",
    "{}成交",
    "好的，{}可以的",
    "{}包邮",
    "可以，{}",
    "{}",
    "今天特价{}",
    "最低{}",
    "价格{}，您看行吗",
    "实付{}就行",
    "{}拿走",
    "{}，行",
    "单价{}",
    "这款{}/个",
    "您拍下后按{}付款就好",
    "松木茶盘小号{}",
    "收您{}",
    "便宜到{}",
    "满199减20，再优惠，到手{}",
    "给您一张5元券，{}到手",
)


def review(text: str, case: PersonCase = CASE) -> Review:
    return review_person_text(text, case)


@CALM
@given(
    st.sampled_from(SENTENCES),
    st.sampled_from(WRITINGS),
    st.sampled_from((*WITH_UNIT, "{}")),
    st.integers(40, LEAST - 1),
)
def test_no_price_below_the_least_passes(sentence: str, write: Callable[[int], str], unit: str, sum_: int) -> None:
    text = sentence.format(unit.format(write(sum_)))

    assert review(text).verdicts, text


@CALM
@given(
    st.sampled_from(("{}件一共{}元", "{}件{}", "拍{}件的话{}块给您", "买{}件，{}元包邮", "{}个{}元")),
    st.integers(2, 9),
    st.integers(1, 200),
)
def test_no_sum_of_several_pieces_below_the_least_passes(sentence: str, pieces: int, below: int) -> None:
    floor = SKU.floor_price or Decimal(0)
    text = sentence.format(pieces, int(floor * pieces) - below)

    assert review(text).verdicts, text


@CALM
@given(st.sampled_from(("打{}折", "给您{}折", "{}折给您", "{}折包邮，拍吧")), st.integers(1, 82))
def test_no_discount_below_the_least_passes(sentence: str, hundredths: int) -> None:
    tenths = f"{hundredths / 10:g}" if hundredths >= 10 else str(hundredths / 10)

    assert review(sentence.format(tenths)).verdicts


@CALM
@given(
    st.sampled_from(("便宜{}元", "给您减{}", "少收您{}", "优惠{}块给您", "立减{}", "再省{}元")),
    st.integers(260 - LEAST + 1, 259),
)
def test_nothing_is_taken_off_below_the_least(sentence: str, cut: int) -> None:
    assert review(sentence.format(cut)).verdicts


@CALM
@given(st.sampled_from(SENTENCES), st.sampled_from(WITH_UNIT), st.integers(LEAST, 260))
def test_what_may_be_given_passes_and_is_a_commitment(sentence: str, unit: str, sum_: int) -> None:
    found = review(sentence.format(unit.format(sum_)))

    assert not [each for each in found.verdicts if each.kind in (ClaimKind.AMOUNT, ClaimKind.NUMBER)]
    if sum_ < 240:  # more is what anybody pays with the promotion that runs
        assert any(isinstance(made, PriceCommitment) and made.total == sum_ for made in found.commitments)


@pytest.mark.parametrize(
    "text",
    [
        "亲，在的，有什么可以帮您",
        "我明天上午再给您回复",
        "好的，3楼收到",
        "您的订单8800110001已经在打包了",
        "付款后48小时内发出",
        "运费8元，满59元包邮",
        "松木茶盘260元",
        "竹杯60元，松木茶盘260元",
        "您的订单实付100元",
        "满199减20",
        "亲，您的电话是13800138000吗",
        "签收后7天内可以退货",
        "我是客服小王，工号1024",
        "有2件在库",
    ],
)
def test_ordinary_talk_passes(text: str) -> None:
    assert review(text).verdicts == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("明天到货", ClaimKind.ARRIVAL),
        ("底价250元", ClaimKind.FLOOR),
        ("补偿您50元", ClaimKind.AMENDS),
        ("退您全款，货不用寄回", ClaimKind.AMENDS),
        ("运费6元", ClaimKind.AMOUNT),
        ("送您一个茶宠", ClaimKind.GIFT),
        ("满99减30", ClaimKind.AMOUNT),
        ("第二件半价", ClaimKind.RATE),
        ("给您终身保修", ClaimKind.LASTING_CARE),
        ("12小时内发货", ClaimKind.DURATION),
        ("给您抹零", ClaimKind.AMOUNT),
    ],
)
def test_other_promises_are_held_against_the_shop(text: str, kind: ClaimKind) -> None:
    case = replace(CASE, subject=replace(CASE.subject, skus=(replace(SKU, price=Decimal(219)),)), promotions=())

    assert kind in {each.kind for each in review(text, case).verdicts}


def test_the_goods_named_in_a_clause_are_the_ones_it_prices() -> None:
    assert review("竹杯40元").verdicts
    assert not review("竹杯55元").verdicts
    assert review("竹杯60元，茶盘60元").verdicts


def test_a_granted_variant_is_the_one_spoken_of_until_another_is_named() -> None:
    both = (replace(SKU, attributes=("小号",)), replace(SKU, sku_id="T1-L", attributes=("大号",)))
    granted = PriceCommitment("T1-S", 1, Decimal(200), Decimal(200))
    subject = Subject(both, (a_product(*both),)).narrowed_to({"T1-S"})
    case = replace(CASE, subject=subject, granted=(granted,))

    assert not review("200元给您", case).verdicts
    assert not review("松木茶盘200元", case).verdicts
    assert review("大号200元", case).verdicts
    assert review("大号的话，200元给您", case).verdicts


def test_a_price_of_unknown_goods_is_not_let_through() -> None:
    unknown = replace(CASE, subject=Subject((), PRODUCTS))

    assert review("80元给您", unknown).verdicts
    assert review("80给您", unknown).verdicts
    assert not review("竹杯60元", unknown).verdicts


def test_it_says_what_could_be_said_instead() -> None:
    found = review("亲，200元给您")

    assert found.instead == f"亲，{LEAST}元给您"
    assert not review(found.instead).verdicts


def test_a_size_that_looks_like_a_price_may_be_named_but_not_offered() -> None:
    sized = replace(CASE, subject=Subject((replace(SKU, attributes=("110",)),)))

    assert not review("110的有货", sized).verdicts
    assert review("110给您", sized).verdicts


def test_what_was_granted_may_be_said_again() -> None:
    granted = PriceCommitment(SKU.sku_id, 1, Decimal(200), Decimal(200))
    case = replace(CASE, granted=(granted,))

    assert not review("200元给您", case).verdicts
    assert review("199元给您", case).verdicts
    assert review("两件200元给您", case).verdicts


def test_amends_within_the_limit_pass_once_an_order() -> None:
    made = CompensationCommitment(CompensationKind.CASH, "8800110001", Decimal(5))

    assert made in review("补偿您5元").commitments
    assert review("补偿您5元", replace(CASE, exhausted=frozenset({"songxia/compensation/order/8800110001"}))).verdicts
    assert review("补偿您5元", replace(CASE, subject=Subject((SKU,), PRODUCTS))).verdicts


def test_the_shops_coupon_passes_and_its_amounts_hide_no_price() -> None:
    assert CouponCommitment("ten", Decimal(5), Decimal(80)) in review("给您一张满80减5的券").commitments
    assert review("给您一张5元券，80元到手").verdicts
    assert review("给您一张30元的券").verdicts


def test_a_promotions_terms_stand_behind_no_price() -> None:
    deep = a_promotion(over=Decimal(500), minus=Decimal(200))
    case = replace(CASE, promotions=(deep,))

    assert review("200元给您", case).verdicts
    assert review("减200给您", case).verdicts
    assert not review("满500减200", case).verdicts


def test_an_ended_promotion_stands_behind_nothing() -> None:
    half = a_promotion(kind=PromotionKind.PERCENT, rate=Decimal("0.5"), over=Decimal(0), minus=Decimal(0))

    assert not review("打5折", replace(CASE, promotions=(half,))).verdicts
    assert review("打5折", replace(CASE, promotions=(replace(half, ends=NOW),))).verdicts
