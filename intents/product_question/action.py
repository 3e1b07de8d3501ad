"""商品咨询: what the catalogue knows of a product; everything else needs the FAQ or a person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from app.commerce.advice import find_kind
from app.dialogue.focus import FocusStack
from app.domain.acts import Act
from app.domain.catalogue import FaqEntry, Product, Sku
from app.domain.commitment import PriceCommitment
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.doubts import asks_whether, hopes_for_yes
from app.language.repeats import repeats_question
from app.language.whether import find_bought_apart
from app.language.wishes import names_other_shops, read_wish
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
    shares_content,
)
from intents._kit.choices import await_name, word_product_question
from intents._kit.details import (
    WrittenAnswer,
    find_asked_details,
    find_holding_variants,
    find_measured_details,
    format_details,
    judge_bought_apart,
    judge_details,
    told_details,
)
from intents._kit.goods import GoodsMatch, resolve_goods
from intents._kit.hypothetical import is_hypothetical, state_damage_policy
from intents._kit.missing_look import tell_missing_look
from intents._kit.options import find_asked_amounts, find_named_options, is_told_in_title
from intents._kit.orders import find_bought_product
from intents._kit.other_thing import tell_unsold
from intents._kit.wording import format_priced_variants, join_variants
from intents.product_question.advice import advise_buyer
from intents.product_question.changed_wish import change_advice
from intents.product_question.comparison import choose_for_use, compare_goods
from intents.product_question.confirmation import confirm_variant
from intents.product_question.fitting import answer_fit
from intents.product_question.having import tell_goods_having
from intents.product_question.kinds import tell_kind
from intents.product_question.remarks import take_remark
from intents.product_question.sizing import advise_size_of, ask_for_measures
from intents.product_question.unwritten import find_meant_detail, tell_unwritten

note = load_notes(__file__)

SEVERAL: Final = 2
MOST_UNTOLD: Final = 4
"""Questions we may leave open, each with the offer to have it looked into, before people are due."""
QUALITY_DETAILS: Final = ("材质", "面料", "成分", "配料", "工艺", "认证")
"""The names of details that tell how good something is."""


class ProductQuestionAction(PolicyAction):
    """Quotes a product's details and variants; asks which product once when none is named."""

    intent = "product_question"

    async def answer(self, case: Case) -> Outcome:
        """The catalogue's words, the FAQ's, or a person."""
        goods = await resolve_goods(case) or await _find_by_kind(case) or await _find_bought(case)
        chosen = await tell_kind(case) or await self._answer_apart(case)
        chosen = chosen or ((await tell_unsold(case) or await tell_goods_having(case)) if goods is None else None)
        chosen = chosen or await advise_size_of(case, goods) or ask_for_measures(case, goods)
        chosen = chosen or await confirm_variant(case, goods)
        chosen = chosen or await choose_for_use(case) or await compare_goods(case, goods)
        chosen = chosen or (self._answer_against_others(case, goods) if goods else None)
        chosen = chosen or await change_advice(case, goods)
        chosen = chosen or await advise_buyer(case, goods) or (await tell_missing_look(case, goods) if goods else None)
        if chosen:
            return chosen
        written = answer_fit(case, goods) or (self._answer_as_written(case, goods) if goods else None)
        if written:
            return written
        entry = find_untold_policy(case)
        if entry:
            return quote_faq_entry(case, entry)
        if goods is None:
            return await self._ask_product(case)
        if case.hears("asks_variants") and goods.skus:
            return self._answer_variants(case, goods)
        named = find_named_options(_variants_in_question(goods), case.request.text)
        return self._answer_details(case, goods, named) if named else self._answer_nearest(case, goods)

    async def _answer_apart(self, case: Case) -> Outcome | None:
        """Whether a thing is to be bought beside goods spoken of, not called by it: 要另外买内胎吗, of a tyre."""
        if find_bought_apart(case.request.text) is None:
            return None
        named = [str(each.value) for each in case.request.entities if each.kind is EntityKind.PRODUCT]
        spoken = [each.product_id for each in reversed(FocusStack.load_stack(case.slot_value(SlotName.FOCUS)).items)]
        for product_id in dict.fromkeys((*named, *spoken)):
            fact = await case.facts.get_product(product_id)
            answer = judge_bought_apart(fact.value, case.request.text) if fact.value else None
            if fact.value and answer:
                return self._answer_whether(case, GoodsMatch(fact.with_value(fact.value), fact.value.skus), answer)
        return None

    def _answer_as_written(self, case: Case, goods: GoodsMatch) -> Outcome | None:
        """A yes or a no first where what is written tells it, else the variants or the details that are asked for."""
        answer = judge_details(goods.fact.value, case.request.text)
        if answer:
            return self._answer_whether(case, goods, answer)
        if goods.skus and case.hears("lists_variants"):
            return self._answer_variants(case, goods)
        amounts = find_asked_amounts(_variants_in_question(goods), case.request.text)
        details = _find_details(case, goods.fact.value) or amounts
        if details:
            return self._answer_details(case, goods, details)
        held = find_holding_variants(goods.fact.value, case.request.text)
        if held:
            return self._answer_holding(case, goods, *held)
        if not is_told_in_title(goods.fact.value, case.request.text):
            return None
        said = case.replies.render_reply("told_in_title", title=goods.product_title)
        return compose_reply(said, facts=(goods.fact,), slots=_product_slots(goods), tried=note("told_variants"))

    def _answer_holding(self, case: Case, goods: GoodsMatch, matter: str, names: Sequence[str]) -> Outcome:
        """Which variants come with what is asked for, by their names."""
        said = case.replies.render_reply(
            "variant_with", title=goods.product_title, matter=matter, names="、".join(names)
        )
        return compose_reply(said, facts=(goods.fact,), slots=_product_slots(goods), tried=note("told_variants"))

    def _answer_whether(self, case: Case, goods: GoodsMatch, answer: WrittenAnswer) -> Outcome:
        lead = case.replies.render_reply(f"{'yes' if answer.is_yes else 'no'}_{answer.question.modal}").text
        return compose_reply(
            case.replies.render_reply(
                "whether", title=goods.product_title, lead=lead, details=format_details(answer.details)
            ),
            facts=(goods.fact,),
            slots=_product_slots(goods),
            tried=note("told_details", details="、".join(answer.details)),
        )

    def _answer_nearest(self, case: Case, goods: GoodsMatch) -> Outcome:
        """The shop's words for this very product, else that nothing is written of it; who asks on gets a person.

        Of all that is written only what is related is told: a list of everything else answers nothing.
        """
        general, doubts = case.hears("asks_in_general"), case.hears("asks_guarantee")
        if case.hears("asks_quality") and told_details(goods.fact.value):
            return self._answer_quality(case, goods)
        if goods.skus and not general and not doubts and not _asks_anything(case):
            return take_remark(case, goods) or replace(self._answer_overview(case, goods), presents=True)
        entry = _find_product_entry(case, goods.fact.value, general=doubts) or _find_told_entry(case, goods.fact.value)
        if entry:
            return quote_faq_entry(case, entry)
        if goods.skus and general:
            return self._answer_overview(case, goods)
        meant = find_meant_detail(case, goods.fact.value)
        if meant:
            return self._answer_details(case, goods, meant)
        return self._escalate_question(case, goods) if self._wants_people(case) else self._tell_unwritten(case, goods)

    def _tell_unwritten(self, case: Case, goods: GoodsMatch) -> Outcome:
        """What the shop does about damage, to who fears some; else what is related, and the offer to look into it."""
        promised = state_damage_policy(case) if is_hypothetical(case.request.text) else None
        return (
            replace(promised, slots=_product_slots(goods)) if promised else tell_unwritten(case, goods, _untold(case))
        )

    def _wants_people(self, case: Case) -> bool:
        """Whether this was asked before, or is one of many questions that nothing is written of."""
        before = _untold(case)
        return len(before) >= MOST_UNTOLD or any(repeats_question(case.request.text, each) for each in before)

    def _answer_against_others(self, case: Case, goods: GoodsMatch) -> Outcome | None:
        """What the goods are made of, to who holds them against those of other shops, which we do not know."""
        held = names_other_shops(case.request.text) and told_details(goods.fact.value)
        return self._answer_quality(case, goods) if held else None

    def _answer_quality(self, case: Case, goods: GoodsMatch) -> Outcome:
        """What it is made of and how, and what the shop does where something is wrong with it."""
        promise = case.shop.settings.authority.shipping
        details = told_details(goods.fact.value)
        made: dict[str, str] = {name: details[name] for name in QUALITY_DETAILS if name in details}
        made = made or dict(list(details.items())[:2])
        words = {"title": goods.product_title, "details": format_details(made)}
        if promise is None or not promise.returns_days:
            said = case.replies.render_reply("quality", **words)
        else:
            said = case.replies.render_reply("quality_days", **words, days=promise.returns_days)
        return compose_reply(said, facts=(goods.fact,), slots=_product_slots(goods), tried=note("told_quality"))

    async def _ask_product(self, case: Case) -> Outcome:
        """Asked once more to who asks another thing instead of naming one; then people are due."""
        nothing = await await_name(case)
        if nothing:
            return nothing
        awaited = find_awaited_slot(case) == SlotName.PRODUCT
        if awaited and (not _asks_anything(case) or current_memory(case).get("again")):
            return self.escalate_unknown(case)
        asked = await word_product_question(case)
        return compose_reply(
            asked.said,
            facts=asked.facts,
            asks=build_pending(case, SlotName.PRODUCT),
            slots=asked.slots,
            memory={"at": case.now.isoformat(), "again": True} if awaited else {},
            tried=note("asked_product_again") if awaited else note("asked_product"),
        )

    def _answer_details(self, case: Case, goods: GoodsMatch, details: Mapping[str, str]) -> Outcome:
        said = case.replies.render_reply("details", title=goods.product_title, details=format_details(details))
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
        details = told_details(goods.fact.value)
        if not details:
            return self._answer_variants(case, goods)
        if len(_open_variants(goods)) < SEVERAL:
            return self._answer_details(case, goods, details)
        said = case.replies.render_reply(
            "overview",
            title=goods.product_title,
            details=format_details(details),
            variants=format_priced_variants(_open_variants(goods)),
        )
        return compose_reply(
            said,
            facts=(goods.fact,),
            commitments=tuple(PriceCommitment(sku.sku_id, 1, sku.price, sku.price) for sku in _open_variants(goods)),
            slots=_product_slots(goods),
            tried=note("told_overview", title=goods.product_title),
        )

    def _escalate_question(self, case: Case, goods: GoodsMatch) -> Outcome:
        wish = note("not_written", title=goods.product_title)
        request = build_handoff(case, Reason.LOW_CONFIDENCE, wish, collected={note("field_goods"): goods.product_title})
        return compose_reply(
            case.replies.render_reply("unknown"), facts=(goods.fact,), handoff=request, slots=_product_slots(goods)
        )


async def _find_bought(case: Case) -> GoodsMatch | None:
    """What the buyer has bought, where that is one product and no other kind of goods is named: 这个怎么洗."""
    if not _asks_anything(case) or case.hears("asks_in_general") or read_wish(case.request.text).seeks_advice:
        return None
    bought = await find_bought_product(case)
    fact = await case.facts.get_product(bought) if bought else None
    return GoodsMatch(fact.with_value(fact.value), fact.value.skus) if fact and fact.value else None


async def _find_by_kind(case: Case) -> GoodsMatch | None:
    """The one product of the kind that is named: 这壶, where the shop sells one pot."""
    if not _asks_anything(case):
        return None
    everything = await case.facts.list_products()
    kind = find_kind(everything.value, case.request.text)
    if len(kind) != 1:
        return None
    fact = await case.facts.get_product(kind[0].product_id)
    return GoodsMatch(fact.with_value(fact.value), fact.value.skus) if fact.value else None


def _asks_anything(case: Case) -> bool:
    """Whether something is asked, also where the acts hear no question: 到底防不防水, 尿床没事吧."""
    text = case.request.text
    return Act.ASK in case.request.acts or asks_whether(text) or hopes_for_yes(text)


def _untold(case: Case) -> list[str]:
    """The questions of this matter so far that nothing is written of."""
    return list(current_memory(case).get("asked", ()))


def _join_variant_names(goods: GoodsMatch) -> str:
    return join_variants(_open_variants(goods))


def _variants_in_question(goods: GoodsMatch) -> tuple[Sku, ...]:
    """The SKU that the words single out, else all that can be chosen among."""
    return goods.skus if len(goods.skus) == 1 else _open_variants(goods)


def _open_variants(goods: GoodsMatch) -> tuple[Sku, ...]:
    """What can be chosen among: the SKUs that the words leave open, or all of the product; one alone is no choice."""
    if len(goods.skus) >= SEVERAL:
        return goods.skus
    return goods.fact.value.listed_skus


def _product_slots(goods: GoodsMatch) -> dict[str, str | None]:
    return {SlotName.PRODUCT: goods.fact.value.product_id}


def _find_details(case: Case, product: Product) -> Mapping[str, str]:
    """What the question asks for by name, else by the unit of a measure."""
    text = case.request.text
    return find_measured_details(product, text) or find_asked_details(product, text)


def _find_told_entry(case: Case, product: Product) -> FaqEntry | None:
    """The row, of no other goods, that surely answers another question than the one it was just told to."""
    question, best = case.conversation.question, case.request.faqs[0] if case.request.faqs else None
    entry = case.shop.entries.get(best.entry_id) if best else None
    if best is None or entry is None or question is None or repeats_question(case.request.text, question.text):
        return None
    sure = best.confidence >= case.shop.settings.thresholds.answer and shares_content(case.request, entry, best)
    return entry if sure and (not entry.products or product.product_id in entry.products) else None


def _find_product_entry(case: Case, product: Product, *, general: bool = False) -> FaqEntry | None:
    """What the shop wrote of this product, or of all goods alike where that is wanted, and the question may mean.

    Never what was told before.
    """
    least = case.shop.settings.thresholds.clarify
    likely = [score for score in case.request.faqs if score.confidence >= least]
    known = [(score, entry) for score in likely if (entry := case.shop.entries.get(score.entry_id))]
    own = [
        (score.confidence, entry)
        for score, entry in known
        if product.product_id in entry.products or (general and not entry.products)
        if shares_content(case.request, entry, score)
    ]
    _, entry = max(own, key=lambda each: each[0], default=(0.0, None))
    return entry if entry and faq_tried_note(entry) not in case.conversation.tried else None
