"""Promotions in words, what they bind the shop to, and how to get those that must be claimed."""

from collections.abc import Iterable
from dataclasses import replace

from app.commerce.pricing import Quote
from app.domain.catalogue import Promotion, PromotionKind
from app.domain.commitment import BasketCommitment, Commitment, PromotionCommitment
from intents._framework.contract import Case, RenderedReply
from intents._kit.wording import discount_word, format_yuan


def basket_commitments(quote: Quote, named: Iterable[Promotion]) -> tuple[Commitment, ...]:
    """What the words of a sum bind the shop to."""
    pairs = tuple((line.sku.sku_id, line.quantity) for line in quote.lines)
    used = tuple(promotion.promotion_id for promotion in quote.quote_promotions)
    promotions = tuple(PromotionCommitment(each.promotion_id) for each in dict.fromkeys(named))
    return (*promotions, BasketCommitment(pairs, used, quote.total))


def claim_instructions(case: Case, quote: Quote) -> list[RenderedReply]:
    """How to get what must be claimed before the sum is true; of each but once in a conversation."""
    claimed = [saving.promotion for saving in quote.savings if saving.promotion.claim]
    return [
        replace(
            case.replies.render_reply("sum_claim", title=each.title, claim=each.claim.rstrip("。")),
            variant=_claim_id(each),
        )
        for each in claimed
        if _claim_id(each) not in case.conversation.used_replies
    ]


def _claim_id(promotion: Promotion) -> str:
    """What stands among the sentences said once it was told how to get a promotion."""
    return f"sum_claim/{promotion.promotion_id}"


def promotion_terms(case: Case, promotion: Promotion) -> str:
    """满199元减20元, 第2件半价 and so on, by the intent's own words."""
    words = {
        "over": format_yuan(promotion.over),
        "minus": format_yuan(promotion.minus),
        "share": discount_word(promotion.rate),
        "quantity": promotion.quantity,
        "gift": promotion.gift,
    }
    return case.replies.render_reply(f"terms_{_terms_key(promotion)}", **words).text


def _terms_key(promotion: Promotion) -> str:
    kind = promotion.kind
    if kind is PromotionKind.THRESHOLD:
        return "threshold_repeats" if promotion.repeats else "threshold"
    if kind is PromotionKind.PERCENT:
        return f"percent{_condition_suffix(promotion)}"
    if kind in (PromotionKind.GIFT, PromotionKind.FREE_SHIPPING, PromotionKind.COUPON):
        return f"{kind}{_condition_suffix(promotion)}"
    return str(kind)


def _condition_suffix(promotion: Promotion) -> str:
    if promotion.over > 0:
        return "_over"
    return "_pieces" if promotion.quantity > 1 else ""
