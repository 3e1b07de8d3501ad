"""A small shop and cases over it, with defaults; the shop's facts are its own lists."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.domain.catalogue import FaqEntry, Order, OrderLine, OrderState, Product, Sku
from app.domain.conversation import Conversation, Pending, Slot
from app.domain.message import ConversationKey, Message, MessageContext, MessageType, Sender
from app.domain.outcome import Outcome
from app.domain.understanding import Entity, EntityKind, FaqScore, IntentScore, Request
from app.facts.files import FileFacts
from app.guard.gate import Approval, review_outcome
from app.shop.schema import Authority, ShippingPromise, ShopSettings
from app.shop.shop import Shop
from intents._framework.contract import Case
from intents._framework.registry import load_intents
from intents._framework.replies import IntentReplies
from tests.builders import acts_of

NOW = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)  # a Wednesday, 10:30 in the shop
KEY = ConversationKey("small", "test", "c-1")
CATALOGUE = load_intents()
MOST_VARIANTS = 4
PROMISE = ShippingPromise(
    within_hours=48,
    couriers=("中通快递", "圆通速递"),
    ships_from="浙江杭州",
    free_from=Decimal(59),
    fee=Decimal(8),
    remote_places=("新疆", "西藏"),
    remote_fee=Decimal(15),
    returns_days=7,
)


def a_sku(sku_id: str = "T1-S", *, price: str = "128", **more: Any) -> Sku:
    """A small tray."""
    given: dict[str, Any] = {
        "product_id": sku_id.split("-", maxsplit=1)[0],
        "title": "胡桃木茶盘",
        "attributes": ("小号",),
        "floor_price": Decimal(price) - 10,
        "stock": 9,
    }
    return Sku(sku_id=sku_id, price=Decimal(price), **(given | more))


TRAY = Product(
    "T1",
    "胡桃木茶盘",
    ("茶盘",),
    (a_sku(), a_sku("T1-L", price="268", attributes=("大号",))),
    (("材质", "北美黑胡桃木"), ("尺寸", "小号30×15×2.5cm，大号50×28×3cm")),
)
PRESALE = Product("P1", "手作茶桌", ("茶桌",), (a_sku("P1-A", title="手作茶桌", presale_ship_on=date(2026, 12, 5)),))


def an_order(number: str = "8800100001", state: OrderState = OrderState.PAID, **more: Any) -> Order:
    """One tray, paid yesterday."""
    given: dict[str, Any] = {
        "buyer": "li",
        "lines": (OrderLine("T1-S", 1, Decimal(128)),),
        "paid_at": NOW - timedelta(hours=20),
    }
    return Order(number, state=state, **(given | more))


def a_shop(*orders: Order, faq: tuple[FaqEntry, ...] = (), **authority: Any) -> Shop:
    """A shop with two products; `authority` replaces parts of its policy."""
    allowed = Authority(**({"shipping": PROMISE} | authority))
    return Shop(
        "small",
        Path("no-such-folder"),
        ShopSettings(name="小店", authority=allowed),
        faq=faq,
        products=(TRAY, PRESALE),
        orders={order.order_id: order for order in orders},
        loaded_at=NOW,
    )


def an_entity(kind: EntityKind, value: Any) -> Entity:
    """One entity; where it stands does not matter here."""
    return Entity(kind, str(value), value, 0, len(str(value)))


def a_case(  # noqa: PLR0913 - a builder names what it can vary
    intent: str,
    text: str,
    shop: Shop | None = None,
    *,
    entities: tuple[Entity, ...] = (),
    faqs: tuple[FaqScore, ...] = (),
    slots: Mapping[str, str] | None = None,
    memory: Mapping[str, Any] | None = None,
    pending: Pending | None = None,
    used: tuple[str, ...] = (),
    kind: MessageType = MessageType.TEXT,
    context: MessageContext | None = None,
    buyer: str = "li",
    **more: Any,
) -> Case:
    """A request for `intent` as the responder would hand it to the action."""
    shop = shop or a_shop()
    conversation = Conversation(
        KEY,
        slots={name: Slot(value, NOW + timedelta(hours=1)) for name, value in (slots or {}).items()},
        pending=pending,
        memory=memory or {},
        used_replies=used,
        **{name: more.pop(name) for name in ("last_intent", "misses", "tried") if name in more},
    )
    acts = acts_of(text)
    message = Message("m-1", KEY, Sender(buyer), text, NOW, NOW, kind, context or MessageContext())
    return Case(
        shop=shop,
        now=NOW,
        conversation=conversation,
        message=message,
        request=Request(text, (IntentScore(intent, 0.9),), faqs, entities, acts),
        intent=intent,
        confidence=0.9,
        facts=FileFacts(shop, lambda: NOW),
        replies=IntentReplies(CATALOGUE[intent], shop.settings, used),
        buyer=buyer,
        cues=CATALOGUE[intent].cues,
        acts=acts,
        kin=CATALOGUE.traits.kin_intents(intent),
        **more,
    )


def asked(intent: str, slot: str, text: str = "刚才的话") -> Pending:
    """Our question of the turn before."""
    return Pending(intent, slot, text, NOW - timedelta(minutes=1))


def an_open_matter(*asked_for: str, wish: str = "杯子裂了", **collected: str) -> dict[str, Any]:
    """What an intent that collects remembers from the turn before."""
    return {"wish": wish, "collected": collected, "asked": list(asked_for), "at": NOW.isoformat()}


async def answered(case: Case) -> Outcome:
    """What the intent's action says to the case; the gate must let every variant of it pass."""
    action = CATALOGUE[case.intent].action()
    first, used = await action.answer(case), case.conversation.used_replies
    outcome = first
    for _ in range(MOST_VARIANTS):
        verdict = review_outcome(outcome, case)
        assert isinstance(verdict, Approval), (outcome.text, verdict)
        used = (*used, *outcome.used_replies)
        fresh = IntentReplies(CATALOGUE[case.intent], case.shop.settings, used)
        outcome = await action.answer(replace(case, replies=fresh))
    return first
