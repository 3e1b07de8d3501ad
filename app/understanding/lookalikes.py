"""Finds words in a message that hold a word of the trade and are none: 退热贴, 发票夹, 烟雾报警器.

Three kinds, all by where words begin and end: words of the dictionary that no example of an intent speaks of, names of
goods that a word of the trade begins, and what the shop's own questions name so.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import chain, islice

import yaml

from app.language.courtesies import strip_courtesies
from app.language.segment import Segmenter

_SHORTEST = 2
_NAMED_TWICE = 2
_MOST_READ = 5_000
"""Wordings of a shop that are looked through for names."""


@dataclass(frozen=True)
class Lookalikes:
    """lookalikes.yml."""

    begins: frozenset[str]
    closes: frozenset[str]
    names: frozenset[str]
    ends: frozenset[str]
    trade: frozenset[str]
    ourselves: frozenset[str]
    goods: frozenset[str]

    @cached_property
    def loud_characters(self) -> frozenset[str]:
        """A text that has none of them has no lookalike of the dictionary."""
        return self.begins | self.closes | self.names | {word[0] for word in self.trade}


@cache
def default_lookalikes() -> Lookalikes:
    """Read once."""
    written = yaml.safe_load(files("app.understanding").joinpath("lookalikes.yml").read_text(encoding="utf-8"))
    return Lookalikes(**{kind: frozenset(written[kind]) for kind in written})


@dataclass(frozen=True, slots=True, eq=False)
class LookalikeFinder:
    """Finds them in the messages of one shop.

    Attributes:
        spoken: what examples of intents speak of.
        meant: words of the trade, with what they mean; with nothing what only begins one.
        named: what the shop's own questions name.
    """

    spoken: Collection[str]
    meant: Mapping[str, Sequence[str]]
    segmenter: Segmenter
    words: Lookalikes
    named: frozenset[str] = frozenset()

    @classmethod
    def learn_questions(
        cls, wordings: Iterable[str], spoken: Collection[str], meant: Mapping[str, Sequence[str]], segmenter: Segmenter
    ) -> "LookalikeFinder":
        """For a shop that answers these questions."""
        words = default_lookalikes()
        return cls(spoken, meant, segmenter, words, _find_named(wordings, words, segmenter))

    def add_lookalikes(self, text: str, goods: frozenset[str]) -> frozenset[str]:
        """What hides words of the trade in a lower-case text: the names of goods and the lookalikes."""
        return goods.difference(self.words.ourselves).union(self.find_lookalikes(text))

    def find_lookalikes(self, text: str) -> list[str]:
        """Those of a lower-case text, as it has them."""
        found = [name for name in self.named if name in text]
        if not self.words.loud_characters.isdisjoint(text):
            found += self._find_words(text)
        return found

    def _find_words(self, text: str) -> Iterator[str]:
        """Words of the dictionary, each with what is sold where that follows it."""
        places = sorted(self.segmenter.find_cuts(text))
        for start, end, after in zip(places, places[1:], [*places[2:], len(text)], strict=False):
            word, sold = text[start:end], text[end:after] in self.words.ends
            if sold and self._begins_name(word) and not self.meant.get(text[start:after]):
                yield text[start:after]
            elif self._is_strange(word):
                yield word

    def _begins_name(self, word: str) -> bool:
        """Whether what is sold may be named so: 发票 of 发票|夹, 破壁 of 破壁|机."""
        if word in self.words.trade or (len(word) >= _SHORTEST and word[-1] in self.words.closes):
            return True
        return self._is_strange(word) or (word[0] in self.words.names and self._is_unknown(word))

    def _is_strange(self, word: str) -> bool:
        """Whether it holds what is of the trade, and is itself nothing that is spoken of there."""
        compound = word[-1] in self.words.ends and word[:-1] in self.words.trade and not self.meant.get(word)
        return compound or (word[0] in self.words.begins and self._is_unknown(word))

    def _is_unknown(self, word: str) -> bool:
        """Whether a word of two characters or more is in no example and holds no word of the trade."""
        if len(word) < _SHORTEST or word in self.spoken:
            return False
        parts = (word[start:end] for start in range(len(word)) for end in range(start + _SHORTEST, len(word) + 1))
        return not any(map(self.meant.get, parts))


def _find_named(wordings: Iterable[str], words: Lookalikes, segmenter: Segmenter) -> frozenset[str]:
    """What begins two of the shop's questions or more: 扫地|机器人 of 扫地机器人能扫地毯吗."""
    read = [each.lower() for each in islice(wordings, _MOST_READ)]
    together = "\n".join(read)
    trade = [word for word in words.trade if word in together]
    cores = (strip_courtesies(each) for each in read if any(word in each for word in trade))
    counted = Counter(chain.from_iterable(_find_beginning(core, words, segmenter) for core in cores))
    return frozenset(name for name, count in counted.items() if count >= _NAMED_TWICE)


def _find_beginning(core: str, words: Lookalikes, segmenter: Segmenter) -> Iterator[str]:
    cuts = sorted(segmenter.find_cuts(core))
    if len(cuts) > _SHORTEST:
        first, second = core[: cuts[1]], core[cuts[1] : cuts[2]]
        if len(first) >= _SHORTEST and second in words.goods and not words.trade.isdisjoint((first, second)):
            yield first + second
