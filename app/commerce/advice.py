"""Chooses goods to propose to a buyer who names a purse, a person or a use; pure, from what can be had now."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.catalogue import Product, Sku
from app.language.text import letter_pairs
from app.language.wishes import Audience, Wish, asked_kind, read_audience, says_without, speaks_of_gift

MOST_PROPOSED = 3
_OWN_WORDS, _GIFT, _SHARED = Decimal(3), Decimal(2), Decimal(1)
_FITS = Decimal(1)
CONTENTS = frozenset({"包含", "材质", "面料", "成分", "配料", "填充", "工艺"})
"""Details that tell what goods are made of, or come with."""
_NO_WORDS = frozenset({"左右", "以内", "以上", "以下", "推荐", "一个", "一只", "一件", "可以", "不要", "适合", "什么"})
"""Pairs of characters that two texts share without meaning the same."""
_NOUN_SUFFIX = "子"
_SHORTEST_END, _LONGEST_END = 2, 6
_LONGEST_HINT = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """A product, the SKU of it that fits the purse, and the detail (name, value) that speaks for it."""

    product: Product
    sku: Sku
    reason: tuple[str, str] | None


def find_called(products: Iterable[Product], name: str) -> tuple[Product, ...]:
    """The products that a word calls: in the title, or in one of the names buyers use. 茶盘 calls two of them."""
    wanted = name.lower()
    return tuple(each for each in products if any(wanted in known.lower() for known in (each.title, *each.keywords)))


def find_kind(products: Sequence[Product], text: str) -> tuple[Product, ...]:
    """The products of the kind that a text names by the last word of their names.

    衬衫 ends two titles, and 裤子 is what ends in 裤. The longest such word counts; none where no product's name ends
    in a word of the text.
    """
    names = {each.product_id: [name.lower() for name in (each.title, *each.keywords)] for each in products}
    ends = {
        name[-length:]
        for own in names.values()
        for name in own
        for length in range(_SHORTEST_END, min(len(name), _LONGEST_END) + 1)
    }
    ends |= {name[-1] + _NOUN_SUFFIX for own in names.values() for name in own}
    said = max((end for end in ends if end in text.lower()), key=len, default=None)
    said = said or asked_kind(text)
    if said is None:
        return ()
    stems = {said, said.removesuffix(_NOUN_SUFFIX)}
    return tuple(
        each for each in products if any(said in name or name.endswith(tuple(stems)) for name in names[each.product_id])
    )


def find_of_kind(products: Iterable[Product], word: str) -> tuple[Product, ...]:
    """The products that a bare word for a kind calls, by the end of one of their names: 面碗 and 饭碗 of 碗."""
    stem = word.removesuffix(_NOUN_SUFFIX).lower() or word
    return tuple(
        each for each in products if any(name.lower().endswith((word, stem)) for name in (each.title, *each.keywords))
    )


class GoodsHints:
    """What the names of some goods begin with, to find a product by: 金毛 of 金毛狗粮. Made once for many texts."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._products = tuple(products)
        self._hinted = {
            name[:length].lower(): each
            for each in self._products
            for name in (each.title, *each.keywords)
            for length in range(_SHORTEST_END, min(_LONGEST_HINT, len(name) - 2) + 1)
        }

    def find_hinted(self, text: str) -> tuple[Product, str] | None:
        """The one product that a text hints at, and the hint: the longest, the first of these.

        None where there is none, or several products' names hold the word.
        """
        lowered = text.lower()
        for length in range(_LONGEST_HINT, _SHORTEST_END - 1, -1):
            for start in range(len(lowered) - length + 1):
                word = lowered[start : start + length]
                product = self._hinted.get(word)
                if product and find_called(self._products, word) == (product,):
                    return product, word
        return None


def suits_audience(product: Product, audience: Collection[Audience]) -> bool:
    """Whether goods may be meant for these people: those made for others are not, and children's only for children."""
    made_for = read_audience(" ".join((product.title, *product.keywords)))
    if Audience.CHILDREN in made_for:
        return Audience.CHILDREN in audience
    return not made_for or not audience or not made_for.isdisjoint(audience)


def propose_goods(
    products: Sequence[Product], wish: Wish, text: str, favoured: Collection[str] = ()
) -> tuple[Proposal, ...]:
    """At most three products that can be had and fit the purse, the likeliest first.

    Args:
        products: those to choose from, with their stock.
        wish: what is looked for.
        text: the buyer's words, whose own words (喝茶, 办公室) may stand among the goods' details.
        favoured: ids of products that the shop itself proposes for such a wish.
    """
    audience = read_audience(f"{wish.recipient} {text}")
    ranked = [
        (score, proposal)
        for product in products
        if suits_audience(product, audience)
        and not _is_excluded(product, wish)
        and (sku := _fitting_sku(product, wish)) is not None
        for proposal in (Proposal(product, sku, _find_reason(product, wish, text)),)
        for score in (_score_product(proposal, wish, text, favoured),)
    ]
    ranked.sort(key=lambda pair: -pair[0])
    fitting = [proposal for _, proposal in ranked]
    told = [each for each in fitting if count_shared_words(each.product, text) or each.product.product_id in favoured]
    return tuple((fitting if wish.is_gift else told or fitting)[:MOST_PROPOSED])


def _is_excluded(product: Product, wish: Wish) -> bool:
    """Whether goods are called, or made of, what the buyer does not want, or are not written to be without it."""
    known = [product.title, *product.keywords, *(value for name, value in product.details if name in CONTENTS)]
    unwanted = any(
        word in name or name.endswith(word.removesuffix(_NOUN_SUFFIX)) for word in wish.excluded for name in known
    )
    return unwanted or any(_find_lacking(product, word) is None for word in wish.lacking)


def _find_lacking(product: Product, word: str) -> tuple[str, str] | None:
    """The detail that says the goods are without something."""
    return next((each for each in product.details if says_without(each[1], word)), None)


def find_likes(products: Sequence[Product], product: Product) -> tuple[Product, ...]:
    """The goods that may be taken instead of a product: their titles end alike, or a name is common to both."""
    return tuple(
        each
        for each in products
        if each.title[-_SHORTEST_END:] == product.title[-_SHORTEST_END:]
        or not set(each.keywords).isdisjoint(product.keywords)
    )


def find_related(product: Product, products: Sequence[Product]) -> tuple[Proposal, ...]:
    """Goods in stock that belong to a product: one names the other in what is written of it, which is the reason."""
    found = []
    for other in products:
        if other.title[-_SHORTEST_END:] == product.title[-_SHORTEST_END:]:
            continue  # another of its kind goes instead of it
        reason = _relating_detail(other, product) or _relating_detail(product, other)
        sku = _fitting_sku(other, Wish()) if reason and other.product_id != product.product_id else None
        if sku:
            found.append(Proposal(other, sku, reason))
    return tuple(found[:MOST_PROPOSED])


def _relating_detail(product: Product, other: Product) -> tuple[str, str] | None:
    """The detail of a product that names the other one; what it is made of or contains says nothing of use."""
    names = [name for name in (other.title, *other.keywords) if len(name) > 1]
    return next(
        (
            (title, value)
            for title, value in product.details
            if title not in CONTENTS and any(name in value for name in names)
        ),
        None,
    )


def _fitting_sku(product: Product, wish: Wish) -> Sku | None:
    """The dearest SKU in stock within the purse, the cheapest where no purse is named."""
    held = [sku for sku in product.listed_skus if sku.stock > 0]
    if wish.budget is None:
        return min(held, key=lambda sku: sku.price, default=None)
    fitting = [sku for sku in held if wish.budget.low <= sku.price <= wish.budget.high]
    return max(fitting, key=lambda sku: sku.price, default=None)


def _score_product(proposal: Proposal, wish: Wish, text: str, favoured: Collection[str]) -> Decimal:
    product = proposal.product
    score = _OWN_WORDS if product.product_id in favoured else Decimal(0)
    if wish.is_gift and any(speaks_of_gift(f"{name}{value}") for name, value in product.details):
        score += _GIFT
    score += _SHARED * min(count_shared_words(product, text), 3)
    if wish.is_cheap:
        score -= proposal.sku.price
    if wish.budget is not None:  # the nearer to what may be spent, the better
        score += _FITS * proposal.sku.price / max(wish.budget.high, Decimal(1))
    return score


def _find_reason(product: Product, wish: Wish, text: str) -> tuple[str, str] | None:
    """The detail that answers the wish best: a gift's wrapping, else one in the buyer's words, else the first."""
    gifts = [each for each in product.details if wish.is_gift and speaks_of_gift("".join(each))]
    shared = [each for each in product.details if letter_pairs(each[1]) & letter_pairs(text)]
    without = [found for word in wish.lacking if (found := _find_lacking(product, word))]
    return next(iter([*without, *gifts, *shared, *product.details]), None)


def count_shared_words(product: Product, text: str) -> int:
    """How many pairs of characters the goods' names and details share with a text."""
    known = "\n".join((product.title, *product.keywords, *(value for _, value in product.details)))
    return len((letter_pairs(known) & letter_pairs(text)) - _NO_WORDS)
