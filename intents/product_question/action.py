"""商品咨询: what the catalogue knows of a product; everything else needs the FAQ or a person."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from app.dialogue.policy import ASKS
from app.domain.catalogue import FaqEntry, Product
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._kit.forms import (
    PolicyAction,
    asking,
    awaited,
    from_policy,
    handing_over,
    remembered,
    reply,
    told_line,
    untold_policy,
)
from intents._kit.goods import Goods, find_goods, variant_name

ABOUT_VARIANTS: Final = re.compile("颜色|什么色|[几哪有]种|哪几|规格|尺寸|尺码|多大|款式|型号|有哪些|几个款|大小|容量")
# Asks nothing in particular: 茶叶罐怎么样, 我想买个茶盘送我爸.
IN_GENERAL: Final = re.compile("怎么样|咋样|如何$|好不好|好吗|介绍|推荐|看看|了解|区别|不一样|不同")
PARTS: Final = re.compile(r"[、，,；;或和（）()\s\d]+")
MOST_NAMED: Final = 6
MOST_DETAILS: Final = 3


class ProductQuestionAction(PolicyAction):
    """Quotes a product's details and variants; asks which product once when none is named."""

    intent = "product_question"

    async def answer(self, case: Case) -> Outcome:
        """The catalogue's words, the FAQ's, or a person."""
        goods = await find_goods(case)
        details = _asked_details(goods.fact.value, case.request.text) if goods else {}
        if goods and details:
            return self._details(case, goods, details)
        entry = untold_policy(case)
        if entry:
            return from_policy(case, entry)
        if goods is None:
            return self._which(case)
        if ABOUT_VARIANTS.search(case.request.text) and goods.skus:
            return self._variants(case, goods)
        return self._nearest(case, goods)

    def _nearest(self, case: Case, goods: Goods) -> Outcome:
        """The shop's words for this very product, else what its page says, once; who still asks gets a person."""
        general = IN_GENERAL.search(case.request.text) is not None
        if goods.skus and not general and not ASKS.search(case.request.text):
            return self._overview(case, goods)
        entry = _own_entry(case, goods.fact.value)
        if entry:
            return from_policy(case, entry)
        if goods.skus and general:
            return self._overview(case, goods)
        details = dict(goods.fact.value.details[:MOST_DETAILS])
        if not details or remembered(case):
            return self._to_people(case, goods)
        listed = _listed(details)
        return reply(
            case.replies.say("nearest", title=goods.title, details=listed),
            facts=(goods.fact,),
            asks=asking(case, "check"),
            memory={"at": case.now.isoformat()},
            slots=_talked_of(goods),
            tried="已告知详情里写明的内容，买家问的没有写到",
        )

    def _which(self, case: Case) -> Outcome:
        if awaited(case) == SlotName.PRODUCT:
            return self.unknown(case)
        return reply(case.replies.say("ask_product"), asks=asking(case, SlotName.PRODUCT), tried="已询问是哪款商品")

    def _details(self, case: Case, goods: Goods, details: Mapping[str, str]) -> Outcome:
        said = case.replies.say("details", title=goods.title, details=_listed(details))
        return reply(said, facts=(goods.fact,), slots=_talked_of(goods), tried=f"已告知{'、'.join(details)}")

    def _variants(self, case: Case, goods: Goods) -> Outcome:
        said = case.replies.say("variants", title=goods.title, variants=_variant_names(goods))
        return reply(said, facts=(goods.fact,), slots=_talked_of(goods), tried="已列出规格")

    def _overview(self, case: Case, goods: Goods) -> Outcome:
        """What it is and comes in, for who asks nothing in particular."""
        details = dict(goods.fact.value.details[:MOST_DETAILS])
        if not details:
            return self._variants(case, goods)
        said = case.replies.say("overview", title=goods.title, details=_listed(details), variants=_variant_names(goods))
        return reply(said, facts=(goods.fact,), slots=_talked_of(goods), tried=f"已介绍{goods.title}")

    def _to_people(self, case: Case, goods: Goods) -> Outcome:
        wish = f"商品资料里没有写明：{goods.title}"
        request = handing_over(case, Reason.LOW_CONFIDENCE, wish, collected={"商品": goods.title})
        return reply(case.replies.say("unknown"), facts=(goods.fact,), handoff=request, slots=_talked_of(goods))


def _listed(details: Mapping[str, str]) -> str:
    return "；".join(f"{name}：{value}" for name, value in details.items())


def _variant_names(goods: Goods) -> str:
    return "、".join(dict.fromkeys(variant_name(sku) for sku in goods.skus[:MOST_NAMED]))


def _talked_of(goods: Goods) -> dict[str, str | None]:
    return {SlotName.PRODUCT: goods.fact.value.product_id}


def _own_entry(case: Case, product: Product) -> FaqEntry | None:
    """What the shop wrote about this product and the question may mean; never what was told before."""
    least = case.shop.settings.thresholds.clarify
    likely = [score for score in case.request.faqs if score.confidence >= least]
    known = [(score.confidence, entry) for score in likely if (entry := case.shop.entries.get(score.entry_id))]
    own = [each for each in known if product.product_id in each[1].products]
    _, entry = max(own, key=lambda each: each[0], default=(0.0, None))
    return entry if entry and told_line(entry) not in case.conversation.tried else None


def _asked_details(product: Product, text: str) -> dict[str, str]:
    """The product's details whose name, another word for it, or one of whose own words stands in the question."""
    words, spoken = _words(), text.replace(product.title, "")
    asked = {
        name: value
        for name, value in product.details
        if any(word in text for word in (name, *words.get(name, ())))
        or any(part in spoken for part in PARTS.split(value) if len(part) > 1 and part not in product.title)
    }
    return dict(list(asked.items())[:MOST_DETAILS])


@cache
def _words() -> Mapping[str, tuple[str, ...]]:
    text = (Path(__file__).parent / "asks.yml").read_text(encoding="utf-8")
    document: dict[str, list[str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return {name: tuple(words) for name, words in document.items()}
