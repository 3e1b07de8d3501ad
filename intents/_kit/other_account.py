"""An order asked about from another account than it was placed with: its state in general words, then a person."""

from typing import Final

from app.domain.catalogue import Order, OrderState
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._kit.forms import handing_over, reply
from intents._kit.orders import tail

ASK_THE_STATE: Final = frozenset({"logistics_status", "shipping_time", "arrival_time", "delivery_urging"})
NOTE: Final = "下单账号与咨询账号不一致，请先核实"
_WORDS: Final = {
    OrderState.UNPAID: "unpaid",
    OrderState.PAID: "paid",
    OrderState.SHIPPED: "shipped",
    OrderState.DELIVERED: "received",
    OrderState.COMPLETED: "received",
}


def to_another_account(case: Case, fact: Fact[Order]) -> Outcome:
    """Where the order stands, once, to who asks just that; whatever more is wanted needs a person to check first."""
    told = f"已告知尾号{tail(fact.value.order_id)}订单的大致状态（下单账号与咨询账号不一致）"
    slots = {SlotName.ORDER: fact.value.order_id}
    if case.intent in ASK_THE_STATE and not case.angry and told not in case.conversation.tried:
        state = _WORDS.get(fact.value.state, "closed")
        said = case.replies.say(f"another_account_{state}", tail=tail(fact.value.order_id))
        return reply(said, facts=(fact,), slots=slots, tried=told)
    reason = Reason.ANGRY if case.angry else Reason.AFTER_SALES
    request = handing_over(
        case, reason, "需要先核实身份", notes=(NOTE,), collected={"订单号": fact.value.order_id}, urgent=case.angry
    )
    said = case.replies.say("another_account", tail=tail(fact.value.order_id))
    return reply(said, facts=(fact,), slots=slots, handoff=request, memory={})
