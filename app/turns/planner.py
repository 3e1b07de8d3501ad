"""Plans a turn: which requests a message makes and what is decided about each."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from app.dialogue.act_moves import CONFIRM_SLOT, Move, choose_move, count_misses
from app.dialogue.bulk import bulk_intent, tier_intent, wants_bulk
from app.dialogue.fixed_rows import find_fixed_row
from app.dialogue.follow_up import (
    PendingAnswer,
    continue_subject,
    conversation_subject,
    likely_subject,
    match_pending_answer,
    read_counter_offer,
)
from app.dialogue.listening import dialogue_cues, speaks_of_amends
from app.dialogue.policy import (
    MISSES_BEFORE_HANDOFF,
    decide_request,
    find_own_words,
    make_answer,
)
from app.dialogue.remarks import drop_unasked, is_passing_remark, is_remark
from app.dialogue.reports import (
    await_result,
    drop_foreign_rows,
    drop_rows_of_new_orders,
    drop_rows_of_other_goods,
    drop_rows_of_other_users,
    hurried_matter,
    report_intent,
)
from app.dialogue.rule_states import drop_rows_of_kept_states
from app.domain.acts import Act
from app.domain.conversation import Conversation, Pending, SlotName
from app.domain.decision import Answer, Clarify, Decision, Handoff, Reason, Silent
from app.domain.intent_traits import ROLES_OF_GOODS, IntentDirectory, IntentRole
from app.domain.message import MessageType
from app.domain.understanding import EntityKind, IntentScore, Request, Understanding
from app.language.destinations import is_destination
from app.turns.goods_talk import GoodsTalk
from app.turns.owned_talk import OwnedTalk
from app.turns.plan import RequestPlan, drop_conditions, is_bare_number, is_verbatim, split_by_goods, whole_request
from app.turns.scene import Scene

ROLES_OF_MOVES = {Move.ACKNOWLEDGE: IntentRole.RECEIPT, Move.WELCOME: IntentRole.WELCOME}
COMPENSATION_INTENT = "compensation"


def mandatory_handoff(scene: Scene, normalised: str, best: IntentScore, traits: IntentDirectory) -> Handoff | None:
    """What goes to a person whatever was asked: risk words, a VIP, compensation we owe, anger.

    An intent that knows anger answers an angry buyer itself.
    """
    own = traits.get(best.intent)
    if scene.heard.risk:
        return Handoff(Reason.RISK_WORDS, best.intent, best.confidence)
    vips = scene.opened.shop.settings.authority.always_people.vip_buyers
    if scene.message.sender.id in vips and not traits.is_courtesy(best.intent):
        return Handoff(Reason.VIP, best.intent, best.confidence)
    if _asks_about_compensation(scene.conversation, normalised):
        return Handoff(Reason.AFTER_SALES, best.intent, best.confidence)
    if scene.is_angry and not (own and own.knows_anger):
        reason = Reason.COMPLAINT if own and own.complaint else Reason.ANGRY
        return Handoff(reason, best.intent, best.confidence)
    return None


def _asks_about_compensation(conversation: Conversation, normalised: str) -> bool:
    """An answer to our own offer is the action's to hear; a word about one that was made is not."""
    promised = any(made["kind"].startswith(COMPENSATION_INTENT) for made in conversation.promises)
    return promised and conversation.pending is None and speaks_of_amends(normalised)


def _ask_again(pending: Pending, misses: int) -> Decision:
    """Our question once more; people after a second answer that says nothing."""
    if not pending.options:
        return Answer(pending.intent, 1.0)
    if misses + 1 >= MISSES_BEFORE_HANDOFF:
        return Handoff(Reason.REPEATED_MISS, pending.intent, 1.0)
    return Clarify(pending.options, pending.intent, 1.0)


class RequestPlanner(Protocol):
    """Decides what a turn does about a message."""

    def plan_requests(self, scene: Scene, understanding: Understanding) -> list[RequestPlan]:
        """The requests of the message in order, each decided; never empty."""


@dataclass(frozen=True, slots=True)
class GivenIntent:
    """The caller has chosen the intent: the whole message is one request for it, unless it has to go to a person."""

    intent: str
    traits: IntentDirectory
    confidence: float = 1.0

    def plan_requests(self, scene: Scene, understanding: Understanding) -> list[RequestPlan]:
        """The one request."""
        chosen = IntentScore(self.intent, self.confidence)
        faqs = tuple(faq for request in understanding.requests for faq in request.faqs)
        request = Request(understanding.normalised, (chosen,), faqs, understanding.entities, understanding.acts)
        handoff = mandatory_handoff(scene, understanding.normalised, chosen, self.traits)
        return [RequestPlan(request, handoff or Answer(self.intent, self.confidence))]


def _is_miss(decision: Clarify | Handoff) -> bool:
    return isinstance(decision, Clarify) or decision.reason is Reason.REPEATED_MISS


class TurnPlanner:
    """Decides about each request of a message, by the conversation first and by what was read second."""

    def __init__(self, traits: IntentDirectory) -> None:
        self._traits = traits
        self._goods = GoodsTalk(traits)
        self._owned = OwnedTalk(traits)

    def plan_requests(self, scene: Scene, understanding: Understanding) -> list[RequestPlan]:
        """The requests of a message in order, each decided; a handoff or an answer to our question comes alone."""
        for way in (
            self._plan_handoff,
            self._plan_fixed_row,
            self._owned.plan_story,
            self._goods.plan_size,
            self._goods.plan_fit,
            self._goods.plan_basket,
            self._goods.plan_kind,
            self._plan_own_words,
            self._plan_destination,
            self._plan_by_acts,
            self._plan_by_message_type,
            self._plan_bulk_order,
            self._plan_remark,
        ):
            plan = way(scene, understanding)
            if plan:
                return [plan]
        certain = scene.opened.shop.settings.thresholds.answer
        answer = match_pending_answer(
            scene.conversation, understanding, scene.message.context, self._traits, certain=certain, now=scene.now
        )
        if answer:
            return [self._plan_resumption(scene, understanding, answer)]
        advised = self._plan_report(scene, understanding) or self._goods.plan_advice(scene, understanding)
        return (
            [advised]
            if advised
            else [
                plan
                for each in drop_conditions(understanding.requests)
                for plan in self._plan_each_goods(self._plan_request(scene, each))
            ]
        )

    def _plan_each_goods(self, plan: RequestPlan) -> list[RequestPlan]:
        """Whether there is any is told of each product that is named."""
        answered = isinstance(plan.decision, Answer) and plan.decision.faq is None
        stock = answered and self._traits.holds_role(plan.decision.intent, IntentRole.AVAILABILITY)
        return split_by_goods(plan) if stock else [plan]

    def _plan_report(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """What the buyer reports rather than asks."""
        whole, now = whole_request(understanding), scene.now
        in_view = any(scene.conversation.current_slot(slot, now) for slot in (SlotName.PRODUCT, SlotName.ORDER))
        thresholds = scene.opened.shop.settings.thresholds
        pending, last = scene.conversation.pending, scene.conversation.last_intent
        ordered = scene.conversation.current_slot(SlotName.ORDER, now) is not None
        reported = report_intent(whole, pending, self._traits, thresholds, in_view=in_view, ordered=ordered, last=last)
        return RequestPlan(whole, Answer(reported, 1.0)) if reported and not is_verbatim(whole) else None

    def _plan_handoff(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """Neither a correction nor a second reader takes back what goes to people by what the models read."""
        whole = whole_request(understanding)
        for best in filter(None, (whole.intents[0], understanding.uncorrected)):
            decision = mandatory_handoff(scene, understanding.normalised, best, self._traits)
            if decision:
                return RequestPlan(whole, decision)
        return None

    def _plan_fixed_row(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """A row that the shop matches by its words goes before every intent but the wish for a person."""
        whole, shop = whole_request(understanding), scene.opened.shop
        if scene.conversation.pending or scene.message.type is not MessageType.TEXT:
            return None
        best = whole.intents[0]
        sure = best.confidence >= shop.settings.thresholds.answer
        if sure and self._traits.holds_role(best.intent, IntentRole.PERSON):
            return None
        products = {str(each.value) for each in whole.entities if each.kind is EntityKind.PRODUCT}
        products |= {scene.message.context.product_id} if scene.message.context.product_id else set()
        today = scene.now.astimezone(shop.settings.hours.zone).date()
        entry = find_fixed_row(shop, scene.message.text, today, products)
        if entry is None:
            return None
        return RequestPlan(whole, Answer(scene.opened.intent_of[entry.entry_id], 1.0, entry.entry_id))

    def _plan_own_words(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """One of the shop's own wordings and nothing else, whatever it may do beside: 不想去驿站拿 declines nothing.

        While our own question is open, only what asks something is such a wording.
        """
        whole = whole_request(understanding)
        if not is_verbatim(whole) or (scene.conversation.pending and Act.ASK not in whole.acts):
            return None
        found = find_own_words(whole, self._traits, scene.opened.intent_of)
        return RequestPlan(whole, make_answer(found)) if found else None

    def _plan_destination(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """A place that goods could be sent to, and no more: 能寄海口不.

        Not where an address is awaited or an order is spoken of, nor where another matter than goods is sure.
        """
        whole, conversation = whole_request(understanding), scene.conversation
        best = whole.intents[0]
        of_goods = any(self._traits.holds_role(best.intent, role) for role in ROLES_OF_GOODS)
        sure = self._traits.names_business(best.intent) and not of_goods
        if sure and best.confidence >= scene.opened.shop.settings.thresholds.answer:
            return None
        places = [(each.start, each.end) for each in whole.entities if each.kind is EntityKind.PLACE]
        pending, order = conversation.pending, conversation.current_slot(SlotName.ORDER, scene.now)
        awaits = pending is not None and pending.slot not in {CONFIRM_SLOT, SlotName.SKU}
        if awaits or order or is_verbatim(whole) or not is_destination(whole.text, places):
            return None
        return RequestPlan(whole, Answer(self._traits.get_holder(IntentRole.POSTAGE), 1.0))

    def _plan_by_acts(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """What the message does, where that decides before anything it may be about."""
        whole, pending = whole_request(understanding), scene.conversation.pending
        if scene.message.type is not MessageType.TEXT or (
            pending is None and self._goods.wants_other_goods(scene, whole)
        ):
            return None
        move = choose_move(scene.conversation, understanding, scene.acts, self._traits, scene.now)
        role = ROLES_OF_MOVES.get(move) if move else None
        if role:
            return RequestPlan(whole, Answer(self._traits.get_holder(role), 1.0))
        best = whole.intents[0]
        if move is Move.STAY_SILENT:
            return RequestPlan(whole, Silent(best.intent, best.confidence))
        if move is Move.ASK_PEOPLE:
            return RequestPlan(whole, Handoff(Reason.AUTHORITY_EXCEEDED, best.intent, best.confidence))
        return self._plan_by_answer(scene, understanding, move, pending) if move and pending else None

    def _plan_by_answer(self, scene: Scene, understanding: Understanding, move: Move, pending: Pending) -> RequestPlan:
        """Our offer carried out, or our question once more."""
        if move is Move.CARRY_OUT:
            request = self._resume_request(scene, pending.text, understanding)
            return RequestPlan(request, Handoff(Reason.LOW_CONFIDENCE, pending.intent, 1.0))
        if move is Move.ASK_OPENLY:
            return RequestPlan(whole_request(understanding), Clarify((), pending.intent, 1.0, Reason.LOW_CONFIDENCE))
        return RequestPlan(whole_request(understanding), _ask_again(pending, scene.conversation.misses))

    def _plan_bulk_order(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """A bulk order goes before any FAQ entry; goods that the buyer already has are none."""
        whole, settings = whole_request(understanding), scene.opened.shop.settings
        best = whole.intents[0]
        bought = self._traits.is_aftersale(best.intent) and best.confidence >= settings.thresholds.clarify
        if bought:
            return None
        if not wants_bulk(whole, settings.authority):
            certain = settings.thresholds.clarify + settings.thresholds.gap
            tiered = tier_intent(whole, understanding.requests, settings.authority, self._traits, certain=certain)
            return RequestPlan(whole, Answer(tiered, 1.0)) if tiered else None
        return RequestPlan(whole, Answer(bulk_intent(whole, settings.thresholds.answer, self._traits), 1.0))

    def _plan_remark(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """A word on the goods in view or on the buyer, which asks for nothing and fills nothing that we asked for."""
        whole, conversation = whole_request(understanding), scene.conversation
        if self._goods.is_haggling(scene) or is_verbatim(whole) or self._goods.seeks_advice(scene, whole):
            return None
        if not is_passing_remark(whole, conversation.pending, conversation.last_intent, self._traits):
            return None
        return RequestPlan(whole, Answer(self._traits.get_holder(IntentRole.RECEIPT), 1.0))

    def _plan_by_message_type(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """A picture or a card without words, or a bare number; words beside it are read like any others."""
        whole = whole_request(understanding)
        conversation = scene.conversation
        if conversation.pending is None and is_bare_number(understanding):
            return RequestPlan(whole, Answer(self._order_intent(conversation) or self._asks_meaning, 1.0))
        if understanding.normalised:
            return None
        match scene.message.type:
            case MessageType.IMAGE:
                return RequestPlan(whole, self._decide_photo(conversation, scene.now))
            case MessageType.PRODUCT_CARD | MessageType.ORDER_CARD if conversation.pending is None:
                return RequestPlan(whole, Answer(self._asks_meaning, 1.0))
            case MessageType.TEXT:
                welcome = self._traits.find_holder(IntentRole.WELCOME) if conversation.version == 0 else None
                return RequestPlan(whole, Answer(welcome or self._asks_meaning, 1.0))
            case _:
                return None

    @property
    def _asks_meaning(self) -> str:
        return self._traits.get_holder(IntentRole.ASKS_MEANING)

    def _order_intent(self, conversation: Conversation) -> str | None:
        """What was spoken of last, where an order number carries it on; an FAQ answer may have asked for it."""
        last = conversation_subject(conversation, self._traits)
        return last if last and self._traits[last].about_orders else None

    def _decide_photo(self, conversation: Conversation, now: datetime) -> Decision:
        """A photo belongs to the after-sales matter we are in, or shows the buyer's own goods that are spoken of.

        Otherwise we ask what it shows, once.
        """
        asked = conversation.pending.intent if conversation.pending else conversation.last_intent
        matter = next(
            (each for each in (asked, self._find_open_form(conversation)) if self._traits.is_aftersale(each)), None
        )
        owned = conversation.current_slot(SlotName.OWNED, now) is not None
        matter = matter or (self._traits.find_holder(IntentRole.FAULT) if owned else None)
        if matter:
            return Answer(matter, 1.0)
        if conversation.misses:
            return Handoff(Reason.UNSUPPORTED_MESSAGE, self._asks_meaning, 1.0)
        return Clarify((), self._asks_meaning, 1.0, Reason.UNSUPPORTED_MESSAGE)

    def _find_open_form(self, conversation: Conversation) -> str | None:
        """The after-sales matter, if any, that still waits for what we asked for, whatever was spoken of since."""
        waiting = (intent for intent, memory in conversation.memory.items() if memory.get("asked"))
        return next((intent for intent in waiting if self._traits.is_aftersale(intent)), None)

    def _plan_resumption(self, scene: Scene, understanding: Understanding, answer: PendingAnswer) -> RequestPlan:
        if answer.option:
            first = self._resume_request(scene, answer.pending.text, understanding)
            return RequestPlan(first, Answer(answer.option.intent, 1.0, answer.option.faq))
        request = (
            self._resume_request(scene, answer.pending.text, understanding)
            if answer.filled
            else whole_request(understanding)
        )
        return RequestPlan(request, Answer(answer.pending.intent, 1.0), answer.assumed)

    def _resume_request(self, scene: Scene, text: str, understanding: Understanding) -> Request:
        """The request that led to our question, with what the answer adds."""
        product = scene.message.context.product_id
        first = whole_request(scene.opened.understand(text, scene.now, product_id=product))
        return replace(first, entities=(*understanding.entities, *first.entities))

    def _plan_request(self, scene: Scene, request: Request) -> RequestPlan:
        request = drop_foreign_rows(request, self._traits, scene.opened.intent_of)
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now) or scene.message.context.product_id
        thresholds = scene.opened.shop.settings.thresholds
        request = drop_rows_of_other_goods(
            request, self._traits, scene.opened.entries, in_view=bool(in_view), certain=thresholds.answer
        )
        last = scene.conversation.last_intent
        users = scene.conversation.current_slot(SlotName.USERS, scene.now)
        request = drop_rows_of_other_users(request, scene.opened.entries, users)
        request = drop_rows_of_new_orders(request, last, self._traits, scene.opened.entries)
        request = drop_unasked(drop_rows_of_kept_states(request, scene.opened.entries), self._traits)
        offer = read_counter_offer(scene.conversation, request, self._traits) or self._read_plea(scene, request)
        offer = offer or self._goods.read_first_bid(scene, request)
        if offer:
            return RequestPlan(offer, Answer(self._traits.get_holder(IntentRole.NEGOTIATION), 1.0))
        told = self._goods.price_intent(scene, request) or self._goods.wondered_intent(scene, request)
        if told:
            return RequestPlan(request, Answer(told, 1.0))
        subject = hurried_matter(request, scene.conversation.last_intent, self._traits)
        subject = subject or continue_subject(scene.conversation, request, self._traits)
        if subject:
            return RequestPlan(request, Answer(subject, 1.0))
        likely = likely_subject(
            scene.conversation, request, self._traits, least=thresholds.clarify, certain=thresholds.answer
        )
        if likely:
            return RequestPlan(request, Answer(likely, 1.0), assumed=True)
        decision = decide_request(
            request,
            thresholds,
            self._traits,
            misses=count_misses(scene.conversation, request),
            mapped=scene.opened.intent_of,
            implausible=self._goods.implausible_intents(scene),
        )
        supposed = dialogue_cues().hears("supposes_otherwise", request.text) and self._goods.timed_intent(
            scene, request
        )
        if supposed:
            return RequestPlan(request, Answer(supposed, 1.0))
        decision = await_result(request, decision, self._traits)
        uncovered = isinstance(decision, Answer) and decision.intent == self._traits.find_uncovered()
        lost = uncovered or (isinstance(decision, Clarify) and not decision.options)
        hinted = self._goods.plan_hinted(scene, request) if lost else None
        return hinted or RequestPlan(request, self._soften_question(scene, request, decision))

    def _read_plea(self, scene: Scene, request: Request) -> Request | None:
        """The request, where it only tells something in the middle of haggling: 老顾客了 is a plea."""
        haggling = self._goods.is_haggling(scene)
        tells = request.acts.has_only(Act.TELL) and not self._traits.names_business(request.intents[0].intent)
        return request if haggling and tells and not request.entities else None

    def _soften_question(self, scene: Scene, request: Request, decision: Decision) -> Decision:
        """No question of what is meant, where what the message does tells enough: it complains, or but remarks."""
        if not isinstance(decision, Clarify | Handoff) or not _is_miss(decision):
            return decision
        goods = self._goods.timed_intent(scene, request) or self._goods.mentioned_intent(request)
        goods = goods or self._goods.asked_intent(scene, request, decision)
        if goods:
            return Answer(goods, 1.0)
        if Act.COMPLAIN in request.acts:
            complaint = next((intent for intent, own in self._traits.items() if own.complaint), None)
            return Answer(complaint, 1.0) if complaint else decision
        if self._goods.is_haggling(scene):
            return decision
        least = scene.opened.shop.settings.thresholds.clarify
        told = is_remark(request, self._traits, least) or self._goods.is_told_of_view(scene, request)
        if scene.conversation.pending is None and told:
            return Answer(self._traits.get_holder(IntentRole.RECEIPT), 1.0)
        return decision
