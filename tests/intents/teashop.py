"""The tea shop of the dialogue tests: two trays, cups on presale, a caddy out of stock, orders in every state."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.domain.catalogue import OrderLine, OrderState, PromotionKind
from app.shop.shop import Shop
from tests.builders import a_product, a_promotion, a_shop, a_sku, an_order, settings_of
from tests.intents.market import MORNING, Market

TRAY_SMALL = a_sku("T1-S", price=Decimal(100), floor_price=Decimal(88), stock=30)
TRAY_LARGE = a_sku("T1-L", attributes=("大号",), price=Decimal(168), floor_price=Decimal(150), stock=3)
CUP_WHITE = a_sku("C1-W", title="粗陶杯", attributes=("米白",), price=Decimal(48), floor_price=None, stock=200)
CUP_BLACK = replace(CUP_WHITE, sku_id="C1-B", attributes=("墨黑",), stock=0, restock_on=date(2026, 12, 5))
POT = a_sku("P1-A", title="紫砂壶", attributes=(), price=Decimal(298), floor_price=Decimal(260), stock=40)
POT = replace(POT, presale_ship_on=date(2026, 12, 10))
CADDY = a_sku("D1-A", title="竹茶叶罐", attributes=(), price=Decimal(39), floor_price=Decimal(35), stock=0)
JAR = a_sku("J1-A", title="陶瓷茶叶罐", attributes=(), price=Decimal(59), floor_price=Decimal(52), stock=12)
GONE = a_sku("G1-A", title="老款茶漏", attributes=(), listed=False)
PRODUCTS = (
    a_product(TRAY_SMALL, TRAY_LARGE, keywords=("茶盘",)),
    a_product(CUP_WHITE, CUP_BLACK, keywords=("杯子", "茶杯")),
    a_product(POT, keywords=("茶壶",)),
    a_product(CADDY, keywords=("茶叶罐", "竹罐")),
    a_product(JAR, keywords=("茶叶罐", "瓷罐")),
    a_product(GONE, keywords=("茶漏",)),
)
FULL = a_promotion(title="秋日满减")
CUPS = a_promotion(
    "cups",
    title="杯子第二件半价",
    kind=PromotionKind.NTH_PIECE,
    products=frozenset({"C1"}),
    over=Decimal(0),
    minus=Decimal(0),
    rate=Decimal("0.5"),
    quantity=2,
    ends=MORNING + timedelta(hours=13, minutes=30),
)
CLAIMED = a_promotion(
    "claimed",
    title="新客礼券",
    kind=PromotionKind.COUPON,
    over=Decimal(150),
    minus=Decimal(8),
    claim="在店铺首页点领取",
    stacks=False,
)
ENDED = a_promotion("ended", title="昨日秒杀", minus=Decimal(66), ends=MORNING - timedelta(hours=12))
COMING = a_promotion(
    "coming", title="年末茶会", minus=Decimal(60), over=Decimal(399), begins=MORNING + timedelta(days=1)
)


def tea_shop(**changes: Any) -> Shop:
    """The shop; its promotions are only those a test names."""
    authority = changes.pop("authority", {})
    orders = {order.order_id: order for order in changes.pop("orders", ())}
    return a_shop(settings_of(**authority), **{"products": PRODUCTS, "orders": orders, **changes})


def a_market(**changes: Any) -> Market:
    """A buyer in the tea shop; what is not the market's own is the shop's."""
    own = {name: changes.pop(name) for name in ("now", "buyer", "begun") if name in changes}
    return Market(tea_shop(**changes), **own)


def ordered(number: str, state: OrderState, **changes: Any) -> Any:
    """An order for one small tray, in a state that fits its times."""
    paid = MORNING - timedelta(hours=3)
    shipped = MORNING - timedelta(hours=30)
    on_its_way = state in (OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED)
    given: dict[str, Any] = {
        "state": state,
        "lines": (OrderLine("T1-S", 1, Decimal(100)),),
        "paid_at": None if state is OrderState.UNPAID else paid - timedelta(days=2) if on_its_way else paid,
    }
    if on_its_way:
        given |= {"shipped_at": shipped, "courier": "中通快递", "tracking_no": "ZT2000000001"}
        given |= {"last_moved_at": MORNING - timedelta(hours=5), "last_place": "南京转运中心"}
    return an_order(number, **(given | changes))
