"""Things tests of the people's side begin with; every value has a default."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from app.domain.catalogue import Order, OrderLine, OrderState, Product, Sku
from app.domain.conversation import Conversation
from app.domain.decision import Reason
from app.domain.fact import Fact, FactKind
from app.domain.handoff import Group
from app.domain.message import ConversationKey, Message, MessageType, Sender
from app.domain.outcome import HandoffRequest
from app.domain.ticket import Ticket
from app.shop.schema import Hours, ShopSettings
from handoff.agents import Agent, AgentRole
from handoff.brief_writer import create_ticket
from handoff.story import HandoffContext

# A Monday, 10:00 in Shanghai: open.
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
# The same Monday, 23:00 in Shanghai: closed.
NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
KEY = ConversationKey("demo", "api", "c-1")
HOURS = Hours(opens=time(9), closes=time(22))


def a_message(text: str = "80元卖不卖", *, type: MessageType = MessageType.TEXT, at: datetime = MORNING) -> Message:  # noqa: A002 - the field's own name
    return Message("m-1", KEY, Sender("buyer-01", "小雨"), text, at, at, type)


def some_settings(**values: Any) -> ShopSettings:
    return ShopSettings(name="试店", **{"hours": HOURS} | values)


def a_story(**values: Any) -> HandoffContext:
    given: dict[str, Any] = {
        "ticket_id": "t-1",
        "reason": Reason.AUTHORITY_EXCEEDED,
        "intent": "bargaining",
        "intent_title": "议价",
        "group": Group.PRESALE,
        "confidence": 0.91,
        "conversation": Conversation(KEY),
        "message": a_message(),
        "settings": some_settings(),
        "now": MORNING,
    }
    return HandoffContext(**given | values)


def a_ticket(ticket_id: str = "t-1", *, shop: str = "demo", **values: Any) -> Ticket:
    key = ConversationKey(shop, "api", f"c-{ticket_id}")
    message = Message("m-1", key, Sender("buyer-01"), "转人工", MORNING, MORNING)
    return create_ticket(a_story(ticket_id=ticket_id, message=message, conversation=Conversation(key), **values))


def an_order(**values: Any) -> Order:
    given: dict[str, Any] = {
        "order_id": "202608150001",
        "buyer": "buyer-01",
        "lines": (OrderLine("S1", 2, Decimal("99.80")),),
        "state": OrderState.PAID,
        "paid_at": MORNING - timedelta(days=1),
    }
    return Order(**given | values)


def a_sku(**values: Any) -> Sku:
    given: dict[str, Any] = {
        "sku_id": "S1",
        "product_id": "P1",
        "title": "胡桃木茶盘",
        "attributes": ("大号",),
        "price": Decimal("99.00"),
        "floor_price": Decimal("83.17"),
        "stock": 7,
    }
    return Sku(**given | values)


def a_product() -> Product:
    return Product("P1", "胡桃木茶盘", ("茶盘",), (a_sku(),))


def a_fact(value: object, *, kind: FactKind = FactKind.ORDER, at: datetime = MORNING) -> Fact[Any]:
    return Fact(kind, value, "files", at)


def a_request(**values: Any) -> HandoffRequest:
    return HandoffRequest(**{"reason": Reason.AUTHORITY_EXCEEDED} | values)


def an_agent(name: str = "xiaowang", role: AgentRole = AgentRole.AGENT, shops: frozenset[str] | None = None) -> Agent:
    return Agent(name, role, frozenset({"demo"}) if shops is None else shops)
