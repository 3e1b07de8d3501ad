"""商品咨询: what the catalogue knows of a product; everything else needs the FAQ or a person."""

import re

from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.outcome import Outcome
from intents.base import Case
from intents.common import PolicyAction, asking, awaited, from_policy, handing_over, policy_of, reply
from intents.goods import Goods, find_goods, variant_name

ABOUT_VARIANTS = re.compile("颜色|什么色|几种|哪几|规格|尺寸|尺码|多大|款式|型号|有哪些|几个款|大小|容量")
MOST_NAMED = 6


class ProductQuestionAction(PolicyAction):
    """Lists a product's variants; asks which product once when none is named."""

    intent = "product_question"

    async def answer(self, case: Case) -> Outcome:
        """The FAQ's words, the catalogue's variants, or a person."""
        entry = policy_of(case)
        if entry:
            return from_policy(case, entry)
        goods = await find_goods(case)
        if goods is None:
            return self._which(case)
        if ABOUT_VARIANTS.search(case.request.text) and goods.skus:
            return self._variants(case, goods)
        return self._to_people(case, goods)

    def _which(self, case: Case) -> Outcome:
        if awaited(case) == SlotName.PRODUCT:
            return self.unknown(case)
        return reply(case.replies.say("ask_product"), asks=asking(case, SlotName.PRODUCT), tried="已询问是哪款商品")

    def _variants(self, case: Case, goods: Goods) -> Outcome:
        names = "、".join(dict.fromkeys(variant_name(sku) for sku in goods.skus[:MOST_NAMED]))
        said = case.replies.say("variants", title=goods.title, variants=names)
        return reply(said, facts=(goods.fact,), slots={"product": goods.fact.value.product_id}, tried="已列出规格")

    def _to_people(self, case: Case, goods: Goods) -> Outcome:
        return reply(
            case.replies.say("unknown"),
            handoff=handing_over(
                case, Reason.LOW_CONFIDENCE, f"商品资料里没有写明：{goods.title}", collected={"商品": goods.title}
            ),
            slots={"product": goods.fact.value.product_id},
        )
