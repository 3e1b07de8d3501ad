"""价格咨询: the catalogue's price, of the SKU meant or of each there is."""

import re
from collections.abc import Sequence

from app.domain.catalogue import Sku
from app.domain.commitment import PriceCommitment
from app.domain.conversation import SlotName
from app.domain.outcome import Outcome
from intents._framework.contract import Case, Said
from intents._kit.basket import basket_of
from intents._kit.forms import PolicyAction, asking, awaited, from_policy, policy_of, reply
from intents._kit.goods import Goods, find_goods, money, variant_name
from intents._kit.price_summary import asks_sum, sum_up

WHY = re.compile("涨|变贵|怎么贵|比.{0,6}贵|贵了|为什么.{0,6}(贵|不一样|价)|为啥.{0,6}(贵|不一样|价)|哪个价")
MOST_LISTED = 5


class PriceQuestionAction(PolicyAction):
    """Quotes today's page price; never a private one."""

    intent = "price_question"

    async def answer(self, case: Case) -> Outcome:
        """One price, a short list, or the question which product."""
        goods = await find_goods(case)
        summed = await self._sum(case, goods)
        if summed:
            return summed
        if goods is None:
            return self._without_goods(case)
        if not goods.skus:
            return reply(case.replies.say("unlisted", title=goods.title), facts=(goods.fact,), tried="已说明未在售")
        return reply(
            *((case.replies.say("why"),) if WHY.search(case.request.text) else ()),
            self._prices(case, goods),
            commitments=tuple(_at_list_price(sku) for sku in goods.skus),
            facts=(goods.fact,),
            slots={"product": goods.fact.value.product_id},
            tried=f"已报{goods.title}的页面价",
        )

    async def _sum(self, case: Case, goods: Goods | None) -> Outcome | None:
        """What a basket comes to under the promotions running now, when a sum is asked for."""
        if not asks_sum(case):
            return None
        found = await basket_of(case, goods)
        return sum_up(case, await case.facts.promotions(), found) if found else None

    def _without_goods(self, case: Case) -> Outcome:
        entry = policy_of(case)
        if entry:
            return from_policy(case, entry)
        if awaited(case) == SlotName.PRODUCT:
            return self.unknown(case)
        return reply(case.replies.say("ask_product"), asks=asking(case, SlotName.PRODUCT), tried="已询问是哪款商品")

    def _prices(self, case: Case, goods: Goods) -> Said:
        prices = sorted({sku.price for sku in goods.skus})
        if len(goods.skus) == 1:
            name = _full_name(goods.skus[0])
            return case.replies.say("one", title=name, price=money(prices[0]))
        if len(prices) == 1:
            return case.replies.say("same", title=goods.title, price=money(prices[0]))
        if len(goods.skus) <= MOST_LISTED:
            return case.replies.say("each", title=goods.title, prices=_listed(goods.skus))
        return case.replies.say("range", title=goods.title, low=money(prices[0]), high=money(prices[-1]))


def _listed(skus: Sequence[Sku]) -> str:
    return "，".join(f"{variant_name(sku)}{money(sku.price)}元" for sku in skus)


def _full_name(sku: Sku) -> str:
    name = variant_name(sku)
    return sku.title if name in sku.title else f"{sku.title}（{name}）"


def _at_list_price(sku: Sku) -> PriceCommitment:
    return PriceCommitment(sku.sku_id, 1, sku.price, sku.price)
