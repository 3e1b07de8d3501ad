"""Where the turn meets the people's side: what a new ticket is told, and what the buyer hears."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.dialogue.signals import SignalDetector
from app.domain.catalogue import Order, OrderState, Product, Sku
from app.domain.conversation import Conversation, Slot
from app.domain.decision import Handoff, Reason
from app.domain.fact import Fact, FactKind, FactsUnavailableError
from app.domain.handoff import Group, Priority
from app.domain.message import MessageType
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.step import Step
from app.domain.ticket import Ticket
from app.domain.understanding import FaqScore, IntentScore, Request, Understanding
from app.shop.shop import Shop
from app.tenants.registry import OpenShop
from app.turns.escalation import MOST_AHEAD, TicketEscalation
from app.turns.scene import Scene
from handoff.acknowledgement import AcknowledgementKind
from handoff.brief import Brief, Flag
from intents._framework.registry import load_intents
from tests.handoff.builders import KEY, MORNING, a_fact, a_message, a_product, a_sku, an_order, some_settings
from tests.handoff.fakes import FakeTickets

LATER = MORNING + timedelta(hours=1)


class FewFacts:
    """One order and one SKU, and the orders this buyer has; or a source that is down."""

    def __init__(self, *theirs: Order, down: bool = False) -> None:
        self.down = down
        self.theirs = theirs
        self.asked: list[str] = []

    async def get_order(self, order_id: str) -> Fact[Order | None]:
        theirs = {order.order_id: order for order in self.theirs}
        return self._of(order_id, theirs.get(order_id) or an_order(order_id=order_id))

    async def get_sku(self, sku_id: str) -> Fact[Sku | None]:
        return self._of(sku_id, a_sku(sku_id=sku_id))

    async def get_product(self, product_id: str) -> Fact[Product | None]:
        return self._of(product_id, a_product())

    async def list_products(self) -> Fact[tuple[Product, ...]]:
        return self._of("products", (a_product(),))

    async def list_buyer_orders(self, buyer: str) -> Fact[tuple[Order, ...]]:
        return self._of(buyer, self.theirs)

    async def list_promotions(self) -> Fact[tuple[Any, ...]]:
        return self._of("promotions", ())

    def _of(self, key: str, value: Any) -> Fact[Any]:
        self.asked.append(key)
        if self.down:
            raise FactsUnavailableError(FactKind.ORDER, "files", "down")
        return a_fact(value)


class Mute:
    """A reader nobody asks."""

    def understand(self, *_: object, **__: object) -> Understanding:
        raise AssertionError("the desk does not read")


def a_scene(facts: FewFacts, text: str = "转人工", **slots: str) -> Scene:
    kept = {name: Slot(value, LATER) for name, value in slots.items()}
    shop = Shop("demo", Path(), some_settings())
    opened = OpenShop(shop=shop, reader=Mute(), facts=facts, listener=SignalDetector(), entries={}, intent_of={})
    return Scene(opened, Conversation(KEY, slots=kept), a_message(text), MORNING)


def a_step(text: str = "", facts: tuple[Fact[Any], ...] = (), reason: Reason = Reason.ASKED_FOR_HUMAN) -> Step:
    request = Request("转人工", (IntentScore("human_agent", 0.99),))
    outcome = Outcome(text, facts=facts, handoff=HandoffRequest(reason))
    return Step(request, Handoff(reason, "human_agent", 0.99), outcome)


def understood(text: str, intent: str = "other") -> Understanding:
    faqs: tuple[FaqScore, ...] = ()
    return Understanding(text, text, (), (Request(text, (IntentScore(intent, 0.9),), faqs),))


@pytest.fixture(scope="module")
def catalogue():
    return load_intents()


@pytest.fixture
def desk(catalogue) -> TicketEscalation:
    return TicketEscalation(FakeTickets(), catalogue, lambda: "t-1")


def shots(brief: Any) -> list[str]:
    return [shot.kind for shot in Brief.model_validate(brief).snapshots]


async def test_what_the_conversation_is_about_is_looked_up_for_the_person(desk: TicketEscalation):
    scene = a_scene(FewFacts(), order="202608150001", sku="S1", product="P1")

    ticket, _ = await desk.escalate(scene, (a_step(),))

    assert shots(ticket.brief) == ["order", "sku"]


async def test_what_was_quoted_already_is_not_asked_again(desk: TicketEscalation):
    facts = FewFacts()

    await desk.escalate(a_scene(facts, order="202608150001"), (a_step(facts=(a_fact(an_order()), a_fact(a_sku()))),))

    assert facts.asked == ["buyer-01"]


async def test_with_an_order_come_the_goods_in_it(desk: TicketEscalation):
    ticket, _ = await desk.escalate(a_scene(FewFacts(), order="202608150001"), (a_step(),))

    order, sku = Brief.model_validate(ticket.brief).snapshots
    assert {line.label: line.value for line in order.lines}["明细"] == "胡桃木茶盘 大号×2"
    assert sku.id == "S1"


async def test_the_buyers_order_in_progress_is_in_the_brief_though_nobody_named_it(desk: TicketEscalation):
    facts = FewFacts(an_order(state=OrderState.SHIPPED))

    ticket, _ = await desk.escalate(a_scene(facts), (a_step(),))

    brief = Brief.model_validate(ticket.brief)
    assert [shot.id for shot in brief.snapshots] == ["202608150001"]
    assert "0001" in brief.suggested_reply
    assert brief.group is Group.INSALE


async def test_of_many_orders_those_in_progress_come_first_and_three_at_most(desk: TicketEscalation):
    old = tuple(an_order(order_id=f"old-{number}", state=OrderState.COMPLETED) for number in range(4))

    ticket, _ = await desk.escalate(a_scene(FewFacts(*old, an_order(order_id="running"))), (a_step(),))

    assert [shot.id for shot in Brief.model_validate(ticket.brief).snapshots] == ["running", "old-0", "old-1"]


async def test_a_question_about_goods_stays_with_those_who_sell_them(desk: TicketEscalation):
    facts = FewFacts(an_order(state=OrderState.SHIPPED))

    ticket, _ = await desk.escalate(a_scene(facts, product="P9"), (a_step(),))

    assert ticket.group is Group.PRESALE


async def test_goods_that_an_order_under_way_holds_are_asked_after_as_that_order(desk: TicketEscalation):
    facts = FewFacts(an_order(state=OrderState.SHIPPED))

    ticket, _ = await desk.escalate(a_scene(facts, product="P1"), (a_step(),))

    assert ticket.group is Group.INSALE
    assert "202608150001" in ticket.brief["summary"][1]


async def test_a_photo_sent_while_waiting_is_not_asked_for_any_more(catalogue):
    opening = TicketEscalation(FakeTickets(), catalogue, lambda: "t-1")
    scene = a_scene(FewFacts(an_order(state=OrderState.DELIVERED)), "杯口裂了")
    request = Request("杯口裂了", (IntentScore("quality_issue", 0.9),))
    step = Step(request, Handoff(Reason.AFTER_SALES, "quality_issue", 0.9))
    ticket, _ = await opening.escalate(scene, (step,))
    photo = replace(
        scene,
        conversation=replace(scene.conversation, handoff_id="t-1"),
        message=a_message("", type=MessageType.IMAGE),
    )

    grown = await TicketEscalation(FakeTickets(ticket), catalogue, lambda: "t-2").extend_brief(photo, understood(""))

    assert grown is not None
    assert "拍一张" in ticket.brief["suggested_reply"]
    assert "照片我看到了" in grown.brief["suggested_reply"]
    assert len({grown.brief["suggested_reply"], *grown.brief["alternatives"]}) == 3


async def test_a_source_that_is_down_does_not_keep_a_person_away(desk: TicketEscalation):
    ticket, said = await desk.escalate(a_scene(FewFacts(down=True), order="202608150001"), (a_step(),))

    assert shots(ticket.brief) == []
    assert said


async def test_without_an_answer_before_it_the_sentence_greets(desk: TicketEscalation):
    _, said = await desk.escalate(a_scene(FewFacts()), (a_step(),))

    assert said.startswith("亲，")


async def test_after_an_answer_the_sentence_does_not_greet_again(desk: TicketEscalation):
    _, said = await desk.escalate(a_scene(FewFacts()), (a_step("亲，对不起让您久等了。", reason=Reason.ANGRY),))

    assert not said.startswith("亲")


async def test_an_upset_buyer_hears_that_we_are_sorry(desk: TicketEscalation):
    _, said = await desk.escalate(a_scene(FewFacts()), (a_step(reason=Reason.COMPLAINT),))

    assert "抱歉" in said


async def waiting(catalogue, scene: Scene) -> tuple[TicketEscalation, Scene]:
    opening = TicketEscalation(FakeTickets(), catalogue, lambda: "t-1")
    ticket, _ = await opening.escalate(scene, (a_step(),))
    conversation = replace(scene.conversation, handoff_id="t-1")
    return TicketEscalation(FakeTickets(ticket), catalogue, lambda: "t-2"), replace(scene, conversation=conversation)


@pytest.mark.parametrize(
    ("text", "intent", "flag"),
    [
        ("我要打12315", "other", Flag.RISK_WORDS),
        ("你们是骗子", "other", Flag.ANGRY),
        ("我要投诉", "complaint", Flag.COMPLAINT),
    ],
)
async def test_trouble_heard_while_waiting_makes_the_ticket_urgent(catalogue, text: str, intent: str, flag: Flag):
    desk, scene = await waiting(catalogue, a_scene(FewFacts(), text))

    ticket = await desk.extend_brief(scene, understood(text, intent))

    assert ticket is not None
    assert ticket.priority is Priority.URGENT
    assert flag in {line.code for line in Brief.model_validate(ticket.brief).flags}


async def test_an_order_named_while_waiting_is_looked_up_once(catalogue):
    facts = FewFacts()
    desk, scene = await waiting(catalogue, a_scene(facts))
    named = replace(scene, conversation=replace(scene.conversation, slots={"order": Slot("202608150001", LATER)}))

    ticket = await desk.extend_brief(named, understood("202608150001"))

    assert ticket is not None
    assert shots(ticket.brief) == ["order", "sku"]
    again = TicketEscalation(FakeTickets(ticket), catalogue, lambda: "t-2")
    await again.extend_brief(named, understood("在吗"))
    assert facts.asked == ["buyer-01", "202608150001", "S1"]


async def test_who_presses_hears_how_many_come_first(catalogue):
    scene = a_scene(FewFacts())
    own, _ = await TicketEscalation(FakeTickets(), catalogue, lambda: "t-1").escalate(scene, (a_step(),))
    others = [replace(own, id=f"o-{number}") for number in range(MOST_AHEAD)]

    async def hear(*waiting: Ticket) -> str:
        desk = TicketEscalation(FakeTickets(*waiting), catalogue, lambda: "t-2")
        return await desk.word_wait(scene, own, AcknowledgementKind.AGAIN)

    assert "2位" in await hear(*others[:2], own)
    assert "位" not in await hear(own)
    assert "位" not in await hear(*others, own)


async def test_a_ticket_that_is_gone_has_no_brief(desk: TicketEscalation):
    assert await desk.extend_brief(a_scene(FewFacts()), understood("在吗")) is None
