"""The way of a message: the one place that knows what comes after what. The steps do not know each other."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from app.dialogue.bulk import bulk_intent, wants_bulk
from app.dialogue.follow_up import (
    PendingAnswer,
    continue_subject,
    conversation_subject,
    dialogue_context,
    likely_subject,
    match_pending_answer,
    read_counter_offer,
    remember_entities,
)
from app.dialogue.policy import IntentTraits, decide_request
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
from app.tenants.registry import OpenShops
from app.turns.actions import ActionRunner, Scene, mandatory_handoff
from app.turns.batching import UnderstandingBatcher
from app.turns.locks import ConversationLocks, ShopLimit
from app.turns.response import OpenHandoff, answer_body, mark_duplicate
from app.turns.step import Step, build_trace, drop_repeated_questions, most_severe_step, next_state

MOST_ATTEMPTS = 8  # a turn is redone when an agent or another process wrote first; eight losses in a row mean trouble
log = structlog.get_logger()
NUMBER_KINDS = frozenset({EntityKind.ORDER_ID, EntityKind.TRACKING_NO, EntityKind.PHONE})
CONVERSATION_KEPT_MOVING = "the conversation kept moving while it was answered; send the message again"


class Announcer(Protocol):
    """What a turn sends into the world."""

    def announce_turn(self, turn: Turn, *, replies: bool) -> tuple[OutboxRow, ...]:
        """The rows to send: a new ticket, and the replies too where they do not go back in the response."""


class Escalation(Protocol):
    """Opens tickets and keeps their briefs."""

    async def escalate(self, scene: Scene, steps: tuple[Step, ...]) -> tuple[Ticket, str]:
        """A new ticket for these steps, and the sentence that tells the buyer."""

    async def extend_brief(self, scene: Scene, understanding: Understanding) -> tuple[Ticket | None, str]:
        """The open ticket with this message in its brief, and what to tell the buyer, once; empty text says nothing."""


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """One request and what was decided about it."""

    request: Request
    decision: Decision


class Responder:
    """Turns messages into answers, one turn at a time per conversation."""

    def __init__(  # noqa: PLR0913 (its parts, by name)
        self,
        *,
        shops: OpenShops,
        store: TurnStore,
        performer: ActionRunner,
        desk: Escalation,
        announcements: Announcer,
        telemetry: Telemetry,
        manners: Mapping[str, IntentTraits],
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
        self._turns = ConversationLocks()
        self._together = UnderstandingBatcher()
        self._lanes: defaultdict[str, ShopLimit] = defaultdict(ShopLimit)

    async def respond(self, message: Message) -> Mapping[str, Any]:
        """Answer a message; the same message again gets the stored body with "duplicate" set.

        Raises NotFoundError for an unknown shop and StorageUnavailableError when nothing could be written.
        """
        self._shops.get_shop(message.key.shop)
        async with self._turns.lock_for(message.key):
            with self._telemetry.time_stage("turn", shop=message.key.shop, channel=message.key.channel):
                body = await self._answer_with_retries(message)
        self._telemetry.count_message(message.key.shop, message.key.channel, duplicate=bool(body["duplicate"]))
        return body

    async def catch_up(self, key: ConversationKey) -> None:
        """One turn over every message of the conversation that waits for one; nothing when none does.

        A message that arrives meanwhile moves the conversation: the turn is dropped and done again with it.
        """
        async with self._turns.lock_for(key):
            with self._telemetry.time_stage("turn", shop=key.shop, channel=key.channel):
                await self._catch_up_with_retries(key)

    async def _answer_with_retries(self, message: Message) -> Mapping[str, Any]:
        exhausted: frozenset[str] = frozenset()
        for _ in range(MOST_ATTEMPTS):
            conversation = await self._store.begin_turn(message)
            if isinstance(conversation, StoredAnswer):
                return mark_duplicate(conversation.body)
            async with self._lanes[message.key.shop]:
                turn = await self._compute_turn((message,), conversation, exhausted)
            try:
                written = await self._commit_turn(turn)
            except ConversationMovedError:
                continue
            except RepeatedDeliveryError as repeated:
                message = replace(message, id=repeated.message_id, delivery_id=None)
                continue
            except BudgetExhaustedError as gone:
                exhausted |= {gone.budget}
                continue
            return written if written is turn.body else mark_duplicate(written)
        raise StorageUnavailableError(CONVERSATION_KEPT_MOVING)

    async def _catch_up_with_retries(self, key: ConversationKey) -> None:
        exhausted: frozenset[str] = frozenset()
        for _ in range(MOST_ATTEMPTS):
            # The state first: what arrives between the two reads moves it, and the turn is computed again.
            conversation = await self._store.load_conversation(key)
            messages = await self._store.load_pending_messages(key)
            if not messages or conversation is None:
                return
            async with self._lanes[key.shop]:
                turn = await self._compute_turn(messages, conversation, exhausted, announced=True)
            try:
                await self._commit_turn(turn)
            except ConversationMovedError:
                continue
            except BudgetExhaustedError as gone:
                exhausted |= {gone.budget}
                continue
            return
        raise StorageUnavailableError(CONVERSATION_KEPT_MOVING)

    async def _commit_turn(self, turn: Turn) -> Mapping[str, Any]:
        with self._telemetry.time_stage("write"):
            body = await self._store.commit(turn)
        if body is turn.body:
            self._report_turn(turn)
        return body

    def _report_turn(self, turn: Turn) -> None:
        decision = turn.body["decision"]
        waited = (self._clock() - turn.messages[-1].received_at).total_seconds()
        self._telemetry.observe_turn(turn.conversation.key.shop, decision["action"], waited)
        self._telemetry.count_decision(decision["action"], decision["intent"], decision["reason"])
        log.debug("turn", trace_id=turn.trace_id, shop=turn.conversation.key.shop, **_decision_fields(decision))
        if turn.body["handoff"] and turn.ticket and decision["action"] == Action.HANDOFF:
            self._telemetry.count_handoff(turn.ticket)
            log.info("handoff", trace_id=turn.trace_id, ticket=turn.ticket.id, **_decision_fields(decision))

    async def _compute_turn(
        self,
        messages: tuple[Message, ...],
        conversation: Conversation,
        exhausted: frozenset[str],
        *,
        announced: bool = False,
    ) -> Turn:
        message = merge_messages(messages)
        opened = self._shops.get_shop(message.key.shop)
        now = self._clock()
        with self._telemetry.time_stage("understand"):
            asked = opened.build_utterance(
                message.text, now, dialogue_context(conversation, now), message.context.product_id
            )
            understanding = await self._together.understand_in_batch(opened.reader, asked)
        before = _set_buyer(_reclaim_closed(conversation), message.sender.id)
        found = remember_entities(before, understanding.entities, message.context, now)
        scene = Scene(opened, found, message, now, exhausted, opened.listener.detect_signals(understanding.normalised))
        turn = await self._dispatch_by_owner(scene, understanding, conversation.owner)
        if len(messages) > 1:
            turn = replace(turn, messages=messages)
        outbox = self._announcements.announce_turn(turn, replies=announced)
        return replace(turn, outbox=outbox) if outbox else turn

    async def _dispatch_by_owner(self, scene: Scene, understanding: Understanding, owner: Owner) -> Turn:
        if owner is Owner.AGENT:
            return self._silent_turn(scene, understanding)
        if owner is Owner.QUEUE:
            return await self._queue_turn(scene, understanding)
        return await self._answer_turn(scene, understanding)

    async def _answer_turn(self, scene: Scene, understanding: Understanding) -> Turn:
        steps: tuple[Step, ...] = ()
        for plan in self._plan_requests(scene, understanding):
            if steps:
                scene = scene.next_scene(steps[-1].outcome)
            with self._telemetry.time_stage("act", intent=plan.decision.intent):
                step = await self._performer.execute_decision(scene, plan.request, plan.decision)
            step = drop_repeated_questions(step, steps)
            self._telemetry.observe_facts(step.outcome.facts, scene.now)
            steps = (*steps, step)
        after = next_state(scene.conversation, steps, scene.now, scene.opened.shop.settings.hours)
        if not any(step.handoff_wish for step in steps):
            return self._build_turn(
                scene, understanding, steps, after, _join_texts([step.outcome.text for step in steps])
            )
        texts = [step.outcome.text for step in steps if not _is_only_question(step)]
        ticket, acknowledgement = await self._desk.escalate(replace(scene, conversation=after), steps)
        after = replace(
            after, owner=Owner.QUEUE, handoff_id=ticket.id, queue_acknowledged=False, pending=None, misses=0
        )
        return self._build_turn(scene, understanding, steps, after, _join_texts([*texts, acknowledgement]), ticket)

    def _silent_turn(self, scene: Scene, understanding: Understanding) -> Turn:
        step = Step(_whole_request(understanding), _stay_silent(understanding))
        return self._build_turn(scene, understanding, (step,), scene.conversation, "")

    async def _queue_turn(self, scene: Scene, understanding: Understanding) -> Turn:
        ticket, acknowledgement = await self._desk.extend_brief(scene, understanding)
        step = Step(_whole_request(understanding), _stay_silent(understanding))
        after = replace(scene.conversation, queue_acknowledged=True)
        return self._build_turn(scene, understanding, (step,), after, acknowledgement, ticket)

    def _plan_requests(self, scene: Scene, understanding: Understanding) -> list[RequestPlan]:
        for way in (self._plan_handoff, self._plan_by_message_type, self._plan_bulk_order):
            plan = way(scene, understanding)
            if plan:
                return [plan]
        certain = scene.opened.shop.settings.thresholds.answer
        answer = match_pending_answer(
            scene.conversation, understanding, scene.message.context, certain=certain, now=scene.now
        )
        if answer:
            return [self._plan_resumption(scene, understanding, answer)]
        return [self._plan_request(scene, request) for request in understanding.requests]

    def _plan_handoff(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        whole = _whole_request(understanding)
        decision = mandatory_handoff(scene, understanding.normalised, whole.intents[0])
        return RequestPlan(whole, decision) if decision else None

    def _plan_bulk_order(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """So many pieces that people make the price: before any FAQ entry, but not for what was bought already."""
        whole, settings = _whole_request(understanding), scene.opened.shop.settings
        policy, certain = settings.authority.bargaining, settings.thresholds.answer
        best = whole.intents[0]
        bought = best.intent in self._aftersale and best.confidence >= settings.thresholds.clarify
        if bought or not wants_bulk(whole, policy.bulk_handoff_from if policy else None):
            return None
        return RequestPlan(whole, Answer(bulk_intent(whole, certain), 1.0))

    def _plan_by_message_type(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """A picture or a card without words, or a bare number; words beside it are read like any others."""
        whole = _whole_request(understanding)
        conversation = scene.conversation
        if conversation.pending is None and _is_bare_number(understanding):
            return RequestPlan(whole, Answer(self._order_intent(conversation) or "unclear", 1.0))
        if understanding.normalised:
            return None
        match scene.message.type:
            case MessageType.IMAGE:
                return RequestPlan(whole, self._decide_photo(conversation))
            case MessageType.PRODUCT_CARD | MessageType.ORDER_CARD if conversation.pending is None:
                return RequestPlan(whole, Answer("unclear", 1.0))
            case MessageType.TEXT:
                return RequestPlan(
                    whole, Answer("greeting", 1.0) if conversation.version == 0 else Answer("unclear", 1.0)
                )
            case _:
                return None

    def _order_intent(self, conversation: Conversation) -> str | None:
        """What was spoken of last, where an order number carries it on; an FAQ answer may have asked for it."""
        last = conversation_subject(conversation)
        return last if last and self._manners[last].about_orders else None

    def _decide_photo(self, conversation: Conversation) -> Decision:
        """A photo belongs to the after-sales matter we are in; otherwise we ask what it shows, once."""
        matter = conversation.pending.intent if conversation.pending else conversation.last_intent
        if matter in self._aftersale:
            return Answer(matter, 1.0)
        if conversation.misses:
            return Handoff(Reason.UNSUPPORTED_MESSAGE, "unclear", 1.0)
        return Clarify((), "unclear", 1.0, Reason.UNSUPPORTED_MESSAGE)

    def _plan_resumption(self, scene: Scene, understanding: Understanding, answer: PendingAnswer) -> RequestPlan:
        if answer.option:
            first = self._resume_request(scene, answer.pending.text, understanding)
            return RequestPlan(first, Answer(answer.option.intent, 1.0, answer.option.faq))
        request = (
            self._resume_request(scene, answer.pending.text, understanding)
            if answer.filled
            else _whole_request(understanding)
        )
        return RequestPlan(request, Answer(answer.pending.intent, 1.0))

    def _resume_request(self, scene: Scene, text: str, understanding: Understanding) -> Request:
        """The request that led to our question, with what the answer adds."""
        product = scene.message.context.product_id
        first = _whole_request(scene.opened.understand(text, scene.now, product_id=product))
        return replace(first, entities=(*understanding.entities, *first.entities))

    def _plan_request(self, scene: Scene, request: Request) -> RequestPlan:
        offer = read_counter_offer(scene.conversation, request)
        if offer:
            return RequestPlan(offer, Answer("bargaining", 1.0))
        thresholds = scene.opened.shop.settings.thresholds
        carried_on = continue_subject(scene.conversation, request, self._manners) or likely_subject(
            scene.conversation, request, thresholds.clarify, thresholds.answer
        )
        if carried_on:
            return RequestPlan(request, Answer(carried_on, 1.0))
        decision = decide_request(
            request,
            thresholds,
            self._manners,
            misses=scene.conversation.misses,
            mapped=scene.opened.intent_of,
        )
        return RequestPlan(request, decision)

    def _build_turn(
        self,
        scene: Scene,
        understanding: Understanding,
        steps: tuple[Step, ...],
        after: Conversation,
        text: str,
        ticket: Ticket | None = None,
    ) -> Turn:
        trace_id = self._new_id()
        verdict = most_severe_step(steps).verdict
        body = answer_body(
            message_id=scene.message.id,
            conversation=scene.message.key.conversation,
            owner=after.owner,
            replies=(text,) if text else (),
            verdict=verdict,
            handoff=_handoff_summary(ticket),
            trace_id=trace_id,
        )
        return Turn(
            messages=(scene.message,),
            expected_version=scene.conversation.version,
            conversation=after,
            body=body,
            trace_id=trace_id,
            trace={"shop": scene.message.key.shop} | build_trace(understanding, steps),
            at=scene.now,
            replies=(OutgoingReply(self._new_id(), text),) if text else (),
            ticket=ticket,
            effects=tuple(effect for step in steps for effect in step.outcome.effects),
        )


def merge_messages(messages: tuple[Message, ...]) -> Message:
    """A burst as one message: the words in order, what was sent last, and every id that any of them named."""
    last = messages[-1]
    if len(messages) == 1:
        return last
    texts = [message.text.strip() for message in messages if message.text.strip()]
    kinds = [message.type for message in messages if message.type is not MessageType.TEXT]
    return replace(
        last, text="，".join(texts), type=kinds[-1] if kinds else last.type, context=_merge_contexts(messages)
    )


def _is_only_question(step: Step) -> bool:
    """A question of ours has no place beside a handoff: a person will ask."""
    return step.handoff_wish is None and (step.outcome.asks is not None or isinstance(step.decision, Clarify))


def _merge_contexts(messages: tuple[Message, ...]) -> MessageContext:
    newest_first = [message.context for message in reversed(messages)]
    return MessageContext(
        product_id=next((context.product_id for context in newest_first if context.product_id), None),
        sku_id=next((context.sku_id for context in newest_first if context.sku_id), None),
        order_id=next((context.order_id for context in newest_first if context.order_id), None),
    )


def _decision_fields(decision: Mapping[str, Any]) -> dict[str, Any]:
    """A decision as the logs hold it."""
    return {name: decision[name] for name in ("action", "intent", "reason")}


def _reclaim_closed(conversation: Conversation) -> Conversation:
    """A closed conversation is the bot's again when the buyer writes."""
    if conversation.owner is not Owner.CLOSED:
        return conversation
    return replace(conversation, owner=Owner.BOT, handoff_id=None, misses=0, pending=None)


def _set_buyer(conversation: Conversation, buyer: str) -> Conversation:
    return conversation if conversation.buyer == buyer else replace(conversation, buyer=buyer)


def _whole_request(understanding: Understanding) -> Request:
    """The message as one request."""
    return understanding.whole or understanding.requests[0]


def _is_bare_number(understanding: Understanding) -> bool:
    """Whether the message is an order number, a parcel's or a phone's and nothing else: it names, and asks nothing."""
    text = understanding.normalised.strip()
    return any(entity.kind in NUMBER_KINDS and entity.text == text for entity in understanding.entities)


def _stay_silent(understanding: Understanding) -> Silent:
    best = understanding.requests[0].intents[0]
    return Silent(best.intent, best.confidence)


def _handoff_summary(ticket: Ticket | None) -> OpenHandoff | None:
    if ticket is None:
        return None
    return OpenHandoff(ticket.id, ticket.reason, ticket.group, ticket.priority, ticket.first_response_due)


def _join_texts(texts: list[str]) -> str:
    return "\n".join(text for text in texts if text)
