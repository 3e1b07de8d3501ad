"""Carries out one decision: the shop's own answer or the intent's action, then the gate."""

from dataclasses import replace

from rasa_sdk.executor import ActionExecutor

from app.domain.acts import Act
from app.domain.catalogue import FaqEntry
from app.domain.conversation import SlotName
from app.domain.decision import Answer, Clarify, Decision, Handoff, Reason, Silent
from app.domain.fact import FactsError, FactsStaleError
from app.domain.handoff import Group
from app.domain.intent_traits import IntentRole
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.step import Step
from app.domain.understanding import Request
from app.guard.gate import Refusal, find_expired_promises, review_outcome
from app.shop.variables import QuoteContext, fill_variables
from app.turns.action_call import build_action_call
from app.turns.limits import find_limit, find_near_limit
from app.turns.readings import ReadingChooser
from app.turns.scene import Scene
from app.turns.shop_rows import (
    LIKELY_FROM,
    bring_into_view,
    find_likely_row,
    find_own_row,
    find_policy_row,
    find_rule_row,
    is_missed,
    knows_nothing,
    least_likely,
    name_row_goods,
    tell_row,
    tells_policy,
)
from app.turns.stages import choose_staged_entry
from app.turns.step import tells_own_order, tells_something
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import (
    build_row_handoff,
    entry_content,
    faq_tried_note,
    name_product,
)
from intents._framework.registry import IntentDefinition, IntentRegistry
from intents._framework.replies import IntentReplies
from intents._kit.forms import remember_report
from intents._kit.orders import AnotherAccountError
from intents._kit.other_account import answer_other_account

note = load_notes(__file__)


MOST_TRIED = 2
"""Readings that are tried before we ask which is meant."""


class ActionRunner:
    """Runs actions in-process through rasa-sdk's executor."""

    def __init__(self, catalogue: IntentRegistry, executor: ActionExecutor) -> None:
        self._catalogue = catalogue
        self._executor = executor
        self._readings = ReadingChooser(catalogue.traits)

    async def execute_decision(self, scene: Scene, request: Request, decision: Decision) -> Step:
        """The step this decision comes to; what the shop forbids goes before it."""
        limit = find_limit(scene, request, decision, self._catalogue.traits)
        if limit is None:
            return await self._carry_out(scene, request, decision)
        answered = Answer(scene.opened.intent_of[limit.entry_id], decision.confidence, limit.entry_id)
        return Step(request, answered, self._answer_from_faq(scene, request, limit))

    async def _carry_out(self, scene: Scene, request: Request, decision: Decision) -> Step:
        if isinstance(decision, Clarify):
            decision = await self._readings.settle_reading(scene, request, decision)
        told = await self._tell_likely(scene, request, decision) if isinstance(decision, Clarify) else None
        told = told or (self._tell_nearest(scene, request, decision) if is_missed(decision) else None)
        if told:
            return told
        decision = self._readings.prefer_written(scene, request, decision)
        match decision:
            case Answer():
                return await self._answer_as(scene, request, decision)
            case Clarify(intent=asked, options=(), reason=Reason.LOW_CONFIDENCE) if self._asks_meaning(asked):
                step = await self._run_action(scene, request, Answer(asked, decision.confidence))
                return step if tells_own_order(step) else replace(step, decision=decision)
            case Clarify():
                return Step(request, decision, self._ask_clarification(scene, request, decision))
            case Handoff(reason=reason):
                return Step(request, decision, Outcome(text="", handoff=HandoffRequest(reason)))
            case Silent():
                return Step(request, decision)

    async def _answer_as(self, scene: Scene, request: Request, decision: Answer) -> Step:
        """The row's answer where it may be quoted, else the intent's action."""
        if decision.faq and self._readings.may_quote(scene, request, decision):
            return await self._quote_row(scene, request, decision, scene.opened.entries[decision.faq])
        return await self._run_action(scene, request, replace(decision, faq=None) if decision.faq else decision)

    def _tell_nearest(
        self, scene: Scene, request: Request, decision: Decision, least: float = LIKELY_FROM
    ) -> Step | None:
        """The row that most likely answers, told as what the shop has written of it; None where none may."""
        product = self._readings.find_product_meant(scene, request)
        if isinstance(decision, Clarify) and decision.options:
            least = max(least, decision.confidence)
        last = scene.conversation.last_intent
        in_hand = last is not None and self._catalogue.traits.names_business(last)
        entry = find_near_limit(scene, request) or find_likely_row(
            request, scene.opened.shop, scene.conversation, scene.now, product, least, in_hand=in_hand
        )
        if entry is None:
            return None
        told = self._answer_from_faq(scene, request, entry)
        said = self.fresh_replies(self._asking_intent, scene).render_reply("nearest_row", answer=told.text)
        outcome = replace(told, text=said.text, used_replies=(said.variant,))
        answered = Answer(scene.opened.intent_of[entry.entry_id], decision.confidence, entry.entry_id)
        return Step(request, answered, outcome)

    async def _tell_likely(self, scene: Scene, request: Request, asked: Clarify) -> Step | None:
        """The likelier of two readings, carried out instead of asked about, and the other offered in half a sentence.

        Where none tells anything without binding the shop or calling people, and all are of an order, the order is
        asked for, which settles more than the question what is meant; None otherwise.
        """
        readings = asked.options[:MOST_TRIED]
        tried: list[Step] = []
        for meant in readings:
            step = await self._answer_as(scene, request, Answer(meant.intent, asked.confidence, meant.faq))
            own = self._catalogue.traits.get(meant.intent)
            if tells_something(step, of_orders=own is not None and (own.aftersale or own.of_orders_alone)):
                other = next((each.label for each in readings if each is not meant), None)
                return self._offer_other(scene, step, other) if other else step
            tried.append(step)
        if len(tried) == 1 and self._tells_in_general(tried[0]):
            return tried[0]
        wants_order = bool(tried) and all(
            each.outcome.asks and each.outcome.asks.slot == SlotName.ORDER for each in tried
        )
        return tried[0] if wants_order else None

    def _tells_in_general(self, step: Step) -> bool:
        """Whether a reading of an order says what holds without one, of nothing that the buyer would have received."""
        own = self._catalogue.traits.get(step.decision.intent)
        return own is not None and not own.aftersale and tells_something(step, of_orders=False)

    def _offer_other(self, scene: Scene, step: Step, other: str) -> Step:
        replies = self.fresh_replies(self._asking_intent, scene)
        said, told = replies.render_reply("or_meant", option=other), step.outcome
        outcome = replace(told, text=f"{told.text}\n{said.text}", used_replies=(*told.used_replies, said.variant))
        return replace(step, outcome=outcome)

    async def _quote_row(self, scene: Scene, request: Request, decision: Answer, entry: FaqEntry) -> Step:
        """The row's answer; the intent's action where the shop has no row for where the buyer stands."""
        staged = await choose_staged_entry(scene.opened, scene.message, entry)
        if staged is None or await self._readings.knows_order(scene, decision, staged):
            return await self._run_action(scene, request, replace(decision, faq=None))
        if await self._readings.may_tell_order(scene, request, decision):
            own = await self._run_action(scene, request, replace(decision, faq=None))
            if tells_own_order(own):
                return own
        told = self._answer_from_faq(scene, request, staged)
        if self._begins_report(scene, request, decision):
            told = replace(told, memory=remember_report(request.text, scene.now))
        return Step(request, replace(decision, faq=staged.entry_id), told)

    def _begins_report(self, scene: Scene, request: Request, decision: Answer) -> bool:
        """Whether trouble with what was bought is told, that no form has begun to collect."""
        own = self._catalogue.traits.get(decision.intent)
        open_form = scene.conversation.memory.get(decision.intent, {}).get("asked")
        return own is not None and own.aftersale and Act.ASK not in request.acts and not open_form

    @property
    def _asking_intent(self) -> str:
        return self._catalogue.traits.get_holder(IntentRole.ASKS_MEANING)

    def _asks_meaning(self, intent: str) -> bool:
        return self._catalogue.traits.holds_role(intent, IntentRole.ASKS_MEANING)

    def _answer_from_faq(self, scene: Scene, request: Request, entry: FaqEntry) -> Outcome:
        expired = find_expired_promises(entry, scene.opened.shop, scene.now)
        if expired:
            return Outcome(
                text="", handoff=HandoffRequest(Reason.AUTHORITY_EXCEEDED, scene.message.text, notes=(*expired,))
            )
        shop, message = scene.opened.shop, scene.message
        product = name_product(shop, message, request)
        in_view = product or scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        goods = "" if in_view else name_row_goods(entry, shop.products)
        answer = fill_variables(entry.answer, QuoteContext(shop.settings, product, message.sender.name or ""))
        replies = self.fresh_replies(self._asking_intent, scene)
        return Outcome(
            text=replies.render_reply("of_goods", goods=goods, answer=answer).text if goods else answer,
            tried=faq_tried_note(entry),
            handoff=build_row_handoff(message, entry),
            content=entry_content(entry),
            slots=bring_into_view(entry, in_view, shop.products),
        )

    def _ask_clarification(self, scene: Scene, request: Request, decision: Clarify) -> Outcome:
        replies = self.fresh_replies(self._asking_intent, scene)
        if decision.reason is Reason.UNSUPPORTED_MESSAGE:
            said = replies.render_reply("photo_about")
        elif len(decision.options) == 1:
            said = replies.render_reply("is_it", option=decision.options[0].label)
        elif decision.options:
            said = replies.render_reply(
                "which_of", options=_number_options([option.label for option in decision.options])
            )
        else:
            said = replies.render_reply("say_more")
        return Outcome(
            text=said.text, used_replies=(said.variant,), tried=note("asked_meaning", text=request.text[:30])
        )

    async def _run_action(self, scene: Scene, request: Request, decision: Answer) -> Step:
        case = self._build_case(scene, request, decision)
        try:
            outcome = await self._execute_case(case)
        except FactsError as error:
            return Step(request, decision, self._explain_missing_facts(case, error))
        except AnotherAccountError as error:
            outcome = answer_other_account(case, error.fact)
        definition, chosen = self._catalogue[case.intent], case.shop.settings.authority.always_people.chosen_intents
        matter = frozenset(row for row, intent in scene.opened.intent_of.items() if intent == case.intent)
        if case.intent in self._catalogue.traits.reserved_intents(chosen):
            own = find_policy_row(case, matter, again=bool(scene.full_text)) if chosen is None else None
            if own and not outcome.facts and not outcome.handoff:
                return Step(request, replace(decision, faq=own.entry_id), self._answer_from_faq(scene, request, own))
            if chosen is not None or not tells_policy(case, outcome, matter):
                outcome = _reserve_for_people(outcome, case, definition)
        verdict = review_outcome(outcome, case)
        if isinstance(verdict, Refusal):
            return Step(request, decision, _withhold_outcome(outcome, case, verdict), refused="；".join(verdict.why))
        row = find_own_row(case, outcome)
        row = row or (find_rule_row(case, outcome, matter) if definition.traits.aftersale else None)
        decided = decision.confidence == 1.0 and row and scene.opened.intent_of.get(row.entry_id) != decision.intent
        if row and not decided:
            outcome = tell_row(outcome, row, self._answer_from_faq(scene, request, row), looking=_is_looking(case))
        elif knows_nothing(case, outcome):
            near = self._tell_nearest(scene, request, decision, least_likely(case, outcome))
            if near:
                return replace(near, outcome=replace(near.outcome, slots=outcome.slots))
        return Step(request, decision, outcome, tells_parcel=definition.traits.tells_parcel)

    def _build_case(self, scene: Scene, request: Request, decision: Answer) -> Case:
        return Case(
            shop=scene.opened.shop,
            now=scene.now,
            conversation=scene.conversation,
            message=scene.full_message,
            request=request,
            intent=decision.intent,
            confidence=decision.confidence,
            facts=scene.opened.facts,
            replies=self.fresh_replies(decision.intent, scene),
            buyer=scene.message.sender.id,
            exhausted=scene.exhausted,
            angry=scene.is_angry,
            cues=self._catalogue[decision.intent].cues,
            acts=scene.acts,
            kin=self._catalogue.traits.kin_intents(decision.intent),
        )

    def fresh_replies(self, intent: str, scene: Scene) -> IntentReplies:
        """The sentences of an intent, less those already said."""
        conversation = scene.conversation
        return IntentReplies(
            self._catalogue[intent],
            scene.opened.shop.settings,
            (*conversation.used_replies, *scene.used),
            f"{conversation.key}/{conversation.version}",
            english=scene.in_english,
        )

    async def _execute_case(self, case: Case) -> Outcome:
        result = await self._executor.run(build_action_call(case))
        outcome: Outcome = result.responses[0]["custom"]["outcome"]
        return outcome

    def _explain_missing_facts(self, case: Case, error: FactsError) -> Outcome:
        stale = isinstance(error, FactsStaleError)
        said = case.replies.render_reply("facts_missing")
        reason = Reason.FACTS_STALE if stale else Reason.FACTS_UNAVAILABLE
        return Outcome(
            text=said.text,
            handoff=HandoffRequest(
                reason, wish=case.request.text, notes=(f"{error.kind.value}（{error.source}）：{error.why}",)
            ),
            used_replies=(said.variant,),
        )


def _is_looking(case: Case) -> bool:
    """Whether goods are asked about and no order or purchase, or something is only supposed: 要是发错了怎么弄.

    What is told to have come to goods (涂层掉了一块) came to the buyer's own.
    """
    happened = case.hears("has_happened") or Act.COMPLAIN in case.acts
    if case.hears("supposes") and not happened:
        return True
    if case.hears("own_order") or case.hears("has_ordered") or happened or Act.ASK not in case.acts:
        return False
    return case.slot_value(SlotName.PRODUCT) is not None and case.slot_value(SlotName.ORDER) is None


def _reserve_for_people(outcome: Outcome, case: Case, definition: IntentDefinition) -> Outcome:
    """What the action would have said as a suggestion to people.

    The intent that asks for a person keeps its words: its action tells who wants one from who only wonders what we are.
    """
    if outcome.handoff or definition.traits.role is IntentRole.PERSON:
        return outcome
    reason = Reason.AFTER_SALES if definition.group is Group.AFTERSALE else Reason.AUTHORITY_EXCEEDED
    suggested = () if outcome.asks or outcome.effects else (outcome.text,)
    wish = HandoffRequest(reason, case.message.text, suggested, notes=(note("kept_for_people"),))
    return Outcome(text="", facts=outcome.facts, slots=outcome.slots, handoff=wish)


def _withhold_outcome(outcome: Outcome, case: Case, refused: Refusal) -> Outcome:
    """What is left of an outcome the gate refused: nothing said, a person told why, with what the action had noted."""
    wish = refused.build_handoff_request(case.message.text)
    earlier = outcome.handoff
    if earlier is None:
        return Outcome(text="", handoff=wish)
    return Outcome(text="", handoff=replace(earlier, reason=wish.reason, notes=(*earlier.notes, *wish.notes)))


def _number_options(labels: list[str]) -> str:
    return "\n".join(f"{number}. {label}" for number, label in enumerate(labels, 1))
