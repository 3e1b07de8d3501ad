"""Mends slips of the pen in a shop's own words: 茶潘, 打号, 包油, chapan.

A stretch that sounds like one of the words and is no word itself becomes that word. Words of the dictionary, and
stretches that cut one in two, are left alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final, NamedTuple

import yaml

from app.language.english import translate_english
from app.language.pinyin import LatinWords, readings_of, sounds_of
from app.language.segment import Segmenter

_SHORTEST, _LONGEST = 2, 8
_COUNTED: Final = frozenset("一二两三四五六七八九十单双")
"""A colour or size that begins so (三管, 单只) is a number of things as well, and no slip is looked for."""
_BLURRED_FROM: Final = 4
"""Characters of a word from which on zh and z, ing and in count as one sound."""


MOST_PAIRS: Final = 20_000
"""Pairs of characters of which it is remembered what may begin with them."""


class ShopWords(NamedTuple):
    """The words that every shop knows, from shop_words.yml."""

    business: tuple[str, ...]
    everyday: tuple[str, ...]
    common: frozenset[str]


@cache
def default_shop_words() -> ShopWords:
    """Read once."""
    text = files("app.language").joinpath("shop_words.yml").read_text(encoding="utf-8")
    written = yaml.safe_load(text)
    return ShopWords(tuple(written["business"]), tuple(written["everyday"]), frozenset(written["common"]))


class _Slip(NamedTuple):
    """A stretch of the text and the word that was meant."""

    start: int
    end: int
    meant: str


@dataclass(frozen=True, slots=True, eq=False)
class SpellingRepair:
    """Mends the messages of one shop.

    Attributes:
        by_sounds: the blurred sounds of two characters → the words that begin with them.
        pairs: the same by the two characters as written, for those met so far.
    """

    latin: LatinWords
    by_sounds: Mapping[tuple[str, str], Sequence[str]]
    common: frozenset[str]
    segmenter: Segmenter
    pairs: dict[str, Sequence[str]] = field(default_factory=dict, repr=False)

    @classmethod
    def learn_words(cls, names: Iterable[str], variants: Iterable[str], segmenter: Segmenter) -> "SpellingRepair":
        """For a shop with these names of goods, colours and sizes; only goods are read in letters alone."""
        shop = default_shop_words()
        own = sorted(filter(_may_slip, names))
        others = sorted(each for each in filter(_may_slip, variants) if each[0] not in _COUNTED)
        by_sounds: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for word in dict.fromkeys((*own, *shop.business, *others)):
            for key in product(sounds_of(word[0]), sounds_of(word[1])):
                by_sounds[key].append(word)
        latin = LatinWords.index_words((*own, *shop.business, *shop.everyday))
        return cls(latin, by_sounds, shop.common, segmenter)

    def mend_text(self, text: str) -> str:
        """The normalised text with its slips mended, and in Chinese where it is English; else the same text."""
        english = None if not any(map(str.isascii, text)) else translate_english(text)
        written = english or self.latin.write_characters(text)
        slips = list(self._find_slips(written))
        if not slips:
            return written
        cuts = self.segmenter.find_cuts(written)
        for slip in reversed(slips):
            if self._is_no_word(written, slip, cuts):
                written = written[: slip.start] + slip.meant + written[slip.end :]
        return written

    def _find_slips(self, text: str) -> Iterator[_Slip]:
        """Stretches that sound like a word of ours, the longest at each place; a word itself is none."""
        at = 0
        while at < len(text) - 1:
            words = self._words_beginning(text[at : at + 2])
            near = [word for word in words if self._resembles(text[at : at + len(word)], word)] if words else ()
            meant = max(near, key=lambda word: (text.startswith(word, at), len(word), word)) if near else ""
            if meant and not text.startswith(meant, at):
                yield _Slip(at, at + len(meant), meant)
            at += len(meant) or 1

    def _words_beginning(self, pair: str) -> Sequence[str]:
        known = self.pairs.get(pair)
        if known is None:
            keys = product(sounds_of(pair[0]), sounds_of(pair[1]))
            known = tuple(dict.fromkeys(word for key in keys for word in self.by_sounds.get(key, ())))
            if len(self.pairs) >= MOST_PAIRS:
                self.pairs.clear()
            self.pairs[pair] = known
        return known

    def _resembles(self, said: str, word: str) -> bool:
        """Whether the stretch is the word, or sounds like it and shares a character with it."""
        if said == word or len(said) != len(word):
            return said == word
        other = [(own, meant) for own, meant in zip(said, word, strict=True) if own != meant]
        if len(other) == len(word) == _SHORTEST or any(own in self.common for own, _ in other):
            return False
        alike = sounds_of if len(word) >= _BLURRED_FROM else readings_of
        return all(not alike(own).isdisjoint(alike(meant)) for own, meant in other)

    def _is_no_word(self, text: str, slip: _Slip, cuts: frozenset[int]) -> bool:
        """Whether the stretch is no word of the dictionary and cuts none in two."""
        return {slip.start, slip.end} <= cuts and not self.segmenter.knows_word(text[slip.start : slip.end])


def _may_slip(name: str) -> bool:
    return _SHORTEST <= len(name) <= _LONGEST and all(map(sounds_of, name))
