"""Where the responder meets the people's side: tickets, their briefs, and the one sentence the buyer hears."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from app.domain.catalogue import Order, OrderLine, OrderState, Sku
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact, FactsError
from app.domain.handoff import Priority
from app.domain.message import MessageType
from app.domain.outcome import HandoffRequest
from app.domain.ticket import Ticket
from app.domain.understanding import Understanding
from app.turns.actions import Scene
from app.turns.step import Step, gravest
from handoff.acknowledgement import Occasion, acknowledgement
from handoff.brief import Brief, Flag
from handoff.brief_writer import Addition, Story, add_to_brief, next_replies, open_ticket
from handoff.order_in_question import IN_PROGRESS, orders_in, skus_in
from handoff.ports import TicketStore
from handoff.snapshot import shown_ids
from intents._framework.registry import IntentCatalogue, IntentDefinition
from intents._framework.schema import Stage

# An order of twenty things is looked into by the person.
MOST_GOODS = 3
# What a person looks up first: the buyer's orders under way, else the last ones.
MOST_ORDERS = 3
CLOSED = frozenset(OrderState) - IN_PROGRESS
BEFORE_OR_AFTER = frozenset({Stage.PRESALE, Stage.ANY})


class FrontDesk:
    """Opens tickets, and keeps their briefs growing while nobody has taken them."""

    def __init__(self, tickets: TicketStore, catalogue: IntentCatalogue, new_id: Callable[[], str]) -> None:
        self._tickets = tickets
        self._catalogue = catalogue
        self._new_id = new_id

    async def open(self, scene: Scene, steps: tuple[Step, ...]) -> tuple[Ticket, str]:
        """A new ticket for the gravest of these steps, and the sentence that tells the buyer."""
        step = gravest(steps)
        definition = self._catalogue[step.verdict.intent]
        settings = scene.opened.shop.settings
        quoted = tuple(fact for each in steps for fact in each.outcome.facts)
        about = await looked_up(scene, shown_ids(quoted), quoted)
        theirs = await _or_nothing(scene.opened.facts.orders_of(scene.message.sender.id))
        newest = _looked_up_first(theirs, (*quoted, *about))
        goods = await _all(scene.opened.facts.sku, _skus_in(newest) - shown_ids((*quoted, *about)))
        ticket = open_ticket(
            Story(
                ticket_id=self._new_id(),
                reason=step.handoff.reason if step.handoff else Reason.ASKED_FOR_HUMAN,
                intent=definition.id,
                intent_title=definition.title,
                group=definition.group,
                confidence=step.verdict.confidence,
                conversation=scene.conversation,
                message=scene.message,
                settings=settings,
                now=scene.now,
                request=step.handoff,
                facts=(*quoted, *about, *newest),
                of_orders=_of_orders(definition, scene, _running(newest, (*quoted, *about, *goods))),
                buyer_orders=len(theirs.value) if theirs else None,
                goods=goods,
                said=" ".join(each.outcome.text for each in steps if each.outcome.text and not each.outcome.tried),
            )
        )
        occasion = _occasion(ticket, steps)
        said = acknowledgement(settings, ticket.group, scene.now, occasion, variant=scene.conversation.version)
        return ticket, said

    async def extend(self, scene: Scene, understanding: Understanding) -> tuple[Ticket | None, str]:
        """The open ticket with this message in its brief, and what to tell the buyer, once."""
        ticket = await self._tickets.get(scene.conversation.handoff_id or "")
        if ticket is None:
            return None, ""
        settings = scene.opened.shop.settings
        intent = understanding.requests[0].intents[0].intent
        facts = await looked_up(scene, {shot["id"] for shot in ticket.brief.get("snapshots", ())})
        addition = Addition(
            message=scene.message,
            settings=settings,
            now=scene.now,
            intent_title=self._catalogue.title(intent),
            facts=facts,
            flags=_trouble(scene, understanding, intent),
            replies=await self._replies_anew(scene, ticket, facts),
        )
        grown = add_to_brief(ticket, addition)
        if scene.conversation.queue_acknowledged:
            return grown, ""
        variant = scene.conversation.version
        return grown, acknowledgement(settings, ticket.group, scene.now, Occasion.MORE, variant=variant)

    async def _replies_anew(self, scene: Scene, ticket: Ticket, facts: tuple[Fact[Any], ...]) -> tuple[str, ...]:
        """What to suggest now that a photo or an order came; none while the suggestions still hold."""
        definition = self._catalogue.get(ticket.brief.get("intent", ""))
        photo = scene.message.type is MessageType.IMAGE
        came = photo or any(isinstance(fact.value, Order) for fact in facts)
        if definition is None or not definition.about_orders or not came:
            return ()
        brief = Brief.model_validate(ticket.brief)
        shown = {shot.id for shot in brief.snapshots if shot.kind == "order"} - shown_ids(facts)
        before = await _all(scene.opened.facts.order, set(shown))
        goods = await _all(scene.opened.facts.sku, {line.sku_id for fact in before for line in _lines(fact.value)})
        return next_replies(_anew(scene, definition, brief, (*facts, *before), goods))


def _anew(
    scene: Scene, definition: IntentDefinition, brief: Brief, facts: tuple[Fact[Any], ...], goods: tuple[Fact[Any], ...]
) -> Story:
    """The story of a ticket that waits, as it stands with what was just added."""
    return Story(
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


async def looked_up(scene: Scene, known: Collection[str], quoted: tuple[Fact[Any], ...] = ()) -> tuple[Fact[Any], ...]:
    """What the conversation is about, as it stands now: its order and its goods, less those already known.

    A source that does not answer leaves its part of the brief empty; a person is coming all the same.
    """
    facts, sku = scene.opened.facts, _slot(scene, SlotName.SKU)
    orders = await _all(facts.order, {_slot(scene, SlotName.ORDER)} - set(known))
    in_orders = {line.sku_id for fact in (*quoted, *orders) for line in _lines(fact.value)}
    skus = await _all(facts.sku, {sku, *sorted(in_orders)[:MOST_GOODS]} - set(known))
    products = () if sku else await _all(facts.product, {_slot(scene, SlotName.PRODUCT)} - set(known))
    return (*orders, *skus, *products)


def _looked_up_first(
    theirs: Fact[tuple[Order, ...]] | None, known: tuple[Fact[Any], ...]
) -> tuple[Fact[tuple[Order, ...]], ...]:
    """Those of the buyer's orders a person would look up, beside those known: the ones under way, then the newest."""
    if theirs is None:
        return ()
    told = {order.order_id for fact in known for order in orders_in(fact.value)}
    new = sorted((each for each in theirs.value if each.order_id not in told), key=lambda each: each.state in CLOSED)
    return (Fact(theirs.kind, tuple(new[:MOST_ORDERS]), theirs.source, theirs.as_of),)


def _of_orders(definition: IntentDefinition, scene: Scene, running: Collection[Sku]) -> bool:
    """Whether an order is spoken of: what is asked before buying, too, is about the goods just named.

    Unless an order under way holds them: 我的茶台什么时候发货.
    """
    if not definition.about_orders or BEFORE_OR_AFTER.isdisjoint(definition.stages):
        return definition.about_orders
    sku, product = _slot(scene, SlotName.SKU), _slot(scene, SlotName.PRODUCT)
    if _slot(scene, SlotName.ORDER) or not (sku or product):
        return True
    return any(bought.sku_id == sku or (sku is None and bought.product_id == product) for bought in running)


def _running(newest: tuple[Fact[tuple[Order, ...]], ...], known: tuple[Fact[Any], ...]) -> tuple[Sku, ...]:
    """What the buyer's orders under way hold."""
    orders = (order for fact in newest for order in fact.value if order.state in IN_PROGRESS)
    bought = {line.sku_id for order in orders for line in order.lines}
    return tuple(sku for sku_id, sku in skus_in(known).items() if sku_id in bought)


def _skus_in(facts: tuple[Fact[tuple[Order, ...]], ...]) -> set[str | None]:
    return {line.sku_id for fact in facts for order in fact.value for line in order.lines[:MOST_GOODS]}


async def _all(ask: Callable[[str], Awaitable[Fact[Any]]], keys: set[str | None]) -> tuple[Fact[Any], ...]:
    found = [await _or_nothing(ask(key)) for key in sorted(filter(None, keys))]
    return tuple(fact for fact in found if fact is not None)


def _slot(scene: Scene, name: SlotName) -> str | None:
    return scene.conversation.slot(name, scene.now)


def _lines(value: object) -> tuple[OrderLine, ...]:
    return value.lines if isinstance(value, Order) else ()


async def _or_nothing(asked: Awaitable[Fact[Any]]) -> Fact[Any] | None:
    try:
        return await asked
    except FactsError:
        return None


def _occasion(ticket: Ticket, steps: tuple[Step, ...]) -> Occasion:
    if any(step.outcome.text for step in steps):
        return Occasion.FOLLOWING
    return Occasion.TROUBLE if ticket.priority is Priority.URGENT else Occasion.TAKEN


def _trouble(scene: Scene, understanding: Understanding, intent: str) -> frozenset[Flag]:
    heard = scene.opened.listener.hear(understanding.normalised)
    signs = {Flag.RISK_WORDS: heard.risk, Flag.ANGRY: heard.anger, Flag.COMPLAINT: intent == "complaint"}
    return frozenset(flag for flag, sign in signs.items() if sign)
