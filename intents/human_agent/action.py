"""转人工: who asks for a person gets one, without a counter-question."""

from typing import Final

from app.domain.catalogue import OrderState
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest, Outcome
from intents._framework.contract import Case, IntentAction
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.orders import find_sole_order

note = load_notes(__file__)

GROUPS_BY_CUE: Final = {
    "for_supervisor": Group.SUPERVISOR,
    "for_aftersale": Group.AFTERSALE,
    "for_insale": Group.INSALE,
}
IN_PROGRESS: Final = frozenset({OrderState.PAID, OrderState.SHIPPED})


class HumanAgentAction(IntentAction):
    """Hands over at once."""

    intent = "human_agent"

    async def answer(self, case: Case) -> Outcome:
        """A word of understanding and the handoff; who only wonders what we are is told."""
        if case.hears_in_message("wonders_what_we_are"):
            return compose_reply(
                case.replies.render_reply("what_i_am", shop=case.shop.settings.name), tried=note("told_bot")
            )
        text = case.message.text.strip()
        order = None if _discusses_goods(case) else await find_sole_order(case, IN_PROGRESS)
        request = HandoffRequest(
            Reason.ASKED_FOR_HUMAN,
            wish=note("wish", words=text[:80]),
            collected={note("field_order"): order.value.order_id} if order else {},
            group=_choose_group(case, with_order=order is not None),
        )
        return compose_reply(case.replies.render_reply("understood"), handoff=request, facts=(order,) if order else ())


def _discusses_goods(case: Case) -> bool:
    """Whether something to buy was spoken of, and no order."""
    goods = case.slot_value(SlotName.SKU) or case.slot_value(SlotName.PRODUCT)
    return bool(goods) and not case.slot_value(SlotName.ORDER)


def _choose_group(case: Case, *, with_order: bool) -> Group | None:
    """Whom the words ask for, else who looks after the order in progress; None leaves it to the intent's own group."""
    named = next((group for cue, group in GROUPS_BY_CUE.items() if case.hears_in_message(cue)), None)
    return named or (Group.INSALE if with_order else None)
