"""发票: the shop's words on invoices, else the order and the title are collected for people."""

from typing import Final

from app.domain.handoff import Group
from app.domain.outcome import Outcome
from app.language.changes import holds_tax_number
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import current_memory, find_untold_policy, quote_faq_entry
from intents._kit.forms import ORDER, CollectAction, FormField

note = load_notes(__file__)

TITLE: Final = FormField("invoice_title", note("field_title"), "ask_title")


class InvoiceAction(CollectAction):
    """Collects order number and invoice title."""

    intent = "invoice"
    needs = (ORDER, TITLE)
    group = Group.AFTERSALE
    wish = note("wish")

    async def answer(self, case: Case) -> Outcome:
        """The shop's own words where they fit and nothing is being collected."""
        entry = find_untold_policy(case)
        if entry and not current_memory(case).get("asked"):
            return quote_faq_entry(case, entry)
        return await super().answer(case)

    def extract_slots(self, case: Case, waiting: str | None) -> dict[str, str]:
        """A title asked for, or one that came along."""
        given = super().extract_slots(case, waiting)
        titled = case.hears_in_message("gives_title") or holds_tax_number(case.message.text)
        if "invoice_title" not in given and titled:
            given["invoice_title"] = case.message.text.strip()
        return given
