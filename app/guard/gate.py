"""The last door before a buyer: nothing passes that the shop has not authorised.

Two checks that do not trust each other: every commitment against policy and facts (authority.py), and the rendered
text read again, where every amount, rate, date, duration, count, coupon and gift must be backed by an approved
commitment, a quoted fact or the shop's own policy. No arrival date passes, whatever backs it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from app.commerce.pricing import BasketLine, best_quote, is_running
from app.domain.catalogue import FaqEntry, Order, Product, Promotion, Sku
from app.domain.commitment import PriceCommitment
from app.domain.decision import Reason
from app.domain.fact import Fact, FactKind
from app.domain.outcome import HandoffRequest, Outcome
from app.guard.asked import find_missed_words
from app.guard.authority import AuthorityContext, lowest_unit_price, refusal_reason
from app.guard.binding import find_floor_offer, find_return_freight, list_binding_claims
from app.guard.claims import Claim, ClaimKind, read_claims
from app.guard.grounding import (
    Grounding,
    ground_commitment,
    ground_facts,
    ground_outcome,
    ground_policy,
    ground_promotion_kinds,
    ground_promotion_terms,
    promotion_names,
)
from app.language.wishes import split_clauses
from app.shop.schema import ShopSettings
from app.shop.shop import Shop, cache_per_shop

FILES = "files"


class GateCase(Protocol):
    """What the gate needs of a case."""

    @property
    def shop(self) -> Shop:
        """The shop that speaks."""

    @property
    def now(self) -> datetime:
        """The turn's time."""

    @property
    def buyer(self) -> str:
        """Who is spoken to."""

    @property
    def asked(self) -> str:
        """The buyer's message, normalised."""

    @property
    def exhausted(self) -> frozenset[str]:
        """Budgets known to be gone."""


@dataclass(frozen=True, slots=True)
class Approval:
    """The outcome may leave."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Refusal:
    """The outcome may not leave; `why` and `nearest_offer` are Chinese lines for people."""

    reason: Reason
    why: tuple[str, ...]
    nearest_offer: str = ""

    def build_handoff_request(self, wish: str) -> HandoffRequest:
        """The request for a person that takes the reply's place."""
        notes = (*self.why, *((f"可给到：{self.nearest_offer}",) if self.nearest_offer else ()))
        return HandoffRequest(self.reason, wish=wish, notes=notes)


def review_outcome(outcome: Outcome, situation: GateCase) -> Approval | Refusal:
    """Whether the outcome may leave as it is."""
    context = build_authority_context(outcome, situation)
    dear = _refuse_high_value(outcome, context)
    if dear and outcome.handoff is None:
        return replace(dear, nearest_offer=nearest_offer(context))
    stale = _find_stale_fact(outcome.facts, context)
    if stale:
        return Refusal(Reason.FACTS_STALE, (stale,))
    problems = [why for commitment in outcome.commitments if (why := refusal_reason(commitment, context))]
    told_rows = (value for value in _fact_values(outcome.facts) if isinstance(value, FaqEntry))
    # As the shop wrote them, not as filled in for one buyer: what they promise is the same, and remembered by row.
    quoted = [situation.shop.entries.get(entry.entry_id, entry) for entry in told_rows]
    problems += [why for entry in quoted for why in find_expired_promises(entry, situation.shop, situation.now)]
    local_now = situation.now.astimezone(context.zone)
    told = _strip_shop_answers(outcome, context)
    variants = {name for sku in context.skus.values() for name in sku.attributes}
    problems += find_missed_words(outcome, told, situation.asked, context.authority, local_now, variants)
    if not problems:
        problems = [_explain_claim(claim) for claim in _find_ungrounded_claims(outcome, context, situation.shop)]
    if not problems:
        return Approval(outcome)
    return Refusal(Reason.AUTHORITY_EXCEEDED, tuple(dict.fromkeys(problems)), nearest_offer(context))


def build_authority_context(outcome: Outcome, situation: GateCase) -> AuthorityContext:
    """The outcome's facts by id, with the shop's policy."""
    skus: dict[str, Sku] = {}
    orders: dict[str, Order] = {}
    promotions: dict[str, Promotion] = {}
    for value in _fact_values(outcome.facts):
        if isinstance(value, Sku):
            skus[value.sku_id] = value
        elif isinstance(value, Product):
            skus.update({sku.sku_id: sku for sku in value.skus})
        elif isinstance(value, Order):
            orders[value.order_id] = value
        elif isinstance(value, Promotion):
            promotions[value.promotion_id] = value
    return AuthorityContext(
        situation.shop.settings,
        situation.shop.shop_id,
        situation.now,
        situation.buyer,
        skus,
        orders,
        promotions,
        outcome.effects,
        situation.exhausted,
    )


def _fact_values(facts: Iterable[Fact[object]]) -> Iterable[object]:
    for fact in facts:
        if isinstance(fact.value, (tuple, list)):
            yield from fact.value
        else:
            yield fact.value


def _refuse_high_value(outcome: Outcome, context: AuthorityContext) -> Refusal | None:
    """The shop's own limit on what a machine may handle alone: orders, and prices it would grant; public sums are not.

    The reason is the limit, not the buyer: a VIP is known by name.
    """
    limit = context.authority.always_people.order_value_above
    if limit is None:
        return None
    if any(order.total_amount > limit for order in context.orders.values()):
        return Refusal(
            _handoff_reason(context, Reason.AUTHORITY_EXCEEDED), (f"订单金额超过 {limit} 元，按店铺规定由人工处理",)
        )
    granted = [
        made
        for made in outcome.commitments
        if isinstance(made, PriceCommitment) and _is_below_public_price(made, context)
    ]
    dear = next((made for made in granted if made.total > limit), None)
    if dear is None:
        return None
    reason = Reason.BULK_ORDER if dear.quantity > 1 else Reason.AUTHORITY_EXCEEDED
    return Refusal(_handoff_reason(context, reason), (f"议价金额超过 {limit} 元，按店铺规定由人工报价",))


def _handoff_reason(context: AuthorityContext, reason: Reason) -> Reason:
    return Reason.VIP if context.buyer in context.authority.always_people.vip_buyers else reason


def _is_below_public_price(made: PriceCommitment, context: AuthorityContext) -> bool:
    """Whether the price is less than anybody pays: the page's price with the promotions that run."""
    sku = context.skus.get(made.sku_id)
    if sku is None or made.quantity < 1:
        return False
    running = [found for found in context.promotions.values() if is_running(found, context.now)]
    return made.total < best_quote([BasketLine(sku, made.quantity)], running, context.now).total


def _find_stale_fact(facts: Iterable[Fact[object]], context: AuthorityContext) -> str | None:
    """A second look at freshness, in case a source forgot; limits nobody wrote do not bind the shop's own files."""
    for fact in facts:
        if fact.source == FILES and fact.kind.value not in context.settings.freshness.model_fields_set:
            continue
        limit = timedelta(seconds=context.settings.freshness.limit_seconds(fact.kind))
        if context.now - fact.as_of > limit:
            return f"{fact.source} 的{_KINDS[fact.kind]}数据已超过 {limit}"
    return None


_KINDS: Mapping[FactKind, str] = {
    FactKind.STOCK: "库存",
    FactKind.ORDER: "订单",
    FactKind.PROMOTION: "活动",
    FactKind.CATALOGUE: "商品",
}


def _find_ungrounded_claims(outcome: Outcome, context: AuthorityContext, shop: Shop) -> list[Claim]:
    if not outcome.text:
        return []
    policy, grounding = _policy_grounding(shop), Grounding()
    ground_facts(grounding, context)
    ground_outcome(grounding, outcome)
    for commitment in outcome.commitments:
        ground_commitment(commitment, grounding, context)
    names = policy.names | grounding.names | _goods_words(outcome)
    claims = read_claims(_strip_shop_answers(outcome, context), context.today, names)
    return [claim for claim in claims if not (policy.supports(claim) or grounding.supports(claim))]


@cache_per_shop
def _policy_grounding(shop: Shop) -> Grounding:
    return ground_policy(AuthorityContext(shop.settings, shop.shop_id, _EPOCH, ""))


def _strip_shop_answers(outcome: Outcome, context: AuthorityContext) -> str:
    """The text without the shop's FAQ answers, which were checked when they were loaded."""
    text = outcome.text
    for value in _fact_values(outcome.facts):
        if isinstance(value, FaqEntry):
            text = text.replace(value.answer.replace("{address}", context.settings.tone.address), "\n")
    return text


def _goods_words(outcome: Outcome) -> set[str]:
    """What the shop wrote of its goods: titles and details, with the names of these (附送：琴包).

    They are names among others, the longest of which is blanked first: a title inside a gift's name (黑胡桃木杯垫一片)
    leaves no nameless gift behind.
    """
    products = (value for value in _fact_values(outcome.facts) if isinstance(value, Product))
    return {
        words
        for each in products
        for words in (
            each.title,
            *(part for name, told in each.details for part in (f"{name}：{told}", told, *split_clauses(told))),
        )
    }


def _explain_claim(claim: Claim) -> str:
    if claim.kind is ClaimKind.ARRIVAL:
        return f"回复里承诺了到货时间：「{claim.text}」"
    return f"回复里的「{claim.text}」没有授权或事实依据"


def nearest_offer(context: AuthorityContext) -> str:
    """The least the shop allows for what was spoken of, for people only."""
    policy = context.authority.bargaining
    lines = [
        f"{sku.title} 单件 {lowest_unit_price(sku, 1, policy):.2f} 元(标价 {sku.price} 元)"
        for sku in list(context.skus.values())[:3]
    ]
    return ";".join(lines)


def find_faq_promises(
    entry: FaqEntry, settings: ShopSettings, products: Sequence[Product], promotions: Sequence[Promotion]
) -> Sequence[str]:
    """What the entry's answer promises without authority, each with what to write instead; empty when nothing.

    Most answers bind the shop to nothing; of the others most need the policy and the promotions alone, and a catalogue
    may be large.
    """
    plain = tuple(_find_plain_promises(entry))
    applying = [found for found in promotions if _applies_to_entry(found, entry)]
    names = {settings.name, *(name for found in applying for name in promotion_names(found))}
    if not _find_binding_claims(entry, names):
        return plain
    context = AuthorityContext(settings, "", _EPOCH, "")
    grounding = ground_policy(context)
    ground_promotion_kinds(grounding, promotions)
    ground_promotion_terms(grounding, applying)
    if not _find_ungrounded_promises(entry, grounding):
        return plain
    scope = [product for product in products if not entry.products or product.product_id in entry.products]
    ground_facts(grounding, replace(context, skus={sku.sku_id: sku for product in scope for sku in product.skus}))
    named = {product.product_id for product in scope if _names_product(product, entry.answer)}
    ground_promotion_terms(grounding, [found for found in promotions if found.products & named])
    return tuple(dict.fromkeys((*map(_advise_author, _find_ungrounded_promises(entry, grounding)), *plain)))


def _find_plain_promises(entry: FaqEntry) -> Iterable[str]:
    """Promises that nothing a shop writes down could stand behind."""
    freight, floor = find_return_freight(entry.question, entry.answer), find_floor_offer(entry.answer)
    if freight:
        yield f"答案里的「{freight}」店铺没有授权：{_FREIGHT_ADVICE}"
    if floor:
        yield f"答案里的「{floor}」店铺没有授权：{_ADVICE[ClaimKind.FLOOR]}"


def _applies_to_entry(promotion: Promotion, entry: FaqEntry) -> bool:
    """A promotion of some goods stands behind an answer about these goods only, or one that calls it by its title."""
    whole = not promotion.products or promotion.title in entry.answer
    return whole or (bool(entry.products) and entry.products <= promotion.products)


def _names_product(product: Product, answer: str) -> bool:
    """By a word of two characters or more: 碗 is in 盖碗, too."""
    return any(word in answer for word in (product.title, *product.keywords) if len(word) > 1)


def find_expired_promises(entry: FaqEntry, shop: Shop, now: datetime) -> Sequence[str]:
    """What the answer promises that is not true at this moment: a promotion it speaks of may have ended."""
    running = (promotion.promotion_id for promotion in shop.promotions if is_running(promotion, now))
    return _faq_promises_during(shop, entry, frozenset(running))


@cache_per_shop
def _faq_promises_during(shop: Shop, entry: FaqEntry, running: frozenset[str]) -> Sequence[str]:
    """The same, while these promotions run: an answer is told many times between two changes."""
    known = [promotion for promotion in shop.promotions if promotion.promotion_id in running]
    return find_faq_promises(entry, shop.settings, shop.products, known)


def _find_ungrounded_promises(entry: FaqEntry, grounding: Grounding) -> list[Claim]:
    return [claim for claim in _find_binding_claims(entry, grounding.names) if not grounding.supports(claim)]


def _find_binding_claims(entry: FaqEntry, names: Collection[str]) -> list[Claim]:
    claims = read_claims(entry.answer, _ANY_DAY, names)
    return list_binding_claims(claims, entry.answer, names, confirmed=entry.confirmed) if claims else []


_EPOCH = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
_ANY_DAY = _EPOCH.date()


_FREIGHT_ADVICE = "退货运费只有质量问题才由店铺承担，请写明「质量问题」，或改成「退货运费由运费险或买家承担」"
_ADVICE: Mapping[ClaimKind, str] = {
    ClaimKind.ARRIVAL: "不能承诺到货时间，请只写发货时间，并写明「到达时间以物流为准」",
    ClaimKind.FLOOR: "不能透露底价，请删去",
    ClaimKind.AMOUNT: "这个金额不在商品价格、运费或活动里，请改成 shop.yml、商品表或活动里已有的金额，或删去",
    ClaimKind.RATE: "这个折扣没有对应的活动，请在 promotions.yml 里登记，或删去",
    ClaimKind.DATE: "这个日期没有对应的发货或活动安排，请删去日期",
    ClaimKind.DURATION: "这个时限与 shop.yml 的承诺不一致，请改成 authority.shipping 里的时限，或删去",
    ClaimKind.COUPON: "没有对应的优惠券活动，请在 promotions.yml 里登记，或删去",
    ClaimKind.GIFT: "没有对应的赠品活动，请在 promotions.yml 里登记，或删去",
    ClaimKind.OTHER_GIFT: "这不是登记过的赠品，请写活动里赠品的原名，或在 promotions.yml 里登记，或删去",
    ClaimKind.ALWAYS_FREE: "没有门槛的包邮没有授权，请写明「满多少元包邮」，与 authority.shipping.free_from 一致",
    ClaimKind.FREE_EVERYWHERE: "偏远地区另收运费（authority.shipping.remote_fee），请写明哪些地区除外",
    ClaimKind.FREE_CARRIER: "这家快递不在 authority.shipping.couriers 里，请写默认的快递，或写明差价由买家承担",
    ClaimKind.AT_ONCE: "shop.yml 只承诺截单前付款的当天发出，请写明几点前付款，或改成 authority.shipping 里的时限",
    ClaimKind.LASTING_CARE: "没有期限或条件的保修、换新没有授权，请写明期限，或改成「会有同事为您核实处理」",
    ClaimKind.FREE_SHIPPING: "shop.yml 没有写包邮门槛（authority.shipping.free_from），请补上或删去",
    ClaimKind.AMENDS: "不能直接承诺退款或补偿，请改成「会有同事为您核实处理」",
}


def _advise_author(claim: Claim) -> str:
    return f"答案里的「{claim.text}」店铺没有授权：{_ADVICE[claim.kind]}"
