"""Which order a buyer means."""

from decimal import Decimal

import pytest

from app.domain.catalogue import OrderLine, OrderState
from app.domain.conversation import Pending
from app.domain.message import MessageContext
from app.domain.understanding import EntityKind
from intents._kit.orders import OrderFound, OrderMissing, OrdersFound, OrderUnknown, find_order, order_options
from tests.intents.cases import NOW, a_case, a_shop, an_entity, an_order

OLD = an_order("8800100007", OrderState.DELIVERED)
NEW = an_order("8800100016", OrderState.PAID)


async def found(text: str = "到哪了", *orders, **case):
    return await find_order(a_case("logistics_status", text, a_shop(*(orders or (OLD, NEW))), **case))


def number_of(search) -> str:
    assert isinstance(search, OrderFound)
    return search.fact.value.order_id


async def test_the_number_in_the_message_wins():
    entity = an_entity(EntityKind.ORDER_ID, "8800100007")

    search = await found(entities=(entity,), slots={"order": "8800100016"})

    assert number_of(search) == "8800100007"


async def test_the_card_in_front_of_the_buyer_wins_over_what_was_talked_of():
    search = await found(context=MessageContext(order_id="8800100007"), slots={"order": "8800100016"})

    assert number_of(search) == "8800100007"


async def test_what_was_talked_of_is_meant_until_another_is_named():
    assert number_of(await found(slots={"order": "8800100016"})) == "8800100016"


async def test_a_buyers_only_order_needs_no_number():
    assert number_of(await found("到哪了", NEW)) == "8800100016"


async def test_several_are_asked_about():
    search = await found()

    assert isinstance(search, OrdersFound)
    assert {order.order_id for order in search.orders} == {"8800100007", "8800100016"}


async def test_other_buyers_orders_are_never_looked_through():
    assert await found(buyer="wang") == OrderMissing()


async def test_a_number_that_the_shop_does_not_know_is_told_apart():
    search = await found(entities=(an_entity(EntityKind.ORDER_ID, "999999999"),))

    assert search == OrderUnknown("999999999")


@pytest.mark.parametrize("text", ["0007", "尾号0007那笔", "是 0007"])
async def test_its_last_digits_pick_one(text):
    assert number_of(await found(text)) == "8800100007"


@pytest.mark.parametrize(
    ("text", "place"), [("第一个", 0), ("第二个吧", 1), ("第2笔", 1), ("前一个", 0), ("后一个", 1)]
)
async def test_its_place_in_our_list_picks_one(text, place):
    several = await found()
    assert isinstance(several, OrdersFound)
    asked = Pending("logistics_status", "order", "到哪了", NOW, order_options(several.orders, "logistics_status"))

    search = await found(text, pending=asked)

    assert number_of(search) == several.orders[place].order_id


async def test_a_place_means_nothing_when_no_list_was_shown():
    assert isinstance(await found("第二个"), OrdersFound)


async def test_the_goods_named_pick_one():
    table = an_order("8800100016", lines=(OrderLine("P1-A", 1, Decimal(128)),))
    product = (an_entity(EntityKind.PRODUCT, "P1"),)

    search = await found("茶桌那个", OLD, table, entities=product)

    assert number_of(search) == "8800100016"


async def test_choices_name_what_the_orders_hold():
    table = an_order("8800100016", lines=(OrderLine("P1-A", 1, Decimal(128)), OrderLine("T1-S", 1, Decimal(128))))

    search = await found("到哪了", OLD, table)

    assert isinstance(search, OrdersFound)
    labels = [option.label for option in order_options(search.orders, "logistics_status", search.goods_titles)]
    assert labels == ["尾号0007的胡桃木茶盘", "尾号0016的手作茶桌等"]


def test_choices_show_no_more_of_a_number_than_its_end():
    labels = [option.label for option in order_options((OLD, NEW), "logistics_status")]

    assert labels == ["尾号0007", "尾号0016"]


SENT = an_order("8800100017", OrderState.SHIPPED, last_place="快件已到达 成都转运中心")
TABLE = an_order("8800100018", OrderState.PAID, lines=(OrderLine("P1-A", 1, Decimal(128)),))
WHICH = Pending("logistics_status", "order", "到哪了", NOW, order_options((SENT, TABLE), "logistics_status"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("成都那个", "8800100017"),
        ("在路上的那个", "8800100017"),
        ("茶盘那个", "8800100017"),
        ("茶桌", "8800100018"),
        ("没发的那个", "8800100018"),
    ],
)
async def test_asked_which_the_buyer_may_say_its_place_its_standing_or_its_goods(text, number):
    places = (an_entity(EntityKind.PLACE, "成都"),) if "成都" in text else ()

    assert number_of(await found(text, SENT, TABLE, pending=WHICH, entities=places)) == number


@pytest.mark.parametrize("text", ["另一个呢", "那另外一笔呢", "别的订单呢"])
async def test_the_other_one_is_not_the_one_just_talked_of(text):
    assert number_of(await found(text, SENT, TABLE, slots={"order": "8800100017"})) == "8800100018"


async def test_another_address_is_no_other_order():
    assert number_of(await found("改成另一个地址", SENT, TABLE, slots={"order": "8800100017"})) == "8800100017"
