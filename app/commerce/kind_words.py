"""The words that several of a shop's goods share (衬衫 of two shirts), and where a text says one of them. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.catalogue import Product
from app.language.text import content_letters
from app.language.units import MEASURES

_SHORTEST: Final = 2
_LONGEST: Final = 4
SEVERAL: Final = 2
MOST_GOODS: Final = 12
"""Goods that one word may call; what more share says little of what they are."""
_NOUN_SUFFIX: Final = "子"
_PACKED: Final = ("装", "款", "版", "套", *MEASURES)
"""Endings that say how goods are packed: 四只装."""


@dataclass(frozen=True, slots=True)
class NamedKind:
    """A word for a kind of goods, at `start` to `end` of a text, and the ids of the goods that it calls."""

    word: str
    start: int
    end: int
    product_ids: tuple[str, ...]

    def calls(self, product: Product) -> bool:
        """Whether the word may mean these goods: one of the kind, or one with such a thing written of it."""
        stem = self.word.removesuffix(_NOUN_SUFFIX)
        written = (product.title, *product.keywords, *(word for detail in product.details for word in detail))
        return product.product_id in self.product_ids or any(stem in each for each in written)


class KindWords:
    """How several goods are called alike: by the end of their names, or by its last character with 子 (裤子)."""

    def __init__(self, products: Sequence[Product]) -> None:
        owners: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for product in products:
            for name in map(str.lower, (product.title, *product.keywords)):
                for word in _words_of(name):
                    owners[word][product.product_id] = None
        self._owners = {word: tuple(own) for word, own in owners.items() if SEVERAL <= len(own) <= MOST_GOODS}

    def find_kinds(self, text: str, taken: Collection[tuple[int, int]]) -> Iterator[NamedKind]:
        """Each kind that a lower-case text names, the longest word at a place; none where goods are named (`taken`)."""
        at = 0
        while at < len(text):
            found = next(self._match_at(text, at), None)
            free = found and not any(start < found.end and found.start < end for start, end in taken)
            if found and free:
                yield found
            at = found.end if found else at + 1

    def _match_at(self, text: str, at: int) -> Iterator[NamedKind]:
        for length in range(_LONGEST, _SHORTEST - 1, -1):
            word = text[at : at + length]
            if len(word) == length and word in self._owners:
                yield NamedKind(word, at, at + length, self._owners[word])


def _words_of(name: str) -> Iterator[str]:
    for length in range(_SHORTEST, min(len(name), _LONGEST) + 1):
        if _may_name(name[-length:]):
            yield name[-length:]
    if _may_name(name[-1:]):
        yield name[-1] + _NOUN_SUFFIX


def _may_name(ending: str) -> bool:
    """Whether it can be a word for goods; how they are packed and counted is no kind."""
    plain = ending.isalpha() and not any(letter.isascii() for letter in ending)
    return plain and not ending.endswith(_PACKED) and bool(content_letters(ending))
