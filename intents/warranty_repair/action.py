"""保修/安装/维修: the shop's words, else order, fault and photos for the after-sales people."""

from app.domain.conversation import SlotName
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply, current_memory, find_best_entry, quote_faq_entry
from intents._kit.details import find_asked_details, format_details
from intents._kit.forms import DETAIL, ORDER, PHOTO, WITH_BUYER, CollectAction
from intents._kit.goods import resolve_goods

note = load_notes(__file__)


class WarrantyRepairAction(CollectAction):
    """Collects what a repair needs."""

    intent = "warranty_repair"
    needs = (ORDER, DETAIL, PHOTO)
    states = WITH_BUYER
    wish = note("wish")

    async def answer(self, case: Case) -> Outcome:
        """The shop's own words where they fit and nothing is being collected."""
        if case.hears_in_message("awaits_repair"):
            return await self.submit_form(case, await self.gather_form(case))
        fresh = not current_memory(case).get("asked")
        told = note("told_term") in case.conversation.tried[-2:] and not case.hears_in_message("asks_length")
        term = await self._tell_term(case) if fresh and case.hears("asks_term") and not told else None
        if term:
            return term
        entry = find_best_entry(case)
        if entry and fresh:
            return quote_faq_entry(case, entry)
        return await super().answer(case)

    async def _tell_term(self, case: Case) -> Outcome | None:
        """How long the goods we speak of are warranted for, as written of them; else what holds for all goods."""
        goods = await resolve_goods(case)
        if goods is None:
            return None
        slots = {SlotName.PRODUCT: goods.fact.value.product_id}
        details = find_asked_details(goods.fact.value, case.request.text)
        if details:
            said = case.replies.render_reply("term", title=goods.product_title, details=format_details(details))
            return compose_reply(said, facts=(goods.fact,), slots=slots, tried=note("told_term"))
        promise = case.shop.settings.authority.shipping
        if find_best_entry(case) or promise is None or not promise.returns_days:
            return None
        said = case.replies.render_reply("no_term", title=goods.product_title, days=promise.returns_days)
        return compose_reply(said, facts=(goods.fact,), slots=slots, tried=note("told_term"))
