"""需上下文: what the conversation was about is used before anything is asked again."""

from app.dialogue.act_moves import count_misses
from app.domain.conversation import Pending, SlotName
from app.domain.decision import Reason
from app.domain.fact import FactsError
from app.domain.outcome import Outcome
from intents._framework.contract import Case, IntentAction
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, compose_reply
from intents._kit.goods import resolve_goods
from intents._kit.own_order import tell_order_under_way

note = load_notes(__file__)


class UnclearAction(IntentAction):
    """Repeats our open question, tells how the buyer's one order stands, asks about the goods at hand, or asks openly.

    The second miss goes to a person.
    """

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
        own = await tell_order_under_way(case) if case.hears("asks_progress") or case.hears("own_order") else None
        if own:
            return own
        goods = await resolve_goods(case)
        if goods:
            return compose_reply(
                case.replies.render_reply("about_goods", title=goods.product_title), facts=(goods.fact,)
            )
        number = case.slot_value(SlotName.ORDER)
        if number and case.shop.orders and await _is_unknown(case, number):
            return compose_reply(case.replies.render_reply("unknown_number"), slots={SlotName.ORDER: None})
        return compose_reply(case.replies.render_reply("which_order_matter" if number else "say_more"))


async def _is_unknown(case: Case, number: str) -> bool:
    """Whether no order has this number: it may be that of an item's page."""
    try:
        return (await case.facts.get_order(number)).value is None
    except FactsError:
        return False
