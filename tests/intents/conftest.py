"""The demo shop with its responder over a store that only remembers, at a fixed hour of a working day."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from app.domain.conversation import Conversation
from app.domain.message import ConversationKey, Message, MessageContext, MessageType, Sender
from app.domain.ticket import Ticket
from app.domain.written_turn import Turn
from app.facts.files import FileFacts
from app.observability.metrics import Metrics
from app.observability.telemetry import MetricTelemetry
from app.storage.ports import StoredAnswer
from app.tenants.loading import ShopOpener
from app.tenants.registry import OpenShops
from app.turns.action_call import make_executor
from app.turns.actions import ActionRunner
from app.turns.escalation import TicketEscalation
from app.turns.planner import TurnPlanner
from app.turns.responder import Responder
from app.understanding.understander import Understander
from handoff.ports import TicketFilter, TicketPage
from intents._framework.registry import IntentRegistry, load_intents
from intents._framework.schema import Check

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "faq" / "demo"
WEDNESDAY_MORNING = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)  # 10:30 in the shop


@dataclass
class RememberingStore:
    """Turns and tickets in memory."""

    conversations: dict[ConversationKey, Conversation] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    tickets: dict[str, Ticket] = field(default_factory=dict)

    async def begin_turn(self, message: Message) -> Conversation | StoredAnswer:
        return self.conversations.get(message.key, Conversation(message.key))

    async def commit(self, turn: Turn) -> Mapping[str, Any]:
        self.turns.append(turn)
        after = replace(turn.conversation, version=turn.expected_version + 1)
        self.conversations[after.key] = after
        if turn.ticket:
            self.tickets[turn.ticket.id] = turn.ticket
        return turn.body

    async def get_ticket(self, ticket_id: str) -> Ticket | None:
        return self.tickets.get(ticket_id)

    async def find_tickets(self, wanted: TicketFilter, *, limit: int, cursor: str | None) -> TicketPage:
        assert cursor is None
        found = [
            each
            for each in self.tickets.values()
            if (not wanted.shops or each.key.shop in wanted.shops)
            and (not wanted.groups or each.group in wanted.groups)
            and (not wanted.states or each.state in wanted.states)
        ]
        return TicketPage(tuple(found[:limit]), None, len(found))


@dataclass
class Counter:
    """A buyer at the demo shop's counter."""

    responder: Responder
    store: RememberingStore
    numbers: Any = field(default_factory=count)

    async def hold(self, check: Check) -> Turn:
        """The check's conversation; the turn of its last line."""
        buyer = check.buyer or f"guest-{next(self.numbers)}"
        *before, last = check.say
        for line in before:
            await self.say(buyer, line, check)
        return await self.say(buyer, last, check, image=check.image)

    async def say(self, buyer: str, text: str, check: Check, *, image: bool = False) -> Turn:
        """One line of it."""
        number = next(self.numbers)
        message = Message(
            id=f"m{number}",
            key=ConversationKey("demo", "test", f"{buyer}-{id(check)}"),
            sender=Sender(buyer),
            text=text,
            sent_at=WEDNESDAY_MORNING,
            received_at=WEDNESDAY_MORNING,
            type=MessageType.IMAGE if image else MessageType.TEXT,
            context=MessageContext(product_id=check.product, order_id=check.order),
        )
        await self.responder.respond(message)
        return self.store.turns[-1]


@pytest.fixture(scope="session")
def catalogue() -> IntentRegistry:
    return load_intents()


@pytest.fixture(scope="session")
def shops(catalogue: IntentRegistry) -> OpenShops:
    opener = ShopOpener(
        understander=Understander.load_shared(catalogue.traits),
        catalogue=catalogue,
        make_facts=lambda shop: FileFacts(shop, lambda: WEDNESDAY_MORNING),
        clock=lambda: WEDNESDAY_MORNING,
    )
    folder = opener.track_folder(DEMO)
    shop = folder.poll_changes(WEDNESDAY_MORNING)
    assert shop is not None, folder.report
    return OpenShops({"demo": opener.prepare_shop(shop)})


@pytest.fixture
def counter(catalogue: IntentRegistry, shops: OpenShops) -> Counter:
    return a_counter(catalogue, shops)


def a_counter(catalogue: IntentRegistry, shops: OpenShops) -> Counter:
    """A responder over a store of its own."""
    store, numbers = RememberingStore(), count(1)
    responder = Responder(
        shops=shops,
        store=store,
        actions=ActionRunner(catalogue, make_executor(catalogue)),
        desk=TicketEscalation(store, catalogue, lambda: f"ticket-{next(numbers)}"),
        telemetry=MetricTelemetry(Metrics()),
        planner=TurnPlanner(catalogue.traits),
        clock=lambda: WEDNESDAY_MORNING,
        new_id=lambda: f"id-{next(numbers)}",
    )
    return Counter(responder, store)


def keeping(shops: OpenShops, **rules: Any) -> OpenShops:
    """The demo shop with other rules of what always goes to a person."""
    opened = shops.get_shop("demo")
    settings = opened.shop.settings
    kept = settings.authority.always_people.model_copy(update=rules)
    authority = settings.authority.model_copy(update={"always_people": kept})
    shop = replace(opened.shop, settings=settings.model_copy(update={"authority": authority}))
    return OpenShops({"demo": replace(opened, shop=shop)})
