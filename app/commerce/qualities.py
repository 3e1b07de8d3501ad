"""Which of several goods has more of a quality, by their prices or by the measures written of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.domain.catalogue import Product, Sku
from app.language.measures import find_quantities
from app.language.qualities import GENERAL, Quality, count_in_pack, find_asked_quality, read_criterion, says_criterion
from app.language.wishes import split_clauses


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the goods, or one variant, that is compared with others.

    Attributes:
        name: as it is told.
        price: of its cheapest SKU, 元; None where none is on sale.
        details: what is written of it alone.
        pieces: how many a pack of it holds; None where its name tells no number.
    """

    name: str
    price: Decimal | None
    details: Mapping[str, str] = field(default_factory=dict)
    pieces: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which candidate is taken for a quality; `asked` where the buyer named it."""

    name: str
    word: str
    asked: bool = False


def product_candidate(product: Product) -> Candidate:
    """A product beside others."""
    return Candidate(product.title, _least_price(product.skus), dict(product.details))


def variant_candidate(name: str, skus: Iterable[Sku], details: Mapping[str, str]) -> Candidate:
    """One variant beside its siblings, with what is written of it by its name."""
    return Candidate(name, _least_price(skus), details, count_in_pack(name))


def rank_by_quality(products: Sequence[Product], quality: Quality) -> list[Product]:
    """Those that have most of it first; empty where it is not known of all, or two are alike."""
    known = {each.product_id: each for each in products}
    ranked = _rank([replace(product_candidate(each), name=each.product_id) for each in products], quality)
    return [known[each.name] for each in ranked]


def choose_candidates(candidates: Sequence[Candidate], text: str) -> tuple[Choice, ...]:
    """Whom the asked quality speaks for, else the qualities in which the candidates are known to differ.

    Where a quality was asked and nothing tells who has more of it, none is chosen for another.
    """
    quality = find_asked_quality(text)
    if quality:
        ranked = _rank(candidates, quality)
        return (Choice(ranked[0].name, quality.word, asked=True),) if ranked else ()
    criterion = read_criterion(text)
    if criterion:
        telling = [each for each in candidates if _says(each, criterion)]
        return (Choice(telling[0].name, criterion, asked=True),) if len(telling) == 1 else ()
    ranked_by = ((each, _rank(candidates, each)) for each in GENERAL)
    return tuple(Choice(ranked[0].name, each.word) for each, ranked in ranked_by if ranked)


def _rank(candidates: Sequence[Candidate], quality: Quality) -> list[Candidate]:
    measured = [(amount, each) for each in candidates if (amount := _measure(each, quality)) is not None]
    if len(measured) < len(candidates) or len({amount for amount, _ in measured}) < len(measured):
        return []
    return [each for _, each in sorted(measured, key=lambda pair: pair[0], reverse=quality.highest)]


def _measure(candidate: Candidate, quality: Quality) -> Decimal | None:
    """How much of the quality's measure it has: 元, else the base unit of the measure."""
    if quality.per_piece:
        return candidate.price / candidate.pieces if candidate.price and candidate.pieces else None
    if not quality.details:
        return candidate.price
    written = (value for name, value in candidate.details.items() if any(known in name for known in quality.details))
    amounts = [each.in_base[1] for value in written for each in find_quantities(value) if each.kind in quality.measures]
    return amounts[0] if amounts else None


def _says(candidate: Candidate, criterion: str) -> bool:
    clauses = (each for value in candidate.details.values() for each in split_clauses(value))
    return any(says_criterion(each, criterion) for each in clauses)


def _least_price(skus: Iterable[Sku]) -> Decimal | None:
    return min((sku.price for sku in skus if sku.listed), default=None)
