"""催发货/催派送: each state its own true sentence; who urges twice or is angry gets a person."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.catalogue import OrderState
from app.domain.commitment import CompensationCommitment, CompensationKind, ShipByCommitment
from app.domain.decision import Reason
from tests.builders import SETTINGS
from tests.intents.market import MORNING, Said
from tests.intents.teashop import a_market, ordered

URGE = "delivery_urging"


def amends(said: Said) -> list[CompensationCommitment]:
    return [made for made in said.outcome.commitments if isinstance(made, CompensationCommitment)]


def overdue(number: str = "8800110001", **changes: Any) -> Any:
    return ordered(number, OrderState.PAID, paid_at=MORNING - timedelta(days=4), **changes)


async def test_not_overdue_it_soothes_with_the_ship_by_time_and_notes_the_urge() -> None:
    order = ordered("8800110001", OrderState.PAID, paid_at=MORNING - timedelta(hours=16))

    said = await a_market(orders=[order]).hears("怎么还不发货呀", URGE)

    assert "明天18:30" in said.text
    assert [type(made) for made in said.outcome.commitments] == [ShipByCommitment]
    assert [urge.order_id for urge in said.urges] == ["8800110001"]
    assert amends(said) == []


async def test_overdue_it_apologises_records_an_urge_and_offers_the_authorised_amends() -> None:
    said = await a_market(orders=[overdue()]).hears("都四天了怎么还不发货", URGE)

    assert any(word in said.text for word in ("抱歉", "对不起", "道歉"))
    assert [urge.order_id for urge in said.urges] == ["8800110001"]
    assert [(made.kind, made.amount) for made in amends(said)] == [(CompensationKind.CASH, Decimal(5))]
    assert "5元" in said.text


async def test_amends_are_offered_once_for_an_order() -> None:
    market = a_market(orders=[overdue()])
    await market.hears("怎么还不发货", URGE)
    market.anew("amei")

    said = await market.hears("怎么还不发货", URGE)

    assert amends(said) == []
    assert said.urges


async def test_without_authority_there_are_no_amends() -> None:
    said = await a_market(orders=[overdue()], authority={"compensation": None}).hears("怎么还不发货", URGE)

    assert amends(said) == []
    assert "补偿" not in said.text
    assert said.handoff is None


async def test_when_the_days_budget_is_gone_there_are_no_amends() -> None:
    policy = {"compensation": {"cash": {"per_order": 5, "per_day": 5}}}
    market = a_market(orders=[overdue(), overdue("8800110002", buyer="banyu")], authority=policy)
    first = await market.hears("怎么还不发货", URGE)
    market.anew("banyu")

    second = await market.hears("怎么还不发货", URGE)

    assert amends(first)
    assert amends(second) == []


async def test_amends_go_to_the_orders_own_buyer_only() -> None:
    said = await a_market(orders=[overdue()], buyer="stranger").hears("订单8800110001怎么还不发", URGE)

    assert amends(said) == []


@pytest.mark.parametrize(
    ("compensation", "words"),
    [
        ({"coupon": {"per_order": 5, "per_day": 50}}, "5元优惠券"),
        ({"gift": {"gift": "竹茶夹", "per_day": 3}}, "竹茶夹"),
    ],
)
async def test_each_kind_of_amends_has_its_words(compensation: dict[str, Any], words: str) -> None:
    market = a_market(orders=[overdue()], authority={"compensation": compensation})

    said = await market.hears("怎么还不发货", URGE)

    assert said.refused == ""
    assert words.removeprefix("5元") in said.text


async def test_a_second_urge_goes_to_a_person_with_the_clock_running() -> None:
    market = a_market(orders=[overdue()])
    await market.hears("怎么还不发货", URGE)

    said = await market.hears("快点发啊", URGE)

    assert said.handoff is not None
    assert said.handoff.urgent
    assert said.handoff.collected["订单号"] == "8800110001"
    assert said.urges


async def test_anger_goes_to_a_person_at_once() -> None:
    said = await a_market(orders=[overdue()]).hears("气死我了还不发货,骗子", URGE, angry=True)

    assert said.handoff is not None
    assert said.handoff.reason is Reason.ANGRY
    assert said.handoff.urgent


async def test_anger_without_a_known_order_is_not_asked_for_its_number_first() -> None:
    said = await a_market().hears("什么破店还不发货", URGE, angry=True)

    assert said.handoff is not None
    assert said.outcome.asks is None


async def test_shipped_and_moving_tells_the_last_place_and_no_arrival() -> None:
    said = await a_market(orders=[ordered("8800110001", OrderState.SHIPPED)]).hears("催一下快递派送", URGE)

    assert "南京转运中心" in said.text
    assert "中通快递" in said.text
    assert said.handoff is None


async def test_shipped_without_a_scan_tells_the_courier() -> None:
    order = ordered("8800110001", OrderState.SHIPPED, last_place=None)

    said = await a_market(orders=[order]).hears("快递怎么这么慢", URGE)

    assert "中通快递" in said.text


async def test_shipped_and_stuck_goes_to_a_person() -> None:
    order = ordered("8800110001", OrderState.SHIPPED, last_moved_at=MORNING - timedelta(days=3))

    said = await a_market(orders=[order]).hears("物流怎么不动了催一下", URGE)

    assert said.handoff is not None
    assert said.handoff.reason is Reason.AFTER_SALES


async def test_delivered_but_not_received_goes_to_a_person() -> None:
    said = await a_market(orders=[ordered("8800110001", OrderState.DELIVERED)]).hears("快递还没收到啊催催", URGE)

    assert said.handoff is not None
    assert "签收" in said.text


async def test_an_order_received_long_ago_is_not_taken_for_the_one_that_does_not_leave() -> None:
    said = await a_market(orders=[ordered("8800110001", OrderState.DELIVERED)]).hears("怎么还不发货", URGE)

    assert said.outcome.asks is not None
    assert said.handoff is None


async def test_an_unpaid_order_is_told_as_unpaid() -> None:
    said = await a_market(orders=[ordered("8800110001", OrderState.UNPAID)]).hears("快点发货", URGE)

    assert "付款" in said.text
    assert said.urges == []


async def test_a_parcel_that_moved_on_is_a_new_matter() -> None:
    market = a_market(orders=[ordered("8800110001", OrderState.PAID)])
    await market.hears("快点发货", URGE)
    shipped = a_market(orders=[ordered("8800110001", OrderState.SHIPPED)], begun=market.conversation)

    said = await shipped.hears("催一下派送", URGE)

    assert said.handoff is None


async def test_the_order_number_is_asked_once_then_a_person() -> None:
    market = a_market()
    first = await market.hears("怎么还不发货", URGE)

    second = await market.hears("我不知道订单号在哪", URGE)

    assert first.outcome.asks is not None
    assert second.handoff is not None


async def test_the_number_given_resumes_the_urge() -> None:
    market = a_market(orders=[overdue(), overdue("8800110002")])
    await market.hears("怎么还不发货", URGE)

    said = await market.hears("8800110001", "unclear")

    assert [urge.order_id for urge in said.urges] == ["8800110001"]


async def test_another_accounts_order_cannot_be_urged() -> None:
    market = a_market(orders=[overdue()], buyer="stranger")
    await market.hears("怎么还不发货", URGE)

    first = await market.hears("8800110001", "unclear")
    second = await market.hears("快点发", URGE)

    assert "待发货" in first.text
    assert [*first.urges, *second.urges] == []
    assert second.handoff is not None
    assert "下单账号与咨询账号不一致，请先核实" in second.handoff.notes


async def test_of_several_orders_it_asks_which() -> None:
    market = a_market(orders=[overdue(), overdue("8800110002")])

    asked = await market.hears("怎么还不发货", URGE)
    answered = await market.hears("第二个", "unclear")

    assert asked.outcome.asks is not None
    assert answered.urges


async def test_an_explicit_zero_gives_nothing() -> None:
    zero = {"compensation": {"cash": {"per_order": 0, "per_day": 0}}}

    said = await a_market(orders=[overdue()], authority=zero).hears("怎么还不发货", URGE)

    assert amends(said) == []
    assert SETTINGS["authority"]["compensation"]["cash"]["per_order"] == 5


async def test_a_promised_compensation_is_never_the_buyers_number() -> None:
    said = await a_market(orders=[overdue()]).hears("还不发货,赔我50块", URGE)

    assert "50" not in said.text


async def test_an_order_of_another_account_that_the_platform_showed_gets_an_apology_and_no_amends() -> None:
    market = a_market(orders=[overdue(buyer="her-sister")])

    said = await market.hears("都四天了怎么还不发货", URGE, order_id="8800110001")

    assert [urge.order_id for urge in said.urges] == ["8800110001"]
    assert amends(said) == []
    assert market.spent == {}
    assert "5元" not in said.text
