"""What the bot may still answer while a buyer waits for a person: facts of another matter, and nothing that binds."""

from collections.abc import Sequence

from app.dialogue.signals import Signals
from app.domain.decision import Answer, Reason
from app.domain.events import GrantedCommitment
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.step import Step
from app.domain.ticket import Ticket
from app.turns.plan import RequestPlan

PERSON_WANTED = frozenset(
    {Reason.ASKED_FOR_HUMAN, Reason.COMPLAINT, Reason.RISK_WORDS, Reason.ANGRY, Reason.VIP, Reason.AUTHORITY_EXCEEDED}
)
"""Reasons after which another word of the bot is not what the buyer waits for."""
SURELY_READ = 0.85
"""A person is coming: what is less sure than this can wait."""
FOR_PEOPLE = frozenset({IntentRole.NEGOTIATION, IntentRole.PERSON, IntentRole.CHANGE, IntentRole.URGING})


def may_answer_meanwhile(
    ticket: Ticket, plans: Sequence[RequestPlan], heard: Signals, traits: IntentDirectory, *, certain: float
) -> bool:
    """Whether the message surely asks only what has nothing to do with what the ticket is about."""
    wanted = ticket.reason in PERSON_WANTED or heard.risk or heard.anger
    return not wanted and all(_is_other_matter(ticket, plan, traits, certain) for plan in plans)


def _is_other_matter(ticket: Ticket, plan: RequestPlan, traits: IntentDirectory, certain: float) -> bool:
    decision, own = plan.decision, traits.get(plan.decision.intent)
    if not isinstance(decision, Answer) or own is None or plan.assumed:
        return False
    held = own.aftersale or own.complaint or own.kept_for_people or own.role in FOR_PEOPLE
    by_fact = own.names_business and (own.tells_parcel or not own.of_orders_alone)
    sure = decision.confidence >= max(certain, SURELY_READ)
    return sure and (decision.faq is not None or by_fact) and not held and decision.intent != ticket.brief.get("intent")


def binds_nothing(step: Step) -> bool:
    """Whether the answer is whole in itself: it asks nothing, writes nothing, grants nothing and calls nobody."""
    outcome = step.outcome
    open_ended = step.handoff_wish or outcome.asks or outcome.effects
    return (
        bool(outcome.text) and not open_ended and not any(isinstance(m, GrantedCommitment) for m in outcome.commitments)
    )
