"""A shop and one buyer in memory: real actions, gate and sentences; only the intent is told and nothing is stored."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from app.dialogue.follow_up import match_pending_answer, read_counter_offer
from app.dialogue.signals import SignalDetector, Signals
from app.dialogue.slots import remember_entities
from app.domain.conversation import Conversation
from app.domain.decision import Answer
from app.domain.message import ConversationKey, Message, MessageContext, Sender
from app.domain.outcome import HandoffRequest, Outcome, RecordUrge, Spend
from app.domain.understanding import DialogueContext, IntentScore, Request, Understanding
from app.facts.files import FileFacts
from app.facts.port import Facts
from app.shop.shop import Shop
from app.tenants.registry import OpenShop
from app.turns.actions import ActionRunner, make_executor
from app.turns.scene import Scene
from app.turns.state import next_state
from app.turns.step import Step
from app.understanding.entities.finder import EntityFinder, EntityNames
from app.understanding.entities.goods import GoodsFinder
from intents._framework.registry import load_intents

MORNING = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)  # Wednesday, 10:30 in the shop
MOST_ATTEMPTS = 8
NO_CONTEXT = DialogueContext()


@cache
def performer() -> ActionRunner:
    """The real one, made once: it keeps nothing between turns."""
    catalogue = load_intents()
    return ActionRunner(catalogue, make_executor(catalogue))


class DeafReader:
    """Stands where the language would be; the market tells the intent itself."""

    def understand(
        self,
        text: str,
        context: DialogueContext = NO_CONTEXT,
        *,
        product_id: str | None = None,
    ) -> Understanding:
        raise NotImplementedError(text, context, product_id)


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
    """One conversation at a time; `spent` are the budgets as the store would keep them."""

    shop: Shop
    now: datetime = MORNING
    buyer: str = "amei"
    facts: Facts | None = None
    conversation: Conversation = field(default_factory=lambda: Conversation(ConversationKey("songxia", "test", "c")))
    spent: dict[str, Decimal] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._finder = EntityFinder(EntityNames({}, {}), GoodsFinder(self.shop.products))
        facts = self.facts or FileFacts(self.shop, lambda: self.now)
        self._opened = OpenShop(self.shop, DeafReader(), facts, SignalDetector(()), {}, {})

    async def hears(self, text: str, intent: str, *, angry: bool = False, **context: str) -> Said:
        """The buyer writes; the answer as it would leave."""
        message = self._message(text, MessageContext(**context))
        conversation, request = self._read(message, intent)
        intent = request.intents[0].intent
        exhausted: frozenset[str] = frozenset()
        for _ in range(MOST_ATTEMPTS):
            scene = Scene(
                self._opened, conversation, message, self.now, exhausted, Signals(anger="气死了" if angry else None)
            )
            step = await performer().execute_decision(scene, request, Answer(intent, 1.0))
            gone = self._overspent(step.outcome)
            if gone is None:
                return self._written(conversation, step)
            exhausted |= {gone}
        raise AssertionError("an action keeps spending budgets that are gone")

    def later(self, **units: float) -> None:
        """Time passes."""
        self.now += timedelta(**units)

    def anew(self, buyer: str) -> None:
        """Another buyer opens another conversation; budgets stay spent."""
        self.buyer = buyer
        self.conversation = Conversation(ConversationKey("songxia", "test", f"{buyer}-{len(self.said)}"))

    def _message(self, text: str, context: MessageContext) -> Message:
        key = self.conversation.key
        return Message(f"m{len(self.said)}", key, Sender(self.buyer), text, self.now, self.now, context=context)

    def _read(self, message: Message, intent: str) -> tuple[Conversation, Request]:
        """What the responder does before the action: slots, and the answer to our own question."""
        product_id = message.context.product_id or self.conversation.current_slot("product", self.now)
        found = self._finder.find_entities(message.text, today=self.now.date(), product_id=product_id)
        conversation = replace(remember_entities(self.conversation, found, message.context, self.now), buyer=self.buyer)
        request = Request(message.text, (IntentScore(intent, 1.0),), entities=found)
        whole = Understanding(message.text, message.text, found, (request,))
        answer = (
            match_pending_answer(conversation, whole, message.context, certain=0.62, now=self.now)
            if conversation.pending
            else None
        )
        if answer is None or answer.option:
            return conversation, read_counter_offer(conversation, request) or request
        if not answer.filled:
            return conversation, replace(request, intents=(IntentScore(answer.pending.intent, 1.0),))
        first = self._finder.find_entities(answer.pending.text, today=self.now.date(), product_id=product_id)
        scores = (IntentScore(answer.pending.intent, 1.0),)
        return conversation, Request(answer.pending.text, scores, entities=(*found, *first))

    def _overspent(self, outcome: Outcome) -> str | None:
        for spend in outcome.effects:
            if isinstance(spend, Spend) and self.spent.get(spend.budget, Decimal(0)) + spend.amount > spend.limit:
                return spend.budget
        return None

    def _written(self, conversation: Conversation, step: Step) -> Said:
        for spend in step.outcome.effects:
            if isinstance(spend, Spend):
                self.spent[spend.budget] = self.spent.get(spend.budget, Decimal(0)) + spend.amount
        after = next_state(conversation, (step,), self.now, self.shop.settings.hours)
        self.conversation = replace(after, version=conversation.version + 1)
        said = Said(step.outcome.text, step, self.now, self.buyer)
        self.said.append(said)
        return said
