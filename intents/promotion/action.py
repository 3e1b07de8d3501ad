"""优惠活动: what is valid now for these goods and this basket, with the sum shown; never an ended promotion's terms."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from app.commerce.pricing import Quote, best_quote, undercuts_floor
from app.domain.catalogue import FaqEntry, Promotion, PromotionKind
from app.domain.commitment import Commitment, PromotionCommitment, StackingCommitment
from app.domain.conversation import SlotName
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.bids import list_numbers
from app.language.numbers import find_money
from app.language.wishes import asks_bonus
from intents._framework.contract import Case, IntentAction, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import (
    compose_reply,
    find_awaited_slot,
    find_policy,
    find_untold_policy,
    find_verbatim_entry,
    quote_faq_entry,
)
from intents._kit.basket import Basket, find_basket
from intents._kit.details import find_given_details, format_details
from intents._kit.goods import resolve_goods
from intents._kit.price_summary import quote_total, render_basket_total
from intents._kit.promotion_terms import basket_commitments, claim_instructions, promotion_terms
from intents._kit.wording import expiry_word, moment_word
from intents.promotion.named import named_promotions
from intents.promotion.wanted import RelevantPromotions

note = load_notes(__file__)

ASKS_FIGURES: Final = ("asks_sum", "asks_coupon", "asks_stacking", "asks_rule")
"""Cues of questions that only what runs now can answer."""
ASKS_TERMS: Final = ("asks_stacking", "asks_rule", "asks_claim", "asks_coming", "asks_ended")
"""Cues of questions that no sum answers, whatever goods they name."""
KINDS_OF_RULES: Final = {
    "rule_of_gift": frozenset({PromotionKind.GIFT}),
    "rule_of_minus": frozenset({PromotionKind.THRESHOLD, PromotionKind.COUPON}),
}
SURE_CONFIDENCE: Final = 0.85
REPEAT_INTERVAL: Final = timedelta(minutes=30)
MOST_NAMED: Final = 3


class PromotionAction(IntentAction):
    """Names only what runs now, computes the best legal combination, and speaks of times relative to now."""

    intent = "promotion"

    async def answer(self, case: Case) -> Outcome:
        """By what was asked: a sum, a coupon, what comes, what ended; else what runs now.

        A question the shop has answered in its own words (好评返现, 收藏有礼) gets those.
        """
        written = _find_written_answer(case)
        if written:
            return quote_faq_entry(case, written)
        fact = await case.facts.list_promotions()
        goods = await resolve_goods(case)
        found = await find_basket(case, goods)
        basket = found if isinstance(found, Basket) else None
        wanted = RelevantPromotions(case, fact, goods)
        named = {each.value for each in case.request.entities if each.kind is EntityKind.PRODUCT}
        several = basket is not None and len(named) > 1 and not any(map(case.hears, ASKS_TERMS))
        if found and (several or case.hears("asks_sum") or find_awaited_slot(case) == SlotName.SKU):
            return quote_total(case, fact, found)
        return self._choose_answer(case, wanted, basket)

    def _choose_answer(self, case: Case, wanted: RelevantPromotions, basket: Basket | None) -> Outcome:
        if (case.hears("asks_ended") and wanted.has_recent_end) or _names_ended(case, wanted):
            return self._answer_running(case, wanted, basket, case.replies.render_reply("ended"))
        if case.hears("asks_coming") and wanted.future_promotions:
            return self._answer_upcoming(case, wanted)
        if case.hears("asks_stacking") and len(wanted.active_promotions) > 1:
            return self._answer_stacking(case, wanted)
        if case.hears("asks_coupon"):
            return self._answer_coupons(case, wanted)
        told = self._answer_rule(case, wanted)
        without = not told and asks_bonus(case.request.text) and not _was_listed_lately(case, wanted.active_promotions)
        coming = find_given_details(wanted.goods.fact.value) if without and wanted.goods else {}
        if coming and wanted.goods:
            words = {"title": wanted.goods.product_title, "details": format_details(coming)}
            said = case.replies.render_reply("comes_with", **words)
            return compose_reply(said, facts=(wanted.goods.fact,), tried=note("told_comes_with"))
        before = (case.replies.render_reply("no_gift"),) if without else ()
        return told or self._answer_running(case, wanted, basket, *before)

    def _answer_rule(self, case: Case, wanted: RelevantPromotions) -> Outcome | None:
        """满多少减, 满299送什么: the running promotions of that kind and no others; None where that is not asked."""
        cue = case.cues.first_heard([*KINDS_OF_RULES], case.request.text) if case.hears("asks_rule") else None
        if cue is None:
            return None
        found = [each for each in wanted.active_promotions if each.kind in KINDS_OF_RULES[cue]]
        if not found:
            return None
        named = named_promotions(case.request.text, found) or found
        said = case.replies.render_reply("running", promotions=_render_promotions(case, named[:MOST_NAMED]))
        return self._compose_promotion_reply(wanted, [said], named[:MOST_NAMED])

    def _answer_running(
        self, case: Case, wanted: RelevantPromotions, basket: Basket | None, *before: RenderedReply
    ) -> Outcome:
        """What runs now, best first; the sum for the goods we speak of when something comes off."""
        named = wanted.active_promotions[:MOST_NAMED]
        if not named:
            return self._answer_none_running(case, wanted, *before)
        if not before and _was_listed_lately(case, named):
            return self._compose_promotion_reply(wanted, [case.replies.render_reply("still_running")], named)
        said = [*before, case.replies.render_reply("running", promotions=_render_promotions(case, named))]
        quote = best_quote(basket.lines, wanted.fact.value, case.now) if basket else None
        if basket is None or quote is None or not quote.savings or undercuts_floor(quote):
            return self._compose_promotion_reply(wanted, said, named)
        return self._compose_promotion_reply(
            wanted,
            [*said, render_basket_total(case, quote), *claim_instructions(case, quote)],
            (*named, *quote.quote_promotions),
            basket=basket,
            quote=quote,
        )

    def _answer_none_running(self, case: Case, wanted: RelevantPromotions, *before: RenderedReply) -> Outcome:
        if wanted.future_promotions:
            return self._answer_upcoming(case, wanted, *before)
        said = (
            case.replies.render_reply("none_for", title=wanted.goods.product_title)
            if wanted.goods
            else case.replies.render_reply("none")
        )
        return self._compose_promotion_reply(wanted, [*before, said], ())

    def _answer_upcoming(self, case: Case, wanted: RelevantPromotions, *before: RenderedReply) -> Outcome:
        found = wanted.future_promotions[0]
        words = {"title": found.title, "terms": promotion_terms(case, found), "begins": moment_word(found.begins, case)}
        said = [*before, case.replies.render_reply("coming", **words)]
        made = (PromotionCommitment(found.promotion_id, upcoming=True),)
        running = wanted.active_promotions[:MOST_NAMED]
        if running and not before:
            said.append(case.replies.render_reply("running", promotions=_render_promotions(case, running)))
        return self._compose_promotion_reply(wanted, said, running if not before else (), commitments=made)

    def _answer_coupons(self, case: Case, wanted: RelevantPromotions) -> Outcome:
        coupons = [found for found in wanted.active_promotions if found.kind is PromotionKind.COUPON]
        if not coupons:
            if wanted.active_promotions:
                return self._answer_running(case, wanted, None, case.replies.render_reply("no_coupon"))
            return self._answer_none_running(case, wanted)
        wished = list_numbers(case.request.text)
        meant = [each for each in coupons if each.minus in wished]
        if wished and not meant:
            return self._answer_missing_coupon(case, wanted, coupons[0])
        found = (meant or coupons)[0]
        claim = found.claim or case.replies.render_reply("claim_default").text
        words = {
            "terms": promotion_terms(case, found),
            "claim": claim.rstrip("。"),
            "until": expiry_word(found.ends, case),
        }
        return self._compose_promotion_reply(wanted, [case.replies.render_reply("coupon", **words)], (found,))

    def _answer_missing_coupon(self, case: Case, wanted: RelevantPromotions, found: Promotion) -> Outcome:
        """A coupon of another amount than the shop has: the one it has."""
        said = case.replies.render_reply("other_coupon", terms=promotion_terms(case, found))
        return self._compose_promotion_reply(wanted, [said], (found,))

    def _answer_stacking(self, case: Case, wanted: RelevantPromotions) -> Outcome:
        """满减和九折能一起用吗: which of those running go together, which stand alone."""
        together = [each for each in wanted.active_promotions if each.stacks]
        alone = [each for each in wanted.active_promotions if not each.stacks]
        named = named_promotions(case.request.text, wanted.active_promotions)
        singled = [each for each in alone if each in named]
        if singled:
            each = case.replies.render_reply("stacks_alone", promotions=_join_titles(singled))
            return self._compose_promotion_reply(wanted, [each], singled)
        if len(together) < 2:  # noqa: PLR2004 - one does not stack with itself
            return self._compose_promotion_reply(wanted, [case.replies.render_reply("stacks_not")], ())
        said = [case.replies.render_reply("stacks", promotions=_join_titles(together))]
        said += [case.replies.render_reply("stacks_but", promotions=_join_titles(alone))] if alone else []
        made = (StackingCommitment(tuple(each.promotion_id for each in together)),)
        told = self._compose_promotion_reply(wanted, said, [*together, *alone], commitments=made)
        return replace(told, memory=None)  # their terms were not told yet

    def _compose_promotion_reply(
        self,
        wanted: RelevantPromotions,
        said: Sequence[RenderedReply],
        named: Sequence[Promotion],
        *,
        basket: Basket | None = None,
        quote: Quote | None = None,
        commitments: tuple[Commitment, ...] = (),
    ) -> Outcome:
        facts: tuple[Fact[Any], ...] = (wanted.fact, *((wanted.goods.fact,) if wanted.goods else ()))
        if basket is not None and quote is not None:
            made = (*commitments, *basket_commitments(quote, named))
            facts = (*facts, *basket.facts)
        else:
            made = (*commitments, *(PromotionCommitment(each.promotion_id) for each in dict.fromkeys(named)))
        slots = {SlotName.PRODUCT: wanted.goods.fact.value.product_id} if wanted.goods else {}
        memory = _promotion_memory(wanted.case, [each.promotion_id for each in named])
        tried = note("told_offers")
        return compose_reply(*said, facts=facts, commitments=made, slots=slots, memory=memory, tried=tried)


def _names_ended(case: Case, wanted: RelevantPromotions) -> bool:
    """Whether a promotion is named that has ended lately, and none that runs."""
    recent = wanted.recent_promotions
    named = named_promotions(case.request.text, (*recent, *wanted.active_promotions))
    return bool(named) and all(each in recent for each in named)


def _join_titles(promotions: Sequence[Promotion]) -> str:
    return "、".join(f"「{each.title}」" for each in promotions)


def _promotion_memory(case: Case, named: list[str]) -> dict[str, Any]:
    """What was told, and when: nobody likes the same list twice."""
    return {"told": named, "at": case.now.isoformat()} if named else case.intent_memory


def _was_listed_lately(case: Case, named: Sequence[Promotion]) -> bool:
    at, told = case.intent_memory.get("at"), case.intent_memory.get("told", [])
    lately = bool(at) and case.now - datetime.fromisoformat(str(at)) < REPEAT_INTERVAL
    return lately and {each.promotion_id for each in named} <= set(told)


def _find_written_answer(case: Case) -> FaqEntry | None:
    """The shop's own answer, when the request is surely that question and no live sum or coupon answers it better.

    One of its very wordings is that question, unless its answer tells figures, or it asks how to get a coupon: which
    coupons there are only what runs now knows.
    """
    verbatim = find_verbatim_entry(case)
    claims = case.hears("asks_claim") and not case.hears("forgot_coupon")
    if verbatim and not find_money(verbatim.answer) and not claims:
        return verbatim
    if case.hears("forgot_coupon") and (told := find_untold_policy(case)):
        return told
    if any(map(case.hears, ASKS_FIGURES)) and not case.hears("rewards"):
        return None
    best = case.request.faqs[0] if case.request.faqs else None
    entry = find_policy(case)
    sure = best is not None and best.confidence >= SURE_CONFIDENCE
    return entry if entry and sure and best and entry.entry_id == best.entry_id else None


def _render_promotions(case: Case, promotions: Sequence[Promotion]) -> str:
    return ";".join(_render_promotion_item(case, promotion) for promotion in promotions).replace(";", "；")


def _render_promotion_item(case: Case, promotion: Promotion) -> str:
    words = {
        "title": promotion.title,
        "terms": promotion_terms(case, promotion),
        "until": expiry_word(promotion.ends, case),
    }
    return case.replies.render_reply("item", **words).text
