"""优惠活动: what is valid now for these goods and this basket, with the sum shown; never an ended promotion's terms."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from app.commerce.pricing import Quote, best_quote, undercuts_floor
from app.domain.catalogue import FaqEntry, Promotion, PromotionKind
from app.domain.commitment import Commitment, PromotionCommitment
from app.domain.conversation import SlotName
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from intents._framework.contract import Case, IntentAction, Said
from intents._kit.basket import Basket, basket_of
from intents._kit.forms import awaited, from_policy, policy_of, reply
from intents._kit.goods import find_goods
from intents._kit.price_summary import ASKS_SUM, basket_commitments, basket_words, claim_words, sum_up, terms_of
from intents._kit.wording import moment_word, until_word
from intents.promotion.wanted import Wanted

ASKS_COUPON: Final = re.compile(r"券|劵|怎么领|哪里领|领取|红包")
ASKS_COMING: Final = re.compile(r"什么时候|啥时候|几时|下次|近期|过几天|接下来|以后|等.{0,4}活动|双十|618|年货节|还会")
ASKS_ENDED: Final = re.compile(r"昨天|前天|前几天|上次|之前|刚才还|早上还|结束|过期|没了|没有了|怎么没")
ASKS_STACKING: Final = re.compile(r"一起用|叠加|同时用|同享|一块用|都能用|一起享")
LIVE: Final = re.compile(f"{ASKS_SUM.pattern}|{ASKS_COUPON.pattern}|{ASKS_STACKING.pattern}")
FAVOURS: Final = re.compile(r"好评|评价|晒图|收藏|关注|分享|会员|积分")
SURE: Final = 0.85
LATELY: Final = timedelta(minutes=30)
MOST_NAMED: Final = 3


class PromotionAction(IntentAction):
    """Names only what runs now, computes the best legal combination, and speaks of times relative to now."""

    intent = "promotion"

    async def answer(self, case: Case) -> Outcome:
        """By what was asked: a sum, a coupon, what comes, what ended; else what runs now.

        A question the shop has answered in its own words (好评返现, 收藏有礼) gets those.
        """
        written = _written(case)
        if written:
            return from_policy(case, written)
        fact = await case.facts.promotions()
        goods = await find_goods(case)
        found = await basket_of(case, goods)
        basket = found if isinstance(found, Basket) else None
        wanted = Wanted(case, fact, goods)
        if found and (ASKS_SUM.search(case.request.text) or awaited(case) == SlotName.SKU):
            return sum_up(case, fact, found)
        return self._by_words(case, wanted, basket)

    def _by_words(self, case: Case, wanted: Wanted, basket: Basket | None) -> Outcome:
        if ASKS_ENDED.search(case.request.text) and wanted.ended:
            return self._now(case, wanted, basket, case.replies.say("ended"))
        if ASKS_COMING.search(case.request.text) and wanted.coming:
            return self._coming(case, wanted)
        if ASKS_STACKING.search(case.request.text) and len(wanted.running) > 1:
            return self._stacking(case, wanted)
        if ASKS_COUPON.search(case.request.text):
            return self._coupons(case, wanted)
        return self._now(case, wanted, basket)

    def _now(self, case: Case, wanted: Wanted, basket: Basket | None, *before: Said) -> Outcome:
        """What runs now, best first; the sum for the goods we speak of when something comes off."""
        named = wanted.running[:MOST_NAMED]
        if not named:
            return self._none(case, wanted, *before)
        if not before and _told_lately(case, named):
            return self._told(wanted, [case.replies.say("still_running")], named)
        said = [*before, case.replies.say("running", promotions=_listed(case, named))]
        quote = best_quote(basket.lines, wanted.fact.value, case.now) if basket else None
        if basket is None or quote is None or not quote.savings or undercuts_floor(quote):
            return self._told(wanted, said, named)
        return self._told(
            wanted,
            [*said, basket_words(case, quote), *claim_words(case, quote)],
            (*named, *quote.promotions),
            basket=basket,
            quote=quote,
        )

    def _none(self, case: Case, wanted: Wanted, *before: Said) -> Outcome:
        if wanted.coming:
            return self._coming(case, wanted, *before)
        said = case.replies.say("none_for", title=wanted.goods.title) if wanted.goods else case.replies.say("none")
        return self._told(wanted, [*before, said], ())

    def _coming(self, case: Case, wanted: Wanted, *before: Said) -> Outcome:
        found = wanted.coming[0]
        words = {"title": found.title, "terms": terms_of(case, found), "begins": moment_word(found.begins, case)}
        said = [*before, case.replies.say("coming", **words)]
        made = (PromotionCommitment(found.promotion_id, upcoming=True),)
        running = wanted.running[:MOST_NAMED]
        if running and not before:
            said.append(case.replies.say("running", promotions=_listed(case, running)))
        return self._told(wanted, said, running if not before else (), commitments=made)

    def _coupons(self, case: Case, wanted: Wanted) -> Outcome:
        coupons = [found for found in wanted.running if found.kind is PromotionKind.COUPON]
        if not coupons:
            if wanted.running:
                return self._now(case, wanted, None, case.replies.say("no_coupon"))
            return self._none(case, wanted)
        found = coupons[0]
        claim = found.claim or case.replies.say("claim_default").text
        words = {"terms": terms_of(case, found), "claim": claim.rstrip("。"), "until": until_word(found.ends, case)}
        return self._told(wanted, [case.replies.say("coupon", **words)], (found,))

    def _stacking(self, case: Case, wanted: Wanted) -> Outcome:
        """满减和九折能一起用吗: which of those running go together, which stand alone."""
        together = [each for each in wanted.running if each.stacks]
        if len(together) < 2:  # noqa: PLR2004 - one does not stack with itself
            return self._told(wanted, [case.replies.say("stacks_not")], ())
        titles = "、".join(f"「{each.title}」" for each in together)
        told = self._told(wanted, [case.replies.say("stacks", promotions=titles)], together)
        return replace(told, memory=None)  # their terms were not told yet

    def _told(
        self,
        wanted: Wanted,
        said: Sequence[Said],
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
        memory = _memory(wanted.case, [each.promotion_id for each in named])
        tried = "已告知当前有效的优惠"
        return reply(*said, facts=facts, commitments=made, slots=slots, memory=memory, tried=tried)


def _memory(case: Case, named: list[str]) -> dict[str, Any]:
    """What was told, and when: nobody likes the same list twice."""
    return {"told": named, "at": case.now.isoformat()} if named else case.memory


def _told_lately(case: Case, named: Sequence[Promotion]) -> bool:
    at, told = case.memory.get("at"), case.memory.get("told", [])
    lately = bool(at) and case.now - datetime.fromisoformat(str(at)) < LATELY
    return lately and {each.promotion_id for each in named} <= set(told)


def _written(case: Case) -> FaqEntry | None:
    """The shop's own answer, when the request is surely that question and no live sum or coupon answers it better."""
    if LIVE.search(case.request.text) and not FAVOURS.search(case.request.text):
        return None
    best = case.request.faqs[0] if case.request.faqs else None
    entry = policy_of(case)
    sure = best is not None and best.confidence >= SURE
    return entry if entry and sure and best and entry.entry_id == best.entry_id else None


def _listed(case: Case, promotions: Sequence[Promotion]) -> str:
    return ";".join(_item(case, promotion) for promotion in promotions).replace(";", "；")


def _item(case: Case, promotion: Promotion) -> str:
    words = {"title": promotion.title, "terms": terms_of(case, promotion), "until": until_word(promotion.ends, case)}
    return case.replies.say("item", **words).text
