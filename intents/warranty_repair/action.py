"""保修/安装/维修: the shop's words, else order, fault and photos for the after-sales people."""

from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import current_memory, find_best_entry, quote_faq_entry
from intents._kit.forms import DETAIL, ORDER, PHOTO, WITH_BUYER, CollectAction

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
        entry = find_best_entry(case)
        if entry and not current_memory(case).get("asked"):
            return quote_faq_entry(case, entry)
        return await super().answer(case)
