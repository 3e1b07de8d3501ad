"""What the bot still does while a buyer waits for a person: answers easy facts, or takes the conversation back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.dialogue.listening import dialogue_cues
from app.dialogue.reports import asks_terms, asks_way_back
from app.dialogue.signals import Signals
from app.domain.acts import Act
from app.domain.decision import Answer, Reason
from app.domain.events import GrantedCommitment
from app.domain.handoff import TicketState
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.step import Step
from app.domain.ticket import Ticket
from app.domain.understanding import EntityKind, Understanding
from app.language.text import normalise
from app.turns.plan import RequestPlan, whole_request
from app.turns.scene import Scene
from app.turns.state import is_list_price
from handoff.order_in_question import skus_in

TROUBLED = frozenset({Reason.COMPLAINT, Reason.RISK_WORDS, Reason.ANGRY})
"""Reasons that a light word does not end, and after which another word of the bot is not what the buyer waits for."""
PERSON_WANTED = frozenset({Reason.ASKED_FOR_HUMAN, Reason.VIP, Reason.AUTHORITY_EXCEEDED})
"""Reasons after which only what is surely read is answered by the bot."""
NOT_UNDERSTOOD = frozenset({Reason.LOW_CONFIDENCE, Reason.AMBIGUOUS, Reason.REPEATED_MISS, Reason.UNSUPPORTED_MESSAGE})
"""Reasons that are of one message: the next question of the same kind is another one."""
SURELY_READ = 0.85
FOR_PEOPLE = frozenset({IntentRole.PERSON, IntentRole.CHANGE, IntentRole.URGING})
_NAMED = frozenset({EntityKind.PRODUCT, EntityKind.SKU, EntityKind.ORDER_ID})
_TAKES_BACK = (Act.WITHDRAW, Act.REFUSE, Act.DENY, Act.TELL, Act.THANK, Act.CLOSE)


def tell_terms(plans: Sequence[RequestPlan], scene: Scene) -> tuple[RequestPlan, ...]:
    """The plans with the shop's sure row for who but asks its terms: who pays the way back, how long a refund takes.

    What is done in the buyer's own matter stays the person's to say.
    """
    return tuple(_tell_row(plan, scene) if asks_own_terms(plan) else plan for plan in plans)


def asks_own_terms(plan: RequestPlan) -> bool:
    """Whether a request but asks on what terms goods are made good, and a row of the shop's surely tells."""
    row = plan.request.faqs[0] if plan.request.faqs else None
    sure = row is not None and row.confidence >= SURELY_READ
    return sure and Act.ASK in plan.request.acts and asks_terms(plan.request.text)


def _is_of_terms(plan: RequestPlan) -> bool:
    """Whether the plan is to tell the shop's terms, and nothing is to be done for it."""
    told = isinstance(plan.decision, Answer) and plan.decision.faq is not None
    return told and asks_own_terms(plan) and not dialogue_cues().hears("is_for_people", plan.request.text)


def _tell_row(plan: RequestPlan, scene: Scene) -> RequestPlan:
    row = plan.request.faqs[0]
    return RequestPlan(plan.request, Answer(scene.opened.intent_of[row.entry_id], row.confidence, row.entry_id))


def may_answer_meanwhile(
    ticket: Ticket, plans: Sequence[RequestPlan], heard: Signals, traits: IntentDirectory, *, certain: float
) -> bool:
    """Whether the message asks only what facts or the shop's own words answer, and what the ticket is not about."""
    wanted = ticket.reason in TROUBLED or heard.risk or heard.anger
    return not wanted and all(_is_of_terms(plan) or _is_other_matter(ticket, plan, traits, certain) for plan in plans)


def _is_other_matter(ticket: Ticket, plan: RequestPlan, traits: IntentDirectory, certain: float) -> bool:
    decision, own = plan.decision, traits.get(plan.decision.intent)
    if not isinstance(decision, Answer) or own is None or not (own.names_business or decision.faq):
        return False
    of_aftersale = traits.is_aftersale(_matter_of(ticket))
    of_new_ones = own.role is IntentRole.DISPATCH and of_aftersale and not _names_goods(plan)
    for_people = of_new_ones or (not own.tells_parcel and dialogue_cues().hears("is_for_people", plan.request.text))
    if for_people or (plan.assumed and ticket.reason not in NOT_UNDERSTOOD):
        return False
    surely = decision.confidence >= max(certain, SURELY_READ)
    careful = ticket.reason in PERSON_WANTED or (own.about_orders and of_aftersale)
    if decision.confidence < certain or (careful and not surely):
        return False
    if own.aftersale or own.kept_for_people:
        return surely and decision.faq is not None and not of_aftersale
    of_order = own.of_orders_alone and not own.tells_parcel
    way_back = asks_way_back(plan.request, _matter_of(ticket), traits) or (
        of_aftersale and dialogue_cues().hears("who_pays", plan.request.text)
    )
    if own.complaint or own.role in FOR_PEOPLE or ((of_order or way_back) and decision.faq is None):
        return False
    same = decision.intent == _matter_of(ticket) and ticket.reason not in NOT_UNDERSTOOD
    return not same or (surely and decision.faq is not None)


def _names_goods(plan: RequestPlan) -> bool:
    """Whether goods or an order are named: without, it is asked when people send what makes good the matter."""
    return any(each.kind in _NAMED for each in plan.request.entities)


def _matter_of(ticket: Ticket) -> str:
    """The intent that the ticket is about; empty where none was read."""
    return str(ticket.brief.get("intent") or "")


def binds_nothing(step: Step) -> bool:
    """Whether the answer is whole in itself: it asks nothing, writes nothing, grants nothing and calls nobody."""
    outcome, skus = step.outcome, skus_in(step.outcome.facts)
    open_ended = step.handoff_wish or outcome.asks or outcome.effects
    granted = (made for made in outcome.commitments if isinstance(made, GrantedCommitment))
    return bool(outcome.text) and not open_ended and all(is_list_price(made, skus) for made in granted)


def takes_back_handoff(ticket: Ticket, scene: Scene, understanding: Understanding, traits: IntentDirectory) -> bool:
    """Whether the buyer wants nobody any more, or nothing of what the ticket is about, and says no more than that."""
    acts, text, heard = scene.acts, normalise(understanding.text), scene.heard
    if heard.risk or heard.anger or ticket.reason in TROUBLED or acts.has_any(Act.ASK, Act.COMPLAIN):
        return False
    if dialogue_cues().hears("is_settled", text):
        return True
    if Act.DECLINE_PERSON in acts and dialogue_cues().hears("declines_person", text):
        other = names_matter(scene, understanding, traits) and not traits.holds_role(
            whole_request(understanding).intents[0].intent, IntentRole.PERSON
        )
        return acts.has_only(*_TAKES_BACK, Act.DECLINE_PERSON) and not other
    own = traits.get(_matter_of(ticket))
    lets_be = Act.WITHDRAW in acts and acts.has_only(*_TAKES_BACK)
    return lets_be and own is not None and own.about_orders and not dialogue_cues().hears("turns_to_return", text)


def withdraw_ticket(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket ended by its buyer: nothing waits on it."""
    return replace(ticket.answered().taken_up(), state=TicketState.RETURNED, resolved_at=now)


def names_matter(scene: Scene, understanding: Understanding, traits: IntentDirectory) -> bool:
    """Whether a matter of the shop's business is surely read."""
    best = whole_request(understanding).intents[0]
    return best.confidence >= scene.opened.shop.settings.thresholds.answer and traits.names_business(best.intent)
