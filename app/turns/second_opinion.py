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
from app.domain.decision import Answer, Clarify, Decision, Handoff
from app.domain.fact import FactsError
from app.domain.intent_traits import IntentDirectory
from app.domain.second_reading import SecondReading, Unsure
from app.domain.understanding import Request, Understanding
from app.second_reader.bounded import BoundedReader
from app.second_reader.choices import describe_intent, is_unsure, list_entries, list_intents
from app.second_reader.weighing import Weights, reweigh_request
from app.turns.plan import RequestPlan
from app.turns.planner import RequestPlanner
from app.turns.scene import Scene

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
        request = self._find_unsure(scene, planned)
        if request is None:
            return replace(planned, second=scene.second)
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

    def _find_unsure(self, scene: Scene, planned: PlannedTurn) -> Request | None:
        """The first request that the reader may be asked about."""
        settings = scene.opened.shop.settings
        for plan in planned.plans:
            request = _find_request(planned.understanding, plan)
            if is_unsure(request, plan.decision, settings, self.traits, assumed=plan.assumed):
                return request
        return None

    def _ask_about(self, scene: Scene, request: Request) -> Unsure:
        conversation, shop = scene.conversation, scene.opened.shop
        product = shop.products_by_id.get(scene.message.context.product_id or "")
        return Unsure(
            shop=shop.shop_id,
            version=shop.version,
            text=request.text,
            intents=list_intents(request, self.traits),
            faqs=list_entries(request),
            asked=describe_intent(conversation.pending.intent if conversation.pending else None, self.traits),
            last=describe_intent(conversation.last_intent, self.traits),
            product=product.title if product else "",
        )


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
