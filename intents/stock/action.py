"""库存: what can be had of the SKU meant, in the quantity asked; when it comes back, or what to take instead."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from app.dialogue.act_moves import CONFIRM_SLOT
from app.dialogue.bulk import wants_bulk
from app.dialogue.wanted import WantedGoods
from app.domain.catalogue import Product, Sku, skus_with_attributes
from app.domain.commitment import StockCommitment
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.understanding import EntityKind
from app.language.fragments import is_filler
from app.language.measures import read_number_after
from intents._framework.contract import Case, IntentAction, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import build_pending, compose_reply
from intents._kit.choices import ask_which_product, pick_skus, sku_options
from intents._kit.goods import GoodsMatch, lacks_combination, names_other_variant
from intents._kit.missing_look import tell_missing_look
from intents._kit.other_thing import resolve_wanted_goods
from intents._kit.own_order import answer_own_order
from intents._kit.wording import day_word, join_variants, local_now, next_restock, sku_full_name, variant_name

note = load_notes(__file__)

LOW_STOCK: Final = 5
MOST_NAMED: Final = 6
MOST_TOLD: Final = 3  # of more, which can be had and which cannot is long to hear
BULK_FALLBACK: Final = 20  # without a bulk policy, so many more than we hold is a person's business


class StockAction(IntentAction):
    """Answers from the catalogue as it stands now."""

    intent = "stock"

    async def answer(self, case: Case) -> Outcome:
        """By SKU and quantity; asks which product or SKU, once each; a thing that no goods are is not sold."""
        own = await answer_own_order(case)
        goods = own or await resolve_wanted_goods(case)
        return goods if isinstance(goods, Outcome) else await self._answer_from_catalogue(case, goods)

    async def _answer_from_catalogue(self, case: Case, goods: GoodsMatch | None) -> Outcome:
        if self._wants_open_bulk(case, goods):
            return self._escalate_open_bulk(case, goods)
        if goods is None:
            return await ask_which_product(case, note("unknown_goods"))
        if not goods.skus:
            return await self._answer_unlisted(case, goods)
        missing = await self._tell_missing(case, goods)
        if missing:
            return missing
        skus, each = pick_skus(case, goods.skus), _read_each_quantity(case, goods) or _recall_each_quantity(case, goods)
        if len(each) > 1:
            return self._answer_each_quantity(case, goods, each)
        return await self._answer_listed(case, goods, skus, _read_quantity(case))

    async def _tell_missing(self, case: Case, goods: GoodsMatch) -> Outcome | None:
        """A colour, a size or a material is asked for that it does not come in."""
        missing = await tell_missing_look(case, goods)
        if missing or not (names_other_variant(case, goods) or lacks_combination(case, goods)):
            return missing
        return self._answer_other_specs(case, goods)

    async def _answer_listed(self, case: Case, goods: GoodsMatch, skus: Sequence[Sku], quantity: int) -> Outcome:
        if len(skus) > 1:
            return self._answer_several_skus(case, goods, skus, quantity)
        return await self._answer_single_sku(case, goods, skus[0], quantity)

    def _answer_other_specs(self, case: Case, goods: GoodsMatch) -> Outcome:
        """A size or colour it does not come in: those it does come in."""
        listed = goods.skus if lacks_combination(case, goods) else goods.fact.value.listed_skus
        said = case.replies.render_reply("other_specs", title=goods.product_title, specs=join_variants(listed))
        return self._compose_stock_reply(goods, said)

    def _answer_several_skus(self, case: Case, goods: GoodsMatch, skus: Sequence[Sku], quantity: int) -> Outcome:
        """Told of each where that is soon said; else which is meant matters."""
        ships_on = _common_presale_date(case, skus)
        if ships_on and quantity == 1:
            return self._answer_all_presale(case, goods, skus, ships_on)
        held = sum(sku.stock for sku in skus)
        if quantity > held > 0:
            return self._answer_short_in_all(case, goods, skus, quantity)
        plain = all(sku.stock == 0 or sku.stock >= quantity for sku in skus)
        few = plain and len(skus) <= MOST_TOLD and not any(_is_on_presale(case, sku) for sku in skus)
        if few or _have_same_answer(case, skus, quantity) or case.hears("asks_each"):
            return self._answer_each_sku(case, goods, skus, quantity)
        return self._ask_stock_sku(case, goods, skus)

    def _answer_each_quantity(self, case: Case, goods: GoodsMatch, each: Mapping[str, tuple[Sku, int]]) -> Outcome:
        """炭黑20，米白20: each variant in its own number."""
        short = [(sku, wanted) for sku, wanted in each.values() if sku.stock < wanted]
        claims = tuple(
            StockCommitment(sku.sku_id, wanted, available=sku.stock >= wanted) for sku, wanted in each.values()
        )
        if not short:
            listed = "、".join(f"{variant_name(sku)}{wanted}件" for sku, wanted in each.values())
            said = case.replies.render_reply("each_enough", title=goods.product_title, each=listed)
            return self._compose_stock_reply(goods, said, commitments=claims)
        listed = "、".join(f"{variant_name(sku)}{sku.stock}件" for sku, _ in each.values())
        said = case.replies.render_reply("short_in_all", title=goods.product_title, each=listed)
        return self._offer_check(case, goods, said, claims)

    def _offer_check(
        self, case: Case, goods: GoodsMatch, said: RenderedReply, claims: tuple[StockCommitment, ...]
    ) -> Outcome:
        """What we hold, and whether people shall find out about the rest."""
        ask = case.replies.render_reply("ask_restock")
        return self._compose_stock_reply(goods, said, ask, commitments=claims, asks=build_pending(case, CONFIRM_SLOT))

    def _answer_short_in_all(self, case: Case, goods: GoodsMatch, skus: Sequence[Sku], quantity: int) -> Outcome:
        """More than all variants hold together: what each holds."""
        each = "、".join(f"{variant_name(sku)}{sku.stock}件" for sku in skus[:MOST_NAMED] if sku.stock > 0)
        said = case.replies.render_reply("short_in_all", title=goods.product_title, each=each)
        claims = tuple(StockCommitment(sku.sku_id, quantity, available=False) for sku in skus)
        return self._offer_check(case, goods, said, claims)

    def _ask_stock_sku(self, case: Case, goods: GoodsMatch, skus: Sequence[Sku]) -> Outcome:
        """Some can be had, some cannot: which is meant matters."""
        options = sku_options(skus, case.intent)
        said = case.replies.render_reply(
            "which_sku", title=goods.product_title, options="、".join(option.label for option in options)
        )
        pending = build_pending(case, SlotName.SKU, options=options)
        return self._compose_stock_reply(goods, said, asks=pending, tried=note("asked_sku", title=goods.product_title))

    def _answer_each_sku(self, case: Case, goods: GoodsMatch, skus: Sequence[Sku], quantity: int) -> Outcome:
        held = [sku for sku in skus if sku.stock >= quantity]
        gone = [sku for sku in skus if sku.stock < quantity]
        claims = tuple(StockCommitment(sku.sku_id, quantity, available=sku in held) for sku in skus)
        if not gone:
            said = case.replies.render_reply("all_in_stock", title=goods.product_title, specs=join_variants(skus))
        elif not held:
            said = case.replies.render_reply("all_out", title=goods.product_title)
            return self._compose_stock_reply(goods, said, *self._render_restock(case, gone), commitments=claims)
        else:
            said = case.replies.render_reply(
                "some_in_stock", title=goods.product_title, held=join_variants(held), gone=join_variants(gone)
            )
            back = self._render_restock(case, gone) if len({sku.restock_on for sku in gone}) == 1 else ()
            return self._compose_stock_reply(goods, said, *back, commitments=claims)
        return self._compose_stock_reply(goods, said, commitments=claims)

    def _answer_all_presale(self, case: Case, goods: GoodsMatch, skus: Sequence[Sku], ships_on: date) -> Outcome:
        """Whichever is meant, it is made to order and leaves on the same day."""
        claims = tuple(StockCommitment(sku.sku_id, 1, available=True) for sku in skus)
        said = case.replies.render_reply("presale", title=goods.product_title, day=day_word(ships_on, case))
        return self._compose_stock_reply(goods, said, commitments=claims)

    async def _answer_single_sku(self, case: Case, goods: GoodsMatch, sku: Sku, quantity: int) -> Outcome:
        claim = StockCommitment(sku.sku_id, quantity, available=sku.stock >= quantity)
        slots = {SlotName.SKU: sku.sku_id}
        if self._is_bulk_quantity(case, sku, quantity):
            return self._escalate_bulk(case, goods, sku, quantity, claim)
        if claim.available:
            return self._compose_stock_reply(
                goods, *self._render_available(case, sku, quantity), commitments=(claim,), slots=slots
            )
        if sku.stock > 0:
            said = case.replies.render_reply("not_enough", title=sku_full_name(sku), stock=sku.stock)
            return self._compose_stock_reply(
                goods, said, *self._render_restock(case, [sku]), commitments=(claim,), slots=slots
            )
        return await self._answer_out_of_stock(case, goods, sku, claim)

    def _render_available(self, case: Case, sku: Sku, quantity: int) -> tuple[RenderedReply, ...]:
        title = sku_full_name(sku)
        if sku.presale_ship_on and _is_on_presale(case, sku):
            return (case.replies.render_reply("presale", title=title, day=day_word(sku.presale_ship_on, case)),)
        if sku.stock <= LOW_STOCK and quantity > 1:
            return (case.replies.render_reply("enough_of_few", title=title, quantity=quantity, stock=sku.stock),)
        if sku.stock <= LOW_STOCK:
            return (case.replies.render_reply("low_stock", title=title, stock=sku.stock),)
        if quantity > 1:
            return (case.replies.render_reply("enough", title=title, quantity=quantity),)
        return (case.replies.render_reply("in_stock", title=title),)

    async def _answer_out_of_stock(self, case: Case, goods: GoodsMatch, sku: Sku, claim: StockCommitment) -> Outcome:
        """Out of stock: the day it comes back if known, else something else that can be had."""
        said = case.replies.render_reply("out_of_stock", title=sku_full_name(sku))
        slots = {SlotName.SKU: sku.sku_id}
        restock = self._render_restock(case, [sku])
        if restock:
            return self._compose_stock_reply(goods, said, *restock, commitments=(claim,), slots=slots)
        if case.hears("asks_restock"):
            unknown = case.replies.render_reply("restock_unknown")
            pending = build_pending(case, CONFIRM_SLOT)
            return self._compose_stock_reply(goods, said, unknown, commitments=(claim,), slots=slots, asks=pending)
        other = await _find_alternative(case, goods, sku)
        if other is None:
            return self._compose_stock_reply(
                goods, said, case.replies.render_reply("tell_me_more"), commitments=(claim,), slots=slots
            )
        fact, instead = other
        named = case.replies.render_reply("alternative", other=sku_full_name(instead))
        claims = (claim, StockCommitment(instead.sku_id, 1, available=True))
        return self._compose_stock_reply(goods, said, named, commitments=claims, slots=slots, more_facts=(fact,))

    def _render_restock(self, case: Case, skus: Sequence[Sku]) -> tuple[RenderedReply, ...]:
        day = next_restock(case, skus)
        return (case.replies.render_reply("restock", day=day_word(day, case)),) if day else ()

    async def _answer_unlisted(self, case: Case, goods: GoodsMatch) -> Outcome:
        said = case.replies.render_reply("unlisted", title=goods.product_title)
        other = await _find_alternative(case, goods, None)
        if other is None:
            return self._compose_stock_reply(goods, said)
        fact, instead = other
        claim = StockCommitment(instead.sku_id, 1, available=True)
        named = case.replies.render_reply("alternative", other=sku_full_name(instead))
        return self._compose_stock_reply(goods, said, named, commitments=(claim,), more_facts=(fact,))

    def _is_bulk_quantity(self, case: Case, sku: Sku, quantity: int) -> bool:
        return case.shop.settings.authority.is_bulk(quantity) or (BULK_FALLBACK <= quantity > sku.stock)

    def _escalate_bulk(self, case: Case, goods: GoodsMatch, sku: Sku, quantity: int, claim: StockCommitment) -> Outcome:
        """A large quantity: what we hold is said, the rest is for a person."""
        key = "bulk_held" if claim.available else "bulk_short"
        said = case.replies.render_reply(key, title=sku_full_name(sku), quantity=quantity, stock=sku.stock)
        wish = HandoffRequest(
            Reason.BULK_ORDER,
            wish=note("bulk", quantity=quantity, title=sku_full_name(sku)),
            notes=(note("stock_and_price", stock=sku.stock, price=sku.price),),
            collected={note("field_goods"): sku_full_name(sku), note("field_quantity"): str(quantity)},
            group=Group.SUPERVISOR,
        )
        slots = {SlotName.SKU: sku.sku_id, SlotName.QUANTITY: str(quantity)}
        return self._compose_stock_reply(goods, said, commitments=(claim,), handoff=wish, slots=slots)

    def _wants_open_bulk(self, case: Case, goods: GoodsMatch | None) -> bool:
        """So many pieces that a person is needed before the product or the size is known."""
        settled = goods is not None and (not goods.skus or len(pick_skus(case, goods.skus)) == 1)
        return not settled and wants_bulk(case.request, case.shop.settings.authority)

    def _escalate_open_bulk(self, case: Case, goods: GoodsMatch | None) -> Outcome:
        quantity, title = _read_quantity(case), goods.product_title if goods else ""
        said = case.replies.render_reply("bulk_open", title=title or note("goods_wanted"))
        wish = HandoffRequest(
            Reason.BULK_ORDER,
            wish=note("bulk_open", quantity=quantity, title=title or "商品", words=case.message.text.strip()[:80]),
            collected={note("field_quantity"): str(quantity)} | ({note("field_goods"): title} if title else {}),
            group=Group.SUPERVISOR,
        )
        facts = (goods.fact,) if goods else ()
        return compose_reply(said, facts=facts, handoff=wish, slots={SlotName.QUANTITY: str(quantity)})

    def _compose_stock_reply(
        self,
        goods: GoodsMatch,
        *said: RenderedReply,
        slots: Mapping[SlotName, str] | None = None,
        more_facts: tuple[Fact[Any], ...] = (),
        tried: str = "",
        **more: Any,
    ) -> Outcome:
        return compose_reply(
            *said,
            facts=(goods.fact, *more_facts),
            slots={SlotName.PRODUCT: goods.fact.value.product_id, **(slots or {})},
            tried=tried or note("told_stock", title=goods.product_title),
            **more,
        )


def _read_each_quantity(case: Case, goods: GoodsMatch) -> Mapping[str, tuple[Sku, int]]:
    """By SKU, the one variant that each colour or size names and the number behind it."""
    text = case.request.text
    found: dict[str, tuple[Sku, int]] = {}
    for words, end in _group_attributes(case):
        fitting = skus_with_attributes(goods.skus, words)
        number = read_number_after(text, end)
        if len(fitting) == 1 and number is not None:
            found[fitting[0].sku_id] = (fitting[0], number)
    return found


def _recall_each_quantity(case: Case, goods: GoodsMatch) -> Mapping[str, tuple[Sku, int]]:
    """The variants that this message wants together, each in its number: 两种颜色各一半, of the thirty before."""
    wanted = WantedGoods.load_goods(case.slot_value(SlotName.WANTED))
    if wanted.by != case.message.id or wanted.product_ids != (goods.fact.value.product_id,):
        return {}
    listed = goods.fact.value.listed_skus
    fitting = [(skus_with_attributes(listed, each.values), each.pieces) for each in wanted.lines]
    settled = {skus[0].sku_id: (skus[0], pieces) for skus, pieces in fitting if len(skus) == 1}
    return settled if len(settled) == len(wanted.lines) else {}


def _group_attributes(case: Case) -> list[tuple[list[str], int]]:
    """The colours and sizes that stand together (白色M码), with the place in the text where each group ends."""
    text, groups = case.request.text, list[tuple[list[str], int]]()
    for named in case.request.entities:
        start = text.find(named.text, groups[-1][1] if groups else 0)
        if named.kind is not EntityKind.ATTRIBUTE or start < 0:
            continue
        end = start + len(named.text)
        if groups and not is_filler(text[groups[-1][1] : start]):
            groups.append(([str(named.value)], end))
        elif groups:
            groups[-1] = ([*groups[-1][0], str(named.value)], end)
        else:
            groups.append(([str(named.value)], end))
    return groups


def _read_quantity(case: Case) -> int:
    entity = case.first_entity(EntityKind.QUANTITY)
    return max(1, int(entity.value)) if entity else 1


def _have_same_answer(case: Case, skus: Sequence[Sku], quantity: int) -> bool:
    """Whether every SKU has the same answer and no number was asked for."""
    if any(_is_on_presale(case, sku) for sku in skus):
        return False
    return quantity == 1 and len({sku.stock >= quantity for sku in skus}) == 1


def _common_presale_date(case: Case, skus: Sequence[Sku]) -> date | None:
    days = {sku.presale_ship_on if _is_on_presale(case, sku) and sku.stock > 0 else None for sku in skus}
    return days.pop() if len(days) == 1 else None


def _is_on_presale(case: Case, sku: Sku) -> bool:
    return sku.presale_ship_on is not None and sku.presale_ship_on >= local_now(case).date()


async def _find_alternative(case: Case, goods: GoodsMatch, wanted: Sku | None) -> tuple[Fact[Any], Sku] | None:
    """A sibling that can be had, else the product that shares most of its words; raises FactsError."""
    siblings = [sku for sku in goods.fact.value.listed_skus if sku.stock > 0 and sku != wanted]
    if siblings:
        meant = set(wanted.attributes) if wanted else set()
        nearest = max(siblings, key=lambda sku: len(meant.intersection(sku.attributes)))
        return goods.fact.with_value(nearest), nearest
    everything = await case.facts.list_products()
    likely = max(everything.value, key=lambda other: _count_shared_words(goods.fact.value, other), default=None)
    if likely is None or not _count_shared_words(goods.fact.value, likely):
        return None
    instead = await case.facts.get_product(likely.product_id)
    held = [sku for sku in instead.value.listed_skus if sku.stock > 0] if instead.value else []
    return (instead.with_value(held[0]), held[0]) if held else None


def _count_shared_words(product: Product, other: Product) -> int:
    """Shared words, of goods that can be had."""
    if other.product_id == product.product_id or not any(sku.stock > 0 for sku in other.listed_skus):
        return 0
    return len(set(product.keywords) & set(other.keywords))
