"""A shop and one buyer in memory: the real turn, actions, gate and sentences; only the intent is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from app.dialogue.follow_up import match_pending_answer, read_counter_offer
from app.dialogue.signals import Signals
from app.domain.conversation import Conversation
from app.domain.decision import Answer
from app.domain.intent_traits import IntentDirectory
from app.domain.message import ConversationKey, Message, MessageContext, Sender
from app.domain.outcome import HandoffRequest, Outcome, RecordUrge, Spend
from app.domain.step import Step
from app.domain.ticket import Ticket
from app.domain.understanding import Entity, IntentScore, Request, Understanding, Utterance
from app.domain.written_turn import Turn
from app.facts.files import FileFacts
from app.facts.port import Facts
from app.observability.metrics import Metrics
from app.observability.telemetry import MetricTelemetry
from app.shop.shop import Shop
from app.storage.ports import BudgetExhaustedError
from app.tenants.registry import OpenShop, OpenShops
from app.turns.action_call import make_executor
from app.turns.actions import ActionRunner
from app.turns.plan import RequestPlan
from app.turns.responder import Responder, TurnSource
from app.turns.response import answer_body
from app.turns.scene import Scene
from app.understanding.entities.finder import EntityFinder
from app.understanding.entities.goods import GoodsFinder
from intents._framework.registry import load_intents
from tests.builders import acts_of
from tests.storage.builders import a_ticket

MORNING = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)  # Wednesday, 10:30 in the shop


@cache
def performer() -> ActionRunner:
    """The real one, made once: it keeps nothing between turns."""
    catalogue = load_intents()
    return ActionRunner(catalogue, make_executor(catalogue))


@cache
def traits() -> IntentDirectory:
    """Those of the real intents."""
    return load_intents().traits


class GoodsReader:
    """Stands where the language would be: it finds entities, and the market tells the intent."""

    def __init__(self, shop: Shop) -> None:
        self._finder = EntityFinder({}, GoodsFinder(shop.products))

    def recall_understanding(self, asked: Utterance) -> None:
        """Everything is new to it."""

    def understand_all(self, asked: Sequence[Utterance]) -> list[Understanding]:
        return [self._understand(each) for each in asked]

    def find_entities(
        self, text: str, *, today: date | None = None, product_id: str | None = None
    ) -> tuple[Entity, ...]:
        return self._finder.find_entities(text, today=today, product_id=product_id)

    def _understand(self, asked: Utterance) -> Understanding:
        product_id = asked.product_id or asked.context.product_id
        found = self._finder.find_entities(asked.text, today=asked.today or MORNING.date(), product_id=product_id)
        request = Request(asked.text, (IntentScore("unclear", 0.0),), entities=found, acts=acts_of(asked.text))
        return Understanding(asked.text, asked.text, found, (request,))


@dataclass(frozen=True)
class ToldIntent:
    """A plan from outside that still hears the answers to our own questions."""

    intent: str

    def plan_requests(self, scene: Scene, understanding: Understanding) -> list[RequestPlan]:
        conversation, context = scene.conversation, scene.message.context
        scores = (IntentScore(self.intent, 1.0),)
        request = replace(understanding.requests[0], intents=scores)
        whole = replace(understanding, requests=(request,))
        pending = conversation.pending
        answer = (
            match_pending_answer(conversation, whole, context, traits(), certain=0.62, now=scene.now)
            if pending
            else None
        )
        if answer is None or answer.option:
            return [_plan(read_counter_offer(conversation, request, traits()) or request)]
        scores = (IntentScore(answer.pending.intent, 1.0),)
        if not answer.filled:
            return [_plan(replace(request, intents=scores))]
        first = scene.opened.understand(answer.pending.text, scene.now, product_id=_product(scene))
        entities = (*understanding.entities, *first.entities)
        return [_plan(Request(answer.pending.text, scores, entities=entities, acts=first.acts))]


def _plan(request: Request) -> RequestPlan:
    return RequestPlan(request, Answer(request.intents[0].intent, 1.0))


def _product(scene: Scene) -> str | None:
    return scene.message.context.product_id or scene.conversation.current_slot("product", scene.now)


class Ears:
    """Hears what the market tells it to."""

    def __init__(self) -> None:
        self.angry = False

    def detect_signals(self, _text: str, _names: Sequence[str] = ()) -> Signals:
        return Signals(anger="气死了" if self.angry else None)


class NoDesk:
    """Where people would be; the market only asks whether they were called."""

    async def escalate(self, _scene: Scene, _steps: tuple[Step, ...]) -> tuple[Ticket, str]:
        return a_ticket(), ""


class Ledger:
    """The store of one market: conversations, turns and what was spent, in memory."""

    def __init__(self) -> None:
        self.conversations: dict[ConversationKey, Conversation] = {}
        self.spent: dict[str, Decimal] = {}
        self.turns: list[Turn] = []

    async def begin_turn(self, message: Message) -> Conversation:
        return self.conversations.get(message.key, Conversation(message.key))

    async def commit(self, turn: Turn) -> Mapping[str, Any]:
        spends = [effect for effect in turn.effects if isinstance(effect, Spend)]
        for spend in spends:
            if self.spent.get(spend.budget, Decimal(0)) + spend.amount > spend.limit:
                raise BudgetExhaustedError(spend.budget)
        for spend in spends:
            self.spent[spend.budget] = self.spent.get(spend.budget, Decimal(0)) + spend.amount
        self.turns.append(turn)
        after = replace(turn.conversation, version=turn.expected_version + 1)
        self.conversations[after.key] = after
        return turn.body


@dataclass(frozen=True)
class Said:
    """One turn as the buyer and the shop see it."""

    text: str
    step: Step
    at: datetime
    buyer: str

    @property
    def outcome(self) -> Outcome:
        return self.step.outcome

    @property
    def handoff(self) -> HandoffRequest | None:
        return self.step.handoff_wish

    @property
    def refused(self) -> str:
        return self.step.refused

    @property
    def urges(self) -> list[RecordUrge]:
        return [effect for effect in self.outcome.effects if isinstance(effect, RecordUrge)]


@dataclass
class Market:
    """One conversation at a time with the responder itself; only the language and the store are the market's own.

    `begun` is a conversation that was held elsewhere and goes on here.
    """

    shop: Shop
    now: datetime = MORNING
    buyer: str = "amei"
    facts: Facts | None = None
    begun: Conversation | None = None
    said: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._key = ConversationKey(self.shop.shop_id, "test", "c")
        self._ledger, self._ears = Ledger(), Ears()
        if self.begun:
            self._key = self.begun.key
            self._ledger.conversations[self._key] = self.begun
        facts = self.facts or FileFacts(self.shop, lambda: self.now)
        opened = OpenShop(self.shop, GoodsReader(self.shop), facts, self._ears, {}, {})  # type: ignore[arg-type]  # as much as is asked
        self._responder = Responder(
            shops=OpenShops({self.shop.shop_id: opened}),
            store=self._ledger,  # type: ignore[arg-type]  # as much of a store as a turn needs
            actions=performer(),
            desk=NoDesk(),  # type: ignore[arg-type]  # nobody waits in a queue here
            telemetry=MetricTelemetry(Metrics()),
            planner=ToldIntent("unclear"),
            clock=lambda: self.now,
            new_id=lambda: f"id-{len(self.said)}",
        )

    @property
    def conversation(self) -> Conversation:
        return self._ledger.conversations.get(self._key, Conversation(self._key))

    @property
    def spent(self) -> dict[str, Decimal]:
        return self._ledger.spent

    async def hears(self, text: str, intent: str, *, angry: bool = False, **context: str) -> Said:
        """The buyer writes; the answer as it would leave."""
        self._ears.angry = angry
        message = self._message(text, MessageContext(**context))
        source = TurnSource(ToldIntent(intent), lambda _turn, answered: answer_body(answered), resumes=True)
        await self._responder.answer_call(message, source)
        (step,) = self._ledger.turns[-1].steps
        said = Said(step.outcome.text, step, self.now, self.buyer)
        self.said.append(said)
        return said

    def later(self, **units: float) -> None:
        """Time passes."""
        self.now += timedelta(**units)

    def anew(self, buyer: str) -> None:
        """Another buyer opens another conversation; budgets stay spent."""
        self.buyer = buyer
        self._key = replace(self._key, conversation=f"{buyer}-{len(self.said)}")

    def _message(self, text: str, context: MessageContext) -> Message:
        sender = Sender(self.buyer)
        return Message(f"m{len(self.said)}", self._key, sender, text, self.now, self.now, context=context)
