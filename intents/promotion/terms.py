"""Promotions and sums in words: each kind's terms, and a basket's price step by step."""

from app.decision.pricing import Line, Quote, Saving
from app.domain.catalogue import Promotion, PromotionKind
from intents.base import Case, Said
from intents.goods import money
from intents.speech import full_name, share_word


def terms_of(case: Case, promotion: Promotion) -> str:
    """满199元减20元, 第2件半价 and so on, by the intent's own words."""
    words = {
        "over": money(promotion.over),
        "minus": money(promotion.minus),
        "share": share_word(promotion.rate),
        "quantity": promotion.quantity,
        "gift": promotion.gift,
    }
    return case.replies.say(f"terms_{_kind(promotion)}", **words).text


def _kind(promotion: Promotion) -> str:
    kind = promotion.kind
    if kind is PromotionKind.THRESHOLD:
        return "threshold_repeats" if promotion.repeats else "threshold"
    if kind is PromotionKind.PERCENT:
        return f"percent{_condition(promotion)}"
    if kind in (PromotionKind.GIFT, PromotionKind.FREE_SHIPPING, PromotionKind.COUPON):
        return f"{kind}{_condition(promotion)}"
    return str(kind)


def _condition(promotion: Promotion) -> str:
    if promotion.over > 0:
        return "_over"
    return "_pieces" if promotion.quantity > 1 else ""


def basket_words(case: Case, quote: Quote) -> Said:
    """The sum: list price, each saving, what is left."""
    goods = "、".join(_line(case, line) for line in quote.lines)
    if not quote.savings:
        return case.replies.say("sum_plain", goods=goods, total=money(quote.total))
    steps = ",".join(_step(case, saving) for saving in quote.savings)
    return case.replies.say(
        "sum", goods=goods, listed=money(quote.listed), steps=steps.replace(",", "，"), total=money(quote.total)
    )


def _line(case: Case, line: Line) -> str:
    return case.replies.say("line", title=full_name(line.sku), quantity=line.quantity).text


def _step(case: Case, saving: Saving) -> str:
    return case.replies.say("step", title=saving.promotion.title, saved=money(saving.amount)).text
