"""商品咨询: what the catalogue knows of a product; everything else needs the FAQ or a person."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from app.domain.acts import Act
from app.domain.catalogue import FaqEntry, Product, Sku
from app.domain.commitment import PriceCommitment
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.outcome import Outcome
from app.language.changes import split_parts
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import (
    PolicyAction,
    build_handoff,
    build_pending,
    compose_reply,
    current_memory,
    faq_tried_note,
    find_awaited_slot,
    find_untold_policy,
    quote_faq_entry,
)
from intents._kit.basket import find_named_products
from intents._kit.goods import GoodsMatch, resolve_goods
from intents._kit.wording import format_sku_prices, variant_name

note = load_notes(__file__)

SEVERAL: Final = 2
MOST_NAMED: Final = 6


class ProductQuestionAction(PolicyAction):
    """Quotes a product's details and variants; asks which product once when none is named."""

    intent = "product_question"

    async def answer(self, case: Case) -> Outcome:
        """The catalogue's words, the FAQ's, or a person."""
        goods = await resolve_goods(case)
        compared = await self._compare_goods(case, goods) if case.hears("compares") else None
        if compared:
            return compared
        details = _find_asked_details(goods.fact.value, case.request.text) if goods else {}
        if goods and details:
            return self._answer_details(case, goods, details)
        entry = find_untold_policy(case)
        if entry:
            return quote_faq_entry(case, entry)
        if goods is None:
            return self._ask_product(case)
        if case.hears("asks_variants") and goods.skus:
            return self._answer_variants(case, goods)
        return self._answer_nearest(case, goods)

    async def _compare_goods(self, case: Case, goods: GoodsMatch | None) -> Outcome | None:
        """Several products side by side, else one product's variants: what each is and costs. Raises FactsError."""
        found = await find_named_products(case)
        products = found if len(found) > 1 else [goods.fact] if goods else []
        skus = [sku for fact in products for sku in fact.value.skus if sku.listed]
        if len(skus) <= 1:
            return None
        lines = [
            case.replies.render_reply(
                "compared",
                title=fact.value.title,
                prices=format_sku_prices([sku for sku in fact.value.skus if sku.listed][:MOST_NAMED]),
                details=_format_details(dict(fact.value.details)),
            ).text
            for fact in products
        ]
        return compose_reply(
            case.replies.render_reply("compare", goods="\n".join(lines)),
            facts=tuple(products),
            commitments=tuple(PriceCommitment(sku.sku_id, 1, sku.price, sku.price) for sku in skus),
            slots={SlotName.PRODUCT: products[-1].value.product_id},
            tried="已比较商品",
        )

    def _answer_nearest(self, case: Case, goods: GoodsMatch) -> Outcome:
        """The shop's words for this very product, else what its page says, once; who still asks gets a person."""
        general = case.hears("asks_in_general")
        if goods.skus and not general and Act.ASK not in case.request.acts:
            return self._answer_overview(case, goods)
        entry = _find_product_entry(case, goods.fact.value)
        if entry:
            return quote_faq_entry(case, entry)
        if goods.skus and general:
            return self._answer_overview(case, goods)
        details = dict(goods.fact.value.details)
        if not details or current_memory(case):
            return self._escalate_question(case, goods)
        listed = _format_details(details)
        return compose_reply(
            case.replies.render_reply("nearest", title=goods.product_title, details=listed),
            facts=(goods.fact,),
            asks=build_pending(case, "check"),
            memory={"at": case.now.isoformat()},
            slots=_product_slots(goods),
            tried=note("told_nearest"),
        )

    def _ask_product(self, case: Case) -> Outcome:
        if find_awaited_slot(case) == SlotName.PRODUCT:
            return self.escalate_unknown(case)
        return compose_reply(
            case.replies.render_reply("ask_product"),
            asks=build_pending(case, SlotName.PRODUCT),
            tried=note("asked_product"),
        )

    def _answer_details(self, case: Case, goods: GoodsMatch, details: Mapping[str, str]) -> Outcome:
        said = case.replies.render_reply("details", title=goods.product_title, details=_format_details(details))
        return compose_reply(
            said,
            facts=(goods.fact,),
            slots=_product_slots(goods),
            tried=note("told_details", details="、".join(details)),
        )

    def _answer_variants(self, case: Case, goods: GoodsMatch) -> Outcome:
        said = case.replies.render_reply("variants", title=goods.product_title, variants=_join_variant_names(goods))
        return compose_reply(said, facts=(goods.fact,), slots=_product_slots(goods), tried=note("told_variants"))

    def _answer_overview(self, case: Case, goods: GoodsMatch) -> Outcome:
        """What it is and comes in, for who asks nothing in particular."""
        details = dict(goods.fact.value.details)
        if not details:
            return self._answer_variants(case, goods)
        if len(_open_variants(goods)) < SEVERAL:
            return self._answer_details(case, goods, details)
        said = case.replies.render_reply(
            "overview", title=goods.product_title, details=_format_details(details), variants=_join_variant_names(goods)
        )
        return compose_reply(
            said,
            facts=(goods.fact,),
            slots=_product_slots(goods),
            tried=note("told_overview", title=goods.product_title),
        )

    def _escalate_question(self, case: Case, goods: GoodsMatch) -> Outcome:
        wish = note("not_written", title=goods.product_title)
        request = build_handoff(case, Reason.LOW_CONFIDENCE, wish, collected={note("field_goods"): goods.product_title})
        return compose_reply(
            case.replies.render_reply("unknown"), facts=(goods.fact,), handoff=request, slots=_product_slots(goods)
        )


def _format_details(details: Mapping[str, str]) -> str:
    return "；".join(f"{name}：{value}" for name, value in details.items())


def _join_variant_names(goods: GoodsMatch) -> str:
    return "、".join(dict.fromkeys(map(variant_name, _open_variants(goods)[:MOST_NAMED])))


def _open_variants(goods: GoodsMatch) -> tuple[Sku, ...]:
    """What can be chosen among: the SKUs that the words leave open, or all of the product; one alone is no choice."""
    if len(goods.skus) >= SEVERAL:
        return goods.skus
    return tuple(sku for sku in goods.fact.value.skus if sku.listed)


def _product_slots(goods: GoodsMatch) -> dict[str, str | None]:
    return {SlotName.PRODUCT: goods.fact.value.product_id}


def _find_product_entry(case: Case, product: Product) -> FaqEntry | None:
    """What the shop wrote about this product and the question may mean; never what was told before."""
    least = case.shop.settings.thresholds.clarify
    likely = [score for score in case.request.faqs if score.confidence >= least]
    known = [(score.confidence, entry) for score in likely if (entry := case.shop.entries.get(score.entry_id))]
    own = [each for each in known if product.product_id in each[1].products]
    _, entry = max(own, key=lambda each: each[0], default=(0.0, None))
    return entry if entry and faq_tried_note(entry) not in case.conversation.tried else None


def _find_asked_details(product: Product, text: str) -> dict[str, str]:
    """The product's details whose name, another word for it, or one of whose own words stands in the question."""
    words, spoken = _load_detail_words(), text.replace(product.title, "")
    return {
        name: value
        for name, value in product.details
        if any(word in text for word in (name, *words.get(name, ())))
        or any(part in spoken for part in split_parts(value) if len(part) > 1 and part not in product.title)
    }


@cache
def _load_detail_words() -> Mapping[str, tuple[str, ...]]:
    text = (Path(__file__).parent / "asks.yml").read_text(encoding="utf-8")
    document: dict[str, list[str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return {name: tuple(words) for name, words in document.items()}
