"""Finds a shop's goods in a text: products by their names, colours and sizes, and the SKU they single out."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from app.domain.catalogue import Product, Sku, skus_with_attributes
from app.domain.understanding import Entity, EntityKind, EntityValue
from app.language.names import lengths_by_initial
from app.language.sizes import is_own_weight, other_spelling
from app.language.units import MEASURES, MeasureKind
from app.understanding.entities.described import GoodsKinds
from app.understanding.entities.variants import ShortNames

_LONGEST = 24
"""Characters of the longest name looked for."""
_SHORTEST_TAIL, _LONGEST_TAIL = 3, 8
_COUNTING = tuple(
    word for word, own in MEASURES.items() if own.kind in {MeasureKind.COUNT, MeasureKind.MONEY, MeasureKind.TIME}
)
_SHORTEST_CODE, _FEWEST_FIGURES = 3, 6
_LISTED = re.compile(r"[^+＋、]+")
_BEFORE = frozenset("的码号色寸有要买这那和跟与或是拍换选卖找看发拿来穿家个只款件条双套把口张支枚块斤箱盒袋罐")
_AFTER = frozenset(
    "0123456789一二两三四五六七八九十半的有还多要能会可是怎咋吗么呢吧啊呀嘛没哪啥什几送卖和跟与或在里裂碎坏破漏掉尺材颜质大小色码号款"
)
"""Beside these a name of one character is a word by itself: 有碗吗, 红色的; not in 饭碗, 一碗水, 红包."""


_SIZE_UNITS = ("码", "号")
_OTHER_UNITS = ("斤", "公斤", "kg", "KG", "千克", "元", "块", "岁", "天", "分", "点", "个", "件", "条", "双", "%")
"""After a number that is no size, whatever sizes there are."""


class GoodsFinder:
    """A shop's names for things: every product's title and keywords, every SKU's title and attributes."""

    def __init__(self, products: Sequence[Product] = (), reserved: Collection[str] = ()) -> None:
        """`reserved` are words that goods are not called by for short, whole or in part."""
        self._reserved = frozenset(reserved)
        self._owners: dict[str, set[str]] = defaultdict(set)
        self._skus: dict[str, str] = {}
        self._attributes: set[str] = set()
        self._spelt: dict[str, str] = {}  # another spelling of an attribute → the attribute
        self._codes: dict[str, tuple[EntityKind, str]] = {}
        self._products = {product.product_id: product for product in products}
        self._short = {
            product.product_id: ShortNames(_sku_attributes(product), _sku_labels(product)) for product in products
        }
        for product in products:
            self._index_product(product)
        self._tails = self._title_tails(products)
        self._kinds = GoodsKinds(products)
        self._lengths = lengths_by_initial(
            self.all_names() | self._tails.keys() | self._codes.keys() | self._spelt.keys()
        )
        self._own = {
            each: frozenset(map(str.lower, _sku_attributes(product))) for each, product in self._products.items()
        }

    def all_names(self) -> set[str]:
        """Every name, for the segmenter."""
        return {*self._owners, *self._skus, *self._attributes}

    def product_names(self) -> set[str]:
        """Names of products and of single SKUs."""
        return {*self._owners, *self._skus}

    def spoken_names(self) -> set[str]:
        """Names of products as they may stand in a sentence: of two characters at least, ends of titles with them."""
        return {name for name in {*self.product_names(), *self._tails} if len(name) > 1}

    def variant_names(self) -> set[str]:
        """Colours and sizes."""
        return set(self._attributes)

    def find_goods_names(self, text: str, product_id: str | None) -> Iterator[Entity]:
        """Names in the text, the longest at each place; one that many products share counts only in context.

        A short name for a variant of the product spoken of goes before the name of another product's, and before
        one that is but a part of it: 礼盒装 of the cups in view is no 礼盒.
        """
        in_view = list(self._find_short_names(text, product_id or ""))
        found = [
            entity for entity in self._find_whole_names(text, product_id) if not _is_inside_longer(entity, in_view)
        ]
        found.extend(self._find_described(text, found, product_id))
        spoken_of = [str(entity.value) for entity in found if entity.kind is EntityKind.PRODUCT] or [product_id or ""]
        own = [self._own.get(each, frozenset()) for each in spoken_of]
        foreign = [entity for entity in found if entity.kind is EntityKind.ATTRIBUTE and _is_in_none(entity.value, own)]
        figures = [entity for entity in found if _is_other_figure(entity, text, foreign=entity in foreign)]
        foreign = [entity for entity in foreign if entity not in figures]
        short = [
            entity
            for each in spoken_of
            for entity in (in_view if each == product_id else self._find_short_names(text, each))
        ]
        for entity in found:
            part = entity.kind is not EntityKind.SKU and _is_inside_longer(entity, short)
            if entity not in foreign and entity not in figures and not part:
                yield entity
        yield from short
        yield from foreign

    def _find_described(self, text: str, found: Sequence[Entity], product_id: str | None) -> Iterator[Entity]:
        """The product that a text describes which names none (考试用的笔), and those of a list: 帐篷+双人垫+睡袋."""
        lowered = text.lower()
        for word in self._reserved:
            lowered = lowered.replace(word, " " * len(word))
        named = [entity for entity in found if entity.kind is not EntityKind.ATTRIBUTE]
        listed = [part.span() for part in _LISTED.finditer(lowered)] if named else [(0, len(lowered))]
        for start, end in listed if not named or len(listed) > 1 else ():
            if any(start <= entity.start < end for entity in named):
                continue
            part = " " * start + lowered[start:end]
            one = self._kinds.find_described(
                part, product_id, stands_alone=_stands_last_or_alone if named else _stands_alone
            )
            if one:
                yield Entity(EntityKind.PRODUCT, text[one.start : one.end], one.product_id, one.start, one.end)

    def is_described(self, entity: Entity) -> bool:
        """Whether it is known by a word for its kind, which is no name of it."""
        known = (self._owners, self._tails, self._codes)
        return entity.kind is EntityKind.PRODUCT and not any(entity.text.lower() in names for names in known)

    def _find_whole_names(self, text: str, product_id: str | None) -> Iterator[Entity]:
        lowered, at = text.lower(), 0
        while at < len(lowered):
            entity = self._match_at(text, lowered, at, product_id) if lowered[at] in self._lengths else None
            if entity:
                yield entity
            at = entity.end if entity else at + 1

    def _find_short_names(self, text: str, product_id: str) -> Iterator[Entity]:
        names = self._short.get(product_id)
        for name in names.find_short_names(text.lower()) if names else ():
            yield Entity(EntityKind.ATTRIBUTE, text[name.start : name.end], name.value, name.start, name.end)

    def resolve_sku(self, found: Sequence[Entity], product_id: str | None) -> Iterator[Entity]:
        """The one SKU that the product and the attributes found leave over, as an entity over the attributes."""
        named = [entity for entity in found if entity.kind is EntityKind.ATTRIBUTE]
        if not named or any(entity.kind is EntityKind.SKU for entity in found):
            return
        said = [str(entity.value) for entity in found if entity.kind is EntityKind.PRODUCT]
        products = said or ([product_id] if product_id else [])
        fitting = skus_with_attributes(self._skus_of_products(products), (str(entity.value) for entity in named))
        if len(fitting) == 1:
            start, end = named[0].start, named[-1].end
            yield Entity(EntityKind.SKU, named[0].text, fitting[0].sku_id, start, end)

    def count_packs(self, said: str, found: Sequence[Entity], product_id: str | None) -> int | None:
        """How many pieces an amount (两斤) is of the one product spoken of; 0 where it is no number of its packs.

        None where the product does not come in such amounts.
        """
        named = {str(entity.value) for entity in found if entity.kind is EntityKind.PRODUCT} or {product_id or ""}
        names = self._short.get(next(iter(named))) if len(named) == 1 else None
        return (names.count_packs(said) or 0) if names and names.measures_like(said) else None

    def _index_product(self, product: Product) -> None:
        for name in _product_names(product):
            self._owners[name].add(product.product_id)
        self._codes.update(dict.fromkeys(_codes(product.product_id), (EntityKind.PRODUCT, product.product_id)))
        for sku in product.skus:
            self._codes.update(dict.fromkeys(_codes(sku.sku_id), (EntityKind.SKU, sku.sku_id)))
            own = set(_usable_names(sku.attributes))
            self._attributes.update(own)
            self._spelt.update({other: each for each in own if (other := other_spelling(each))})
            self._skus.update(
                dict.fromkeys(_usable_names((sku.title,)), sku.sku_id) if _has_unique_title(sku, product) else {}
            )
        for sku in product.skus:
            self._owners.pop(sku.title.lower() if sku.title.lower() in self._skus else "", None)

    def _title_tails(self, products: Sequence[Product]) -> dict[str, str]:
        """Ends of titles, as buyers say them, with their one product: 首饰镜 of 胡桃木首饰镜; none that is a name."""
        tails: dict[str, str | None] = {}
        for product in products:
            title = product.title.strip().lower()
            for length in range(_SHORTEST_TAIL, min(len(title), _LONGEST_TAIL + 1)):
                tails[title[-length:]] = None if title[-length:] in tails else product.product_id
        named = self.all_names() | self._reserved
        return {tail: owner for tail, owner in tails.items() if owner is not None and tail not in named}

    def _match_at(self, text: str, lowered: str, at: int, product_id: str | None) -> Entity | None:
        for length in self._lengths[lowered[at]]:
            name = lowered[at : at + length]
            found = self._resolve_name(name, product_id) if len(name) == length else None
            if found is None and _is_whole_code(lowered, at, at + length):
                found = self._codes.get(name)
            if found and (_is_counted(lowered, at, at + length) or _is_part_of_word(lowered, at, at + length)):
                found = None
            if found and (length > 1 or _stands_alone(lowered, at)):
                kind, value = found
                return Entity(kind, text[at : at + length], value, at, at + length)
        return None

    def _resolve_name(self, name: str, product_id: str | None) -> tuple[EntityKind, str] | None:
        if name in self._skus:
            return EntityKind.SKU, self._skus[name]
        owners = self._owners.get(name, set())
        in_view = product_id is not None and (product_id in owners or self._kinds.is_kind_of(name, product_id))
        if in_view or len(owners) == 1:
            return EntityKind.PRODUCT, str(product_id) if in_view else next(iter(owners))
        if name in self._attributes:
            return EntityKind.ATTRIBUTE, name
        if name in self._spelt:
            return EntityKind.ATTRIBUTE, self._spelt[name]
        return (EntityKind.PRODUCT, self._tails[name]) if name in self._tails else None

    def _skus_of_products(self, products: Iterable[str]) -> Iterator[Sku]:
        for product_id in products:
            product = self._products.get(product_id)
            yield from product.skus if product else ()


def _is_inside_longer(entity: Entity, others: Iterable[Entity]) -> bool:
    length = entity.end - entity.start
    return any(
        other.start <= entity.start and entity.end <= other.end and length < other.end - other.start for other in others
    )


def _is_other_figure(entity: Entity, text: str, *, foreign: bool) -> bool:
    """Whether a size is a number of something else: 110斤, 128元, 我家猫8斤, 26 where no such size is."""
    if entity.kind is not EntityKind.ATTRIBUTE or not any(map(str.isdigit, entity.text)):
        return False
    if is_own_weight(text, entity.end):
        return True
    if not entity.text.isdigit():
        return False
    beside = text[max(entity.start - 1, 0) : entity.start] + text[entity.end : entity.end + 1]
    after = text[entity.end : entity.end + 3].lstrip()
    part = any(each.isdigit() or each == "." for each in beside)
    return part or after.startswith(_OTHER_UNITS) or (foreign and not after.startswith(_SIZE_UNITS))


def _is_in_none(value: EntityValue, sets: Iterable[Collection[str]]) -> bool:
    return not any(value in each for each in sets)


def _has_unique_title(sku: Sku, product: Product) -> bool:
    """Whether the title names this SKU and none of its siblings."""
    return len(product.skus) > 1 and [sibling.title for sibling in product.skus].count(sku.title) == 1


def _product_names(product: Product) -> set[str]:
    parts = (part for part in product.title.split() if len(part) > 1)
    return set(_usable_names((product.title, *product.keywords, *parts)))


def _usable_names(names: Iterable[str]) -> Iterator[str]:
    return (name.lower() for name in map(str.strip, names) if 1 < len(name) <= _LONGEST or name.isalpha())


def _codes(written: str) -> Iterator[str]:
    """A shop's own number of goods as buyers paste it; bare figures of a few places are as well something else."""
    code = written.strip().lower()
    lettered = any(each.isalpha() for each in code) and any(each.isdigit() for each in code)
    if _SHORTEST_CODE <= len(code) <= _LONGEST and code.isascii() and (lettered or len(code) >= _FEWEST_FIGURES):
        yield code


def _is_whole_code(text: str, start: int, end: int) -> bool:
    """Whether no letter or figure stands beside this place."""
    around = text[start - 1 : start] + text[end : end + 1]
    return not any(each.isascii() and each.isalnum() for each in around)


def _is_part_of_word(text: str, start: int, end: int) -> bool:
    """Whether a name of letters is but a part of another one: the XL of 5XL."""
    before, name, after = text[start - 1 : start] if start else "", text[start:end], text[end : end + 1]
    if not (name.isascii() and name.isalnum()):
        return False
    begins = name[0].isalpha() and before.isascii() and before.isalnum()
    return begins or (name[-1].isalpha() and after.isascii() and after.isalpha())


def _is_counted(text: str, start: int, end: int) -> bool:
    """Whether a name of figures alone is a number here: 30个 is no size 30, nor is the 30 of 130."""
    if not text[start:end].isdecimal():
        return False
    longer = text[start - 1 : start].isdecimal() or text[end : end + 1].isdecimal()
    return longer or any(text.startswith(word, end) for word in _COUNTING)


def _stands_alone(text: str, at: int) -> bool:
    """Whether the one character at this place is a word, not a part of another."""
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if text[at].isascii():
        return not any(each.isascii() and each.isalnum() for each in (before, after))
    return (not before.isalnum() or before in _BEFORE) and (not after.isalnum() or after in _AFTER)


def _stands_last_or_alone(text: str, at: int) -> bool:
    """The same, or the last character of a thing in a list: the 垫 of 双人垫."""
    return at == len(text) - 1 or _stands_alone(text, at)


def _sku_labels(product: Product) -> list[str]:
    return [label for sku in product.listed_skus for label in sku.labels]


def _sku_attributes(product: Product) -> list[str]:
    return [attribute for sku in product.listed_skus for attribute in sku.attributes]
