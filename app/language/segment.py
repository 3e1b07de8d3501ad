"""Cuts text into words with jieba: one dictionary for the process, and a small overlay for each shop."""

import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from math import log
from typing import Any, cast

from app.language.dictionary import WordFrequencies, import_jieba, load_dictionary

_LONGEST = 12
_OVERLAY_FREQUENCY = 20_000
"""As common as an everyday word, so that a shop's own word wins over its parts."""
_REMEMBERED = 30_000
"""Stretches of texts of which it is remembered how common they are, some 150 bytes each."""
_CUT_LATELY = 64
"""Texts of a shop whose words are remembered: every step that reads a message asks for them."""
_BEGINS = -1.0
"""The weight of what only begins a word; that of a word is 0 or more."""
_WORDS = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+")
"""What words are made of, as jieba has it; every other character is one of its own."""


class Segmenter:
    """Cuts as jieba's exact mode does, and keeps a shop's own words whole.

    The dictionary is read at start, or by the first text; that takes some 20 MB.
    """

    def __init__(self, words: Callable[[], Iterable[str]] = tuple) -> None:
        """`words` gives the shop's own."""
        self._words = words
        self._recent: dict[str, frozenset[int]] = {}

    def cut_words(self, text: str) -> tuple[str, ...]:
        """The words of the text in order, spaces left out; where the dictionaries have none, jieba supposes some."""
        return tuple(word for word in self._tokenizer.cut(text) if not word.isspace())

    def knows_word(self, word: str) -> bool:
        """Whether it stands in the dictionary, or is the shop's own."""
        return bool(self._own.get(word) or load_dictionary().get(word))

    def find_cuts(self, text: str) -> frozenset[int]:
        """Where words begin and end; only words of the dictionaries, none that jieba supposes to be one.

        This takes a third of jieba's own way, and a tenth of jieba's over the dictionary that shops share.
        """
        found = self._recent.get(text)
        if found is None:
            if len(self._recent) >= _CUT_LATELY:
                self._recent.clear()
            found = self._recent[text] = frozenset(self._cut_text(text))
        return found

    def _cut_text(self, text: str) -> Iterator[int]:
        yield from (0, len(text))
        after = 0
        for block in _WORDS.finditer(text):
            yield from range(after, block.start())
            yield from (block.start() + cut for cut in self._cut_block(block[0]))
            after = block.end()
        yield from range(after, len(text))

    def _cut_block(self, text: str) -> Iterator[int]:
        """Where each word of the likeliest segmentation begins; letters and figures beside each other are one word."""
        likeliest = self._find_likeliest(text)
        at, spelt = 0, False
        while at < len(text):
            letter = likeliest[at] == at + 1 and text[at].isascii() and text[at].isalnum()
            if not (letter and spelt):
                yield at
            at, spelt = likeliest[at], letter

    def _find_likeliest(self, text: str) -> Sequence[int]:
        """For each place where the word that begins there ends."""
        size, own, total = len(text), self._own_weights, load_dictionary().weight_of_all
        sums, ends = [0.0] * (size + 1), [0] * size
        for start in range(size - 1, -1, -1):
            best, best_end, end = sums[start + 1] - total, start + 1, start + 1
            found = False
            while end <= size:
                word = text[start:end]
                weight = own.get(word)
                if weight is None and (weight := _weigh_word(word)) is None:
                    break
                if weight >= 0 and (not found or sums[end] + weight - total >= best):
                    best, best_end, found = sums[end] + weight - total, end, True
                end += 1
            sums[start], ends[start] = best, best_end
        return ends

    @cached_property
    def _own(self) -> Mapping[str, int]:
        """The shop's words by how common each is."""
        return _overlay_frequencies(self._words(), load_dictionary())

    @cached_property
    def _own_weights(self) -> Mapping[str, float]:
        return {word: _weigh(count) for word, count in self._own.items()}

    @cached_property
    def _tokenizer(self) -> Any:
        """A tokenizer over the shared dictionary: jieba's add_word would write into what all of the process share."""
        jieba = import_jieba()
        frequencies = load_dictionary()
        tokenizer = jieba.Tokenizer()
        shared = cast("dict[str, int]", frequencies)  # what a ChainMap asks of it, it has
        tokenizer.FREQ = ChainMap(dict(self._own), shared)
        tokenizer.total = frequencies.total
        tokenizer.initialized = True
        return tokenizer


@lru_cache(maxsize=_REMEMBERED)
def _weigh_word(word: str) -> float | None:
    """The logarithm of how common a word of the shared dictionary is, as `_weigh` gives it; None for an unknown one."""
    count = load_dictionary().get(word, -1)
    return None if count < 0 else _weigh(count)


def _weigh(count: int) -> float:
    """Less than 0 for what only begins words."""
    return log(count) if count else _BEGINS


def cuts_across(cuts: frozenset[int], start: int, end: int) -> bool:
    """Whether a stretch takes parts of two words: 长沙 of 长|沙发, but not 上海 of 上海人, nor 茶盘 of 胡桃木|茶盘."""
    return not {start, end} <= cuts and any(start < cut < end for cut in cuts)


def _overlay_frequencies(words: Iterable[str], frequencies: WordFrequencies) -> dict[str, int]:
    """A shop's words with how common each is; 0 for a mere beginning of one, as jieba has it."""
    own = {word for word in words if 1 < len(word) <= _LONGEST and not word.isspace()}
    beginnings = {word[:end]: 0 for word in own for end in range(1, len(word)) if word[:end] not in frequencies}
    return beginnings | {word: max(frequencies.get(word), _OVERLAY_FREQUENCY) for word in own}
