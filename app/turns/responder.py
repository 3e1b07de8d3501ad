"""The way of a message: the one place that knows what comes after what. The steps do not know each other."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from app.dialogue.slots import dialogue_context, remember_entities
from app.domain.conversation import Conversation, Owner
from app.domain.decision import Action, Clarify, Silent
from app.domain.message import ConversationKey, Message
from app.domain.outbox import OutboxRow
from app.domain.ticket import Ticket
from app.domain.understanding import Understanding
from app.domain.written_turn import OutgoingReply, Turn
from app.errors import StorageUnavailableError
from app.observability.telemetry import Telemetry
from app.storage.ports import (
    BudgetExhaustedError,
    ConversationMovedError,
    RepeatedDeliveryError,
    StoredAnswer,
    TurnStore,
)
from app.tenants.registry import OpenShops
from app.turns.actions import ActionRunner
from app.turns.batching import UnderstandingBatcher
from app.turns.debounce import merge_messages
from app.turns.locks import ConversationLocks, ShopLimit
from app.turns.planner import TurnPlanner, whole_request
from app.turns.response import OpenHandoff, answer_body, mark_duplicate
from app.turns.scene import Scene
from app.turns.state import next_state
from app.turns.step import Step, drop_repeated_questions, most_severe_step
from app.turns.trace import build_trace

MOST_ATTEMPTS = 8  # a turn is redone when an agent or another process wrote first; eight losses in a row mean trouble
log = structlog.get_logger()
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
        planner: TurnPlanner,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._shops = shops
        self._store = store
        self._performer = performer
        self._desk = desk
        self._announcements = announcements
        self._telemetry = telemetry
        self._planner = planner
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
        for plan in self._planner.plan_requests(scene, understanding):
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
        step = Step(whole_request(understanding), _stay_silent(understanding))
        return self._build_turn(scene, understanding, (step,), scene.conversation, "")

    async def _queue_turn(self, scene: Scene, understanding: Understanding) -> Turn:
        ticket, acknowledgement = await self._desk.extend_brief(scene, understanding)
        step = Step(whole_request(understanding), _stay_silent(understanding))
        after = replace(scene.conversation, queue_acknowledged=True)
        return self._build_turn(scene, understanding, (step,), after, acknowledgement, ticket)

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


def _is_only_question(step: Step) -> bool:
    """A question of ours has no place beside a handoff: a person will ask."""
    return step.handoff_wish is None and (step.outcome.asks is not None or isinstance(step.decision, Clarify))


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


def _stay_silent(understanding: Understanding) -> Silent:
    best = understanding.requests[0].intents[0]
    return Silent(best.intent, best.confidence)


def _handoff_summary(ticket: Ticket | None) -> OpenHandoff | None:
    if ticket is None:
        return None
    return OpenHandoff(ticket.id, ticket.reason, ticket.group, ticket.priority, ticket.first_response_due)


def _join_texts(texts: list[str]) -> str:
    return "\n".join(text for text in texts if text)
