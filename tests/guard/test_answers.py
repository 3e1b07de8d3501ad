"""An answer is judged by what it promises: a number is a promise only in a promise's sentence."""

from pathlib import Path

import pytest

from app.domain.catalogue import FaqEntry
from app.guard.answers import judge_answer
from app.shop.report import Severity
from app.shop.shop import Shop
from tests.builders import a_product, a_shop, a_sku, settings_of

SHOP: Shop = a_shop()


def errors(answer: str, *, question: str = "问题", confirmed: bool = False) -> list[str]:
    entry = FaqEntry("F1", question, answer, confirmed=confirmed)
    found = judge_answer(entry, settings_of(), (a_product(a_sku()),), ())
    return [problem.message for problem in found if problem.severity is Severity.ERROR]


@pytest.mark.parametrize(
    "answer",
    [
        "面料是棉95%氨纶5%，纯棉会有3%到5%的缩水。",
        "这款面霜含5%烟酰胺，减盐25%的配方。",
        "电池充到80%就可以拔掉，好评率98%。",
        "裤子不提供改短，可以拿去附近裁缝店，大概10元到20元。",
        "安装费请和安装师傅结算，一般50元左右，由师傅收取。",
        "这款没有赠品，电池不随货赠送。",
        "我们不提供好评返现，拍下后不退差价。",
        "店铺暂时没有优惠券。",
        "优惠券以店铺首页能领到的为准。",
        "请不要拍补差价链接，需要时客服会发给您。",
        "运费险由保险公司赔付。",
        "面团室温发酵1小时就可以，种子播种后5到7天发芽。",
        "首次充电请充满4小时，退热贴每8小时换一片。",
        "请沿中间对折后再收纳，三折伞折叠后长30厘米。",
        "退货寄到福建省泉州市丰泽区东海街道12号3栋。",
        "如果是质量问题，退货运费由我们承担。",
        "发货前2小时还可以换货，请尽快告诉客服。",
        "退票须不晚于开课前30分钟办理，不足24小时退票的按票面规则。",
        "2019年起退货都走平台流程。",
    ],
)
def test_materials_care_and_addresses_promise_nothing(answer: str) -> None:
    assert errors(answer) == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("优惠30%哦。", "30%"),
        ("延迟发货赔付订单金额的30%。", "30%"),
        ("降价15%了。", "15%"),
        ("全场对折。", "对折"),
        ("下单送一双袜子。", "送"),
        ("退货运费都由我们出。", "退货运费"),
        ("退换货包邮。", "退换货包邮"),
        ("最低49元可以给您。", "最低"),
        ("今天下单今天必发。", "今天"),
    ],
)
def test_what_binds_the_shop_is_found(answer: str, words: str) -> None:
    assert any(words in message for message in errors(answer))


def test_a_fault_in_the_question_lets_goods_go_back_at_our_cost() -> None:
    assert errors("来回运费由我们承担。", question="发错货了怎么办") == []
    assert errors("来回运费由我们承担。", question="不喜欢能退吗")


def test_a_confirmed_number_is_the_shops_own_word_but_no_date_of_arrival_is() -> None:
    assert errors("老客户优惠30%。", confirmed=True) == []
    assert errors("明天就能送到。", confirmed=True)
    assert errors("最低49元可以给您。", confirmed=True)


def test_the_demo_shops_answers_stand() -> None:
    from app.shop.loader import load_shop  # noqa: PLC0415
    from tests.builders import NOW  # noqa: PLC0415

    shop = load_shop(Path(__file__).parents[2] / "faq" / "demo", NOW)
    judged = {e.source: judge_answer(e, shop.settings, shop.products, shop.promotions) for e in shop.faq}

    assert {source: found for source, found in judged.items() if found} == {}
