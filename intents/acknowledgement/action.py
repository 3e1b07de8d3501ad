"""应答: a short courtesy that fits what was acknowledged."""

import re
from typing import Final

from app.domain.catalogue import OrderState
from app.domain.outcome import Outcome
from intents._framework.contract import Case, IntentAction
from intents._framework.policy import compose_reply
from intents._kit.orders import find_sole_order, number_tail

COURTESY_PATTERNS: Final = (
    ("annoyed", re.compile("[🙄😒😤😠😡💩👎🤬😑]|呵呵|无语")),
    ("thanks", re.compile("谢|辛苦|麻烦你|感谢|thank", re.IGNORECASE)),
    ("paid", re.compile("付款了|已付|付好|(?<![没未])付了|支付了|已支付")),
    ("ordered", re.compile("拍了|下单了|已拍|拍好|已下单|买了|下好单")),
    ("received", re.compile("收到了|到货了|拿到了|签收了")),
    ("declined", re.compile("不用|不需要|没有了|没了|不必|算了|没事")),
    ("bye", re.compile("再见|拜|晚安|88|回头")),
)
# What is said of an order that, as the shop sees it, is not paid.
UNPAID: Final = {"paid": "paid_not_seen", "ordered": "ordered_unpaid"}


class AcknowledgementAction(IntentAction):
    """Never a bare 好; nothing is promised with it."""

    intent = "acknowledgement"

    async def answer(self, case: Case) -> Outcome:
        """The courtesy."""
        key = next((key for key, words in COURTESY_PATTERNS if words.search(case.message.text)), "noted")
        return (await self._correct_unpaid_claim(case, UNPAID[key]) if key in UNPAID else None) or compose_reply(
            case.replies.render_reply(key)
        )

    async def _correct_unpaid_claim(self, case: Case, key: str) -> Outcome | None:
        """Who says 付款了 while the order is not is told what the shop sees."""
        seen = await find_sole_order(case, {OrderState.UNPAID, OrderState.PAID})
        if seen is None or seen.value.state is not OrderState.UNPAID:
            return None
        said = case.replies.render_reply(key, tail=number_tail(seen.value.order_id))
        return compose_reply(said, facts=(seen,), slots={"order": seen.value.order_id}, tried="已说明订单待付款")
