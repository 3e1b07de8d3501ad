"""Which colour and size of a known product a few words mean: 26 of 26件套, 黑M, 小的, 便宜点的, 109那个. Pure."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from app.dialogue.focus import axis_of, choose_values
from app.domain.catalogue import Product, Sku, skus_with_attributes
from app.language.variant_words import PointedVariant, Rank, find_pointed_variant, read_size_rank

_FIGURE: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?|[a-z]+")
_COUNTED: Final = re.compile(r"(?<!\d)([1-9])([\u4e00-\u9fff])")
_SIGNS: Final = ("", "一", "两二", "三", "四", "五", "六", "七", "八", "九")
_PART: Final = 2
"""Characters of a variant's name that are enough to tell it from the others."""
_COLOUR: Final = "色"
SHARED: Final = 2
"""Parts that other values have, too, which together tell one of them: the 紫红 and the 3 of 紫红3株."""


def pick_values(product: Product, words: str, earlier: Sequence[str] = ()) -> tuple[str, ...]:
    """The values of a product's variants that the words mean, one of an axis at most; empty where they mean none.

    Args:
        product: the goods that the words are about.
        words: what is said of them, without their name.
        earlier: what was chosen of them before.
    """
    low, axes = words.lower(), range(max((len(sku.attributes) for sku in product.listed_skus), default=0))
    named = tuple(value for axis in axes if (value := _find_on_axis(product, axis, low)))
    pointed = None if named else find_pointed_variant(low)
    if pointed is not None:
        return _by_price(product, pointed, earlier)
    rank = None if named else read_size_rank(low)
    return _ranked(product, rank, earlier) if rank else named


def find_meant_sku(product: Product, pointed: PointedVariant, earlier: Sequence[str]) -> Sku | None:
    """The one SKU that is pointed at by its rank or its price; None where it is none, or not alone."""
    listed = product.listed_skus
    if pointed.price is not None:
        priced = [sku for sku in listed if sku.price == pointed.price]
        return priced[0] if len(priced) == 1 else None
    return _end_of(_fitting(listed, earlier), pointed.rank) if pointed.rank else None


def _by_price(product: Product, pointed: PointedVariant, earlier: Sequence[str]) -> tuple[str, ...]:
    sku = find_meant_sku(product, pointed, earlier)
    return sku.attributes if sku else ()


def _ranked(product: Product, rank: Rank, earlier: Sequence[str]) -> tuple[str, ...]:
    sku = _end_of(_fitting(product.listed_skus, earlier), rank)
    return sku.attributes if sku else ()


def _fitting(skus: Sequence[Sku], earlier: Sequence[str]) -> Sequence[Sku]:
    """Those with what was chosen before, where that leaves a choice."""
    fitting = skus_with_attributes(skus, earlier)
    return fitting if len(fitting) > 1 else skus


def _end_of(skus: Sequence[Sku], rank: Rank) -> Sku | None:
    """The cheapest or the dearest, where one alone is."""
    prices: list[Decimal] = sorted({sku.price for sku in skus})
    end = [sku for sku in skus if prices and sku.price == prices[0 if rank is Rank.LOWEST else -1]]
    return end[0] if len(end) == 1 and len(skus) > 1 else None


def _find_on_axis(product: Product, axis: int, words: str) -> str | None:
    """The one value of an axis whose name, or a part that no other value of it shares, stands in the words."""
    values = list(dict.fromkeys(sku.attributes[axis] for sku in product.listed_skus if len(sku.attributes) > axis))
    whole = [value for value in values if value.lower() in words and not _is_within(value, values, words)]
    if len(whole) == 1:
        return whole[0]
    parts = {value: set(_parts_of(value.lower())) for value in values}
    told = [
        value
        for value, own in parts.items()
        if any(_stands(part, words) and sum(part in other for other in parts.values()) == 1 for part in own)
    ]
    if len(told) == 1 and len(values) > 1:
        return told[0]
    held = {value: sum(_stands(part, words) for part in own) for value, own in parts.items()}
    most = max(held.values(), default=0)
    best = [value for value, count in held.items() if count == most]
    return best[0] if most >= SHARED and len(best) == 1 and not told else None


def _is_within(value: str, values: Sequence[str], words: str) -> bool:
    return any(value != other and value in other and other.lower() in words for other in values)


def _parts_of(value: str) -> Iterator[str]:
    """What a value may be called by: its figures and letters, the 三株 of 3株, any two characters, the 黑 of 黑色."""
    yield from _FIGURE.findall(value)
    yield from (f"{sign}{found[2]}" for found in _COUNTED.finditer(value) for sign in _SIGNS[int(found[1])])
    letters = re.sub(r"[\x00-\xff]+", " ", value)
    yield from (letters[at : at + _PART] for at in range(len(letters) - 1) if " " not in letters[at : at + _PART])
    if len(value) == _PART and value.endswith(_COLOUR):
        yield value[0]


def _stands(part: str, words: str) -> bool:
    """Whether a part stands in the words by itself: the 26 of 26的, not of 126 or 2.26."""
    if not part.isascii():
        return part in words
    return re.search(rf"(?<![0-9a-z.]){re.escape(part)}(?![0-9a-z]|\.[0-9])", words) is not None


def merge_values(product: Product, earlier: Sequence[str], said: Sequence[str]) -> tuple[str, ...]:
    """What is chosen once these are said: with several of one axis said, that axis is open; see `choose_values`."""
    return choose_values(product, earlier, [value for value in said if axis_of(product, value) is not None])
