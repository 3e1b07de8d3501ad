"""需上下文: what the conversation was about is used before anything is asked again."""

from app.domain.conversation import Pending, SlotName
from app.domain.decision import Reason
from app.domain.outcome import Outcome
from intents._framework.contract import Case, IntentAction
from intents._kit.forms import handing_over, reply
from intents._kit.goods import find_goods


class UnclearAction(IntentAction):
    """Repeats our open question, asks about the goods at hand, or asks openly; the second miss goes to a person."""

    intent = "unclear"

    async def answer(self, case: Case) -> Outcome:
        """The narrowest question the conversation allows."""
        if case.conversation.misses:
            return reply(
                case.replies.say("missed"),
                handoff=handing_over(case, Reason.REPEATED_MISS, "两次没有听懂买家的意思"),
            )
        pending = case.conversation.pending
        return self._again(case, pending) if pending else await self._about(case)

    def _again(self, case: Case, pending: Pending) -> Outcome:
        key = f"again_{pending.slot}"
        said = case.replies.say(key if case.replies.has(key) else "again")
        return reply(said, asks=Pending(pending.intent, pending.slot, pending.text, case.now, pending.options))

    async def _about(self, case: Case) -> Outcome:
        goods = await find_goods(case)
        if goods:
            return reply(case.replies.say("about_goods", title=goods.title), facts=(goods.fact,))
        return reply(case.replies.say("which_order_matter" if case.slot(SlotName.ORDER) else "say_more"))
