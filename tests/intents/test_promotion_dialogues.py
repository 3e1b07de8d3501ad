"""优惠活动: what is valid now for these goods and this basket, with the sum shown."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.catalogue import PromotionKind
from app.domain.commitment import BasketCommitment, PromotionCommitment
from tests.builders import a_promotion
from tests.intents.market import Said
from tests.intents.teashop import CLAIMED, COMING, CUPS, ENDED, FULL, a_market

ASKED = "promotion"


def named(said: Said) -> list[str]:
    return [made.promotion_id for made in said.outcome.commitments if isinstance(made, PromotionCommitment)]


def sums(said: Said) -> list[Decimal]:
    return [made.total for made in said.outcome.commitments if isinstance(made, BasketCommitment)]


async def test_what_runs_now_is_named_with_its_terms_and_its_end() -> None:
    said = await a_market(promotions=(FULL, ENDED)).hears("现在有什么优惠吗", ASKED)

    assert named(said) == ["full"]
    assert "满199元减20元" in said.text
    assert "11月28日" in said.text
    assert "66" not in said.text


async def test_a_promotion_for_other_goods_is_not_named_for_these() -> None:
    said = await a_market(promotions=(CUPS,)).hears("紫砂壶有活动吗", ASKED)

    assert named(said) == []
    assert "半价" not in said.text


async def test_an_end_today_is_told_as_today() -> None:
    said = await a_market(promotions=(CUPS,)).hears("粗陶杯米白有活动吗", ASKED)

    assert "今天" in said.text


async def test_two_pieces_in_hand_are_summed_with_each_saving() -> None:
    said = await a_market(promotions=(FULL, CUPS)).hears("粗陶杯米白两件到手多少钱", ASKED)

    assert sums(said) == [Decimal(72)]
    assert "96元" in said.text
    assert "省24元" in said.text
    assert "72元" in said.text


async def test_two_products_named_together_are_one_basket() -> None:
    said = await a_market(promotions=(FULL,)).hears("松木茶盘小号和紫砂壶一起买到手多少钱", ASKED)

    assert sums(said) == [Decimal(378)]
    assert "378元" in said.text


async def test_two_sizes_of_one_product_are_one_basket() -> None:
    said = await a_market(promotions=(FULL,)).hears("松木茶盘小号和大号一起拍一共多少钱", ASKED)

    assert sums(said) == [Decimal(248)]


async def test_two_of_each_are_counted() -> None:
    said = await a_market(promotions=(FULL,)).hears("松木茶盘小号和紫砂壶各两个一共多少钱", ASKED)

    assert sums(said) == [Decimal(776)]


async def test_an_open_choice_in_a_basket_is_asked_and_its_answer_completes_the_sum() -> None:
    market = a_market(promotions=(FULL,))

    asked = await market.hears("松木茶盘和紫砂壶一起买到手多少钱", ASKED)
    answered = await market.hears("大号", "unclear")

    assert asked.outcome.asks is not None
    assert sums(answered) == [Decimal(446)]


async def test_the_better_of_two_that_do_not_stack_is_taken() -> None:
    alone = a_promotion("alone", title="单享立减", over=Decimal(199), minus=Decimal(50), stacks=False)

    said = await a_market(promotions=(FULL, alone)).hears("紫砂壶到手多少钱", ASKED)

    assert sums(said) == []
    assert said.handoff is not None  # 248 is under the floor of 260: people look at that first


async def test_a_threshold_not_yet_reached_says_how_much_is_missing() -> None:
    said = await a_market(promotions=(FULL,)).hears("松木茶盘大号到手多少钱", ASKED)

    assert sums(said) == [Decimal(168)]
    assert "31元" in said.text


async def test_which_size_is_asked_before_a_sum_that_depends_on_it() -> None:
    market = a_market(promotions=(FULL,))

    asked = await market.hears("松木茶盘到手多少钱", ASKED)
    answered = await market.hears("大号", "unclear")

    assert asked.outcome.asks is not None
    assert sums(answered) == [Decimal(168)]


async def test_how_to_get_the_coupon_is_told() -> None:
    said = await a_market(promotions=(FULL, CLAIMED)).hears("优惠券怎么领", ASKED)

    assert named(said) == ["claimed"]
    assert "在店铺首页点领取" in said.text
    assert "满150元减8元" in said.text


async def test_a_sum_that_needs_a_coupon_says_how_to_get_it() -> None:
    said = await a_market(promotions=(CLAIMED,)).hears("松木茶盘大号到手多少钱", ASKED)

    assert sums(said) == [Decimal(160)]
    assert "在店铺首页点领取" in said.text


async def test_without_a_coupon_what_needs_none_is_told() -> None:
    said = await a_market(promotions=(FULL,)).hears("有优惠券吗", ASKED)

    assert named(said) == ["full"]
    assert "券" not in said.text


async def test_yesterdays_promotion_is_told_as_ended_without_its_terms() -> None:
    said = await a_market(promotions=(FULL, ENDED)).hears("昨天还有秒杀怎么没有了", ASKED)

    assert "结束" in said.text
    assert "66" not in said.text
    assert "full" in named(said)


async def test_what_comes_is_told_with_its_beginning() -> None:
    said = await a_market(promotions=(COMING,)).hears("什么时候有活动", ASKED)

    assert said.outcome.commitments == (PromotionCommitment("coming", upcoming=True),)
    assert "明天10:30" in said.text


async def test_with_nothing_running_and_nothing_coming_it_says_so() -> None:
    said = await a_market(promotions=(ENDED,)).hears("有什么活动", ASKED)

    assert named(said) == []
    assert "元" not in said.text


async def test_a_promotion_is_named_until_its_last_moment_and_not_after() -> None:
    market = a_market(promotions=(CUPS,))
    market.later(hours=13, minutes=29)
    before = await market.hears("粗陶杯有活动吗", ASKED)
    market.later(minutes=2)

    after = await market.hears("粗陶杯有活动吗", ASKED)

    assert named(before) == ["cups"]
    assert named(after) == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (PromotionKind.GIFT, "满199元赠送竹勺"),
        (PromotionKind.FREE_SHIPPING, "满199元包邮"),
        (PromotionKind.PERCENT, "满199元享8.5折"),
    ],
)
async def test_every_kind_is_told_in_its_words(kind: PromotionKind, words: str) -> None:
    share = Decimal("0.85") if kind is PromotionKind.PERCENT else Decimal(1)
    promotion = a_promotion(kind=kind, minus=Decimal(0), gift="竹勺", rate=share)

    said = await a_market(promotions=(promotion,)).hears("有什么优惠", ASKED)

    assert words in said.text


async def test_a_repeating_threshold_is_told_as_each() -> None:
    said = await a_market(promotions=(a_promotion(repeats=True),)).hears("有什么优惠", ASKED)

    assert "每满199元减20元" in said.text


async def test_at_most_three_are_named_at_once() -> None:
    many = tuple(a_promotion(f"p{n}", title=f"活动{n}", ends=FULL.ends + timedelta(hours=n)) for n in range(6))

    said = await a_market(promotions=many).hears("有什么优惠", ASKED)

    assert len(named(said)) == 3


async def test_what_goes_together_is_said_with_yes() -> None:
    coupon = a_promotion("coupon", title="随单券", kind=PromotionKind.COUPON, over=Decimal(99), minus=Decimal(5))

    said = await a_market(promotions=(FULL, coupon)).hears("满减和券能一起用吗", ASKED)

    assert named(said) == ["full", "coupon"]
    assert "「秋日满减」、「随单券」" in said.text


async def test_what_stands_alone_is_said_so() -> None:
    alone = a_promotion("alone", title="单享立减", stacks=False)

    said = await a_market(promotions=(FULL, alone)).hears("这两个活动能同时用吗", ASKED)

    assert named(said) == []
    assert said.refused == ""


async def test_the_same_list_is_not_told_twice_in_a_row() -> None:
    market = a_market(promotions=(FULL,))
    first = await market.hears("有什么优惠", ASKED)

    second = await market.hears("还有别的优惠吗", ASKED)

    assert "满199元减20元" in first.text
    assert "满199元减20元" not in second.text
    assert second.refused == ""
