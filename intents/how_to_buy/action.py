"""下单方式: how to buy what is looked at, and where to find it."""

from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import (
    PolicyAction,
    build_handoff,
    build_pending,
    compose_reply,
    find_awaited_slot,
    find_untold_policy,
    quote_faq_entry,
)
from intents._kit.goods import resolve_goods
from intents._kit.other_thing import tell_unsold

note = load_notes(__file__)


class HowToBuyAction(PolicyAction):
    """The shop's words, a way to the product, or the steps; what needs an arrangement goes to a person."""

    intent = "how_to_buy"

    async def answer(self, case: Case) -> Outcome:
        """Policy first, then the page of the product, then the steps."""
        entry = find_untold_policy(case)
        if entry:
            return quote_faq_entry(case, entry)
        if case.hears("several_addresses"):
            return compose_reply(case.replies.render_reply("apart"), tried=note("told_apart"))
        if case.hears("needs_arrangement"):
            wish = build_handoff(case, Reason.LOW_CONFIDENCE, note("other_way"))
            return compose_reply(case.replies.render_reply("unknown"), handoff=wish)
        goods = await resolve_goods(case)
        if goods and case.hears("asks_where"):
            said = case.replies.render_reply("find", title=goods.product_title)
            return compose_reply(
                said, facts=(goods.fact,), slots={"product": goods.fact.value.product_id}, tried=note("told_how")
            )
        if case.hears("asks_where") and find_awaited_slot(case) != SlotName.PRODUCT:
            return compose_reply(
                case.replies.render_reply("ask_product"),
                asks=build_pending(case, SlotName.PRODUCT),
                tried=note("asked_product"),
            )
        return await tell_unsold(case) or self.answer_generally(case)
