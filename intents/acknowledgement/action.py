"""应答: a short courtesy that fits what was acknowledged."""

import re
from typing import Final

from app.domain.outcome import Outcome
from intents.base import Case, IntentAction
from intents.common import reply

KINDS: Final = (
    ("thanks", re.compile("谢|辛苦|麻烦你|感谢|thank", re.IGNORECASE)),
    ("paid", re.compile("付款了|已付|付好|付了|支付了|已支付")),
    ("ordered", re.compile("拍了|下单了|已拍|拍好|已下单|买了|下好单")),
    ("received", re.compile("收到了|到货了|拿到了|签收了")),
    ("declined", re.compile("不用|不需要|没有了|没了|不必|算了|没事")),
    ("bye", re.compile("再见|拜|晚安|88|回头")),
)


class AcknowledgementAction(IntentAction):
    """Never a bare 好; nothing is promised with it."""

    intent = "acknowledgement"

    async def answer(self, case: Case) -> Outcome:
        """The courtesy."""
        key = next((key for key, words in KINDS if words.search(case.message.text)), "noted")
        return reply(case.replies.say(key))
