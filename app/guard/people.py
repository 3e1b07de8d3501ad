"""What a person's sentence binds the shop to: the gate's readers over a text that names no commitments.

The bot says what it commits to and proves it; of a person only the words are known. So each price is held against every
reading that the words allow, of one piece or of all that are spoken of, and a sentence passes only where all of them
do. Dates, fees, coupons and amends are grounded as the bot's are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.commerce.pricing import is_running
from app.commerce.shipping import order_ship_by_deadline, ship_by_deadline
from app.domain.approval import AmendsTerms, PriceTerms, Terms
from app.domain.catalogue import Promotion
from app.domain.commitment import (
    Commitment,
    CompensationCommitment,
    CompensationKind,
    CouponCommitment,
    GiftCommitment,
    PriceCommitment,
    ShipByCommitment,
)
from app.guard.authority import AuthorityContext, compensation_spends, coupon_keeps_floor
from app.guard.binding import find_return_freight, list_binding_claims
from app.guard.claims import Claim, ClaimKind, read_claims
from app.guard.grounding import Grounding, ground_commitment, ground_facts, ground_policy, ground_promotion_terms
from app.guard.phrases import AmountRole
from app.guard.prices import (
    PRICE_ROLES,
    PriceReader,
    PriceReading,
    ReadPrice,
    Subject,
    is_granted,
    is_offered,
    is_public,
    least_total,
    nearest_words,
    price_commitment,
)
from app.language.numbers import normalise_width
from app.shop.schema import ShopSettings

PRICE_KINDS = frozenset({ClaimKind.AMOUNT, ClaimKind.RATE, ClaimKind.NUMBER})
AMENDS_KINDS = frozenset({ClaimKind.AMENDS, ClaimKind.AMOUNT})


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing in the text that goes past the shop's authority.

    Attributes:
        kind: the kind of the claim.
        text: the words.
        why, advice: Chinese lines for whoever typed them.
        instead: words that could take the place of `text`; empty where there are none.
        terms: what a supervisor would have to grant for it; None where nobody can.
    """

    kind: ClaimKind
    text: str
    why: str
    advice: str = ""
    instead: str = ""
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """What a text commits the shop to within its authority, and where it goes past it.

    `instead` is the text with the nearest words that would pass; empty where there are none or none are needed.
    """

    commitments: tuple[Commitment, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    instead: str = ""


@dataclass(frozen=True, slots=True)
class PersonCase:
    """Who types to whom, about what.

    Attributes:
        granted: what was promised to this buyer already, by approval.
        exhausted: budgets known to be gone.
    """

    settings: ShopSettings
    shop_id: str
    now: datetime
    buyer: str
    subject: Subject
    promotions: tuple[Promotion, ...] = ()
    granted: tuple[Commitment, ...] = ()
    exhausted: frozenset[str] = frozenset()
    context: AuthorityContext = field(init=False)

    def __post_init__(self) -> None:
        """What commitments are held against."""
        running = [each for each in self.promotions if is_running(each, self.now)]
        context = AuthorityContext(
            self.settings,
            self.shop_id,
            self.now,
            self.buyer,
            {sku.sku_id: sku for sku in self.subject.skus},
            {order.order_id: order for order in self.subject.orders},
            {each.promotion_id: each for each in running},
            exhausted=self.exhausted,
        )
        object.__setattr__(self, "context", context)


def review_person_text(text: str, case: PersonCase) -> Review:
    """What the text commits to, and what of it the shop does not allow."""
    reading = _Reading(text, case)
    verdicts = tuple(dict.fromkeys((*reading.judge_prices(), *reading.judge_others())))
    return Review(tuple(dict.fromkeys(reading.commitments)), verdicts, _replace_words(text, verdicts))


def compensation_limit(kind: CompensationKind, case: PersonCase) -> Decimal | None:
    """The most that a person may give for one order, 元; None where the shop allows nothing of the kind."""
    allowed = case.settings.authority.compensation
    limit = {CompensationKind.CASH: allowed.cash, CompensationKind.COUPON: allowed.coupon}.get(kind)
    return limit.per_order if limit else None


class _Reading:
    """One text being reviewed; `commitments` grows with what is found to be allowed."""

    def __init__(self, text: str, case: PersonCase) -> None:
        self._text = normalise_width(text)
        self._case = case
        self._context = case.context
        self._grounding = self._ground()
        self._names = frozenset(name for name in self._grounding.names if not name.isdecimal() or len(name) > 5)  # noqa: PLR2004 - an order's number, no size
        self._claims = read_claims(self._text, self._context.today, self._names)
        self.commitments: list[Commitment] = []
        self._coupons = list(self._find_coupons())
        self._amends = list(self._find_amends())
        self.commitments += [*self._coupons, *(made for made, problem in self._amends if not problem)]
        for made in self.commitments:
            ground_commitment(made, self._grounding, self._context)

    def _ground(self) -> Grounding:
        """What stands behind a person's words without anybody's grant."""
        context, grounding = self._context, ground_policy(self._context)
        ground_facts(grounding, context)
        for sku in (sku for product in self._case.subject.products for sku in product.skus):
            if sku.product_id in {own.product_id for own in self._case.subject.skus} or sku.title in self._text:
                grounding.names |= {sku.title, sku.sku_id, *sku.attributes}
        running = tuple(context.promotions.values())
        ground_promotion_terms(grounding, running)
        for each in running:
            grounding.add_moment(each.begins, context)
            grounding.add_moment(each.ends, context)
        for made in (*self._list_ship_by(), *map(GiftCommitment, self._list_gifts()), *self._case.granted):
            ground_commitment(made, grounding, context) if _is_groundable(made, context) else None
        return grounding

    def _list_gifts(self) -> Iterator[str]:
        gift = self._context.authority.compensation.gift
        if gift and self._context.orders:
            yield gift.gift

    def _list_ship_by(self) -> Iterator[ShipByCommitment]:
        """The deadlines of the buyer's orders, and of one paid now."""
        context, policy = self._context, self._context.authority.shipping
        if policy is None:
            return
        skus = tuple(context.skus.values())
        for order in context.orders.values():
            if due := order_ship_by_deadline(order, skus, policy, context.zone):
                yield ShipByCommitment(due.ship_by, order.order_id)
        presale = max((sku.presale_ship_on for sku in skus if sku.presale_ship_on), default=None)
        yield ShipByCommitment(ship_by_deadline(context.now, policy, context.zone, presale).ship_by)

    def judge_prices(self) -> Iterator[Verdict]:
        """Every price that is less than may be taken."""
        reader = PriceReader(self._case.subject, self._context.today, self._names)
        given = {made.amount for made in self._coupons}
        for price in reader.read_text(self._text):
            if not (price.claim.role is AmountRole.REDUCED and price.claim.value in given):
                yield from self._judge_price(price)

    def _judge_price(self, price: ReadPrice) -> Iterator[Verdict]:
        claim, words = price.claim, _words()
        if claim.value is None:
            yield Verdict(claim.kind, claim.text, words["vague"].format(said=claim.text), _advice(claim))
            return
        if not price.readings:
            if claim.kind is not ClaimKind.NUMBER or is_offered(claim):
                yield Verdict(claim.kind, claim.text, words["unknown_goods"].format(said=claim.text))
            return
        low = [each for each in price.readings if not self._may_take(claim, each)]
        if not low:
            return
        worst = max(low, key=lambda each: least_total(each.sku, each.pieces, self._context) - each.total)
        yield self._explain_price(claim, worst)

    def _may_take(self, claim: Claim, reading: PriceReading) -> bool:
        granted = [made for made in self._case.granted if isinstance(made, PriceCommitment)]
        if is_public(claim, reading, self._context) or is_granted(reading, granted):
            return True
        if reading.total < least_total(reading.sku, reading.pieces, self._context):
            return False
        self.commitments.append(price_commitment(reading, self._context))
        return True

    def _explain_price(self, claim: Claim, reading: PriceReading) -> Verdict:
        words, sku, pieces = _words(), reading.sku, reading.pieces
        least, listed = least_total(sku, pieces, self._context), sku.price * pieces
        told = {
            "said": claim.text,
            "title": " ".join((sku.title, *sku.attributes)),
            "pieces": words["pieces"].format(count=pieces) if pieces > 1 else "",
            "least": _plain(least),
            "listed": _plain(listed),
        }
        why = words["price" if least < listed else "price_free"].format(**told)
        instead = nearest_words(claim, reading, least, words)
        terms = PriceTerms(sku.sku_id, pieces, reading.total) if reading.total > 0 else None
        return Verdict(claim.kind, claim.text, why, _advice(claim), instead, terms)

    def judge_others(self) -> Iterator[Verdict]:
        """Every other promise that nothing stands behind."""
        words = _words()
        for made, problem in self._amends:
            if problem:
                said = _plain(made.amount)
                terms = AmendsTerms(made.kind, made.order_id, made.amount) if made.order_id else None
                why = words["amends"].format(said=said, limit=problem)
                yield Verdict(ClaimKind.AMENDS, said, why, str(words["advice"]["amends"]), "", terms)
        binding = list_binding_claims(self._claims, self._text, self._names, confirmed=False)
        for claim in binding:
            if _is_price_role(claim) or (self._amends and _is_amends(claim)) or self._grounding.supports(claim):
                continue
            key = claim.kind.value if claim.kind in (ClaimKind.ARRIVAL, ClaimKind.FLOOR) else "claim"
            if claim.kind is ClaimKind.AMENDS:
                key = "amends"
            limit = words["limits"]["none"]
            yield Verdict(claim.kind, claim.text, words[key].format(said=claim.text, limit=limit), _advice(claim))
        if freight := find_return_freight("", self._text):
            yield Verdict(ClaimKind.AMENDS, freight, words["return_freight"].format(said=freight))

    def _find_coupons(self) -> Iterator[CouponCommitment]:
        """The shop's own coupons that the text gives, by their amounts."""
        if not any(claim.kind is ClaimKind.COUPON for claim in self._claims):
            return
        said = {claim.value for claim in self._claims if claim.kind is ClaimKind.AMOUNT}
        over = {claim.value for claim in self._claims if claim.role in _THRESHOLDS}
        for offer in self._context.authority.coupons:
            made = CouponCommitment(offer.id, offer.amount, offer.minimum_spend)
            safe = all(coupon_keeps_floor(made, sku) for sku in self._case.subject.skus)
            if offer.amount in said and (not over or offer.minimum_spend in over) and safe:
                yield made

    def _find_amends(self) -> Iterator[tuple[CompensationCommitment, str]]:
        """Money that the text pays out, each with why the shop does not allow it."""
        coupon = any(claim.kind is ClaimKind.COUPON for claim in self._claims)
        kind = CompensationKind.COUPON if coupon else CompensationKind.CASH
        order = next(iter(self._context.orders), "")
        for claim in self._claims:
            if claim.kind is ClaimKind.AMOUNT and claim.role is AmountRole.CASH and isinstance(claim.value, Decimal):
                made = CompensationCommitment(kind, order, claim.value)
                if made not in self._case.granted:
                    yield made, self._refuse_amends(made)

    def _refuse_amends(self, made: CompensationCommitment) -> str:
        limits, most = _words()["limits"], compensation_limit(made.kind, self._case)
        if most is None:
            return str(limits["none"])
        if not made.order_id:
            return str(limits["unknown_order"])
        if made.amount > most:
            return str(limits["over"]).format(most=_plain(most))
        spends = compensation_spends(made, self._context.authority, self._context.shop_id, self._context.today)
        return str(limits["spent"]) if any(each.budget in self._case.exhausted for each in spends) else ""


_THRESHOLDS = frozenset({AmountRole.OVER, AmountRole.OVER_REDUCED, AmountRole.OVER_GIVEN, AmountRole.OVER_FREE})


def _is_groundable(made: Commitment, context: AuthorityContext) -> bool:
    return not isinstance(made, PriceCommitment) or made.sku_id in context.skus


def _is_price_role(claim: Claim) -> bool:
    """Whether the price reader has it; a rate of the n-th piece is a promotion's."""
    if claim.kind is ClaimKind.RATE:
        return claim.role is AmountRole.PLAIN
    return claim.kind in PRICE_KINDS and claim.role in PRICE_ROLES


def _is_amends(claim: Claim) -> bool:
    return claim.kind in AMENDS_KINDS and (claim.kind is ClaimKind.AMENDS or claim.role is AmountRole.CASH)


def _replace_words(text: str, verdicts: Sequence[Verdict]) -> str:
    """The text with other words for each verdict's; empty where one of them has none."""
    if not verdicts or not all(each.instead for each in verdicts):
        return ""
    said = text if all(each.text in text for each in verdicts) else normalise_width(text)
    for each in verdicts:
        said = said.replace(each.text, each.instead, 1)
    return said


def _advice(claim: Claim) -> str:
    return str(_words()["advice"].get("amount" if claim.kind is ClaimKind.NUMBER else claim.kind.value, ""))


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


@cache
def _words() -> Mapping[str, Any]:
    text = Path(__file__).with_name("people.yml").read_text(encoding="utf-8")
    words: Mapping[str, Any] = yaml.safe_load(text)
    return words
