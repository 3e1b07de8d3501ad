"""What each of the other intents says, by policy, goods and orders; every variant passes the gate."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.catalogue import FaqEntry, OrderState
from app.domain.commitment import PriceCommitment, ShipByCommitment
from app.domain.decision import Reason
from app.domain.fact import FactKind, FactsUnavailableError
from app.domain.handoff import Group
from app.domain.understanding import EntityKind, FaqScore
from app.shop.schema import ShippingPromise
from tests.intents.cases import NOW, TRAY, a_case, a_shop, an_entity, an_order, answered, asked

COURIER = {"courier": "中通快递", "tracking_no": "ZT2000000001", "shipped_at": NOW - timedelta(hours=30)}
SCANNED = {"last_moved_at": NOW - timedelta(hours=4), "last_place": "快件已到达 南京转运中心"}
WHERE_IT_STANDS = [
    (an_order(state=OrderState.UNPAID, paid_at=None), False),
    (an_order(), False),
    (an_order(paid_at=NOW - timedelta(days=5)), True),
    (an_order(state=OrderState.SHIPPED, **COURIER), False),
    (an_order(state=OrderState.SHIPPED, **COURIER, **SCANNED), False),
    (an_order(state=OrderState.SHIPPED, **COURIER | {"shipped_at": NOW - timedelta(days=6)}), True),
    (
        an_order(
            state=OrderState.SHIPPED,
            **COURIER | {"last_moved_at": NOW - timedelta(days=4), "last_place": "快件已到达 武汉转运中心"},
        ),
        True,
    ),
    (an_order(state=OrderState.DELIVERED, **COURIER), False),
    (an_order(state=OrderState.DELIVERED, **COURIER, **SCANNED | {"last_place": "已签收，签收人：菜鸟驿站"}), False),
    (an_order(state=OrderState.REFUNDING), False),
    (an_order(state=OrderState.REFUNDED), False),
    (an_order(state=OrderState.CANCELLED), False),
]


@pytest.mark.parametrize("intent", ["logistics_status", "arrival_time"])
@pytest.mark.parametrize(("order", "people"), WHERE_IT_STANDS)
async def test_every_state_of_an_order_has_its_own_true_sentence(intent, order, people):
    outcome = await answered(a_case(intent, "到哪了", a_shop(order), slots={"order": order.order_id}))

    assert (outcome.handoff is not None) is people
    assert order.order_id not in outcome.text


async def test_a_late_parcel_goes_to_the_people_of_orders():
    late = an_order(paid_at=NOW - timedelta(days=5))

    outcome = await answered(a_case("logistics_status", "到哪了", a_shop(late)))

    assert outcome.handoff is not None
    assert outcome.handoff.group is Group.INSALE


async def test_delivered_but_not_received_goes_to_a_person():
    order = an_order(state=OrderState.DELIVERED, **COURIER)

    outcome = await answered(a_case("logistics_status", "显示签收我没收到", a_shop(order)))

    assert outcome.handoff is not None
    assert outcome.handoff.reason is Reason.AFTER_SALES


async def test_the_orders_own_buyer_reads_the_tracking_number():
    shop = a_shop(an_order(state=OrderState.SHIPPED, **COURIER))

    outcome = await answered(a_case("logistics_status", "到哪了", shop))

    assert "ZT2000000001" in outcome.text


async def test_before_buying_the_way_is_told_without_a_date_of_arrival():
    outcome = await answered(a_case("arrival_time", "几天能到"))

    assert "48小时" in outcome.text
    assert "浙江杭州" in outcome.text


async def test_a_presale_product_leaves_on_its_own_day():
    outcome = await answered(a_case("arrival_time", "几天能到", slots={"product": "P1"}))

    assert "12月5日" in outcome.text
    assert "48小时" not in outcome.text
    assert isinstance(outcome.commitments[0], ShipByCommitment)


async def test_a_shop_that_promised_no_time_says_none():
    outcome = await answered(a_case("arrival_time", "几天能到", a_shop(shipping=None)))

    assert not any(character.isdigit() for character in outcome.text)


@pytest.mark.parametrize(
    ("fees", "said"),
    [
        ({"free_from": Decimal(59), "fee": Decimal(8)}, ("59元", "8元")),
        ({"free_from": Decimal("59.9")}, ("59.9元",)),
        ({"fee": Decimal(8)}, ("8元",)),
        ({"free_from": Decimal(0)}, ("包邮",)),
        ({"free_from": Decimal(0), "fee": Decimal(0)}, ("包邮",)),
    ],
)
async def test_the_fee_is_the_policys(fees, said):
    promise = ShippingPromise(within_hours=48, **fees)

    outcome = await answered(a_case("shipping_fee", "邮费多少", a_shop(shipping=promise)))

    assert [words for words in said if words not in outcome.text] == []


async def test_a_fee_that_nobody_wrote_down_is_a_persons_to_tell():
    outcome = await answered(a_case("shipping_fee", "邮费多少", a_shop(shipping=ShippingPromise(within_hours=48))))

    assert outcome.handoff is not None
    assert "包邮" not in outcome.text


@pytest.mark.parametrize("place", ["新疆", "新疆乌鲁木齐", "乌鲁木齐", "喀什", "拉萨", "日喀则市"])
async def test_a_remote_place_has_its_own_fee(place):
    where = (an_entity(EntityKind.PLACE, place),)

    outcome = await answered(a_case("shipping_fee", f"寄{place}多少钱", entities=where))

    assert "15元" in outcome.text
    assert "59" not in outcome.text


async def test_the_place_of_the_message_counts_for_a_request_without_one():
    case = a_case("shipping_fee", "包邮吗")
    told = replace(case, message=replace(case.message, text="我在拉萨，有货吗，包邮吗"))

    assert "15元" in (await answered(told)).text


async def test_a_place_of_goods_has_no_fee_of_its_own():
    case = a_case("shipping_fee", "包邮吗")
    told = replace(case, message=replace(case.message, text="西藏佛珠有货吗，包邮吗"))

    assert "59元" in (await answered(told)).text


@pytest.mark.parametrize(("place", "fee"), [("拉萨", "15元"), ("杭州", None)])
async def test_a_sum_says_what_sending_it_far_costs(place, fee):
    where = (an_entity(EntityKind.PLACE, place),)
    sent = a_case("price_question", f"寄{place}一共多少钱", entities=where, slots={"product": "T1", "sku": "T1-S"})

    outcome = await answered(sent)

    assert "128元" in outcome.text
    assert ("运费" in outcome.text) is bool(fee)
    assert (fee or "") in outcome.text


async def test_one_piece_over_the_threshold_is_told_so():
    outcome = await answered(a_case("shipping_fee", "包邮吗", slots={"product": "T1"}))

    assert "胡桃木茶盘" in outcome.text
    assert "59元" in outcome.text


PAST = an_order(state=OrderState.COMPLETED, delivered_at=NOW - timedelta(days=11))


@pytest.mark.parametrize("text", ["能退吗", "我要退货", "还能换吗"])
async def test_days_past_the_promise_a_return_is_a_persons_to_decide(text):
    outcome = await answered(a_case("return_refund", text, a_shop(PAST)))

    assert outcome.handoff is not None
    assert "7天" in outcome.text
    assert "11月14日" in outcome.text


async def test_within_the_promise_a_return_is_collected():
    fresh = an_order(state=OrderState.DELIVERED, delivered_at=NOW - timedelta(days=2))

    outcome = await answered(a_case("return_refund", "我要退货", a_shop(fresh)))

    assert outcome.handoff is None
    assert outcome.asks is not None


@pytest.mark.parametrize("text", ["能退吗", "收到了 不喜欢能退吗"])
async def test_whether_it_may_go_back_is_answered_by_the_day_it_was_received(text):
    fresh = an_order(state=OrderState.DELIVERED, delivered_at=NOW - timedelta(days=2))

    outcome = await answered(a_case("return_refund", text, a_shop(fresh)))

    assert outcome.used_replies[0].startswith("return_refund/inside_window/")
    assert "11月23日" in outcome.text


async def test_a_flaw_is_not_measured_by_the_days_of_a_return():
    outcome = await answered(a_case("return_refund", "杯子裂了我要退", a_shop(PAST)))

    assert outcome.handoff is None
    assert "退换期" not in outcome.text


async def test_an_old_order_is_not_taken_for_the_one_just_paid():
    outcome = await answered(a_case("return_refund", "能退吗", a_shop(PAST, an_order("8800100002"))))

    assert outcome.handoff is None
    assert "尾号0001" in outcome.text
    assert "尾号0002" in outcome.text


async def test_how_to_get_the_money_back_before_it_is_sent():
    outcome = await answered(a_case("return_refund", "能退吗", a_shop(an_order())))

    assert outcome.handoff is None
    assert "申请退款" in outcome.text


@pytest.mark.parametrize(("state", "group"), [(OrderState.PAID, Group.INSALE), (OrderState.SHIPPED, Group.AFTERSALE)])
async def test_a_refund_wanted_before_the_parcel_arrives_goes_to_who_can_stop_it(state, group):
    order = an_order(state=state, courier="中通快递", shipped_at=NOW - timedelta(hours=5))

    outcome = await answered(a_case("return_refund", "我要退款", a_shop(order)))

    assert outcome.handoff is not None
    assert outcome.handoff.group is group
    assert "签收后" not in outcome.text


async def test_the_refund_asked_about_is_found_among_other_orders():
    others = an_order("8800100002", OrderState.DELIVERED, delivered_at=NOW - timedelta(days=1))
    refunding = an_order("8800100003", OrderState.REFUNDING)

    outcome = await answered(a_case("return_refund", "我的退款到账了吗", a_shop(others, refunding)))

    assert outcome.handoff is None
    assert "尾号0003" in outcome.text


async def test_the_refund_of_a_cancelled_order_is_looked_for_beside_one_that_arrived():
    arrived = an_order("8800100001", OrderState.DELIVERED)
    cancelled = an_order("8800100002", OrderState.CANCELLED, paid_at=None)

    outcome = await answered(a_case("return_refund", "我的退款到账了吗", a_shop(arrived, cancelled)))

    assert "0002" in outcome.text
    assert "付款" in outcome.text
    assert outcome.handoff is None


@pytest.mark.parametrize("text", ["不要发中通", "我们这中通不到", "中通送不到我们村", "别给我发中通", "能不能不发中通"])
async def test_an_unwanted_carrier_is_not_praised(text):
    unwanted = (an_entity(EntityKind.COURIER, "中通"),)

    outcome = await answered(a_case("courier", text, entities=unwanted))

    assert "圆通速递" in outcome.text
    assert outcome.used_replies[0].startswith("courier/avoid/")


@pytest.mark.parametrize("text", ["发不发中通", "你们中通不发吗", "中通到不到", "有没有别的 还是只发中通"])
async def test_a_question_about_a_carrier_is_no_refusal_of_it(text):
    asked_for = (an_entity(EntityKind.COURIER, "中通"),)

    outcome = await answered(a_case("courier", text, entities=asked_for))

    assert outcome.used_replies[0].startswith("courier/ours/")


async def test_an_unwanted_carrier_that_is_not_ours_brings_ours():
    outcome = await answered(a_case("courier", "别给我发顺丰", entities=(an_entity(EntityKind.COURIER, "顺丰"),)))

    assert "中通快递、圆通速递" in outcome.text


@pytest.mark.parametrize("text", ["我没取消啊", "我的订单怎么没了", "谁取消的"])
async def test_an_order_that_is_still_there_is_said_to_be_there(text):
    outcome = await answered(a_case("cancel_order", text, a_shop(an_order())))

    assert outcome.handoff is None
    assert outcome.used_replies[0].startswith("cancel_order/still_there/")


@pytest.mark.parametrize("text", ["取消了没有", "有没有取消成功", "没有取消按钮", "没付款怎么取消", "没发货能取消吗"])
async def test_asking_about_a_cancellation_is_no_protest_against_it(text):
    outcome = await answered(a_case("cancel_order", text, a_shop(an_order(state=OrderState.CANCELLED))))

    assert outcome.handoff is None


@pytest.mark.parametrize("text", ["我没取消啊", "怎么被取消了", "谁取消的", "我的订单怎么没了"])
async def test_an_order_cancelled_by_nobody_is_looked_into(text):
    outcome = await answered(a_case("cancel_order", text, a_shop(an_order(state=OrderState.CANCELLED))))

    assert outcome.handoff is not None


@pytest.mark.parametrize("text", ["先别取消", "不取消了", "不要取消啊"])
async def test_an_order_that_is_to_stay_stays(text):
    outcome = await answered(a_case("cancel_order", text, a_shop(an_order())))

    assert outcome.handoff is None
    assert outcome.used_replies[0].startswith("cancel_order/keep/")


async def test_the_carriers_are_the_shops():
    outcome = await answered(a_case("courier", "发什么快递"))

    assert "中通快递" in outcome.text
    assert "圆通速递" in outcome.text


async def test_a_wish_for_another_carrier_is_heard_once_and_then_given_to_a_person():
    wish = (an_entity(EntityKind.COURIER, "顺丰"),)
    first = await answered(a_case("courier", "发顺丰吗", entities=wish))
    second = await answered(a_case("courier", "只要顺丰", entities=wish, memory={"courier": first.memory or {}}))

    assert first.handoff is None
    assert second.handoff is not None
    assert "顺丰" in second.handoff.wish


async def test_a_parcel_on_its_way_names_its_own_carrier():
    order = an_order(state=OrderState.SHIPPED, **COURIER)

    outcome = await answered(a_case("courier", "我的发什么快递", a_shop(order)))

    assert "中通快递" in outcome.text
    assert "圆通" not in outcome.text


async def test_where_it_leaves_from_is_the_policys():
    assert "浙江杭州" in (await answered(a_case("ship_from", "哪里发货"))).text


async def test_without_a_place_in_the_policy_a_person_is_asked():
    outcome = await answered(a_case("ship_from", "哪里发货", a_shop(shipping=ShippingPromise(within_hours=48))))

    assert outcome.handoff is not None


async def test_a_products_details_are_quoted():
    outcome = await answered(a_case("product_question", "什么材质的", slots={"product": "T1"}))

    assert "北美黑胡桃木" in outcome.text


async def test_a_detail_may_hold_measures():
    outcome = await answered(a_case("product_question", "多大尺寸", slots={"product": "T1"}))

    assert "30×15" in outcome.text


async def test_variants_are_listed_where_they_are_asked_for():
    outcome = await answered(a_case("product_question", "有哪些规格", slots={"product": "T1"}))

    assert "小号" in outcome.text
    assert "大号" in outcome.text


async def test_of_what_the_page_does_not_say_no_more_is_told_than_is_related():
    outcome = await answered(a_case("product_question", "会不会掉木屑", slots={"product": "T1"}))

    assert "北美黑胡桃木" in outcome.text
    assert "30×15" not in outcome.text
    assert outcome.handoff is None
    assert outcome.asks is not None


async def test_where_nothing_on_the_page_is_related_nothing_of_it_is_told():
    outcome = await answered(a_case("product_question", "能当砧板用吗", slots={"product": "T1"}))

    assert "北美黑胡桃木" not in outcome.text
    assert "30×15" not in outcome.text
    assert outcome.handoff is None
    assert outcome.asks is not None


async def test_another_question_of_what_the_page_does_not_say_is_answered_as_honestly():
    memory = {"product_question": {"at": NOW.isoformat(), "asked": ["能当砧板用吗"]}}

    outcome = await answered(a_case("product_question", "怕不怕虫蛀", slots={"product": "T1"}, memory=memory))

    assert outcome.handoff is None
    assert outcome.asks is not None


async def test_who_still_asks_what_the_page_does_not_say_gets_a_person_with_the_product():
    memory = {"product_question": {"at": NOW.isoformat(), "asked": ["可以当砧板用吗"]}}

    outcome = await answered(a_case("product_question", "能当砧板用吗", slots={"product": "T1"}, memory=memory))

    assert outcome.handoff is not None
    assert outcome.handoff.collected == {"商品": "胡桃木茶盘"}


async def test_a_detail_is_told_to_who_asks_in_the_words_of_its_value():
    tray = replace(TRAY, details=(("材质", "黑胡桃木"), ("适合", "红茶、普洱、老白茶")))
    shop = replace(a_shop(), products=(tray,))

    outcome = await answered(a_case("product_question", "泡普洱行吗", shop, slots={"product": "T1"}))

    assert "老白茶" in outcome.text
    assert "没有写" not in outcome.text


async def test_less_certain_words_are_told_once_in_a_conversation():
    quiet = FaqEntry("F1", "茶盘会响吗", "茶盘放稳是没有声音的。", products=frozenset({"T1"}))
    likely = (FaqScore("F1", quiet.question, 0.35),)
    told = ("按常见问题「茶盘会响吗」回答", "已告知材质", "已告知库存")

    outcome = await answered(
        a_case("product_question", "宿舍能用吗", a_shop(faq=(quiet,)), slots={"product": "T1"}, faqs=likely, tried=told)
    )

    assert outcome.faq is None


async def test_certain_words_are_not_told_twice_running():
    quiet = FaqEntry("F1", "茶盘会响吗", "茶盘放稳是没有声音的。", category="商品咨询", products=frozenset({"T1"}))
    certain = (FaqScore("F1", quiet.question, 0.9),)
    shop, told = a_shop(faq=(quiet,)), ("按常见问题「茶盘会响吗」回答",)

    first = await answered(a_case("product_question", "宿舍能用吗", shop, slots={"product": "T1"}, faqs=certain))
    again = await answered(
        a_case("product_question", "宿舍能用吗", shop, slots={"product": "T1"}, faqs=certain, tried=told)
    )

    assert first.faq == "F1"
    assert again.faq is None


@pytest.mark.parametrize("text", ["我想买个茶盘送我爸", "茶盘怎么样", "茶盘介绍一下"])
async def test_who_asks_nothing_in_particular_hears_what_it_is_and_comes_in(text):
    outcome = await answered(a_case("product_question", text, slots={"product": "T1"}))

    assert "材质" in outcome.text
    assert "大号" in outcome.text
    assert "没有写" not in outcome.text


async def test_the_shops_words_for_this_very_product_need_less_certainty():
    quiet = FaqEntry("F1", "茶盘会响吗", "茶盘放稳是没有声音的。", products=frozenset({"T1"}))
    other = FaqEntry("F2", "茶桌会响吗", "茶桌很安静。", products=frozenset({"P1"}))
    likely = (FaqScore("F2", other.question, 0.5), FaqScore("F1", quiet.question, 0.35))
    shop = a_shop(faq=(quiet, other))

    outcome = await answered(a_case("product_question", "声音大不", shop, slots={"product": "T1"}, faqs=likely))

    assert outcome.faq == "F1"


@pytest.mark.parametrize("text", ["茶盘高多少", "有多高", "两款有什么区别"])
async def test_plain_wordings_reach_what_the_page_says(text):
    outcome = await answered(a_case("product_question", text, slots={"product": "T1"}))

    assert outcome.handoff is None
    assert "尺寸" in outcome.text or "大号" in outcome.text


async def test_which_product_is_asked_once():
    first = await answered(a_case("product_question", "能当砧板用吗"))
    second = await answered(a_case("product_question", "就那个", pending=asked("product_question", "product")))

    assert first.asks is not None
    assert first.asks.slot == "product"
    assert second.asks is None
    assert second.handoff is not None


async def test_the_price_is_the_pages_and_a_commitment():
    large = (an_entity(EntityKind.SKU, "T1-L"),)

    outcome = await answered(a_case("price_question", "大号多少钱", entities=large))

    assert outcome.commitments == (PriceCommitment("T1-L", 1, Decimal(268), Decimal(268)),)
    assert "268元" in outcome.text


async def test_an_attribute_narrows_the_price():
    large = (an_entity(EntityKind.ATTRIBUTE, "大号"),)

    outcome = await answered(a_case("price_question", "大号多少钱", entities=large, slots={"product": "T1"}))

    assert "268元" in outcome.text
    assert "128" not in outcome.text


async def test_several_prices_are_listed_and_no_floor_among_them():
    outcome = await answered(a_case("price_question", "多少钱", slots={"product": "T1"}))

    assert "128元" in outcome.text
    assert "268元" in outcome.text
    assert "118" not in outcome.text
    assert "258" not in outcome.text


@pytest.mark.parametrize("intent", ["payment", "account", "how_to_buy", "other"])
async def test_general_words_are_said_before_a_person_is_asked(intent):
    outcome = await answered(a_case(intent, "怎么弄呀"))

    assert outcome.handoff is None
    assert outcome.text


@pytest.mark.parametrize("intent", ["payment", "account", "how_to_buy"])
async def test_who_comes_back_with_the_same_gets_a_person(intent):
    first = await answered(a_case(intent, "怎么弄呀"))

    second = await answered(a_case(intent, "还是弄不了", memory={intent: first.memory or {}}))

    assert second.handoff is not None


PAYLATER = FaqEntry("F1", "能用花呗吗", "{address}，花呗可以用的，30天内还款免息。", category="支付")


async def test_the_shops_own_words_come_first():
    shop = a_shop(faq=(PAYLATER,))

    outcome = await answered(a_case("payment", "花呗", shop, faqs=(FaqScore("F1", PAYLATER.question, 0.6),)))

    assert outcome.text == "亲，花呗可以用的，30天内还款免息。"


@pytest.mark.parametrize("confidence", [0.1, 0.5])
async def test_the_shops_words_on_something_else_are_not_taken(confidence):
    shop = a_shop(faq=(PAYLATER,))

    outcome = await answered(a_case("payment", "付不了", shop, faqs=(FaqScore("F1", PAYLATER.question, confidence),)))

    assert "花呗" not in outcome.text


async def test_words_of_another_category_are_not_taken():
    shop = a_shop(faq=(PAYLATER,))

    outcome = await answered(a_case("account", "登不上", shop, faqs=(FaqScore("F1", PAYLATER.question, 0.6),)))

    assert "花呗" not in outcome.text


async def test_the_same_words_are_not_said_twice():
    shop, faqs = a_shop(faq=(PAYLATER,)), (FaqScore("F1", PAYLATER.question, 0.6),)
    first = await answered(a_case("payment", "花呗", shop, faqs=faqs))

    second = await answered(a_case("payment", "花呗呢", shop, faqs=faqs, tried=(first.tried,)))

    assert second.text != first.text


async def test_a_complaint_is_with_a_person_at_once_and_urgent():
    outcome = await answered(a_case("complaint", "我要投诉", a_shop(an_order())))

    assert outcome.handoff is not None
    assert outcome.handoff.reason is Reason.COMPLAINT
    assert outcome.handoff.urgent
    assert outcome.handoff.collected == {"订单号": "8800100001"}


async def test_who_has_an_order_under_way_gets_the_people_of_orders():
    outcome = await answered(a_case("human_agent", "转人工", a_shop(an_order())))

    assert outcome.handoff is not None
    assert outcome.handoff.group is Group.INSALE
    assert outcome.handoff.collected == {"订单号": "8800100001"}


@pytest.mark.parametrize("intent", ["complaint", "human_agent"])
async def test_a_person_is_not_kept_waiting_for_facts_that_are_down(intent):
    case = a_case(intent, "我要投诉", a_shop(an_order()))

    outcome = await answered(replace(case, facts=Down(case.facts)))

    assert outcome.handoff is not None
    assert outcome.handoff.collected == {}


class Down:
    """Orders cannot be had; the rest can."""

    def __init__(self, facts):
        self._facts = facts

    async def list_buyer_orders(self, buyer):
        raise FactsUnavailableError(FactKind.ORDER, "http", "down")

    def __getattr__(self, name):
        return getattr(self._facts, name)


@pytest.mark.parametrize(
    ("text", "slots", "group"),
    [
        ("转人工", {}, None),
        ("转人工", {"product": "M101"}, None),
        ("找你们店长", {}, Group.SUPERVISOR),
        ("售后客服在吗", {}, Group.AFTERSALE),
    ],
)
async def test_who_asks_for_a_person_gets_the_right_one(text, slots, group):
    outcome = await answered(a_case("human_agent", text, slots=slots))

    assert outcome.handoff is not None
    assert outcome.handoff.reason is Reason.ASKED_FOR_HUMAN
    assert outcome.handoff.group is group


@pytest.mark.parametrize("text", ["谢谢", "付款了", "拍好了", "收到货了", "不用了", "拜拜", "好的", "嗯嗯", "知道了"])
async def test_a_courtesy_is_met_with_one(text):
    outcome = await answered(a_case("acknowledgement", text))

    assert outcome.handoff is None
    assert outcome.asks is None
    assert outcome.text


async def test_who_greets_again_is_met_in_mid_conversation():
    first = await answered(a_case("greeting", "在吗"))
    again = await answered(a_case("greeting", "在吗", last_intent="stock"))

    assert first.used_replies[0].startswith("greeting/hello/")
    assert again.used_replies[0].startswith("greeting/hello_again/")


@pytest.mark.parametrize(("text", "handed"), [("好评了", False), ("怎么评价", False), ("不好用 给差评", True)])
async def test_a_review_is_never_paid_for(text, handed):
    outcome = await answered(a_case("review", text))

    assert (outcome.handoff is not None) is handed
    assert not any(word in outcome.text for word in ("返现", "红包", "券", "补偿"))


async def test_small_talk_ends_with_a_person_after_a_while():
    memory: dict[str, object] = {}
    handed = []
    for _ in range(4):
        outcome = await answered(a_case("other", "讲个笑话", memory={"other": memory}))
        memory = dict(outcome.memory or {})
        handed.append(outcome.handoff is not None)

    assert handed == [False, False, False, True]


async def test_an_unclear_fragment_asks_about_the_goods_at_hand():
    outcome = await answered(a_case("unclear", "那个呢", slots={"product": "T1"}))

    assert "胡桃木茶盘" in outcome.text


async def test_our_open_question_is_asked_again_in_other_words():
    outcome = await answered(a_case("unclear", "啊", pending=asked("logistics_status", "order")))

    assert outcome.asks is not None
    assert (outcome.asks.intent, outcome.asks.slot) == ("logistics_status", "order")
    assert "订单号" in outcome.text


async def test_the_second_miss_goes_to_a_person():
    outcome = await answered(a_case("unclear", "啊", misses=1))

    assert outcome.handoff is not None
    assert outcome.handoff.reason is Reason.REPEATED_MISS


async def test_a_link_that_is_not_found_leads_to_the_product():
    named = await answered(a_case("how_to_buy", "链接在哪", slots={"product": "T1"}))
    unnamed = await answered(a_case("how_to_buy", "链接在哪"))

    assert "胡桃木茶盘" in named.text
    assert unnamed.asks is not None
    assert unnamed.asks.slot == "product"


@pytest.mark.parametrize("text", ["付款了", "已拍"])
async def test_an_order_that_is_not_paid_is_not_thanked_for(text):
    outcome = await answered(a_case("acknowledgement", text, a_shop(an_order(state=OrderState.UNPAID))))

    assert "尾号0001" in outcome.text


async def test_an_order_that_is_paid_is_thanked_for():
    outcome = await answered(a_case("acknowledgement", "付款了", a_shop(an_order())))

    assert outcome.used_replies[0].startswith("acknowledgement/paid/")


@pytest.mark.parametrize("text", ["钱扣了怎么还是待付款", "重复付款了"])
async def test_money_that_left_in_vain_is_looked_into(text):
    outcome = await answered(a_case("payment", text, a_shop(an_order(state=OrderState.UNPAID))))

    assert outcome.handoff is not None
    assert "待付款" in outcome.text or "还没有显示付款" in outcome.text


async def test_an_order_not_paid_yet_is_told_how():
    outcome = await answered(a_case("payment", "拍了没付", a_shop(an_order(state=OrderState.UNPAID))))

    assert outcome.handoff is None
    assert "尾号0001" in outcome.text
