"""价保: the shop's words, else the order with what was paid and what it costs now for the after-sales people."""

import re
from typing import Any, Final

from app.domain.catalogue import OrderLine, OrderState
from app.domain.outcome import HandoffRequest, Outcome
from intents._framework.contract import Case
from intents._kit.forms import ORDER, CollectAction, Matter, best_entry, from_policy, remembered, reply
from intents._kit.goods import money
from intents._kit.wording import full_name

WANTS_IT: Final = re.compile("^(?!.*([吗么?？]|能不能|可不可以)).*(退(我|一下)?差|补(我|一下)?差|差价[退补]|退我|补我)")
BOUGHT: Final = frozenset({OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED})


class PriceProtectionAction(CollectAction):
    """The difference is computed for the agent and never promised to the buyer."""

    intent = "price_protection"
    needs = (ORDER,)
    states = BOUGHT
    wish = "买后降价，申请价保"

    async def answer(self, case: Case) -> Outcome:
        """What the one order cost and costs now, for who wants the difference; else the shop's own words."""
        entry = None if remembered(case).get("asked") else best_entry(case)
        if entry is None or (WANTS_IT.search(case.message.text) and (await self.gather(case)).order):
            return await super().answer(case)
        return from_policy(case, entry)

    async def finish(self, case: Case, matter: Matter) -> Outcome:
        """Hand over with paid and present prices beside each other."""
        opening = self.opening(case, matter) if matter.fresh else ()
        request = await self._with_prices(case, matter)
        said = case.replies.say("recorded")
        return reply(*opening, said, facts=matter.facts, handoff=request, memory={}, slots=self.slots(matter))

    async def _with_prices(self, case: Case, matter: Matter) -> HandoffRequest:
        lines = matter.order.lines if matter.order else ()
        notes: tuple[Any, ...] = tuple([await self._compare(case, line) for line in lines])
        return self.request(case, matter, notes=notes)

    async def _compare(self, case: Case, line: OrderLine) -> str:
        sku = (await case.facts.sku(line.sku_id)).value
        paid = f"{full_name(sku) if sku else line.sku_id}买时 {line.quantity} 件 {money(line.amount)} 元"
        return f"{paid}，现在页面单价 {money(sku.price)} 元" if sku else f"{paid}，现已查不到该规格"
