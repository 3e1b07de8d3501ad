"""Where the responder meets the people's side: tickets, their briefs, and the one sentence the buyer hears."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from app.domain.acts import Act
from app.domain.catalogue import Order, OrderLine, OrderState, Sku
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact, FactsError
from app.domain.handoff import Group, Priority, TicketState
from app.domain.message import MessageType
from app.domain.outcome import HandoffRequest
from app.domain.step import Step
from app.domain.ticket import Ticket
from app.domain.understanding import Understanding
from app.turns.scene import Scene
from app.turns.step import most_severe_step
from handoff.acknowledgement import AcknowledgementKind, acknowledgement_text
from handoff.brief import Brief, Flag
from handoff.brief_updates import BriefAddition, add_to_brief
from handoff.brief_writer import create_ticket, suggest_next_replies
from handoff.order_in_question import IN_PROGRESS, orders_in, skus_in
from handoff.ports import TicketFilter, TicketStore
from handoff.snapshot import snapshot_ids
from handoff.story import HandoffContext
from intents._framework.registry import IntentDefinition, IntentRegistry
from intents._framework.schema import Stage

# An order of twenty things is looked into by the person.
MOST_GOODS = 3
# What a person looks up first: the buyer's orders under way, else the last ones.
MOST_ORDERS = 3
# A longer queue is not counted out to who waits in it.
MOST_AHEAD = 10
SETTLED_STATES = frozenset(OrderState) - IN_PROGRESS
PRESALE_STAGES = frozenset({Stage.PRESALE, Stage.ANY})


class TicketEscalation:
    """Opens tickets, and keeps their briefs growing while nobody has taken them."""

    def __init__(self, tickets: TicketStore, catalogue: IntentRegistry, new_id: Callable[[], str]) -> None:
        self._tickets = tickets
        self._catalogue = catalogue
        self._new_id = new_id

    async def escalate(self, scene: Scene, steps: tuple[Step, ...]) -> tuple[Ticket, str]:
        """A new ticket for the gravest of these steps, and the sentence that tells the buyer."""
        step = most_severe_step(steps)
        definition = self._catalogue[step.verdict.intent]
        settings = scene.opened.shop.settings
        quoted = tuple(fact for each in steps for fact in each.outcome.facts)
        about = await look_up_subject(scene, snapshot_ids(quoted), quoted)
        theirs = await _fact_or_none(scene.opened.facts.list_buyer_orders(scene.message.sender.id))
        newest = _pick_first_orders(theirs, (*quoted, *about))
        goods = await _fetch_facts(scene.opened.facts.get_sku, _line_sku_ids(newest) - snapshot_ids((*quoted, *about)))
        ticket = create_ticket(
            HandoffContext(
                ticket_id=self._new_id(),
                reason=step.handoff_wish.reason if step.handoff_wish else Reason.ASKED_FOR_HUMAN,
                intent=definition.id,
                intent_title=definition.title,
                names_business=definition.traits.names_business,
                group=definition.group,
                confidence=step.verdict.confidence,
                conversation=scene.conversation,
                message=scene.message,
                settings=settings,
                now=scene.now,
                request=step.handoff_wish,
                facts=(*quoted, *about, *newest),
                of_orders=_is_about_order(definition, scene, _skus_under_way(newest, (*quoted, *about, *goods))),
                buyer_orders=len(theirs.value) if theirs else None,
                goods=goods,
                said=" ".join(each.outcome.text for each in steps if each.outcome.text and not each.outcome.tried),
            )
        )
        said = acknowledgement_text(
            settings,
            ticket.group,
            scene.now,
            self._choose_occasion(ticket, step, steps),
            variant=scene.conversation.version,
            english=scene.in_english,
        )
        return ticket, said

    def _choose_occasion(self, ticket: Ticket, gravest: Step, steps: tuple[Step, ...]) -> AcknowledgementKind:
        """No apology to who only asks: 她过敏体质会不会痒 is no trouble we made."""
        if any(step.outcome.text for step in steps):
            return AcknowledgementKind.FOLLOWING
        own, acts = self._catalogue.traits[gravest.intent_id], gravest.request.acts
        only_asks = Act.ASK in acts and Act.COMPLAIN not in acts and not (own.aftersale or own.complaint)
        upset = ticket.priority is Priority.URGENT and not (only_asks and ticket.reason is Reason.RISK_WORDS)
        return AcknowledgementKind.TROUBLE if upset else AcknowledgementKind.TAKEN

    async def open_for_person(self, scene: Scene) -> Ticket:
        """A ticket for somebody who takes the conversation from the bot: its brief as it stands now."""
        conversation = scene.conversation
        definition = self._catalogue.get(conversation.last_intent or "")
        about = await look_up_subject(scene, set())
        theirs = await _fact_or_none(scene.opened.facts.list_buyer_orders(scene.message.sender.id))
        newest = _pick_first_orders(theirs, about)
        return create_ticket(
            HandoffContext(
                ticket_id=self._new_id(),
                reason=Reason.TAKEN_OVER,
                intent=definition.id if definition else "",
                intent_title=definition.title if definition else "",
                names_business=definition.traits.names_business if definition else False,
                group=definition.group if definition else Group.PRESALE,
                confidence=1.0,
                conversation=conversation,
                message=scene.message,
                settings=scene.opened.shop.settings,
                now=scene.now,
                facts=(*about, *newest),
                buyer_orders=len(theirs.value) if theirs else None,
            )
        )

    async def extend_brief(self, scene: Scene, understanding: Understanding) -> Ticket | None:
        """The open ticket with this message in its brief; None where it is gone."""
        ticket = await self._tickets.get_ticket(scene.conversation.handoff_id or "")
        if ticket is None:
            return None
        settings = scene.opened.shop.settings
        intent = understanding.requests[0].intents[0].intent
        facts = await look_up_subject(scene, {shot["id"] for shot in ticket.brief.get("snapshots", ())})
        addition = BriefAddition(
            message=scene.message,
            settings=settings,
            now=scene.now,
            intent_title=self._catalogue.display_title(intent),
            facts=facts,
            flags=_trouble_flags(scene, understanding, complains=self._complains(intent)),
            replies=await self._refresh_suggestions(scene, ticket, facts),
        )
        return add_to_brief(ticket, addition)

    async def word_wait(self, scene: Scene, ticket: Ticket, word: AcknowledgementKind) -> str:
        """The sentence for the buyer who waits; to who presses with the place in the queue."""
        return acknowledgement_text(
            scene.opened.shop.settings,
            ticket.group,
            scene.now,
            word,
            variant=scene.conversation.version,
            english=scene.in_english,
            ahead=await self._count_ahead(ticket) if word is AcknowledgementKind.AGAIN else None,
        )

    async def _count_ahead(self, ticket: Ticket) -> int | None:
        """How many of the shop's tickets the same people take first; None where that are too many to say."""
        shops, groups = frozenset({ticket.key.shop}), frozenset({ticket.group})
        waiting = TicketFilter(shops, frozenset({TicketState.QUEUED}), groups)
        page = await self._tickets.find_tickets(waiting, limit=MOST_AHEAD, cursor=None)
        return next((place for place, each in enumerate(page.tickets) if each.id == ticket.id), None)

    def _complains(self, intent: str) -> bool:
        own = self._catalogue.traits.get(intent)
        return own is not None and own.complaint

    async def _refresh_suggestions(self, scene: Scene, ticket: Ticket, facts: tuple[Fact[Any], ...]) -> tuple[str, ...]:
        """What to suggest now that a photo or an order came; none while the suggestions still hold."""
        definition = self._catalogue.get(ticket.brief.get("intent", ""))
        photo = scene.message.type is MessageType.IMAGE
        came = photo or any(isinstance(fact.value, Order) for fact in facts)
        if definition is None or not definition.traits.about_orders or not came:
            return ()
        brief = Brief.model_validate(ticket.brief)
        shown = {shot.id for shot in brief.snapshots if shot.kind == "order"} - snapshot_ids(facts)
        before = await _fetch_facts(scene.opened.facts.get_order, set(shown))
        goods = await _fetch_facts(
            scene.opened.facts.get_sku, {line.sku_id for fact in before for line in _order_lines(fact.value)}
        )
        return suggest_next_replies(_follow_up_story(scene, definition, brief, (*facts, *before), goods))


def _follow_up_story(
    scene: Scene, definition: IntentDefinition, brief: Brief, facts: tuple[Fact[Any], ...], goods: tuple[Fact[Any], ...]
) -> HandoffContext:
    """The story of a ticket that waits, as it stands with what was just added."""
    return HandoffContext(
        ticket_id=scene.conversation.handoff_id or "",
        reason=brief.reason,
        intent=definition.id,
        intent_title=definition.title,
        group=brief.group,
        confidence=brief.confidence,
        conversation=scene.conversation,
        message=scene.message,
        settings=scene.opened.shop.settings,
        now=scene.now,
        request=HandoffRequest(brief.reason, collected=brief.collected),
        facts=facts,
        of_orders=True,
        goods=goods,
    )


async def look_up_subject(
    scene: Scene, known: Collection[str], quoted: tuple[Fact[Any], ...] = ()
) -> tuple[Fact[Any], ...]:
    """What the conversation is about, as it stands now: its order and its goods, less those already known.

    A source that does not answer leaves its part of the brief empty; a person is coming all the same.
    """
    facts, sku = scene.opened.facts, _scene_slot(scene, SlotName.SKU)
    orders = await _fetch_facts(facts.get_order, {_scene_slot(scene, SlotName.ORDER)} - set(known))
    in_orders = {line.sku_id for fact in (*quoted, *orders) for line in _order_lines(fact.value)}
    skus = await _fetch_facts(facts.get_sku, {sku, *sorted(in_orders)[:MOST_GOODS]} - set(known))
    products = () if sku else await _fetch_facts(facts.get_product, {_scene_slot(scene, SlotName.PRODUCT)} - set(known))
    return (*orders, *skus, *products)


def _pick_first_orders(
    theirs: Fact[tuple[Order, ...]] | None, known: tuple[Fact[Any], ...]
) -> tuple[Fact[tuple[Order, ...]], ...]:
    """Those of the buyer's orders a person would look up, beside those known: the ones under way, then the newest."""
    if theirs is None:
        return ()
    told = {order.order_id for fact in known for order in orders_in(fact.value)}
    new = sorted(
        (each for each in theirs.value if each.order_id not in told), key=lambda each: each.state in SETTLED_STATES
    )
    return (theirs.with_value(tuple(new[:MOST_ORDERS])),)


def _is_about_order(definition: IntentDefinition, scene: Scene, running: Collection[Sku]) -> bool:
    """Whether an order is spoken of: what is asked before buying, too, is about the goods just named.

    Unless an order under way holds them: 我的茶台什么时候发货.
    """
    if not definition.traits.about_orders or PRESALE_STAGES.isdisjoint(definition.stages):
        return definition.traits.about_orders
    sku, product = _scene_slot(scene, SlotName.SKU), _scene_slot(scene, SlotName.PRODUCT)
    if _scene_slot(scene, SlotName.ORDER) or not (sku or product):
        return True
    return any(bought.sku_id == sku or (sku is None and bought.product_id == product) for bought in running)


def _skus_under_way(newest: tuple[Fact[tuple[Order, ...]], ...], known: tuple[Fact[Any], ...]) -> tuple[Sku, ...]:
    """What the buyer's orders under way hold."""
    orders = (order for fact in newest for order in fact.value if order.state in IN_PROGRESS)
    bought = {line.sku_id for order in orders for line in order.lines}
    return tuple(sku for sku_id, sku in skus_in(known).items() if sku_id in bought)


def _line_sku_ids(facts: tuple[Fact[tuple[Order, ...]], ...]) -> set[str | None]:
    return {line.sku_id for fact in facts for order in fact.value for line in order.lines[:MOST_GOODS]}


async def _fetch_facts(ask: Callable[[str], Awaitable[Fact[Any]]], keys: set[str | None]) -> tuple[Fact[Any], ...]:
    found = [await _fact_or_none(ask(key)) for key in sorted(filter(None, keys))]
    return tuple(fact for fact in found if fact is not None)


def _scene_slot(scene: Scene, name: SlotName) -> str | None:
    return scene.conversation.current_slot(name, scene.now)


def _order_lines(value: object) -> tuple[OrderLine, ...]:
    return value.lines if isinstance(value, Order) else ()


async def _fact_or_none(asked: Awaitable[Fact[Any]]) -> Fact[Any] | None:
    try:
        return await asked
    except FactsError:
        return None


def _trouble_flags(scene: Scene, understanding: Understanding, *, complains: bool) -> frozenset[Flag]:
    heard = scene.opened.listener.detect_signals(understanding.normalised, understanding.names)
    signs = {Flag.RISK_WORDS: heard.risk, Flag.ANGRY: heard.anger, Flag.COMPLAINT: complains}
    return frozenset(flag for flag, sign in signs.items() if sign)
