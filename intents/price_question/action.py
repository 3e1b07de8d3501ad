"""价格咨询: the catalogue's price, of the SKU meant or of each there is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.dialogue.focus import dump_offered
from app.domain.catalogue import Product, Sku
from app.domain.commitment import PriceCommitment
from app.domain.conversation import SlotName
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.sums import asks_around_sum
from app.language.together import asks_as_it_is
from intents._framework.contract import Case, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import (
    PolicyAction,
    build_pending,
    compose_reply,
    current_memory,
    find_policy,
    quote_faq_entry,
)
from intents._kit.basket import find_basket, find_wanted
from intents._kit.choices import ask_which_product, find_bare_kind_goods, find_few_of_kind
from intents._kit.details import find_measured_details, format_details
from intents._kit.goods import GoodsMatch, names_other_variant, resolve_goods
from intents._kit.missing_look import tell_missing_look
from intents._kit.price_summary import asks_sum, quote_total
from intents._kit.wording import format_price_span, format_sku_prices, format_yuan, variant_name

note = load_notes(__file__)

MOST_LISTED = 5


class PriceQuestionAction(PolicyAction):
    """Quotes today's page price; never a private one."""

    intent = "price_question"

    async def answer(self, case: Case) -> Outcome:
        """One price, a short list, or the question which product."""
        goods = await resolve_goods(case)
        measured = find_measured_details(goods.fact.value, case.request.text) if goods else {}
        if goods and measured:
            return self._answer_measure(case, goods, measured)
        kind = await find_bare_kind_goods(case)
        summed = self._answer_kind(case, kind) if kind else await self._answer_total(case, goods)
        if summed:
            return summed
        if goods is None:
            return await self._answer_without_goods(case)
        if not goods.skus:
            return compose_reply(
                case.replies.render_reply("unlisted", title=goods.product_title),
                facts=(goods.fact,),
                tried=note("told_unlisted"),
            )
        missing = await self._tell_missing(case, goods)
        if missing:
            return missing
        goods = _add_compared(case, goods)
        return compose_reply(
            *((case.replies.render_reply("why"),) if case.hears("asks_why") else ()),
            self._render_prices(case, goods),
            commitments=tuple(_commit_list_price(sku) for sku in goods.skus),
            facts=(goods.fact,),
            slots={"product": goods.fact.value.product_id},
            memory=_quoted_memory(case, goods),
            tried=note("told_price", title=goods.product_title),
        )

    async def _tell_missing(self, case: Case, goods: GoodsMatch) -> Outcome | None:
        """A colour, a size or a material is asked for that it does not come in."""
        missing = await tell_missing_look(case, goods)
        return missing or (self._answer_other_specs(case, goods) if names_other_variant(case, goods) else None)

    def _answer_other_specs(self, case: Case, goods: GoodsMatch) -> Outcome:
        """What it does come in, with its prices."""
        listed = goods.fact.value.listed_skus[:MOST_LISTED]
        said = case.replies.render_reply("other_specs", title=goods.product_title, specs=format_sku_prices(listed))
        return compose_reply(
            said,
            commitments=tuple(_commit_list_price(sku) for sku in listed),
            facts=(goods.fact,),
            slots={"product": goods.fact.value.product_id},
            tried=note("told_price", title=goods.product_title),
        )

    def _answer_measure(self, case: Case, goods: GoodsMatch, measured: Mapping[str, str]) -> Outcome:
        """多少瓦 asks for no price."""
        said = case.replies.render_reply("measure", title=goods.product_title, details=format_details(measured))
        slots = {"product": goods.fact.value.product_id}
        return compose_reply(said, facts=(goods.fact,), slots=slots, tried=note("told_measure"))

    async def _answer_total(self, case: Case, goods: GoodsMatch | None) -> Outcome | None:
        """What a basket comes to under the promotions running now, when a sum is asked for."""
        asked = asks_sum(case) or asks_around_sum(case.request.text) or asks_as_it_is(_without_goods(case))
        if not (asked or find_wanted(case, ())):
            return None
        found = await find_basket(case, goods)
        return quote_total(case, await case.facts.list_promotions(), found) if found else None

    async def _answer_without_goods(self, case: Case) -> Outcome:
        entry = find_policy(case)
        if entry:
            return quote_faq_entry(case, entry)
        kind = await find_few_of_kind(case)
        return self._answer_kind(case, kind) if kind else await ask_which_product(case, note("unknown_goods"))

    def _answer_kind(self, case: Case, kind: Fact[tuple[Product, ...]]) -> Outcome:
        """What each of a few goods of the kind costs, instead of the question which is meant."""
        listed = [sku for product in kind.value for sku in product.listed_skus]
        goods = "\n".join(f"{each.title}：{format_price_span(each.listed_skus)}" for each in kind.value)
        return compose_reply(
            case.replies.render_reply("of_kind", goods=goods),
            facts=(kind,),
            commitments=tuple(map(_commit_list_price, listed)),
            asks=build_pending(case, SlotName.PRODUCT),
            slots={SlotName.PRODUCT: None, SlotName.OFFERED: dump_offered(each.product_id for each in kind.value)},
            memory={**case.intent_memory, "asked_product": 1},
            tried=note("told_prices_of_kind"),
        )

    def _render_prices(self, case: Case, goods: GoodsMatch) -> RenderedReply:
        prices = sorted({sku.price for sku in goods.skus})
        if len(goods.skus) == 1:
            name = _title_with_variant(goods.skus[0])
            return case.replies.render_reply("one", title=name, price=format_yuan(prices[0]))
        if len(prices) == 1:
            return case.replies.render_reply("same", title=goods.product_title, price=format_yuan(prices[0]))
        if case.hears("asks_difference") and len(goods.skus) <= MOST_LISTED:
            return case.replies.render_reply("beside", title=goods.product_title, prices=format_sku_prices(goods.skus))
        if len(goods.skus) <= MOST_LISTED:
            return case.replies.render_reply("each", title=goods.product_title, prices=format_sku_prices(goods.skus))
        return case.replies.render_reply(
            "range", title=goods.product_title, low=format_yuan(prices[0]), high=format_yuan(prices[-1])
        )


def _without_goods(case: Case) -> str:
    """The request without the names of goods before what is asked of them."""
    text = case.request.text
    for entity in case.request.entities:
        text = text.replace(entity.text, "", 1) if entity.kind is EntityKind.PRODUCT else text
    return text


def _add_compared(case: Case, goods: GoodsMatch) -> GoodsMatch:
    """With the SKU whose price was told last beside the one that it is compared with: 跟中号差多少钱."""
    if len(goods.skus) != 1 or not case.hears("asks_difference"):
        return goods
    told = [each for each in current_memory(case).get("quoted", []) if each != goods.skus[0].sku_id]
    before = next((sku for sku in goods.fact.value.skus if told and sku.sku_id == told[-1]), None)
    return replace(goods, skus=(before, *goods.skus)) if before else goods


def _quoted_memory(case: Case, goods: GoodsMatch) -> dict[str, Any]:
    """The SKUs whose one price was told, the last one last: 那两个 points at them."""
    told = [each for each in current_memory(case).get("quoted", []) if each != goods.skus[0].sku_id]
    quoted = [*told, goods.skus[0].sku_id][-MOST_LISTED:] if len(goods.skus) == 1 else told
    return {"quoted": quoted, "at": case.now.isoformat()}


def _title_with_variant(sku: Sku) -> str:
    name = variant_name(sku)
    return sku.title if name in sku.title else f"{sku.title}（{name}）"


def _commit_list_price(sku: Sku) -> PriceCommitment:
    return PriceCommitment(sku.sku_id, 1, sku.price, sku.price)
