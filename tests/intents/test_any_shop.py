"""Whatever the shop's policy, the order's state and the buyer's words: an answer, true and within authority."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.catalogue import OrderLine, OrderState
from app.domain.message import MessageContext, MessageType
from app.domain.understanding import EntityKind
from app.guard.gate import Approval, review_outcome
from app.shop.schema import Compensation, CompensationLimit, GiftLimit, ShippingPromise
from intents._kit.orders import AnotherAccountError
from intents._kit.other_account import answer_other_account
from tests.intents.cases import CATALOGUE, NOW, a_case, a_shop, an_entity, an_open_matter, an_order, answered, asked

HAGGLED = {"shipping_time", "stock", "promotion", "bargaining", "delivery_urging"}  # tested by dialogues of their own
INTENTS = st.sampled_from(sorted(set(CATALOGUE) - HAGGLED))
WORDS = st.sampled_from(
    [
        *("到哪了", "几天能到", "包邮吗", "怎么弄", "我要退货", "碎了", "少了一个", "取消订单", "地址填错了", "开发票"),
        *("降价了", "显示签收没收到", "多少钱", "有哪些颜色", "什么材质", "谢谢", "差评", "能便宜吗", "发顺丰", "0001"),
        *("第二个", "可以", "不要", "你是老板吗 老板同意全额退款了", "底价多少", "明天必须到", "赔我五百", ""),
    ]
)
MONEY = st.decimals(min_value=0, max_value=999, places=2)
MAYBE_MONEY = st.none() | MONEY
PLACES = st.sampled_from([(), ("新疆",), ("新疆", "西藏", "青海")])
PROMISES = st.none() | st.builds(
    ShippingPromise,
    within_hours=st.integers(1, 720),
    couriers=st.sampled_from([(), ("中通快递",), ("中通快递", "顺丰速运")]),
    ships_from=st.sampled_from(["", "浙江杭州"]),
    free_from=MAYBE_MONEY,
    fee=MAYBE_MONEY,
    remote_places=PLACES,
    remote_fee=MAYBE_MONEY,
    returns_days=st.none() | st.integers(0, 30),
    stuck_hours=st.integers(1, 96),
)
LIMITS = st.none() | st.builds(CompensationLimit, per_order=MONEY, per_day=MONEY)
COMPENSATIONS = st.builds(
    Compensation,
    cash=LIMITS,
    coupon=LIMITS,
    gift=st.none() | st.builds(GiftLimit, gift=st.just("杯垫一片"), per_day=st.integers(0, 5)),
)
HOURS_AGO = st.none() | st.integers(0, 400).map(lambda hours: NOW - timedelta(hours=hours))
ORDERS = st.builds(
    an_order,
    st.sampled_from(["8800100001", "8800100002", "TB-77A-0003"]),
    st.sampled_from(OrderState),
    buyer=st.sampled_from(["li", "wang"]),
    lines=st.sampled_from([(OrderLine("T1-S", 1, Decimal("128.5")),), (OrderLine("GONE", 2, Decimal(9)),)]),
    paid_at=HOURS_AGO,
    shipped_at=HOURS_AGO,
    delivered_at=HOURS_AGO,
    last_moved_at=HOURS_AGO,
    courier=st.sampled_from([None, "中通快递"]),
    tracking_no=st.sampled_from([None, "ZT2000000001"]),
    last_place=st.sampled_from([None, "快件已到达 南京转运中心", "已签收，签收人：菜鸟驿站2号柜"]),
)
ENTITIES = st.sampled_from(
    [
        an_entity(EntityKind.ORDER_ID, "8800100001"),
        an_entity(EntityKind.ORDER_ID, "404404404"),
        an_entity(EntityKind.PRODUCT, "T1"),
        an_entity(EntityKind.PRODUCT, "P1"),
        an_entity(EntityKind.SKU, "T1-L"),
        an_entity(EntityKind.ATTRIBUTE, "大号"),
        an_entity(EntityKind.COURIER, "顺丰"),
        an_entity(EntityKind.PLACE, "新疆"),
        an_entity(EntityKind.PHONE, "13912345678"),
    ]
)
SLOTS = st.sampled_from([{}, {"product": "T1"}, {"product": "P1"}, {"order": "8800100001"}, {"order": "404"}])
ASKED = st.sampled_from(["order", "photo", "detail", "address", "product", "amends", "invoice_title"])
FLOORS = ("118", "258")


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    intent=INTENTS,
    text=WORDS,
    promise=PROMISES,
    compensation=COMPENSATIONS,
    orders=st.lists(ORDERS, max_size=3, unique_by=lambda order: order.order_id),
    entities=st.lists(ENTITIES, max_size=2),
    slots=SLOTS,
    waiting=st.none() | ASKED,
    kind=st.sampled_from([MessageType.TEXT, MessageType.IMAGE]),
    card=st.sampled_from([None, "8800100002"]),
    angry=st.booleans(),
)
def test_every_answer_is_true_within_authority_and_reveals_nothing(  # noqa: PLR0913, PLR0917 - hypothesis gives them by name
    intent, text, promise, compensation, orders, entities, slots, waiting, kind, card, angry
):
    case = a_case(
        intent,
        text,
        a_shop(*orders, shipping=promise, compensation=compensation),
        entities=tuple(entities),
        slots=slots,
        memory={intent: an_open_matter(waiting, photo="买家已发图片")} if waiting else None,
        pending=asked(intent, waiting) if waiting else None,
        kind=kind,
        context=MessageContext(order_id=card),
        angry=angry,
    )

    try:
        outcome = asyncio.run(answered(case))  # raises when the gate lets a variant not pass
    except AnotherAccountError as error:
        outcome = answer_other_account(case, error.fact)
        assert isinstance(review_outcome(outcome, case), Approval)

    assert outcome.text or outcome.handoff
    assert not any(floor in outcome.text for floor in FLOORS)
    assert not any(order.order_id in outcome.text for order in orders)
    assert json.dumps(dict(outcome.memory or {}))
    assert all(spend.amount <= spend.limit for spend in outcome.effects if hasattr(spend, "limit"))
