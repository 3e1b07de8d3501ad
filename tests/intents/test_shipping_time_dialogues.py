"""发货时间: by the order's own state, else by the clock; never a date of arrival."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.domain.catalogue import OrderLine, OrderState
from app.domain.commitment import ShipByCommitment
from app.domain.decision import Reason
from tests.intents.market import MORNING, Market, Said
from tests.intents.teashop import a_market, ordered

ASKED = "shipping_time"


def ship_bys(said: Said) -> list[ShipByCommitment]:
    return [made for made in said.outcome.commitments if isinstance(made, ShipByCommitment)]


def shipping(**changes: Any) -> dict[str, Any]:
    return {"shipping": {"within_hours": 48, "cut_off": "16:00", **changes}}


async def test_before_the_cut_off_bought_now_leaves_today() -> None:
    said = await a_market().hears("现在拍今天能发吗", ASKED)

    assert "16:00" in said.text
    assert ship_bys(said)[0].ship_by.date() == MORNING.date()


async def test_after_the_cut_off_bought_now_leaves_within_the_hours() -> None:
    market = a_market(now=MORNING)
    market.later(hours=7)

    said = await market.hears("现在拍今天能发吗", ASKED)

    assert "11月27日17:30" in said.text or "后天17:30" in said.text
    assert "今天就" not in said.text


async def test_on_a_day_of_rest_the_promise_counts_working_days() -> None:
    market = a_market(authority=shipping(working_days=[1, 2, 3, 4, 5]))
    market.later(days=3)

    said = await market.hears("现在下单什么时候能发", ASKED)

    assert ship_bys(said)[0].ship_by > MORNING + timedelta(days=6)
    assert "休息" in said.text


async def test_a_public_holiday_is_counted() -> None:
    market = Market(a_market(authority=shipping(public_holidays=True)).shop, now=MORNING - timedelta(days=55))

    said = await market.hears("现在拍什么时候发", ASKED)

    assert ship_bys(said)[0].ship_by.date() >= date(2026, 10, 9)


async def test_without_a_promise_no_time_is_said() -> None:
    said = await a_market(authority={"shipping": None}).hears("多久发货", ASKED)

    assert ship_bys(said) == []
    assert not any(sign.isdigit() for sign in said.text)


async def test_presale_goods_leave_by_their_date() -> None:
    said = await a_market().hears("紫砂壶现在拍什么时候发", ASKED)

    assert "12月10日" in said.text


async def test_an_unpaid_order_leaves_after_payment() -> None:
    said = await a_market(orders=[ordered("8800110001", OrderState.UNPAID)]).hears("我的订单什么时候发货", ASKED)

    assert "付款" in said.text
    assert "48小时" in said.text


async def test_paid_before_the_cut_off_leaves_today() -> None:
    said = await a_market(orders=[ordered("8800110001", OrderState.PAID)]).hears("我早上拍的什么时候发", ASKED)

    assert "今天" in said.text
    assert ship_bys(said)[0].order_id == "8800110001"


async def test_paid_after_the_cut_off_leaves_by_the_hours() -> None:
    order = ordered("8800110001", OrderState.PAID, paid_at=MORNING - timedelta(hours=16))

    said = await a_market(orders=[order]).hears("我昨天拍的什么时候发", ASKED)

    assert "明天18:30" in said.text


async def test_an_order_with_presale_goods_waits_for_them() -> None:
    amount = ordered("x", OrderState.PAID).total_amount
    order = ordered("8800110001", OrderState.PAID, lines=(OrderLine("P1-A", 1, amount),))

    said = await a_market(orders=[order]).hears("我的什么时候发货", ASKED)

    assert "12月10日" in said.text


async def test_an_overdue_order_is_apologised_for_and_told_to_the_warehouse_without_a_new_time() -> None:
    order = ordered("8800110001", OrderState.PAID, paid_at=MORNING - timedelta(days=4))

    said = await a_market(orders=[order]).hears("我的订单什么时候发货", ASKED)

    assert any(word in said.text for word in ("抱歉", "对不起", "道歉"))
    assert [urge.order_id for urge in said.urges] == ["8800110001"]
    assert ship_bys(said) == []


async def test_who_asks_twice_about_an_overdue_order_gets_a_person() -> None:
    market = a_market(orders=[ordered("8800110001", OrderState.PAID, paid_at=MORNING - timedelta(days=4))])
    await market.hears("我的订单什么时候发货", ASKED)

    said = await market.hears("到底什么时候发", ASKED)

    assert said.handoff is not None


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (OrderState.DELIVERED, "签收"),
        (OrderState.COMPLETED, "签收"),
        (OrderState.REFUNDING, "退款"),
        (OrderState.REFUNDED, "退款"),
        (OrderState.CANCELLED, "取消"),
    ],
)
async def test_an_order_that_will_not_leave_is_told_as_it_is(state: OrderState, word: str) -> None:
    market = a_market(orders=[ordered("8800110001", state)])

    said = await market.hears("订单8800110001什么时候发货", ASKED)

    assert said.refused == ""
    assert word in said.text


async def test_a_shipped_order_is_told_with_its_courier_and_no_arrival() -> None:
    market = a_market(orders=[ordered("8800110001", OrderState.SHIPPED)])

    said = await market.hears("我的订单什么时候发货,几号能到", ASKED)

    assert "中通快递" in said.text
    assert "明天" not in said.text


async def test_a_stuck_parcel_goes_to_a_person() -> None:
    order = ordered("8800110001", OrderState.SHIPPED, last_moved_at=MORNING - timedelta(days=4))

    said = await a_market(orders=[order]).hears("我的订单发货了吗", ASKED)

    assert said.handoff is not None
    assert said.handoff.reason is Reason.AFTER_SALES


async def test_of_several_orders_it_asks_which_and_shows_only_their_ends() -> None:
    market = a_market(orders=[ordered("8800110001", OrderState.PAID), ordered("8800110002", OrderState.PAID)])

    asked = await market.hears("我的订单什么时候发", ASKED)
    answered = await market.hears("尾号0002", "unclear")

    assert asked.outcome.asks is not None
    assert "8800110001" not in asked.text
    assert "0002" in answered.text
    assert ship_bys(answered)


async def test_an_order_number_is_asked_once_and_its_answer_resumes() -> None:
    market = a_market(orders=[ordered("8800110001", OrderState.PAID)], buyer="stranger")
    first = await market.hears("我拍的什么时候发货呀", ASKED)

    second = await market.hears("8800110001", "unclear")

    assert first.outcome.asks is not None
    assert "0001" in second.text
    assert "待发货" in second.text


async def test_a_number_nobody_knows_is_asked_again_then_given_to_a_person() -> None:
    market = a_market()
    first = await market.hears("订单8800999999什么时候发", ASKED)

    second = await market.hears("8800999998", "unclear")

    assert first.outcome.asks is not None
    assert second.handoff is not None


@pytest.mark.parametrize("line", ["现在拍明天能到吗", "后天能不能送到", "保证明天到我就买", "几号能到货"])
async def test_no_day_of_arrival_is_ever_promised(line: str) -> None:
    said = await a_market(orders=[ordered("8800110001", OrderState.PAID)]).hears(line, ASKED)

    assert "能到" not in said.text
    assert "送到" not in said.text
