"""The way of a message: the one place that knows what comes after what. The steps do not know each other."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from app.dialogue.slots import dialogue_context, remember_entities
from app.domain.conversation import Conversation, Owner, SlotName
from app.domain.decision import Answer, Clarify, Silent
from app.domain.events import TurnAnswered
from app.domain.intent_traits import IntentRole
from app.domain.message import ConversationKey, Message, MessageType
from app.domain.outcome import Outcome
from app.domain.reply import OutgoingReply
from app.domain.second_reading import SecondReading
from app.domain.step import Step
from app.domain.ticket import Ticket
from app.domain.understanding import Understanding
from app.domain.written_turn import Turn
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
from app.turns.announce import PEOPLE, turn_answered, turn_events
from app.turns.batching import UnderstandingBatcher
from app.turns.debounce import merge_messages
from app.turns.focusing import settle_focus
from app.turns.kept_view import stays_in_view
from app.turns.kind_named import settle_kind
from app.turns.locks import ConversationLocks, ShopLimit
from app.turns.meanwhile import (
    asks_own_terms,
    binds_nothing,
    may_answer_meanwhile,
    takes_back_handoff,
    tell_terms,
    withdraw_ticket,
)
from app.turns.ownership import free_conversation, queue_conversation, reclaim_closed, resume_bot, set_buyer
from app.turns.plan import whole_request
from app.turns.planner import RequestPlanner
from app.turns.rating import settle_invitation
from app.turns.resolution import doubt_rows, resolve_message
from app.turns.response import answer_body, mark_duplicate
from app.turns.scene import Scene
from app.turns.second_opinion import PlannedTurn, SecondOpinion, UnsureError
from app.turns.stages import keep_stage_rows
from app.turns.state import next_state
from app.turns.step import drop_repeated_questions, join_contents, join_texts, most_severe_step
from app.turns.waiting_words import choose_word, note_word
from handoff.acknowledgement import AcknowledgementKind
from handoff.waiting import describe_wait

MOST_ATTEMPTS = 8  # a turn is redone when an agent or another process wrote first; eight losses in a row mean trouble
CONVERSATION_KEPT_MOVING = "the conversation kept moving while it was answered; send the message again"


class Escalation(Protocol):
    """Opens tickets and keeps their briefs."""

    async def escalate(self, scene: Scene, steps: tuple[Step, ...]) -> tuple[Ticket, str]:
        """A new ticket for these steps, and the sentence that tells the buyer."""

    async def extend_brief(self, scene: Scene, understanding: Understanding) -> Ticket | None:
        """The open ticket with this message in its brief; None where it is gone."""

    async def word_wait(self, scene: Scene, ticket: Ticket, word: AcknowledgementKind) -> str:
        """The sentence for the buyer who waits."""


@dataclass(frozen=True, slots=True)
class TurnSource:
    """Who asks for a turn: where its plan comes from, and in whose words it is answered.

    Attributes:
        present: the answer as the caller's channel words it, from the turn as it will be written.
        resumes: whether asking at all gives the conversation back to the bot, whoever owns it.
    """

    planner: RequestPlanner
    present: Callable[[Turn, TurnAnswered], Mapping[str, Any]]
    resumes: bool = False


@dataclass(slots=True)
class LearnedFacts:
    """What earlier attempts at a turn found out: budgets that are spent, and what a second reader said, once."""

    exhausted: frozenset[str] = frozenset()
    second: SecondReading | None = None


@dataclass(frozen=True, slots=True)
class TurnAnswer:
    """What a message was answered with; `duplicate` when that was before."""

    body: Mapping[str, Any]
    duplicate: bool


class Responder:
    """Turns messages into answers, one turn at a time per conversation."""

    def __init__(  # noqa: PLR0913 (all by name: the parts of one turn)
        self,
        *,
        shops: OpenShops,
        store: TurnStore,
        actions: ActionRunner,
        desk: Escalation,
        telemetry: Telemetry,
        planner: RequestPlanner,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        second_opinion: SecondOpinion | None = None,
    ) -> None:
        self._shops = shops
        self._store = store
        self._actions = actions
        self._desk = desk
        self._telemetry = telemetry
        self._own = TurnSource(planner, lambda _turn, answered: answer_body(answered))
        self._clock = clock
        self._new_id = new_id
        self._second_opinion = second_opinion
        self._turns = ConversationLocks()
        self._together = UnderstandingBatcher()
        self._lanes: defaultdict[str, ShopLimit] = defaultdict(ShopLimit)

    async def respond(self, message: Message) -> Mapping[str, Any]:
        """Answer a message; the same message again gets the stored body with "duplicate" set.

        Raises NotFoundError for an unknown shop and StorageUnavailableError when nothing could be written.
        """
        answer = await self.answer_call(message, self._own)
        return mark_duplicate(answer.body) if answer.duplicate else answer.body

    async def answer_call(self, message: Message, source: TurnSource) -> TurnAnswer:
        """Answer a message as `source` plans and words it; in all else like `respond`, with the same errors."""
        key = message.key
        self._shops.get_shop(key.shop)
        async with self._turns.lock_for(key):
            with self._telemetry.time_stage("turn", shop=key.shop, channel=key.channel):
                answer = await self._answer_with_retries(message, source)
        if answer.duplicate:
            self._telemetry.count_message(key.shop, key.channel, duplicate=True)
        return answer

    async def catch_up(self, key: ConversationKey) -> None:
        """One turn over every message of the conversation that waits for one; nothing when none does.

        A message that arrives meanwhile moves the conversation: the turn is dropped and done again with it.
        """
        async with self._turns.lock_for(key):
            with self._telemetry.time_stage("turn", shop=key.shop, channel=key.channel):
                await self._catch_up_with_retries(key)

    async def _answer_with_retries(self, message: Message, source: TurnSource) -> TurnAnswer:
        learned = LearnedFacts()
        for _ in range(MOST_ATTEMPTS):
            conversation = await self._store.begin_turn(message)
            if isinstance(conversation, StoredAnswer):
                return TurnAnswer(conversation.body, duplicate=True)
            turn = await self._compute_in_lane((message,), conversation, learned, source)
            try:
                written = await self._commit_turn(turn)
            except ConversationMovedError:
                continue
            except RepeatedDeliveryError as repeated:
                message = replace(message, id=repeated.message_id, delivery_id=None)
                continue
            except BudgetExhaustedError as gone:
                learned.exhausted |= {gone.budget}
                continue
            return TurnAnswer(written, duplicate=written is not turn.body)
        raise StorageUnavailableError(CONVERSATION_KEPT_MOVING)

    async def _catch_up_with_retries(self, key: ConversationKey) -> None:
        learned = LearnedFacts()
        for _ in range(MOST_ATTEMPTS):
            # The state first: what arrives between the two reads moves it, and the turn is computed again.
            conversation = await self._store.load_conversation(key)
            messages = await self._store.load_pending_messages(key)
            if not messages or conversation is None:
                return
            turn = await self._compute_in_lane(messages, conversation, learned, self._own, in_response=False)
            try:
                await self._commit_turn(turn)
            except ConversationMovedError:
                continue
            except BudgetExhaustedError as gone:
                learned.exhausted |= {gone.budget}
                continue
            return
        raise StorageUnavailableError(CONVERSATION_KEPT_MOVING)

    async def _commit_turn(self, turn: Turn) -> Mapping[str, Any]:
        with self._telemetry.time_stage("write"):
            written = await self._store.commit(turn)
        if self._second_opinion is not None:
            self._second_opinion.count_change(turn.second)
        return written

    async def _compute_in_lane(
        self,
        messages: tuple[Message, ...],
        conversation: Conversation,
        learned: LearnedFacts,
        source: TurnSource,
        *,
        in_response: bool = True,
    ) -> Turn:
        """The turn, computed in one of its shop's places; the place is free while a second reader is waited for."""
        lane = self._lanes[conversation.key.shop]
        try:
            async with lane:
                return await self._compute_turn(messages, conversation, learned, source, in_response=in_response)
        except UnsureError as unsure:
            if self._second_opinion is None:
                raise
            with self._telemetry.time_stage("second_reader"):
                learned.second = await self._second_opinion.ask_reader(unsure)
        async with lane:
            return await self._compute_turn(messages, conversation, learned, source, in_response=in_response)

    async def _compute_turn(
        self,
        messages: tuple[Message, ...],
        conversation: Conversation,
        learned: LearnedFacts,
        source: TurnSource,
        *,
        in_response: bool = True,
    ) -> Turn:
        message = merge_messages(messages)
        opened = self._shops.get_shop(message.key.shop).for_one_turn()
        now = self._clock()
        with self._telemetry.time_stage("understand"):
            own = set_buyer(conversation, message)
            asked = opened.build_utterance(message.text, now, dialogue_context(own, now), message.context.product_id)
            understanding = await self._together.understand_in_batch(opened.reader, asked)
        before = set_buyer(resume_bot(conversation) if source.resumes else reclaim_closed(conversation), message)
        heard_acts, heard = (
            understanding.acts,
            opened.listener.detect_signals(understanding.normalised, understanding.names),
        )
        settled, before = settle_kind(opened, before, message, understanding, now)
        resolved = resolve_message(opened, before, message, settled, now)
        full_text = "" if resolved.normalised == understanding.normalised else resolved.normalised
        certain = await keep_stage_rows(opened, message, doubt_rows(opened, before, resolved, now))
        understanding, before = settle_focus(opened, before, message, certain, now)
        pictured = message.type is MessageType.IMAGE
        view = stays_in_view(understanding, before.current_slot(SlotName.PRODUCT, now))
        found = remember_entities(before, understanding.entities, message.context, now, pictured=pictured, view=view)
        scene = Scene(
            opened,
            found,
            message,
            now,
            learned.exhausted,
            heard,
            heard_acts,
            full_text=full_text,
            second=learned.second,
        )
        turn = await self._dispatch_by_owner(scene, understanding, source.planner)
        turn = settle_invitation(replace(turn, messages=messages), scene)
        if turn.conversation.owner in PEOPLE and turn.conversation.handoff_id:
            turn = _note_wait(turn, turn.conversation.handoff_id, scene)
        verdict = most_severe_step(turn.steps).verdict
        answered = turn_answered(turn, verdict, self._clock(), in_response=in_response)
        return replace(turn, body=source.present(turn, answered), events=tuple(turn_events(turn, answered)))

    async def _dispatch_by_owner(self, scene: Scene, understanding: Understanding, planner: RequestPlanner) -> Turn:
        if scene.conversation.owner is Owner.AGENT:
            return self._silent_turn(scene, understanding)
        if scene.conversation.owner is Owner.QUEUE:
            return await self._queue_turn(scene, understanding, planner)
        return await self._answer_turn(scene, understanding, planner)

    async def _answer_turn(self, scene: Scene, understanding: Understanding, planner: RequestPlanner) -> Turn:
        planned = PlannedTurn(planner.plan_requests(scene, understanding), understanding)
        if self._second_opinion is not None:
            planned = self._second_opinion.review_plans(scene, planner, planned)
        steps = await self._run_plans(scene, planned)
        after = next_state(scene.conversation, steps, scene.now, scene.opened.shop.settings.hours)
        if not any(step.handoff_wish for step in steps):
            return self._build_turn(scene, planned, steps, after, join_texts([step.outcome.text for step in steps]))
        texts = [step.outcome.text for step in steps if not _is_only_question(step)]
        ticket, acknowledgement = await self._desk.escalate(replace(scene, conversation=after), steps)
        after = queue_conversation(after, ticket.id)
        return self._build_turn(scene, planned, steps, after, join_texts([*texts, acknowledgement]), ticket)

    async def _run_plans(self, scene: Scene, planned: PlannedTurn) -> tuple[Step, ...]:
        """The steps of a turn in order; what one said is not said again by the next."""
        steps: tuple[Step, ...] = ()
        for plan in planned.plans:
            if steps:
                scene = scene.next_scene(steps[-1].outcome)
            with self._telemetry.time_stage("act", intent=plan.decision.intent):
                step = await self._actions.execute_decision(scene, plan.request, plan.decision)
            step = drop_repeated_questions(step, steps)
            self._telemetry.observe_facts(step.outcome.facts, scene.now)
            steps = (*steps, step)
        return steps

    def _silent_turn(self, scene: Scene, understanding: Understanding) -> Turn:
        step = Step(whole_request(understanding), _stay_silent(understanding))
        return self._build_turn(scene, PlannedTurn((), understanding), (step,), scene.conversation, "")

    async def _queue_turn(self, scene: Scene, understanding: Understanding, planner: RequestPlanner) -> Turn:
        """A message for the person who is waited for; what surely is another matter is answered meanwhile."""
        ticket, traits = await self._desk.extend_brief(scene, understanding), scene.opened.traits
        if ticket is None:
            return self._silent_turn(scene, understanding)
        if takes_back_handoff(ticket, scene, understanding, traits):
            return await self._withdraw_turn(scene, understanding, ticket)
        planned = PlannedTurn(tell_terms(planner.plan_requests(scene, understanding), scene), understanding)
        steps = await self._answer_meanwhile(scene, planned, ticket)
        if steps and all(map(binds_nothing, steps)):
            after = next_state(scene.conversation, steps, scene.now, scene.opened.shop.settings.hours)
            texts = [step.outcome.text for step in steps]
            if any(map(asks_own_terms, planned.plans)):
                texts.append(await self._desk.word_wait(scene, ticket, AcknowledgementKind.TERMS))
            return self._build_turn(scene, planned, steps, after, join_texts(texts), ticket)
        word = choose_word(scene, understanding, ticket, traits, steps)
        said = await self._desk.word_wait(scene, ticket, word) if word else ""
        step = Step(whole_request(understanding), _stay_silent(understanding))
        after = note_word(scene.conversation, word, understanding, scene.acts)
        return self._build_turn(scene, PlannedTurn((), understanding), (step,), after, said, ticket)

    async def _withdraw_turn(self, scene: Scene, understanding: Understanding, ticket: Ticket) -> Turn:
        """The buyer wants no person any more: the ticket ends, and the bot goes on."""
        said = await self._desk.word_wait(scene, ticket, AcknowledgementKind.WITHDRAWN)
        receipt = Answer(scene.opened.traits.get_holder(IntentRole.RECEIPT), 1.0)
        step = Step(whole_request(understanding), receipt, Outcome(said))
        after, ended = free_conversation(scene.conversation, scene.now), withdraw_ticket(ticket, scene.now)
        return self._build_turn(scene, PlannedTurn((), understanding), (step,), after, said, ended)

    async def _answer_meanwhile(self, scene: Scene, planned: PlannedTurn, ticket: Ticket) -> tuple[Step, ...]:
        """The steps of an answer that may be given; none where a person should give it."""
        certain = scene.opened.shop.settings.thresholds.answer
        if not may_answer_meanwhile(ticket, planned.plans, scene.heard, scene.opened.traits, certain=certain):
            return ()
        return await self._run_plans(scene, planned)

    def _build_turn(
        self,
        scene: Scene,
        planned: PlannedTurn,
        steps: tuple[Step, ...],
        after: Conversation,
        text: str,
        ticket: Ticket | None = None,
    ) -> Turn:
        return Turn(
            messages=(scene.message,),
            expected_version=scene.conversation.version,
            conversation=after,
            body={},
            trace_id=self._new_id(),
            at=scene.now,
            understanding=planned.understanding,
            steps=steps,
            replies=(OutgoingReply(self._new_id(), text, join_contents(text, steps)),) if text else (),
            ticket=ticket,
            effects=tuple(effect for step in steps for effect in step.outcome.effects),
            second=planned.second,
        )


def _is_only_question(step: Step) -> bool:
    """A question of ours has no place beside a handoff: a person will ask."""
    return step.handoff_wish is None and (step.outcome.asks is not None or isinstance(step.decision, Clarify))


def _note_wait(turn: Turn, ticket_id: str, scene: Scene) -> Turn:
    """The turn with what it means for the ticket: people are waited for."""
    wait = describe_wait(ticket_id, turn.messages, scene.acts, scene.opened.shop.settings.deadlines)
    opened = turn.ticket and replace(turn.ticket, trace_id=turn.ticket.trace_id or turn.trace_id)
    return replace(turn, wait=wait, ticket=opened)


def _stay_silent(understanding: Understanding) -> Silent:
    best = understanding.requests[0].intents[0]
    return Silent(best.intent, best.confidence)
