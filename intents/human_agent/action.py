"""转人工: who asks for a person gets one, without a counter-question."""

import re
from typing import Final

from app.domain.catalogue import OrderState
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest, Outcome
from intents._framework.contract import Case, IntentAction
from intents._framework.policy import compose_reply
from intents._kit.orders import find_sole_order

GROUP_PATTERNS: Final = (
    (Group.SUPERVISOR, re.compile("主管|经理|店长|老板|负责人|领导")),
    (Group.AFTERSALE, re.compile("售后|退货|退款|换货|维修")),
    (Group.INSALE, re.compile("售中|发货|物流|快递|改地址")),
)

WONDERS: Final = re.compile("(你|您|这)(是|到底是)?(不是)?(真人|机器人|人工智能|智能客服|AI|ai|GPT|gpt|ChatGPT|程序)")
IN_PROGRESS: Final = frozenset({OrderState.PAID, OrderState.SHIPPED})


class HumanAgentAction(IntentAction):
    """Hands over at once."""

    intent = "human_agent"

    async def answer(self, case: Case) -> Outcome:
        """A word of understanding and the handoff; who only wonders what we are is told."""
        if WONDERS.search(case.message.text):
            return compose_reply(
                case.replies.render_reply("what_i_am", shop=case.shop.settings.name), tried="已说明是智能客服"
            )
        text = case.message.text.strip()
        order = None if _discusses_goods(case) else await find_sole_order(case, IN_PROGRESS)
        request = HandoffRequest(
            Reason.ASKED_FOR_HUMAN,
            wish=f"要求人工：{text[:80]}",
            collected={"订单号": order.value.order_id} if order else {},
            group=_choose_group(text, with_order=order is not None),
        )
        return compose_reply(case.replies.render_reply("understood"), handoff=request, facts=(order,) if order else ())


def _discusses_goods(case: Case) -> bool:
    """Whether something to buy was spoken of, and no order."""
    goods = case.slot_value(SlotName.SKU) or case.slot_value(SlotName.PRODUCT)
    return bool(goods) and not case.slot_value(SlotName.ORDER)


def _choose_group(text: str, *, with_order: bool) -> Group | None:
    """Whom the words ask for, else who looks after the order in progress; None leaves it to the intent's own group."""
    named = next((group for group, words in GROUP_PATTERNS if words.search(text)), None)
    return named or (Group.INSALE if with_order else None)
