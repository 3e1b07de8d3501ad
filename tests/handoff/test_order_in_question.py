"""Which order a conversation is about, and where it stands."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.commerce.order_status import OrderStatus
from app.domain.catalogue import OrderState
from app.shop.schema import Authority, ShippingPromise
from handoff.order_fields import WordingContext, order_status_line, question_fields
from handoff.order_in_question import OrderInQuestion, find_order_in_question
from handoff.phrases import handoff_phrases
from tests.handoff.builders import HOURS, MORNING, a_fact, a_sku, an_order, some_settings

PROMISING = some_settings(
    authority=Authority(shipping=ShippingPromise(within_hours=48, stuck_hours=48, returns_days=7))
)


def the_matter(
    *facts: Any, named: str | None = None, of_orders: bool = True, now: datetime = MORNING
) -> OrderInQuestion:
    return find_order_in_question(facts, named, PROMISING, now, of_orders=of_orders)


def ago(**time: float) -> datetime:
    return MORNING - timedelta(**time)


@pytest.mark.parametrize(
    ("values", "standing"),
    [
        ({"state": OrderState.UNPAID, "paid_at": None}, OrderStatus.UNPAID),
        ({"paid_at": ago(hours=47)}, OrderStatus.WAITING),
        ({"paid_at": ago(hours=49)}, OrderStatus.LATE),
        ({"state": OrderState.SHIPPED, "last_moved_at": ago(hours=47)}, OrderStatus.MOVING),
        ({"state": OrderState.SHIPPED, "last_moved_at": ago(hours=49)}, OrderStatus.STUCK),
        ({"state": OrderState.SHIPPED, "shipped_at": ago(hours=49)}, OrderStatus.STUCK),
        ({"state": OrderState.DELIVERED}, OrderStatus.DELIVERED),
        ({"state": OrderState.COMPLETED}, OrderStatus.DELIVERED),
        ({"state": OrderState.REFUNDING}, OrderStatus.REFUNDING),
        ({"state": OrderState.REFUNDED}, OrderStatus.REFUNDED),
        ({"state": OrderState.CANCELLED}, OrderStatus.CANCELLED),
    ],
)
def test_an_order_stands_where_its_state_and_its_times_put_it(values: dict[str, Any], standing: OrderStatus):
    assert the_matter(a_fact(an_order(**values))).most_pressing is standing


def test_a_presale_order_is_not_late_before_its_day():
    order, sku = an_order(paid_at=ago(days=5)), a_sku(presale_ship_on=(MORNING + timedelta(days=3)).date())

    assert the_matter(a_fact(order), a_fact(sku)).most_pressing is OrderStatus.WAITING


def test_of_several_orders_the_one_named_is_meant():
    orders = a_fact((an_order(order_id="1"), an_order(order_id="2")))

    matter = the_matter(orders, named="2", of_orders=False)

    assert matter.meant is not None
    assert matter.meant.order.order_id == "2"


def test_the_only_order_in_progress_is_meant_where_orders_are_spoken_of():
    orders = a_fact((an_order(order_id="1", state=OrderState.COMPLETED), an_order(order_id="2")))

    matter = the_matter(orders)

    assert matter.meant is not None
    assert matter.meant.order.order_id == "2"
    assert the_matter(orders, of_orders=False) == OrderInQuestion()


def test_of_several_in_progress_none_is_meant_and_the_most_pressing_counts():
    orders = a_fact((an_order(order_id="10001", paid_at=ago(days=1)), an_order(order_id="10002", paid_at=ago(days=3))))

    matter = the_matter(orders)

    assert matter.meant is None
    assert matter.most_pressing is OrderStatus.LATE
    assert question_fields(matter, WordingContext(MORNING, HOURS, {}, {})) == {"tails": "0001、0002"}


def told(**values: Any) -> str:
    matter = the_matter(a_fact(an_order(**values)))
    assert matter.meant is not None
    known = question_fields(matter, WordingContext(MORNING, HOURS, {}, {}))
    return order_status_line(matter.meant, known)


def test_a_late_order_is_told_with_its_date_and_the_hours_it_is_over():
    assert told(paid_at=ago(hours=75)) == "已付款未发货，应在11月22日早上7:00前发出，转来时已超时27小时"


def test_less_than_an_hour_over_is_not_counted():
    assert told(paid_at=ago(hours=48, minutes=20)) == "已付款未发货，已超过承诺发货时间"


def test_a_stuck_parcel_is_told_with_its_place_and_the_days_it_has_not_moved():
    stuck = told(state=OrderState.SHIPPED, last_moved_at=ago(days=4), last_place="武汉转运中心")

    assert stuck == "已发货，物流停在「武汉转运中心」，转来时已4天未更新"


def test_who_signed_is_read_from_the_last_scan():
    signed = told(state=OrderState.DELIVERED, delivered_at=ago(days=1), last_place="已签收，签收人：菜鸟驿站")

    assert signed == "11月22日上午10:00已签收，签收人菜鸟驿站"


@pytest.mark.parametrize(("days", "known"), [(6, False), (8, True)])
def test_that_the_days_to_return_are_over_is_known(days: int, known: bool):
    order = an_order(state=OrderState.DELIVERED, delivered_at=ago(days=days))

    found = question_fields(the_matter(a_fact(order)), WordingContext(MORNING, HOURS, {}, {}))

    assert ("returns" in found) is known


def test_an_order_is_called_by_its_goods_where_their_name_is_known():
    matter = the_matter(a_fact(an_order()))

    named = question_fields(matter, WordingContext(MORNING, HOURS, {"S1": "胡桃木茶盘 大号"}, {"S1": "胡桃木茶盘"}))
    unnamed = question_fields(matter, WordingContext(MORNING, HOURS, {}, {}))

    assert (named["which"], unnamed["which"]) == ("尾号0001的胡桃木茶盘", "尾号0001的订单")
    assert handoff_phrases().order_states[OrderState.PAID] == named["state"]
