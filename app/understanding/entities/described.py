"""Goods that a buyer describes by what they are and what tells them apart: 拉布拉多 … 粮 is the food for large dogs."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.catalogue import Product
from app.language.looks import find_look_span
from app.language.text import content_letters, count_shared_letters
from app.language.units import MEASURES

LONGEST_NOUN: Final = 3
OF: Final = "的"
"""After one character it makes a quality of it: 干的."""
TITLE_NOUN: Final = 2
"""Letters at the end of a title that say what it is: 卫裤 of 儿童加绒卫裤."""
_PACKED: Final = ("装", "款", "版", *MEASURES)
"""Endings that say how goods are packed: 四只装."""
MOST_OWNERS: Final = 40
"""Goods of one kind that are told apart; of more a few words single out none."""


@dataclass(frozen=True, slots=True)
class DescribedGoods:
    """The word for what is meant, with its place in the text, and the one product that it means there."""

    product_id: str
    start: int
    end: int


class GoodsKinds:
    """What a shop's goods are, by how the names of one end alike (壳 of 透明壳 and 软壳), and what tells them apart."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = {each.product_id: each for each in products}
        self._written = {each.product_id: _written_of(each) for each in products}
        self._owners = _index_nouns(products)

    def is_kind_of(self, word: str, product_id: str) -> bool:
        """Whether a short word ends the name of this product, as it ends those of others of its kind: 茶盘."""
        product = self._products.get(product_id)
        names = (product.title, *product.keywords) if product and 1 < len(word) <= LONGEST_NOUN else ()
        return any(name.lower().endswith(word) for name in names)

    def find_described(
        self, text: str, product_id: str | None, *, stands_alone: Callable[[str, int], bool]
    ) -> DescribedGoods | None:
        """The one product that a lower-case text describes; None where several fit, or the one in view does.

        Args:
            text: names no goods.
            product_id: of the goods in view.
            stands_alone: whether the one character at a place of a text is a word of its own.
        """
        for noun, start in self._find_nouns(text, stands_alone):
            owners = self._owners[noun]
            if len(owners) > MOST_OWNERS:
                continue
            marks = {each: self._count_marks(each, text, noun) for each in owners}
            most = max(marks.values())
            best = [each for each in owners if marks[each] == most]
            alone = len(best) == 1 and (most > 0 or len(owners) == 1)
            if alone and best[0] != product_id:
                return DescribedGoods(best[0], start, start + len(noun))
        return None

    def _find_nouns(self, text: str, stands_alone: Callable[[str, int], bool]) -> Iterator[tuple[str, int]]:
        """The words for kinds of goods in the text, the longest at each place."""
        for at in range(len(text)):
            for length in range(min(LONGEST_NOUN, len(text) - at), 0, -1):
                noun = text[at : at + length]
                if noun in self._owners and (length > 1 or _is_noun(text, at, stands_alone)):
                    yield noun, at
                    break

    def _count_marks(self, product_id: str, text: str, noun: str) -> int:
        """How many letters of the text stand in words that the product's own data have in common with it."""
        product, told = self._products[product_id], text.replace(noun, " ")
        spelt = told.replace(" ", "")
        named = {value for sku in product.skus for value in sku.attributes if value.lower().replace(" ", "") in spelt}
        return len(named) * LONGEST_NOUN + count_shared_letters(told, self._written[product_id])


def _is_noun(text: str, at: int, stands_alone: Callable[[str, int], bool]) -> bool:
    """Whether one character is a word for goods here: 笔 of 考试的笔红的有吗, not of 考试的笔记."""
    if text[at - 1 : at] == OF and (look := find_look_span(text[at + 1 :])) is not None and look[0] == 0:
        return True
    return text[at + 1 : at + 2] != OF and stands_alone(text, at)


def _index_nouns(products: Sequence[Product]) -> Mapping[str, tuple[str, ...]]:
    """Each ending that two names of one product share, or that is a title's, → all products that a name of ends so."""
    endings: defaultdict[str, dict[str, None]] = defaultdict(dict)
    nouns: set[str] = set()
    for product in products:
        seen: set[str] = set()
        for name in dict.fromkeys(map(str.lower, (product.title, *product.keywords))):
            for length in range(1, min(len(name), LONGEST_NOUN + 1)):
                ending = name[-length:]
                if _may_name(ending):
                    endings[ending][product.product_id] = None
                    titled = name == product.title.lower() and length == TITLE_NOUN and not ending.endswith(_PACKED)
                    nouns |= {ending} if titled or ending in seen else set()
                    seen.add(ending)
    return {noun: tuple(endings[noun]) for noun in nouns}


def _may_name(ending: str) -> bool:
    """Whether it can be a word for goods; measure words (包, 盒) count them, and how they are packed is no kind."""
    return not ending.endswith(_PACKED) and bool(content_letters(ending)) and ending.isalpha() and not ending.isascii()


def _written_of(product: Product) -> str:
    values = (value for sku in product.skus for value in sku.attributes)
    return " ".join((product.title, *product.keywords, *values, *(value for _, value in product.details))).lower()
