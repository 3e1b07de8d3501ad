"""An order asked about from another account than it was placed with: its state in general words, then a person."""

from typing import Final

from app.domain.catalogue import Order, OrderState
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, compose_reply
from intents._kit.orders import number_tail

note = load_notes(__file__)

STATUS_INTENTS: Final = frozenset({"logistics_status", "shipping_time", "arrival_time", "delivery_urging"})
ACCOUNT_MISMATCH_NOTE: Final = note("account_mismatch")
_STATE_KEYS: Final = {
    OrderState.UNPAID: "unpaid",
    OrderState.PAID: "paid",
    OrderState.SHIPPED: "shipped",
    OrderState.DELIVERED: "received",
    OrderState.COMPLETED: "received",
}


def answer_other_account(case: Case, fact: Fact[Order]) -> Outcome:
    """Where the order stands, once, to who asks just that; whatever more is wanted needs a person to check first."""
    told = note("told_other_account", tail=number_tail(fact.value.order_id))
    slots = {SlotName.ORDER: fact.value.order_id}
    if case.intent in STATUS_INTENTS and not case.angry and told not in case.conversation.tried:
        state = _STATE_KEYS.get(fact.value.state, "closed")
        said = case.replies.render_reply(f"another_account_{state}", tail=number_tail(fact.value.order_id))
        return compose_reply(said, facts=(fact,), slots=slots, tried=told)
    reason = Reason.ANGRY if case.angry else Reason.AFTER_SALES
    request = build_handoff(
        case,
        reason,
        note("identity_first"),
        notes=(ACCOUNT_MISMATCH_NOTE,),
        collected={note("field_order"): fact.value.order_id},
        urgent=case.angry,
    )
    said = case.replies.render_reply("another_account", tail=number_tail(fact.value.order_id))
    return compose_reply(said, facts=(fact,), slots=slots, handoff=request, memory={})
