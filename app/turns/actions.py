"""Carries out one decision: the shop's own answer or the intent's action, then the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk.executor import ActionExecutor

from app.dialogue.listening import dialogue_cues
from app.domain.catalogue import FaqEntry, Order, OrderState, Product
from app.domain.conversation import SlotName
from app.domain.decision import Answer, Clarify, Decision, Handoff, Option, Reason, Silent
from app.domain.fact import FactsError, FactsStaleError
from app.domain.handoff import Group
from app.domain.intent_traits import IntentRole
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.step import Step
from app.domain.understanding import EntityKind, FaqScore, Request
from app.guard.gate import Refusal, find_expired_promises, review_outcome
from app.shop.variables import QuoteContext, fill_variables
from app.turns.scene import Scene
from app.turns.shop_rows import asks_policy, find_own_row, find_policy_row, name_row_goods, tell_row
from app.turns.stages import choose_staged_entry
from app.turns.step import tells_own_order, tells_something
from handoff.order_in_question import IN_PROGRESS
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import (
    build_row_handoff,
    entry_content,
    faq_tried_note,
    name_product,
    shares_content,
    was_just_told,
)
from intents._framework.registry import IntentDefinition, IntentRegistry
from intents._framework.replies import IntentReplies
from intents._kit.details import find_asked_details, is_told_elsewhere
from intents._kit.orders import AnotherAccountError
from intents._kit.other_account import answer_other_account

note = load_notes(__file__)


TOLD_FROM = 0.5
"""How likely a reading that only tells something must be to be told instead of asked about."""
MOST_TRIED = 2
"""Readings that are tried before we ask which is meant."""
MOVED_ON = frozenset({OrderState.SHIPPED, OrderState.REFUNDING, OrderState.REFUNDED})
"""States of an order of which its buyer wants to hear more than what holds in general."""
RECEIVED = frozenset({OrderState.DELIVERED, OrderState.COMPLETED})


class ActionRunner:
    """Runs actions in-process through rasa-sdk's executor."""

    def __init__(self, catalogue: IntentRegistry, executor: ActionExecutor) -> None:
        self._catalogue = catalogue
        self._executor = executor

    async def execute_decision(self, scene: Scene, request: Request, decision: Decision) -> Step:
        """The step this decision comes to."""
        if isinstance(decision, Clarify):
            decision = await self._settle_reading(scene, request, decision)
            told = await self._tell_likely(scene, request, decision) if isinstance(decision, Clarify) else None
            if told:
                return told
        decision = self._prefer_written(scene, request, decision)
        match decision:
            case Answer():
                return await self._answer_as(scene, request, decision)
            case Clarify(intent=asked, options=(), reason=Reason.LOW_CONFIDENCE) if self._asks_meaning(asked):
                step = await self._run_action(scene, request, Answer(asked, decision.confidence))
                return replace(step, decision=decision)
            case Clarify():
                return Step(request, decision, self._ask_clarification(scene, request, decision))
            case Handoff(reason=reason):
                return Step(request, decision, Outcome(text="", handoff=HandoffRequest(reason)))
            case Silent():
                return Step(request, decision)

    async def _answer_as(self, scene: Scene, request: Request, decision: Answer) -> Step:
        """The row's answer where it may be quoted, else the intent's action."""
        if decision.faq and self._may_quote(scene, request, decision):
            return await self._quote_row(scene, request, decision, scene.opened.entries[decision.faq])
        return await self._run_action(scene, request, replace(decision, faq=None) if decision.faq else decision)

    async def _tell_likely(self, scene: Scene, request: Request, asked: Clarify) -> Step | None:
        """The likelier of two readings, carried out instead of asked about, and the other offered in half a sentence.

        Where neither tells anything without binding the shop or calling people, and all are of an order, the order is
        asked for; None otherwise.
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
        wants_order = len(tried) > 1 and all(
            each.outcome.asks and each.outcome.asks.slot == SlotName.ORDER for each in tried
        )
        return tried[0] if wants_order else None

    def _offer_other(self, scene: Scene, step: Step, other: str) -> Step:
        replies = self.fresh_replies(self._catalogue.traits.get_holder(IntentRole.ASKS_MEANING), scene)
        said, told = replies.render_reply("or_meant", option=other), step.outcome
        outcome = replace(told, text=f"{told.text}\n{said.text}", used_replies=(*told.used_replies, said.variant))
        return replace(step, outcome=outcome)

    async def _quote_row(self, scene: Scene, request: Request, decision: Answer, entry: FaqEntry) -> Step:
        """The row's answer; the intent's action where the shop has no row for where the buyer stands."""
        staged = await choose_staged_entry(scene.opened, scene.message, entry)
        if staged is None or await self._knows_order(scene, decision, staged):
            return await self._run_action(scene, request, replace(decision, faq=None))
        own = await self._tell_own_order(scene, request, decision)
        if own:
            return own
        return Step(request, replace(decision, faq=staged.entry_id), self._answer_from_faq(scene, request, staged))

    def _prefer_written(self, scene: Scene, request: Request, decision: Decision) -> Decision:
        """The goods' own data instead of a row that speaks of something else: 有口袋吗 is no 容易皱吗."""
        details = self._catalogue.traits.find_holder(IntentRole.GOODS_DETAILS)
        if details is None or not isinstance(decision, Answer) or decision.faq is None:
            return decision
        score = next((each for each in request.faqs if each.entry_id == decision.faq), None)
        product = self._find_product_meant(scene, request)
        if score is None or score.is_verbatim or product is None:
            return decision
        entry = scene.opened.entries[decision.faq]
        told = is_told_elsewhere(product, request.text, "\n".join((entry.question, *entry.similar_questions)))
        return Answer(details, decision.confidence) if told else decision

    def _find_product_meant(self, scene: Scene, request: Request) -> Product | None:
        """The one product that is named, else the one in view while no order is spoken of."""
        named = {str(each.value) for each in request.entities if each.kind is EntityKind.PRODUCT}
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        named = named or (
            {in_view} if in_view and not scene.conversation.current_slot(SlotName.ORDER, scene.now) else set()
        )
        return next((each for each in scene.opened.shop.products if {each.product_id} == named), None)

    def _may_quote(self, scene: Scene, request: Request, decision: Answer) -> bool:
        """What was just told is told again only to who asks it of another object; goods' own data go first."""
        entry = scene.opened.entries[decision.faq or ""]
        score = next((each for each in request.faqs if each.entry_id == entry.entry_id), None)
        if score and (
            self._may_be_written_of_goods(scene, decision, score) or not shares_content(request, entry, score)
        ):
            return False
        return bool(scene.full_text) or not was_just_told(scene.conversation, entry)

    async def _settle_reading(self, scene: Scene, request: Request, asked: Clarify) -> Decision:
        """Our question, or an answer where the buyer's order or the goods' own data tell what is meant."""
        asked = await self._drop_others_matters(scene, request, asked)
        if await self._is_surely_meant(scene, asked.options):
            return Answer(asked.options[0].intent, asked.confidence)
        product = self._find_product_meant(scene, request)
        details = self._catalogue.traits.find_holder(IntentRole.GOODS_DETAILS)
        written = product is not None and find_asked_details(product, request.text)
        if details and written:
            return Answer(details, asked.confidence)
        return self._answer_likeliest(scene, request, asked) or asked

    def _answer_likeliest(self, scene: Scene, request: Request, asked: Clarify) -> Answer | None:
        """The likeliest reading, where it only tells something: a needless question costs more than a fact."""
        first = asked.options[0] if asked.options else None
        own = self._catalogue.traits.get(first.intent) if first else None
        harmless = own is not None and not (own.of_orders_alone or own.aftersale or own.complaint)
        if first is None or not harmless or asked.confidence < TOLD_FROM:
            return None
        score = next((each for each in request.faqs if each.entry_id == first.faq), None)
        if score and not shares_content(request, scene.opened.entries[score.entry_id], score):
            return None
        return Answer(first.intent, asked.confidence, first.faq)

    async def _drop_others_matters(self, scene: Scene, request: Request, asked: Clarify) -> Clarify:
        """Our question without readings about an order, to who has none and names none."""
        traits = self._catalogue.traits
        kept = tuple(each for each in asked.options if not (own := traits.get(each.intent)) or not own.of_orders_alone)
        named = any(each.kind is EntityKind.ORDER_ID for each in request.entities)
        if not kept or len(kept) == len(asked.options) or named or await self._list_own_orders(scene):
            return asked
        return replace(asked, options=kept)

    async def _list_own_orders(self, scene: Scene) -> Sequence[Order]:
        """The buyer's orders; none where they cannot be read."""
        try:
            return (await scene.opened.facts.list_buyer_orders(scene.message.sender.id)).value
        except FactsError:
            return ()

    async def _is_surely_meant(self, scene: Scene, options: tuple[Option, ...]) -> bool:
        """Whether the one likely reading is about an order, and the buyer has just one that it can be about."""
        own = self._catalogue.traits.get(options[0].intent) if len(options) == 1 and not options[0].faq else None
        if own is None or not own.about_orders:
            return False
        states = RECEIVED if own.aftersale else IN_PROGRESS
        theirs = await self._list_own_orders(scene)
        return sum(order.state in states for order in theirs) == 1

    async def _knows_order(self, scene: Scene, decision: Answer, entry: FaqEntry) -> bool:
        """Whether a row asks for an order that is known: named before, or the buyer's only one that is not closed."""
        own = self._catalogue.traits.get(decision.intent)
        if (
            own is None
            or not own.about_orders
            or own.aftersale
            or not dialogue_cues().hears("asks_order", entry.answer)
        ):
            return False
        if scene.conversation.current_slot(SlotName.ORDER, scene.now):
            return True
        theirs = await self._list_own_orders(scene)
        return sum(order.state in IN_PROGRESS | RECEIVED for order in theirs) == 1

    async def _tell_own_order(self, scene: Scene, request: Request, decision: Answer) -> Step | None:
        """What the buyer's own order on its way or being refunded says to it, before what the row says in general.

        None where no such order makes the matter likelier, or the action tells nothing of it.
        """
        own = self._catalogue.traits.get(decision.intent)
        wanted = MOVED_ON | {OrderState.PAID} if dialogue_cues().hears("asks_sent", request.text) else MOVED_ON
        states = (own.likely_when & wanted) if own and own.about_orders else frozenset()
        score = next((each for each in request.faqs if each.entry_id == decision.faq), None)
        asked_of_goods = any(each.kind is EntityKind.PRODUCT for each in request.entities)
        if not states or asked_of_goods or (score and score.is_verbatim):
            return None
        if sum(order.state in states for order in await self._list_own_orders(scene)) != 1:
            return None
        step = await self._run_action(scene, request, replace(decision, faq=None))
        return step if tells_own_order(step) else None

    def _may_be_written_of_goods(self, scene: Scene, decision: Answer, score: FaqScore) -> bool:
        """Whether the catalogue may answer of the product we speak of what this entry tells in general."""
        own = self._catalogue.traits.get(decision.intent)
        details = own is not None and own.reads_details
        known = scene.conversation.current_slot(SlotName.PRODUCT, scene.now) is not None
        return details and known and not score.is_verbatim and not scene.opened.entries[score.entry_id].products

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
        replies = self.fresh_replies(self._catalogue.traits.get_holder(IntentRole.ASKS_MEANING), scene)
        return Outcome(
            text=replies.render_reply("of_goods", goods=goods, answer=answer).text if goods else answer,
            tried=faq_tried_note(entry),
            handoff=build_row_handoff(message, entry),
            content=entry_content(entry),
        )

    def _ask_clarification(self, scene: Scene, request: Request, decision: Clarify) -> Outcome:
        replies = self.fresh_replies(self._catalogue.traits.get_holder(IntentRole.ASKS_MEANING), scene)
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
        if case.intent in self._catalogue.traits.reserved_intents(chosen):
            matter = frozenset(row for row, intent in scene.opened.intent_of.items() if intent == case.intent)
            own = find_policy_row(case, matter, again=bool(scene.full_text)) if chosen is None else None
            knows = bool(outcome.facts) and outcome.handoff is None
            if own and not outcome.facts and not outcome.handoff:
                return Step(request, replace(decision, faq=own.entry_id), self._answer_from_faq(scene, request, own))
            if chosen is not None or not asks_policy(case) or (matter and not knows):
                outcome = _reserve_for_people(outcome, case, definition)
        verdict = review_outcome(outcome, case)
        if isinstance(verdict, Refusal):
            return Step(request, decision, _withhold_outcome(outcome, case, verdict), refused="；".join(verdict.why))
        row = find_own_row(case, outcome)
        if row:
            outcome = tell_row(outcome, row, self._answer_from_faq(scene, request, row), looking=_is_looking(case))
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
        result = await self._executor.run(_action_call(case))
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
    """Whether goods are spoken of and no order."""
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


def _action_call(case: Case) -> dict[str, Any]:
    """The call as Rasa would send it; the case itself rides along, so nothing is read twice."""
    return {
        "next_action": f"action_{case.intent}",
        "sender_id": case.buyer,
        "domain": _EMPTY_DOMAIN,
        "tracker": {
            "sender_id": case.buyer,
            "slots": {},
            "latest_message": {
                "text": case.request.text,
                "intent": {"name": case.intent, "confidence": case.confidence},
                "metadata": {"case": case},
            },
            "events": [],
            "paused": False,
            "followup_action": None,
            "active_loop": {},
            "latest_action_name": None,
        },
    }


_EMPTY_DOMAIN: Mapping[str, Any] = {"intents": []}


def _number_options(labels: list[str]) -> str:
    return "\n".join(f"{number}. {label}" for number, label in enumerate(labels, 1))


def make_executor(catalogue: IntentRegistry) -> ActionExecutor:
    """An executor with every intent's action registered."""
    executor = ActionExecutor()
    for definition in catalogue.values():
        executor.register_action(definition.action())
    return executor
