"""The way of a message: the one place that knows what comes after what. The steps do not know each other."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from app.dialogue.bulk import bulk_intent, wants_bulk
from app.dialogue.follow_up import Resumed, continued, counter_offer, leaning, remembered, resumed, spoken_of, subject
from app.dialogue.policy import IntentManner, decide
from app.domain.conversation import Conversation, Owner
from app.domain.decision import Action, Answer, Clarify, Decision, Handoff, Reason, Silent
from app.domain.message import ConversationKey, Message, MessageContext, MessageType
from app.domain.outbox import OutboxRow
from app.domain.ticket import Ticket
from app.domain.understanding import EntityKind, Request, Understanding
from app.errors import StorageUnavailableError
from app.observability.telemetry import Telemetry
from app.storage.ports import (
    BudgetExhaustedError,
    ConversationMovedError,
    OutgoingReply,
    RepeatedDeliveryError,
    StoredAnswer,
    Turn,
    TurnStore,
)
from app.tenants.registry import Shops
from app.turns.actions import Performer, Scene, for_people
from app.turns.batching import Together
from app.turns.locks import Lane, OneAtATime
from app.turns.response import OpenHandoff, answer_body, as_duplicate
from app.turns.step import Step, asked_once, gravest, moved_on, trace_of

MOST_ATTEMPTS = 8  # a turn is redone when an agent or another process wrote first; eight losses in a row mean trouble
log = structlog.get_logger()
NUMBERS = frozenset({EntityKind.ORDER_ID, EntityKind.TRACKING_NO, EntityKind.PHONE})
KEPT_MOVING = "the conversation kept moving while it was answered; send the message again"


class Announcements(Protocol):
    """What a turn sends into the world."""

    def of(self, turn: Turn, *, replies: bool) -> tuple[OutboxRow, ...]:
        """The rows to send: a new ticket, and the replies too where they do not go back in the response."""


class Desk(Protocol):
    """Opens tickets and keeps their briefs."""

    async def open(self, scene: Scene, steps: tuple[Step, ...]) -> tuple[Ticket, str]:
        """A new ticket for these steps, and the sentence that tells the buyer."""

    async def extend(self, scene: Scene, understanding: Understanding) -> tuple[Ticket | None, str]:
        """The open ticket with this message in its brief, and what to tell the buyer, once; empty text says nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One request and what was decided about it."""

    request: Request
    decision: Decision


class Responder:
    """Turns messages into answers, one turn at a time per conversation."""

    def __init__(  # noqa: PLR0913 (its parts, by name)
        self,
        *,
        shops: Shops,
        store: TurnStore,
        performer: Performer,
        desk: Desk,
        announcements: Announcements,
        telemetry: Telemetry,
        manners: Mapping[str, IntentManner],
        aftersale: frozenset[str],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._shops = shops
        self._store = store
        self._performer = performer
        self._desk = desk
        self._announcements = announcements
        self._telemetry = telemetry
        self._manners = dict(manners)
        self._aftersale = aftersale
        self._clock = clock
        self._new_id = new_id
        self._turns = OneAtATime()
        self._together = Together()
        self._lanes: defaultdict[str, Lane] = defaultdict(Lane)

    async def respond(self, message: Message) -> Mapping[str, Any]:
        """Answer a message; the same message again gets the stored body with "duplicate" set.

        Raises NotFoundError for an unknown shop and StorageUnavailableError when nothing could be written.
        """
        self._shops.get(message.key.shop)
        async with self._turns.of(message.key):
            with self._telemetry.stage("turn", shop=message.key.shop, channel=message.key.channel):
                body = await self._respond(message)
        self._telemetry.message(message.key.shop, message.key.channel, duplicate=bool(body["duplicate"]))
        return body

    async def catch_up(self, key: ConversationKey) -> None:
        """One turn over every message of the conversation that waits for one; nothing when none does.

        A message that arrives meanwhile moves the conversation: the turn is dropped and done again with it.
        """
        async with self._turns.of(key):
            with self._telemetry.stage("turn", shop=key.shop, channel=key.channel):
                await self._catch_up(key)

    async def _respond(self, message: Message) -> Mapping[str, Any]:
        exhausted: frozenset[str] = frozenset()
        for _ in range(MOST_ATTEMPTS):
            conversation = await self._store.open(message)
            if isinstance(conversation, StoredAnswer):
                return as_duplicate(conversation.body)
            async with self._lanes[message.key.shop]:
                turn = await self._turn((message,), conversation, exhausted)
            try:
                written = await self._written(turn)
            except ConversationMovedError:
                continue
            except RepeatedDeliveryError as repeated:
                message = replace(message, id=repeated.message_id, delivery_id=None)
                continue
            except BudgetExhaustedError as gone:
                exhausted |= {gone.budget}
                continue
            return written if written is turn.body else as_duplicate(written)
        raise StorageUnavailableError(KEPT_MOVING)

    async def _catch_up(self, key: ConversationKey) -> None:
        exhausted: frozenset[str] = frozenset()
        for _ in range(MOST_ATTEMPTS):
            # The state first: what arrives between the two reads moves it, and the turn is computed again.
            conversation = await self._store.conversation(key)
            messages = await self._store.pending(key)
            if not messages or conversation is None:
                return
            async with self._lanes[key.shop]:
                turn = await self._turn(messages, conversation, exhausted, announced=True)
            try:
                await self._written(turn)
            except ConversationMovedError:
                continue
            except BudgetExhaustedError as gone:
                exhausted |= {gone.budget}
                continue
            return
        raise StorageUnavailableError(KEPT_MOVING)

    async def _written(self, turn: Turn) -> Mapping[str, Any]:
        with self._telemetry.stage("write"):
            body = await self._store.commit(turn)
        if body is turn.body:
            self._report(turn)
        return body

    def _report(self, turn: Turn) -> None:
        decision = turn.body["decision"]
        waited = (self._clock() - turn.messages[-1].received_at).total_seconds()
        self._telemetry.turn(turn.conversation.key.shop, decision["action"], waited)
        self._telemetry.decision(decision["action"], decision["intent"], decision["reason"])
        log.debug("turn", trace_id=turn.trace_id, shop=turn.conversation.key.shop, **_told(decision))
        if turn.body["handoff"] and turn.ticket and decision["action"] == Action.HANDOFF:
            self._telemetry.handoff(turn.ticket)
            log.info("handoff", trace_id=turn.trace_id, ticket=turn.ticket.id, **_told(decision))

    async def _turn(
        self,
        messages: tuple[Message, ...],
        conversation: Conversation,
        exhausted: frozenset[str],
        *,
        announced: bool = False,
    ) -> Turn:
        message = as_one(messages)
        opened = self._shops.get(message.key.shop)
        now = self._clock()
        with self._telemetry.stage("understand"):
            asked = opened.asked(message.text, now, spoken_of(conversation, now), message.context.product_id)
            understanding = await self._together.read(opened.reader, asked)
        before = _with_buyer(_reopened(conversation), message.sender.id)
        found = remembered(before, understanding.entities, message.context, now)
        scene = Scene(opened, found, message, now, exhausted, opened.listener.hear(understanding.normalised))
        turn = await self._by_owner(scene, understanding, conversation.owner)
        if len(messages) > 1:
            turn = replace(turn, messages=messages)
        outbox = self._announcements.of(turn, replies=announced)
        return replace(turn, outbox=outbox) if outbox else turn

    async def _by_owner(self, scene: Scene, understanding: Understanding, owner: Owner) -> Turn:
        if owner is Owner.AGENT:
            return self._silent(scene, understanding)
        if owner is Owner.QUEUE:
            return await self._queued(scene, understanding)
        return await self._answered(scene, understanding)

    async def _answered(self, scene: Scene, understanding: Understanding) -> Turn:
        steps: tuple[Step, ...] = ()
        for plan in self._plans(scene, understanding):
            if steps:
                scene = scene.having_said(steps[-1].outcome)
            with self._telemetry.stage("act", intent=plan.decision.intent):
                step = await self._performer.perform(scene, plan.request, plan.decision)
            step = asked_once(step, steps)
            self._telemetry.quoted(step.outcome.facts, scene.now)
            steps = (*steps, step)
        after = moved_on(scene.conversation, steps, scene.now, scene.opened.shop.settings.hours)
        if not any(step.handoff for step in steps):
            return self._write(scene, understanding, steps, after, _joined([step.outcome.text for step in steps]))
        texts = [step.outcome.text for step in steps if not _only_asks(step)]
        ticket, acknowledgement = await self._desk.open(replace(scene, conversation=after), steps)
        after = replace(
            after, owner=Owner.QUEUE, handoff_id=ticket.id, queue_acknowledged=False, pending=None, misses=0
        )
        return self._write(scene, understanding, steps, after, _joined([*texts, acknowledgement]), ticket)

    def _silent(self, scene: Scene, understanding: Understanding) -> Turn:
        step = Step(_whole(understanding), _silence(understanding))
        return self._write(scene, understanding, (step,), scene.conversation, "")

    async def _queued(self, scene: Scene, understanding: Understanding) -> Turn:
        ticket, acknowledgement = await self._desk.extend(scene, understanding)
        step = Step(_whole(understanding), _silence(understanding))
        after = replace(scene.conversation, queue_acknowledged=True)
        return self._write(scene, understanding, (step,), after, acknowledgement, ticket)

    def _plans(self, scene: Scene, understanding: Understanding) -> list[Plan]:
        for way in (self._to_people, self._by_kind, self._in_bulk):
            plan = way(scene, understanding)
            if plan:
                return [plan]
        certain = scene.opened.shop.settings.thresholds.answer
        answer = resumed(scene.conversation, understanding, scene.message.context, certain=certain, now=scene.now)
        if answer:
            return [self._resumption(scene, understanding, answer)]
        return [self._decided(scene, request) for request in understanding.requests]

    def _to_people(self, scene: Scene, understanding: Understanding) -> Plan | None:
        whole = _whole(understanding)
        decision = for_people(scene, understanding.normalised, whole.intents[0])
        return Plan(whole, decision) if decision else None

    def _in_bulk(self, scene: Scene, understanding: Understanding) -> Plan | None:
        """So many pieces that people make the price: before any FAQ entry, but not for what was bought already."""
        whole, settings = _whole(understanding), scene.opened.shop.settings
        policy, certain = settings.authority.bargaining, settings.thresholds.answer
        best = whole.intents[0]
        bought = best.intent in self._aftersale and best.confidence >= settings.thresholds.clarify
        if bought or not wants_bulk(whole, policy.bulk_handoff_from if policy else None):
            return None
        return Plan(whole, Answer(bulk_intent(whole, certain), 1.0))

    def _by_kind(self, scene: Scene, understanding: Understanding) -> Plan | None:
        """A picture or a card without words, or a bare number; words beside it are read like any others."""
        whole = _whole(understanding)
        conversation = scene.conversation
        if conversation.pending is None and _is_bare_number(understanding):
            return Plan(whole, Answer(self._order_matter(conversation) or "unclear", 1.0))
        if understanding.normalised:
            return None
        match scene.message.type:
            case MessageType.IMAGE:
                return Plan(whole, self._of_photo(conversation))
            case MessageType.PRODUCT_CARD | MessageType.ORDER_CARD if conversation.pending is None:
                return Plan(whole, Answer("unclear", 1.0))
            case MessageType.TEXT:
                return Plan(whole, Answer("greeting", 1.0) if conversation.version == 0 else Answer("unclear", 1.0))
            case _:
                return None

    def _order_matter(self, conversation: Conversation) -> str | None:
        """What was spoken of last, where an order number carries it on; an FAQ answer may have asked for it."""
        last = subject(conversation)
        return last if last and self._manners[last].about_orders else None

    def _of_photo(self, conversation: Conversation) -> Decision:
        """A photo belongs to the after-sales matter we are in; otherwise we ask what it shows, once."""
        matter = conversation.pending.intent if conversation.pending else conversation.last_intent
        if matter in self._aftersale:
            return Answer(matter, 1.0)
        if conversation.misses:
            return Handoff(Reason.UNSUPPORTED_MESSAGE, "unclear", 1.0)
        return Clarify((), "unclear", 1.0, Reason.UNSUPPORTED_MESSAGE)

    def _resumption(self, scene: Scene, understanding: Understanding, answer: Resumed) -> Plan:
        if answer.option:
            first = self._read_again(scene, answer.pending.text, understanding)
            return Plan(first, Answer(answer.option.intent, 1.0, answer.option.faq))
        request = (
            self._read_again(scene, answer.pending.text, understanding) if answer.filled else _whole(understanding)
        )
        return Plan(request, Answer(answer.pending.intent, 1.0))

    def _read_again(self, scene: Scene, text: str, understanding: Understanding) -> Request:
        """The request that led to our question, with what the answer adds."""
        product = scene.message.context.product_id
        first = _whole(scene.opened.understand(text, scene.now, product_id=product))
        return replace(first, entities=(*understanding.entities, *first.entities))

    def _decided(self, scene: Scene, request: Request) -> Plan:
        offer = counter_offer(scene.conversation, request)
        if offer:
            return Plan(offer, Answer("bargaining", 1.0))
        thresholds = scene.opened.shop.settings.thresholds
        carried_on = continued(scene.conversation, request, self._manners) or leaning(
            scene.conversation, request, thresholds.clarify, thresholds.answer
        )
        if carried_on:
            return Plan(request, Answer(carried_on, 1.0))
        decision = decide(
            request,
            thresholds,
            self._manners,
            misses=scene.conversation.misses,
            mapped=scene.opened.intent_of,
        )
        return Plan(request, decision)

    def _write(
        self,
        scene: Scene,
        understanding: Understanding,
        steps: tuple[Step, ...],
        after: Conversation,
        text: str,
        ticket: Ticket | None = None,
    ) -> Turn:
        trace_id = self._new_id()
        verdict = gravest(steps).verdict
        body = answer_body(
            message_id=scene.message.id,
            conversation=scene.message.key.conversation,
            owner=after.owner,
            replies=(text,) if text else (),
            verdict=verdict,
            handoff=_handoff_of(ticket),
            trace_id=trace_id,
        )
        return Turn(
            messages=(scene.message,),
            expected_version=scene.conversation.version,
            conversation=after,
            body=body,
            trace_id=trace_id,
            trace={"shop": scene.message.key.shop} | trace_of(understanding, steps),
            at=scene.now,
            replies=(OutgoingReply(self._new_id(), text),) if text else (),
            ticket=ticket,
            effects=tuple(effect for step in steps for effect in step.outcome.effects),
        )


def as_one(messages: tuple[Message, ...]) -> Message:
    """A burst as one message: the words in order, what was sent last, and every id that any of them named."""
    last = messages[-1]
    if len(messages) == 1:
        return last
    texts = [message.text.strip() for message in messages if message.text.strip()]
    kinds = [message.type for message in messages if message.type is not MessageType.TEXT]
    return replace(last, text="，".join(texts), type=kinds[-1] if kinds else last.type, context=_context_of(messages))


def _only_asks(step: Step) -> bool:
    """A question of ours has no place beside a handoff: a person will ask."""
    return step.handoff is None and (step.outcome.asks is not None or isinstance(step.decision, Clarify))


def _context_of(messages: tuple[Message, ...]) -> MessageContext:
    newest_first = [message.context for message in reversed(messages)]
    return MessageContext(
        product_id=next((context.product_id for context in newest_first if context.product_id), None),
        sku_id=next((context.sku_id for context in newest_first if context.sku_id), None),
        order_id=next((context.order_id for context in newest_first if context.order_id), None),
    )


def _told(decision: Mapping[str, Any]) -> dict[str, Any]:
    """A decision as the logs hold it."""
    return {name: decision[name] for name in ("action", "intent", "reason")}


def _reopened(conversation: Conversation) -> Conversation:
    """A closed conversation is the bot's again when the buyer writes."""
    if conversation.owner is not Owner.CLOSED:
        return conversation
    return replace(conversation, owner=Owner.BOT, handoff_id=None, misses=0, pending=None)


def _with_buyer(conversation: Conversation, buyer: str) -> Conversation:
    return conversation if conversation.buyer == buyer else replace(conversation, buyer=buyer)


def _whole(understanding: Understanding) -> Request:
    """The message as one request."""
    return understanding.whole or understanding.requests[0]


def _is_bare_number(understanding: Understanding) -> bool:
    """Whether the message is an order number, a parcel's or a phone's and nothing else: it names, and asks nothing."""
    text = understanding.normalised.strip()
    return any(entity.kind in NUMBERS and entity.text == text for entity in understanding.entities)


def _silence(understanding: Understanding) -> Silent:
    best = understanding.requests[0].intents[0]
    return Silent(best.intent, best.confidence)


def _handoff_of(ticket: Ticket | None) -> OpenHandoff | None:
    if ticket is None:
        return None
    return OpenHandoff(ticket.id, ticket.reason, ticket.group, ticket.priority, ticket.first_response_due)


def _joined(texts: list[str]) -> str:
    return "\n".join(text for text in texts if text)
