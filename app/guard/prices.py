"""Every price that a person's sentence may be read as, and the least that may be taken for it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from app.commerce.pricing import BasketLine, best_quote, covers_product, is_running
from app.domain.catalogue import Order, Product, PromotionKind, Sku
from app.domain.commitment import PriceCommitment
from app.guard.authority import AuthorityContext, lowest_unit_price
from app.guard.binding import takes_off
from app.guard.claims import Claim, ClaimKind, blank_names, read_claims
from app.guard.phrases import PHRASES, AmountRole
from app.language.clauses import split_marks
from app.language.numbers import normalise_width, read_percent
from app.language.offers import OfferKind, find_offers

CENT = Decimal("0.01")
TENTH = Decimal("0.1")
MERE_NUMBER_FROM = Decimal("0.1")
"""A number without a unit is taken for a price from this share of the page's price on."""
PRICE_ROLES = frozenset({AmountRole.PLAIN, AmountRole.PRICE, AmountRole.REDUCED})


@dataclass(frozen=True, slots=True)
class PriceReading:
    """One way to read a claim: `total` for `pieces` of the goods, 元."""

    sku: Sku
    pieces: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class ReadPrice:
    """A stretch of a text that names a price, with its readings; none where the goods or the sum are not known."""

    claim: Claim
    readings: tuple[PriceReading, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is spoken of: the goods of the conversation, and the whole catalogue, of which a text may name others."""

    skus: tuple[Sku, ...]
    products: tuple[Product, ...] = ()
    orders: tuple[Order, ...] = ()

    def called_in(self, words: str) -> tuple[Sku, ...]:
        """The variants of the goods that these words name; of a name that several bear, the conversation's own."""
        said = normalise_width(words).lower()
        called = [each for each in self.products if _is_called(each, said)]
        own = {sku.product_id for sku in self.skus}
        if own & {each.product_id for each in called}:
            called = [each for each in called if each.product_id in own]
        if not called:
            titled = tuple(sku for sku in self.skus if normalise_width(sku.title).lower() in said)
            return titled or self._called_by_variant(own, said)
        named = [sku for each in called for sku in each.skus if any(_names(name, said) for name in sku.attributes)]
        return tuple(named or [sku for each in called for sku in self._own_variants(each)])

    def _called_by_variant(self, own: set[str], said: str) -> tuple[Sku, ...]:
        """The variants of the conversation's own products whose colour or size is named: 两用款20元."""
        variants = [sku for product in self.products if product.product_id in own for sku in product.skus]
        return tuple(sku for sku in variants if any(len(each) > 1 and _names(each, said) for each in sku.attributes))

    def narrowed_to(self, sku_ids: Collection[str]) -> "Subject":
        """The same where these variants, and no others of their products, are spoken of."""
        chosen = [sku for product in self.products for sku in product.skus if sku.sku_id in sku_ids]
        products = {sku.product_id for sku in chosen}
        if not products & {sku.product_id for sku in self.skus}:
            return self
        others = [sku for sku in self.skus if sku.product_id not in products]
        return replace(self, skus=(*chosen, *others))

    def _own_variants(self, product: Product) -> tuple[Sku, ...]:
        return tuple(sku for sku in self.skus if sku.product_id == product.product_id) or product.skus


def _is_called(product: Product, said: str) -> bool:
    return any(len(word) > 1 and normalise_width(word).lower() in said for word in (product.title, *product.keywords))


def _names(attribute: str, said: str) -> bool:
    return normalise_width(attribute).lower() in said


@dataclass(slots=True)
class PriceReader:
    """Reads the clauses of one text."""

    subject: Subject
    today: date
    names: frozenset[str]
    pieces: int = 1
    _goods: tuple[Sku, ...] = field(default=())

    def read_text(self, text: str) -> Iterator[ReadPrice]:
        """Every price of the text, in order."""
        clauses = split_marks(_unfold(text))
        plain = [blank_names(clause, self.names) for clause in clauses]
        read = [read_claims(clause, self.today) for clause in plain]
        self.pieces = max([1, *(_count(claim) for claims in read for claim in claims)])
        self._goods = self.subject.called_in(text) if not self.subject.skus else self.subject.skus
        for clause, claims in zip(clauses, read, strict=True):
            self._goods = self.subject.called_in(clause) or self._goods
            for claim in claims:
                if _is_price(claim) and not self._is_told_fact(claim):
                    yield ReadPrice(claim, tuple(self._readings(claim, claims)))
            yield from self._read_rounding(clause)

    def _read_rounding(self, clause: str) -> Iterator[ReadPrice]:
        """抹零: the sum without its odd part."""
        for offer in find_offers(clause):
            if offer.kind is OfferKind.ROUND_DOWN:
                for sku in self._goods:
                    total = sku.price * self.pieces
                    rest = total - total % 10
                    claim = Claim(ClaimKind.AMOUNT, rest, offer.text, clause, AmountRole.PRICE)
                    yield ReadPrice(claim, (PriceReading(sku, self.pieces, rest),))

    def _readings(self, claim: Claim, claims: Sequence[Claim]) -> Iterator[PriceReading]:
        value = claim.value
        if not isinstance(value, Decimal):
            return
        own = max([1, *map(_count, claims)])
        each = PHRASES.is_in("each_piece", claim.clause)
        for sku in self._goods:
            pieces = own if own > 1 else self.pieces
            alone = each or (own == 1 and value == sku.price and not is_cut(claim))
            yield _reading(claim, value, sku, 1 if alone else pieces)

    def _is_told_fact(self, claim: Claim) -> bool:
        """A number that counts something, and a sum that was paid, are told and not offered."""
        value = claim.value
        if claim.kind is ClaimKind.NUMBER:
            if not isinstance(value, Decimal):
                return True
            known = any(str(value) in sku.attributes for sku in self._goods)
            small = all(value < sku.price * MERE_NUMBER_FROM for sku in self._goods)
            return not is_offered(claim) and (small or (known and not PHRASES.is_in("agrees", claim.clause)))
        paid = {order.total_amount for order in self.subject.orders}
        paid |= {line.amount for order in self.subject.orders for line in order.lines}
        told = PHRASES.is_in("of_order", claim.clause) and not PHRASES.is_in("agrees", claim.clause)
        return value in paid and told and not PHRASES.is_in("offers_price", claim.clause)


def _unfold(text: str) -> str:
    """The text in one width; 80包邮 is no eighty packs."""
    return normalise_width(text).replace("包邮", "免邮")


def _count(claim: Claim) -> int:
    return int(claim.value) if claim.kind is ClaimKind.COUNT and isinstance(claim.value, Decimal) else 1


def _is_price(claim: Claim) -> bool:
    match claim.kind:
        case ClaimKind.AMOUNT:
            return claim.role in PRICE_ROLES
        case ClaimKind.NUMBER:
            return True
        case ClaimKind.RATE:
            return claim.role is AmountRole.PLAIN and takes_off(claim)
    return False


def is_offered(claim: Claim) -> bool:
    """Whether a number without a unit is said to be a price."""
    alone = claim.clause.strip() == claim.text
    return alone or is_cut(claim) or PHRASES.is_in("offers_price", claim.clause)


def is_cut(claim: Claim) -> bool:
    """Whether the sum is taken off a price."""
    if claim.role is AmountRole.REDUCED:
        return True
    before = claim.clause.partition(claim.text)[0]
    return claim.role is AmountRole.PLAIN and PHRASES.is_in("before_cut", before)


def _reading(claim: Claim, value: Decimal, sku: Sku, pieces: int) -> PriceReading:
    listed = sku.price * pieces
    if claim.kind is ClaimKind.RATE:
        share = value if read_percent(claim.text) is None else 1 - value
        return PriceReading(sku, pieces, listed * share)
    return PriceReading(sku, pieces, listed - value if is_cut(claim) else value)


def least_total(sku: Sku, pieces: int, context: AuthorityContext) -> Decimal:
    """The least that people may take for so many pieces: the floor, the discounts and the rounding of shop.yml."""
    policy = context.authority.bargaining
    lowest = lowest_unit_price(sku, pieces, policy)
    if policy is None or sku.floor_price is None:
        return lowest * pieces
    return max(lowest * pieces - policy.round_down, sku.floor_price * pieces).quantize(CENT, ROUND_CEILING)


def is_public(claim: Claim, reading: PriceReading, context: AuthorityContext) -> bool:
    """Whether anybody would pay no more than that: the page's price, or with the promotions that run."""
    sku, pieces = reading.sku, reading.pieces
    if reading.total >= sku.price * pieces:
        return True
    running = [
        each
        for each in context.promotions.values()
        if is_running(each, context.now) and covers_product(each, sku.product_id)
    ]
    if reading.total >= best_quote([BasketLine(sku, pieces)], running, context.now).total:
        return True
    if claim.role is AmountRole.REDUCED:
        ruled = PHRASES.is_in("threshold", claim.clause)  # whether it was said from what sum on, is judged there
        return any(each.minus == claim.value and (ruled or each.over <= sku.price * pieces) for each in running)
    return claim.kind is ClaimKind.RATE and any(
        each.kind is PromotionKind.PERCENT and each.rate == claim.value for each in running
    )


def is_granted(reading: PriceReading, granted: Sequence[PriceCommitment]) -> bool:
    """Whether a price that was granted already covers it."""
    return any(
        made.sku_id == reading.sku.sku_id
        and reading.pieces <= made.quantity
        and (
            reading.total >= made.total
            if reading.pieces == made.quantity
            else reading.total >= made.unit_price * reading.pieces
        )
        for made in granted
    )


def price_commitment(reading: PriceReading, context: AuthorityContext) -> PriceCommitment:
    """What the shop is bound to by a reading."""
    policy = context.authority.bargaining
    unit = (reading.total / reading.pieces).quantize(CENT, ROUND_DOWN)
    hours = policy.offer_valid_hours if policy else 0
    until = context.now + timedelta(hours=hours)
    return PriceCommitment(reading.sku.sku_id, reading.pieces, unit, reading.total, until)


def nearest_words(claim: Claim, reading: PriceReading, least: Decimal, words: Mapping[str, str]) -> str:
    """The claim with the least that may be said in place of its figure; empty where no figure would do."""
    listed = reading.sku.price * reading.pieces
    if claim.kind is ClaimKind.RATE:
        tenths = (least / listed * 10).quantize(TENTH, ROUND_CEILING) if listed else Decimal(10)
        return words["fold"].format(tenths=f"{tenths.normalize():f}") if tenths < 10 else ""  # noqa: PLR2004 - ten tenths
    sum_ = listed - least if is_cut(claim) else least
    return words["yuan"].format(amount=f"{sum_.normalize():f}") if sum_ > 0 else ""
