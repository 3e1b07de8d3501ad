"""FAQ answers pass the same gate: each promise without authority is named, with what to write instead."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.domain.catalogue import FaqEntry, PromotionKind
from app.guard.gate import find_expired_promises, find_faq_promises
from app.shop.loader import load_shop
from tests.builders import NOW, a_product, a_promotion, a_shop, a_sku, settings_of


def promises(answer: str, **changes: Any) -> list[str]:
    entry = FaqEntry("F1", "问题", answer, products=changes.pop("products", frozenset()))
    settings = changes.pop("settings", settings_of())
    promotions = changes.pop("promotions", ())
    return list(find_faq_promises(entry, settings, (a_product(a_sku()),), promotions))


@pytest.mark.parametrize(
    "answer",
    [
        "亲，付款后48小时内发出，发出后订单里能看到物流。",
        "16:00前付款的订单当天发出，之后的顺延到下一批。",
        "亲，满59元包邮，不满59元运费8元。",
        "收到货后7天内不影响二次销售可以退换哦。",
        "松木茶盘小号是100元。",
        "第一次使用前用温水浸泡10分钟，晾干2天再用。",
        "尺寸是长40cm、宽20cm，约1.5kg。",
        "客服在线时间是9:00到22:00。",
        "发票在确认收货后3个工作日内开好发给您。",
        "木制品每3个月上一次油，用20ml就够。",
        "具体到达时间以物流为准。",
        "收到后如有破损，请在48小时内拍照联系我们。",
    ],
)
def test_what_the_shop_has_authorised_or_only_knows_passes(answer: str) -> None:
    assert promises(answer) == []


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("付款后24小时内发出。", "24小时"),
        ("当天下单当天发货，次日发也有可能。", "次日"),
        ("一般3-5天就能送到您手里。", "到货时间"),
        ("江浙沪发货后次日到货。", "到货时间"),
        ("明天就能收到。", "到货时间"),
        ("支持15天无理由退换。", "15天"),
        ("满39元包邮。", "39元"),
        ("运费只要5元。", "5元"),
        ("新客立减10元。", "10元"),
        ("全场8折。", "8折"),
        ("全场半价。", "半价"),
        ("收藏店铺送您优惠券。", "券"),
        ("下单随单赠送杯垫。", "赠"),
        ("破损我们直接退款，假一赔十。", "直接退款"),
        ("少发漏发给您补偿。", "补偿"),
        ("我们的底价是88元。", "底价"),
        ("11月28日前发货。", "11月28日"),
    ],
)
def test_a_promise_without_authority_is_named(answer: str, word: str) -> None:
    assert any(word in message for message in promises(answer))


DEMO = Path(__file__).parents[2] / "faq" / "demo"


@pytest.mark.parametrize(
    "answer",
    [
        "全国包邮",
        "满59元全国包邮",
        "顺丰包邮",
        "满59元顺丰包邮",
        "这款包邮",
        "新疆也不收运费",
        "运费我们来出",
        "满29元就送茶巾",
        "满299元送茶巾一条",
        "下单就送价值99元的茶具一套",
        "再返20元现金红包",
        "返20元",
        "好评返现3元",
        "买一送一",
        "买二送一",
        "第二件半价",
        "第二件五折",
        "半价",
        "五折清仓中",
        "全场九折",
        "终身保修",
        "坏了免费换新",
        "当天发货",
        "今天下单马上发走",
        "24h内发出",
        "24H内发出",
        "次日达",
        "隔日达",
        "双倍返差价",
        "送小礼物",
        "送您一份小礼物",
        "运费20元",
        "满59减20",
        "价格再减一成的",
        "满69元包邮",
    ],
)
def test_an_amount_of_another_kind_or_for_other_goods_backs_nothing(answer: str) -> None:
    shop = load_shop(DEMO, NOW)
    entry = FaqEntry("F1", "问题", f"亲，{answer}哦。")

    assert find_faq_promises(entry, shop.settings, shop.products, shop.promotions)


@pytest.mark.parametrize(
    "answer",
    [
        "满59元包邮",
        "不满59元运费8元",
        "满199减20",
        "满299送黑胡桃木杯垫一片",
        "满69元可以用5元优惠券",
        "粗陶品茗杯第二件半价",
        "黑胡桃木长方茶盘现在打九折",
        "其他地区满59元包邮，新疆每单收15元运费",
        "除新疆西藏等偏远地区外，满59元包邮",
        "新疆不包邮",
        "16点前付款，当天就能发货",
        "48h内发出",
        "收到不满意七天都能退",
        "收到货7天内可以换货",
        "送人送长辈都合适",
        "质量问题来回运费我们承担",
        "我们马上为您核实",
        "肚子不舒服先把食量减一成",
        "两三个月一块就够用",
        "每批料都送第三方检测",
        "签收两年内坏了能修",
    ],
)
def test_an_amount_of_its_own_kind_for_its_own_goods_does(answer: str) -> None:
    shop = load_shop(DEMO, NOW)
    entry = FaqEntry("F1", "问题", f"亲，{answer}哦。")

    assert list(find_faq_promises(entry, shop.settings, shop.products, shop.promotions)) == []


def test_a_promotion_of_some_goods_is_told_of_these_only() -> None:
    tenth_off = a_promotion(
        kind=PromotionKind.PERCENT, rate=Decimal("0.9"), over=Decimal(0), products=frozenset({"T1"})
    )

    assert promises("现在九折。", promotions=(tenth_off,), products=frozenset({"T1"})) == []
    assert promises("现在九折。", promotions=(tenth_off,), products=frozenset({"T2"}))
    assert promises("现在九折。", promotions=(tenth_off,))


def test_a_keyword_of_one_character_inside_another_word_names_no_goods() -> None:
    bowl = a_product(a_sku("B1-S"), title="樱桃木碗", keywords=("碗", "木碗"))
    tenth_off = a_promotion(
        kind=PromotionKind.PERCENT, rate=Decimal("0.9"), over=Decimal(0), products=frozenset({"B1"})
    )

    def told(answer: str) -> list[str]:
        return list(find_faq_promises(FaqEntry("F1", "问题", answer), settings_of(), (bowl,), (tenth_off,)))

    assert told("木碗现在九折。") == []
    assert told("盖碗现在九折。")


def test_free_shipping_needs_no_threshold_where_the_shop_has_none() -> None:
    free = settings_of(shipping={"within_hours": 48, "fee": 0})

    assert promises("全国包邮。", settings=free) == []
    assert promises("顺丰包邮。", settings=free)


def test_every_message_says_what_to_write_instead() -> None:
    messages = promises("24小时内发出，明天送到，全场8折，送优惠券，底价88元，给您补偿。")

    assert len(messages) >= 6
    assert all("请" in message or "删去" in message for message in messages)


def test_a_policy_left_out_is_not_allowed_in_an_answer_either() -> None:
    none = settings_of(shipping=None)

    assert promises("付款后48小时内发出。", settings=none)
    assert promises("这款包邮。", settings=none)


def test_a_promotion_of_the_shop_may_be_told() -> None:
    coupon = a_promotion(kind=PromotionKind.COUPON, over=Decimal(99), minus=Decimal(5))

    assert promises("领券满99元减5元。", promotions=(coupon,)) == []
    assert promises("领券满99元减9元。", promotions=(coupon,))


def test_an_answer_about_a_promotion_that_has_ended_is_not_given_any_more() -> None:
    entry = FaqEntry("F1", "有优惠吗", "现在满199元减20元哦。")
    shop = a_shop(promotions=(a_promotion(),))

    assert find_expired_promises(entry, shop, NOW) == ()
    assert find_expired_promises(entry, shop, NOW + timedelta(days=4))
    assert find_expired_promises(entry, shop, NOW) == ()


def test_an_answer_is_judged_by_the_shop_as_it_is_now() -> None:
    entry = FaqEntry("F1", "几天发货", "付款后48小时内发出哦。")
    shop = a_shop()
    slower = replace(shop, settings=settings_of(shipping={"within_hours": 72}))

    assert find_expired_promises(entry, shop, NOW) == ()
    assert find_expired_promises(entry, slower, NOW)


def test_a_price_is_that_of_the_goods_the_answer_is_for() -> None:
    assert promises("松木茶盘小号是100元。", products=frozenset({"T1"})) == []
    assert promises("松木茶盘小号是100元。", products=frozenset({"X1"}))


def test_the_demo_shops_answers_promise_nothing_they_may_not() -> None:
    shop = load_shop(Path(__file__).parents[2] / "faq" / "demo", NOW)

    found = {
        entry.source: find_faq_promises(entry, shop.settings, shop.products, shop.promotions) for entry in shop.faq
    }

    assert {source: messages for source, messages in found.items() if messages} == {}


def test_a_floor_is_no_price() -> None:
    assert promises("最低88元。")
