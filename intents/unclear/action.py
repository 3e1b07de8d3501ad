"""需上下文: what the conversation was about is used before anything is asked again."""

from app.dialogue.act_moves import count_misses
from app.domain.conversation import Pending, SlotName
from app.domain.decision import Reason
from app.domain.outcome import Outcome
from intents._framework.contract import Case, IntentAction
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, compose_reply
from intents._kit.goods import resolve_goods

note = load_notes(__file__)


class UnclearAction(IntentAction):
    """Repeats our open question, asks about the goods at hand, or asks openly; the second miss goes to a person."""

    intent = "unclear"

    async def answer(self, case: Case) -> Outcome:
        """The narrowest question the conversation allows."""
        if count_misses(case.conversation, case.request):
            return compose_reply(
                case.replies.render_reply("missed"),
                handoff=build_handoff(case, Reason.REPEATED_MISS, note("not_understood")),
            )
        pending = case.conversation.pending
        return self._repeat_question(case, pending) if pending else await self._ask_about_goods(case)

    def _repeat_question(self, case: Case, pending: Pending) -> Outcome:
        key = f"again_{pending.slot}"
        said = case.replies.render_reply(key if case.replies.has_reply(key) else "again")
        return compose_reply(said, asks=Pending(pending.intent, pending.slot, pending.text, case.now, pending.options))

    async def _ask_about_goods(self, case: Case) -> Outcome:
        goods = await resolve_goods(case)
        if goods:
            return compose_reply(
                case.replies.render_reply("about_goods", title=goods.product_title), facts=(goods.fact,)
            )
        return compose_reply(
            case.replies.render_reply("which_order_matter" if case.slot_value(SlotName.ORDER) else "say_more")
        )
