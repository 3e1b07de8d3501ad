"""价保: the shop's words, else the order with what was paid and what it costs now for the after-sales people."""

from typing import Any, Final

from app.domain.acts import Act
from app.domain.catalogue import OrderLine, OrderState
from app.domain.outcome import HandoffRequest, Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply, current_memory, find_best_entry, quote_faq_entry
from intents._kit.forms import ORDER, CollectAction, FormState
from intents._kit.wording import format_yuan, sku_full_name

note = load_notes(__file__)

BOUGHT: Final = frozenset({OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED})


class PriceProtectionAction(CollectAction):
    """The difference is computed for the agent and never promised to the buyer."""

    intent = "price_protection"
    needs = (ORDER,)
    states = BOUGHT
    wish = note("wish")

    async def answer(self, case: Case) -> Outcome:
        """What the one order cost and costs now, for who wants the difference; else the shop's own words."""
        known = current_memory(case).get("asked") or case.hears_in_message("not_reduced")
        entry = None if known else find_best_entry(case)
        if entry is None or (_wants_difference(case) and (await self.gather_form(case)).sole_order):
            return await super().answer(case)
        return quote_faq_entry(case, entry)

    async def submit_form(self, case: Case, matter: FormState) -> Outcome:
        """Hand over with paid and present prices beside each other."""
        opening = self.intro_replies(case, matter) if matter.fresh else ()
        request = await self._build_price_handoff(case, matter)
        said = case.replies.render_reply("not_reduced" if case.cues.hears("not_reduced", matter.wish) else "recorded")
        return compose_reply(
            *opening, said, facts=matter.order_facts, handoff=request, memory={}, slots=self.order_slots(matter)
        )

    async def _build_price_handoff(self, case: Case, matter: FormState) -> HandoffRequest:
        lines = matter.sole_order.lines if matter.sole_order else ()
        notes: tuple[Any, ...] = tuple([await self._compare_prices(case, line) for line in lines])
        return self.build_form_handoff(case, matter, notes=notes)

    async def _compare_prices(self, case: Case, line: OrderLine) -> str:
        sku = (await case.facts.get_sku(line.sku_id)).value
        paid = note(
            "paid_then",
            title=sku_full_name(sku) if sku else line.sku_id,
            quantity=line.quantity,
            amount=format_yuan(line.amount),
        )
        return note("price_now", paid=paid, price=format_yuan(sku.price)) if sku else note("price_unknown", paid=paid)


def _wants_difference(case: Case) -> bool:
    """Whether the buyer wants it done, and does not ask whether it may be."""
    return case.hears_in_message("wants_difference") and Act.ASK not in case.acts
