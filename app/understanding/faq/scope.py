"""Which goods an FAQ entry speaks for where the shop did not say: what it names, and what that is made of.

木器请不要放洗碗机 answers nothing about a cup of clay, 电陶炉质保一年 nothing about a bowl.
"""

from collections.abc import Collection, Iterable, Sequence

from app.domain.catalogue import FaqEntry, Product
from app.language.materials import find_materials, speaks_of_everything

_FEWEST_LETTERS = 2
MATERIAL_DETAILS = frozenset({"材质", "面料", "成分", "填充", "材料", "配料"})


class EntryScopes:
    """The goods that entries speak for, looked at when a question first meets the entry."""

    def __init__(
        self, products: Sequence[Product] = (), categories: Collection[str] = (), things: Iterable[str] = ()
    ) -> None:
        """Look at entries of these categories alone, which the nature of goods answers; others are told of all.

        `things` are words for what shops sell.
        """
        self._things = sorted((each for each in things if len(each) >= _FEWEST_LETTERS), key=len, reverse=True)
        self._categories = frozenset(categories)
        self._products = {each.product_id: each for each in products}
        self._known: dict[str, bool] = {}
        self._naming: dict[str, bool] = {}
        self._told: dict[str, frozenset[str]] = {}

    def speaks_for(self, entry: FaqEntry, products: Collection[str], asked: str) -> bool:
        """Whether the entry may be told of any of these products, and of the material and the thing asked of."""
        if entry.products or entry.category not in self._categories:
            return True
        if self._is_of_other_make(entry, asked) or (not products and self._is_of_other_thing(entry, asked)):
            return False
        return not products or any(self._fits(entry, product_id) for product_id in products)

    def _is_of_other_make(self, entry: FaqEntry, asked: str) -> bool:
        """Whether a material is asked of (玻璃杯), and the answer tells of another one alone."""
        wanted = find_materials(asked)
        told = self._told_materials(entry) if wanted else frozenset()
        return len(told) == 1 and not told & wanted and not speaks_of_everything(entry.answer)

    def _told_materials(self, entry: FaqEntry) -> frozenset[str]:
        if entry.entry_id not in self._told:
            self._told[entry.entry_id] = find_materials(entry.answer)
        return self._told[entry.entry_id]

    def _is_of_other_thing(self, entry: FaqEntry, asked: str) -> bool:
        """Whether the question begins with a thing (茶叶怎么保存) that the entry says nothing of."""
        thing = next((each for each in self._things if asked.startswith(each)), None)
        return thing is not None and not any(thing in words for words in _all_words(entry))

    def _fits(self, entry: FaqEntry, product_id: str) -> bool:
        key = f"{entry.entry_id}\n{product_id}"
        if key not in self._known:
            product = self._products.get(product_id)
            self._known[key] = product is None or self._speaks_of(entry, product)
        return self._known[key]

    def _speaks_of(self, entry: FaqEntry, product: Product) -> bool:
        """By its name, by the one material the answer is about, or because it speaks of all goods alike."""
        if speaks_of_everything(entry.answer) or _is_named(product, "\n".join(_all_words(entry))):
            return True
        told, own = find_materials(entry.answer), find_materials(_describe(product))
        if len(told) == 1 and own:
            return bool(told & own)
        return bool(told) or not self._names_other_goods(entry)

    def _names_other_goods(self, entry: FaqEntry) -> bool:
        """Whether both its wordings and its answer name goods of the shop."""
        if entry.entry_id not in self._naming:
            asked = "\n".join((entry.question, *entry.similar_questions))
            self._naming[entry.entry_id] = any(
                _is_named(each, asked) and _is_named(each, entry.answer) for each in self._products.values()
            )
        return self._naming[entry.entry_id]


def _is_named(product: Product, text: str) -> bool:
    return any(name in text for name in (product.title, *product.keywords) if len(name) >= _FEWEST_LETTERS)


def _all_words(entry: FaqEntry) -> Iterable[str]:
    return (entry.question, *entry.similar_questions, entry.answer)


def _describe(product: Product) -> str:
    """What tells of what it is made: the detail that says so, else all that is written of it."""
    made_of = [value for name, value in product.details if name in MATERIAL_DETAILS]
    return "\n".join((product.title, *(made_of or (value for _, value in product.details))))
