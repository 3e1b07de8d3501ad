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

    def __init__(self, products: Sequence[Product] = (), categories: Collection[str] = ()) -> None:
        """`categories` are those of the questions that goods' nature answers: 商品咨询, 保修; others are told of all."""
        self._categories = frozenset(categories)
        self._products = {each.product_id: each for each in products}
        self._known: dict[str, bool] = {}
        self._naming: dict[str, bool] = {}

    def speaks_for(self, entry: FaqEntry, products: Collection[str]) -> bool:
        """Whether the entry may be told of any of these products; of no product it always may."""
        if not products or entry.products or entry.category not in self._categories:
            return True
        return any(self._fits(entry, product_id) for product_id in products)

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
