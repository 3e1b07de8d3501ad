"""What the bot still does while a buyer waits for a person: answers easy facts, and says where the matter stands."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.dialogue.act_moves import CONFIRM_SLOT, is_automatic
from app.dialogue.listening import dialogue_cues
from app.dialogue.reports import asks_way_back
from app.dialogue.signals import Signals
from app.domain.acts import Act, DialogueActs
from app.domain.conversation import Conversation
from app.domain.decision import Answer, Reason
from app.domain.events import GrantedCommitment
from app.domain.handoff import TicketState
from app.domain.intent_traits import IntentDirectory, IntentRole, IntentTraits
from app.domain.message import MessageType
from app.domain.step import Step
from app.domain.ticket import Ticket
from app.domain.understanding import Understanding
from app.language.text import normalise
from app.turns.plan import RequestPlan, whole_request
from app.turns.scene import Scene
from app.turns.state import is_list_price
from handoff.acknowledgement import AcknowledgementKind
from handoff.order_in_question import skus_in

TROUBLED = frozenset({Reason.COMPLAINT, Reason.RISK_WORDS, Reason.ANGRY})
"""Reasons that a light word does not end."""
UPSET = frozenset({Reason.COMPLAINT, Reason.ANGRY})
"""Reasons after which another word of the bot is not what the buyer waits for."""
PERSON_WANTED = frozenset({Reason.ASKED_FOR_HUMAN, Reason.RISK_WORDS, Reason.VIP, Reason.AUTHORITY_EXCEEDED})
"""Reasons after which only what is surely read is answered by the bot."""
NOT_UNDERSTOOD = frozenset({Reason.LOW_CONFIDENCE, Reason.AMBIGUOUS, Reason.REPEATED_MISS, Reason.UNSUPPORTED_MESSAGE})
"""Reasons that are of one message: the next question of the same kind is another one."""
SURELY_READ = 0.85
FOR_PEOPLE = frozenset({IntentRole.PERSON, IntentRole.CHANGE, IntentRole.URGING})
_TAKES_LEAVE = (Act.AFFIRM, Act.THANK, Act.CLOSE, Act.WAIT, Act.GREET)
_TAKES_BACK = (Act.WITHDRAW, Act.REFUSE, Act.DENY, Act.TELL, Act.THANK, Act.CLOSE)


def may_answer_meanwhile(
    ticket: Ticket, plans: Sequence[RequestPlan], heard: Signals, traits: IntentDirectory, *, certain: float
) -> bool:
    """Whether the message asks only what facts or the shop's own words answer, and what the ticket is not about."""
    wanted = ticket.reason in UPSET or heard.risk or heard.anger
    return not wanted and all(_is_other_matter(ticket, plan, traits, certain) for plan in plans)


def _is_other_matter(ticket: Ticket, plan: RequestPlan, traits: IntentDirectory, certain: float) -> bool:
    decision, own = plan.decision, traits.get(plan.decision.intent)
    if not isinstance(decision, Answer) or own is None or not (own.names_business or decision.faq):
        return False
    for_people = not own.tells_parcel and dialogue_cues().hears("is_for_people", plan.request.text)
    if for_people or (plan.assumed and ticket.reason not in NOT_UNDERSTOOD):
        return False
    surely = decision.confidence >= max(certain, SURELY_READ)
    careful = ticket.reason in PERSON_WANTED or (own.about_orders and _is_of_aftersale(ticket, traits))
    if decision.confidence < certain or (careful and not surely):
        return False
    if own.aftersale or own.kept_for_people:
        return surely and decision.faq is not None and not _is_of_aftersale(ticket, traits)
    of_order = own.of_orders_alone and not own.tells_parcel
    matter = ticket.brief.get("intent", "")
    way_back = asks_way_back(plan.request, matter, traits) or (
        traits.is_aftersale(matter) and dialogue_cues().hears("who_pays", plan.request.text)
    )
    if own.complaint or own.role in FOR_PEOPLE or ((of_order or way_back) and decision.faq is None):
        return False
    same = decision.intent == ticket.brief.get("intent") and ticket.reason not in NOT_UNDERSTOOD
    return not same or (surely and decision.faq is not None)


def _is_of_aftersale(ticket: Ticket, traits: IntentDirectory) -> bool:
    own = traits.get(ticket.brief.get("intent", ""))
    return own is not None and own.aftersale


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
        other = _names_matter(scene, understanding, traits) and not traits.holds_role(
            whole_request(understanding).intents[0].intent, IntentRole.PERSON
        )
        return acts.has_only(*_TAKES_BACK, Act.DECLINE_PERSON) and not other
    own = traits.get(ticket.brief.get("intent", ""))
    lets_be = Act.WITHDRAW in acts and acts.has_only(*_TAKES_BACK)
    return lets_be and _is_of_orders(own) and not dialogue_cues().hears("turns_to_return", text)


def _is_of_orders(own: IntentTraits | None) -> bool:
    return own is not None and own.about_orders


def withdraw_ticket(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket ended by its buyer: nothing waits on it."""
    return replace(ticket.answered().taken_up(), state=TicketState.RETURNED, resolved_at=now)


def choose_word(
    scene: Scene, understanding: Understanding, ticket: Ticket, traits: IntentDirectory, tried: Sequence[Step] = ()
) -> AcknowledgementKind | None:
    """What the waiting buyer hears where nothing is answered; None is silence.

    Who presses, or asks a second time without an answer, hears how long the queue is; another matter for people is
    said to be passed on, once. `tried` is an answer that was not whole in itself, if one was made.
    """
    more = None if scene.conversation.queue_acknowledged else AcknowledgementKind.MORE
    if scene.message.type is not MessageType.TEXT:
        return more
    if is_automatic(understanding.text, scene.acts):
        return None
    if _presses(scene, understanding, traits):
        return AcknowledgementKind.AGAIN
    if (
        understanding.normalised
        and scene.acts.has_only(*_TAKES_LEAVE)
        and not _names_matter(scene, understanding, traits)
    ):
        return AcknowledgementKind.THANKS if Act.THANK in scene.acts else None
    return more or _word_for_matter(scene, understanding, ticket, traits, tried)


def _word_for_matter(
    scene: Scene, understanding: Understanding, ticket: Ticket, traits: IntentDirectory, tried: Sequence[Step]
) -> AcknowledgementKind | None:
    asks = Act.ASK in scene.acts
    unwritten = asks and any(step.outcome.asks and step.outcome.asks.slot == CONFIRM_SLOT for step in tried)
    best, sure = whole_request(understanding).intents[0], _names_matter(scene, understanding, traits)
    known = {ticket.brief.get("intent"), *scene.conversation.queue_matters}
    if unwritten or (sure and best.intent not in known):
        return AcknowledgementKind.MATTER
    return AcknowledgementKind.AGAIN if asks and scene.conversation.misses else None


def _names_matter(scene: Scene, understanding: Understanding, traits: IntentDirectory) -> bool:
    """Whether a matter of the shop's business is surely read."""
    best = whole_request(understanding).intents[0]
    return best.confidence >= scene.opened.shop.settings.thresholds.answer and traits.names_business(best.intent)


def _presses(scene: Scene, understanding: Understanding, traits: IntentDirectory) -> bool:
    """Whether the buyer asks where the person is, or loses patience: 人呢, ??, 转人工 once more, 还要等多久."""
    text, best = understanding.normalised, whole_request(understanding).intents[0]
    sure = best.confidence >= scene.opened.shop.settings.thresholds.answer
    own = traits.get(best.intent)
    presses = own is not None and (own.complaint or own.role in {IntentRole.PERSON, IntentRole.URGING})
    if scene.heard.anger or scene.heard.risk or (sure and presses):
        return True
    marks = bool(text) and not text.strip(" ?!.~,")
    cues = dialogue_cues()
    return marks or any(cues.hears(cue, text) for cue in ("calls", "nudges", "presses", "asks_wait"))


def note_word(
    conversation: Conversation, word: AcknowledgementKind | None, understanding: Understanding, acts: DialogueActs
) -> Conversation:
    """The conversation after such a word, or after silence: two unanswered questions in a row are two misses."""
    if word is None:
        asked = Act.ASK in acts
        return replace(conversation, misses=conversation.misses + 1) if asked else conversation
    matter = whole_request(understanding).intents[0].intent
    noted = word in {AcknowledgementKind.MORE, AcknowledgementKind.MATTER}
    matters = (*conversation.queue_matters, matter) if noted else conversation.queue_matters
    acknowledged = conversation.queue_acknowledged or noted
    return replace(conversation, misses=0, queue_acknowledged=acknowledged, queue_matters=matters)
