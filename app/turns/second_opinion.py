"""Asks a second reader about a request our models are unsure of, and plans the turn anew with what it says.

Where in the turn: after the plan and before the first action. Earlier nobody knows whether anything is unsure: risk
words, the answer to our own question and courtesies are settled by planning, which is pure and costs microseconds.
Later something would have been said. So a turn that needs the reader is given up before it did anything, the reader is
asked, and the turn is computed again; a turn that does not need it never waits.

The conversation's lock is held meanwhile, for two seconds at most, because the next message of this buyer must not be
answered before this one. The shop's lane is not: sixteen slow calls would hold up all of its buyers.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from app.domain.conversation import SlotName
from app.domain.decision import Answer, Clarify, Decision, Handoff, Reason, Silent
from app.domain.fact import FactsError
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.second_reading import Choice, SecondReading, Unsure
from app.domain.understanding import Request, Understanding
from app.language.codes import is_wordless
from app.second_reader.bounded import BoundedReader
from app.second_reader.weighing import Weights, reweigh_request
from app.turns.planner import RequestPlan, RequestPlanner
from app.turns.scene import Scene

MOST_INTENTS = 8
MOST_ENTRIES = 5
LONGEST_LOOK = 0.5
"""Seconds for the order's state."""
CHANGED = "changed"
"""Counted beside the outcomes: another thing was decided."""


class UnsureError(Exception):
    """The turn was given up before it did anything: a second reader should be asked first."""

    def __init__(self, question: Unsure, scene: Scene) -> None:
        super().__init__("a second reader should be asked")
        self.question = question
        self.scene = scene


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    """What is going to be done, by what understanding, and what came of asking a second reader."""

    plans: Sequence[RequestPlan]
    understanding: Understanding
    second: SecondReading | None = None


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Decides what a second reader is asked, and what its answer changes."""

    reader: BoundedReader
    traits: IntentDirectory
    count: Callable[[str], None]

    async def ask_reader(self, unsure: UnsureError) -> SecondReading:
        """What came of asking; within the time the reader is given, the look at the order included."""
        began = monotonic()
        state = await _find_order_state(unsure.scene)
        left = self.reader.caps.seconds - (monotonic() - began)
        return await self.reader.ask_reader(replace(unsure.question, order_state=state), left)

    def review_plans(self, scene: Scene, planner: RequestPlanner, planned: PlannedTurn) -> PlannedTurn:
        """The plans as they are, or as they become by what the reader said.

        Raises UnsureError when it has to be asked, which happens once in a turn.
        """
        unsure = next((plan for plan in planned.plans if self._is_unsure(scene, plan)), None)
        if unsure is None or is_bare_mention(planned.understanding):
            return replace(planned, second=scene.second)
        request = _find_request(planned.understanding, unsure)
        question = self._ask_about(scene, request)
        second = scene.second
        if second is None:
            raise UnsureError(question, scene)
        if second.read is None or not _is_same_question(second.question, question):
            return replace(planned, second=second)
        weights = scene.opened.shop.settings.second_reader
        revised = reweigh_request(request, question, second.read, Weights(weights.own, weights.second))
        understanding = _replace_request(planned.understanding, request, revised)
        plans = planner.plan_requests(scene, understanding)
        changed = [_summarise(plan) for plan in plans] != [_summarise(plan) for plan in planned.plans]
        return PlannedTurn(plans, understanding, replace(second, changed=changed))

    def count_change(self, second: SecondReading | None) -> None:
        """A turn was written by what the reader said."""
        if second is not None and second.changed:
            self.count(CHANGED)

    def _is_unsure(self, scene: Scene, plan: RequestPlan) -> bool:
        """Whether the decision hangs on a confidence under `answer`, or on nothing else being certain.

        What goes to people whatever is said, a courtesy, a bare number and the answer to our own question do not: they
        are decided with full confidence, or by an intent that nothing may lead away from.
        """
        decision, settings = plan.decision, scene.opened.shop.settings
        if isinstance(decision, Silent) or (decision.confidence >= settings.thresholds.answer and not plan.assumed):
            return False
        if isinstance(decision, Handoff) and decision.reason is not Reason.REPEATED_MISS:
            return False
        best = plan.request.intents[0].intent
        guarded = self.traits.reserved_intents(settings.authority.always_people.chosen_intents)
        kept = best in guarded or self.traits.holds_role(best, IntentRole.PERSON)
        return not kept and not self.traits.is_courtesy(best)

    def _ask_about(self, scene: Scene, request: Request) -> Unsure:
        conversation, shop = scene.conversation, scene.opened.shop
        product = scene.message.context.product_id
        return Unsure(
            shop=shop.shop_id,
            version=shop.version,
            text=request.text,
            intents=self.list_choices(request),
            faqs=list_entries(request),
            asked=self._title(conversation.pending.intent if conversation.pending else None),
            last=self._title(conversation.last_intent),
            product=next((each.title for each in shop.products if each.product_id == product), "") if product else "",
        )

    def list_choices(self, request: Request) -> tuple[Choice, ...]:
        """The best intents, then what cannot be told and what is none of ours, which the reader may always say."""
        unclear = self.traits.get_holder(IntentRole.ASKS_MEANING)
        other = next((intent for intent, own in self.traits.items() if own.unknown and intent != unclear), unclear)
        best = [score.intent for score in request.intents[:MOST_INTENTS] if score.intent not in {unclear, other}]
        return tuple(Choice(intent, self._title(intent)) for intent in (*best, unclear, other))

    def _title(self, intent: str | None) -> str:
        own = self.traits.get(intent or "")
        return own.title if own else ""


async def _find_order_state(scene: Scene) -> str:
    """The state of the order in view, where the shop's source says it in time."""
    order_id = scene.conversation.current_slot(SlotName.ORDER, scene.now) or scene.message.context.order_id
    if not order_id:
        return ""
    try:
        async with asyncio.timeout(LONGEST_LOOK):
            found = await scene.opened.facts.get_order(order_id)
    except (TimeoutError, FactsError):
        return ""
    return found.value.state.value if found.value else ""


def list_entries(request: Request) -> tuple[Choice, ...]:
    """The best entries."""
    return tuple(Choice(score.entry_id, score.question) for score in request.faqs[:MOST_ENTRIES])


def is_bare_mention(understanding: Understanding) -> bool:
    """Whether the message is a number or a name and nothing else: there is nothing to read in it."""
    text = understanding.normalised.strip()
    if is_wordless(text) or not any(map(str.isalpha, text)):
        return True
    return any(entity.text == text for entity in understanding.entities)


def _find_request(understanding: Understanding, plan: RequestPlan) -> Request:
    """The request that the plan hangs on: an answer to our question is judged by the first."""
    planned = any(each is plan.request for each in understanding.requests)
    return plan.request if planned else understanding.requests[0]


def _is_same_question(asked: Unsure, now: Unsure) -> bool:
    """Whether an answer still fits: the conversation may have moved while it was waited for."""
    return (asked.text, asked.intents, asked.faqs) == (now.text, now.intents, now.faqs)


def _replace_request(understanding: Understanding, old: Request, new: Request) -> Understanding:
    requests = tuple(new if each is old else each for each in understanding.requests)
    whole = new if understanding.whole is old else understanding.whole
    return replace(understanding, requests=requests, whole=whole)


def _summarise(plan: RequestPlan) -> tuple[type[Decision], str, object]:
    decision = plan.decision
    match decision:
        case Answer(faq=faq) | Handoff(faq=faq):
            return type(decision), decision.intent, faq
        case Clarify(options=options):
            return type(decision), decision.intent, options
        case _:
            return type(decision), decision.intent, None
