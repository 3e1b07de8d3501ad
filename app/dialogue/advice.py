"""Who has not chosen yet: a buyer who compares goods, or names a purse, a person or a use, and wants to be advised."""

from collections.abc import Sequence

from app.dialogue.listening import dialogue_cues
from app.domain.acts import Act
from app.domain.intent_traits import IntentDirectory, IntentRole, IntentTraits
from app.domain.understanding import EntityKind, IntentScore, Request
from app.language.body import asks_size, read_body, read_usual_size, tells_build
from app.language.qualities import find_asked_quality
from app.language.wish_changes import OF_ANY_GOODS, WishChange, read_wish_change
from app.language.wishes import asked_unit, asks_packs, read_wish
from app.shop.schema import Thresholds

_NAMED = frozenset({EntityKind.PRODUCT, EntityKind.SKU, EntityKind.ATTRIBUTE})
_OFFERS = frozenset({EntityKind.OFFERED_PRICE, EntityKind.REDUCTION, EntityKind.DISCOUNT_RATE, EntityKind.ORDER_ID})


def advice_intent(
    request: Request, traits: IntentDirectory, thresholds: Thresholds, *, in_view: bool, offered: bool = False
) -> str | None:
    """The intent that tells of goods, where the request wants goods compared, proposed or measured; None otherwise.

    Args:
        request: what was understood.
        traits: those of every known intent.
        thresholds: the shop's zones.
        in_view: whether goods are spoken of already.
        offered: whether several were proposed or compared.
    """
    details = traits.find_holder(IntentRole.GOODS_DETAILS)
    if details is None or any(each.kind in _OFFERS for each in request.entities):
        return None
    if offered and find_asked_quality(request.text) is not None and _may_ask_price(request, traits):
        return details
    return details if _seeks_goods(request, traits, thresholds, details, in_view=in_view) else None


def _may_ask_price(request: Request, traits: IntentDirectory) -> bool:
    own = traits.get(request.intents[0].intent)
    return own is None or own.asks_price or own.about_goods


def _seeks_goods(
    request: Request, traits: IntentDirectory, thresholds: Thresholds, details: str, *, in_view: bool
) -> bool:
    wish, best = read_wish(request.text), request.intents[0]
    own, named = traits.get(best.intent), sum(each.kind in _NAMED for each in request.entities)
    free = best.intent == details or best.confidence < thresholds.answer or _asks_nothing(own)
    given = wish.is_gift and wish.asks_advice and own is not None and own.tells_offers
    priced = free or given or (own is not None and own.asks_price)
    if wish.seeks_advice and wish.budget is not None and priced:
        return True
    if _is_surely_of_order(best, own, thresholds):
        return False
    known = bool(request.faqs) and request.faqs[0].confidence >= thresholds.answer
    of_goods = bool(named) or in_view
    weighed = find_asked_quality(request.text) is not None
    compared = (wish.compares or weighed) and (named > 1 or (free and of_goods))
    matched = of_goods and ((wish.asks_match and free) or asked_unit(request.text) is not None)
    asked_for = wish.asks_advice or wish.is_cheap or (bool(wish.lacking) and own is not None and own.about_goods)
    chosen = asked_for and (priced or bool(wish.lacking)) and (bool(named) or given or not known)
    wanted = wish.wants and free and Act.ASK not in request.acts and not known
    return compared or matched or chosen or wanted


def changes_wish(request: Request, *, offered: bool, in_view: bool) -> bool:
    """Whether other goods are wanted than those proposed (一百以内的呢), or than the one in view (便宜点的呢)."""
    change = read_wish_change(request.text)
    named = any(each.kind in {EntityKind.PRODUCT, EntityKind.SKU} for each in request.entities)
    if named or change is None:
        return named and change in {WishChange.CHEAPER, WishChange.DEARER}
    return offered or (in_view and change in OF_ANY_GOODS)


def size_intent(request: Request, traits: IntentDirectory, *, measured: bool = False) -> str | None:
    """The intent that tells of goods, where somebody's measures are told or a usual size, and which size fits is asked.

    Measures that stand alone ask for it, too: 身高160体重105斤. So does a build, once somebody is `measured`.
    """
    body = read_body(request.text)
    asks = asks_size(request.text) or (body is not None and Act.ASK not in request.acts)
    sized = (body is not None and asks) or read_usual_size(request.text) is not None
    sized = sized or (measured and (asks_size(request.text) or tells_build(request.text)))
    return traits.find_holder(IntentRole.GOODS_DETAILS) if sized else None


def totals_intent(
    whole: Request, requests: Sequence[Request], traits: IntentDirectory, last: str | None = None
) -> str | None:
    """The intent that tells sums, where several clauses fill one basket: 茶盘一个，再加一个杯垫，一共多少.

    So it is where pieces are to be counted in packs, and where `last` told a sum, of which 满减算进去了没 is asked.
    """
    if traits.holds_role(last, IntentRole.TOTALS) and dialogue_cues().hears("asks_counted_in", whole.text):
        return last
    adds_up = dialogue_cues().hears("adds_up", whole.text)
    named = any(each.kind in _NAMED for each in whole.entities)
    ordered = any(each.kind is EntityKind.ORDER_ID for each in whole.entities)
    packs = asks_packs(whole.text) and any(each.kind is EntityKind.QUANTITY for each in whole.entities)
    if ((len(requests) > 1 and adds_up) or packs) and named and not ordered:
        return traits.find_holder(IntentRole.TOTALS)
    return None


def _asks_nothing(own: IntentTraits | None) -> bool:
    return own is not None and not own.names_business


def _is_surely_of_order(best: IntentScore, own: IntentTraits | None, thresholds: Thresholds) -> bool:
    of_order = own is not None and own.names_business and (own.about_orders or own.aftersale)
    return of_order and best.confidence >= thresholds.clarify
