"""Cuts text into words with jieba: one dictionary for the process, and a small overlay for each shop."""

import re
import warnings
from array import array
from bisect import bisect_left
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from itertools import chain, islice, repeat
from math import log
from threading import Lock
from typing import Any, cast

import numpy as np
import numpy.typing as npt

_LONGEST = 12
_OVERLAY_FREQUENCY = 20_000
"""As common as an everyday word, so that a shop's own word wins over its parts."""
_AT_ONCE = 20_000
"""Words of the dictionary that are held as text at a time."""
_REMEMBERED = 30_000
"""Stretches of texts of which it is remembered how common they are, some 150 bytes each."""
_CUT_LATELY = 64
"""Texts of a shop whose words are remembered: every step that reads a message asks for them."""
_BEGINS = -1.0
"""The weight of what only begins a word; that of a word is 0 or more."""
_WORDS = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+")
"""What words are made of, as jieba has it; every other character is one of its own."""
_load_lock = Lock()


class Segmenter:
    """Cuts as jieba's exact mode does, and keeps a shop's own words whole.

    The dictionary is read at start, or by the first text; that takes about a second and some 20 MB.
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
        jieba = _import_jieba()
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


class WordFrequencies:
    """How common each word of a dictionary is, and 0 for a mere beginning of one: half a million in 6 MB.

    jieba keeps them in a dict of strings, which takes 57 MB. Here a word is its 64-bit hash, so that one in some
    thirty million million unknown words would pass for known.
    """

    def __init__(self, counted: Iterable[tuple[str, int]]) -> None:
        """`counted` gives each word with how common it is."""
        self.total = 0
        lines = iter(counted)
        parts = []
        while part := list(islice(lines, _AT_ONCE)):
            self.total += sum(count for _, count in part)
            parts.append(_hash_words(dict(part)))
        words, counts = map(np.concatenate, zip(*parts, strict=True))
        order = np.lexsort((counts, words))
        words, counts = words[order], counts[order]
        last = np.append(words[1:] != words[:-1], True)  # numpy's: a word's own count stands after its 0
        self._words, self._counts = array("q", words[last].tobytes()), array("i", counts[last].tobytes())
        self.weight_of_all = log(self.total) if self.total else 0.0
        """The logarithm of how common all words are together."""

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: str) -> bool:
        return self.get(word, -1) >= 0

    def __getitem__(self, word: str) -> int:
        found = self.get(word, -1)
        if found < 0:
            raise KeyError(word)
        return found

    def get(self, word: str, default: int = 0) -> int:
        """How common it is; `default` where it is unknown."""
        wanted = _hash_word(word)
        place = bisect_left(self._words, wanted)
        return self._counts[place] if place < len(self._words) and self._words[place] == wanted else default


def _hash_words(counted: Mapping[str, int]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """These words with their counts, and what they begin with, which counts 0."""
    longest = max(map(len, counted))
    beginnings = {word[:end] for end in range(1, longest) for word in counted if len(word) > end}
    size = len(counted) + len(beginnings)
    words = np.fromiter(map(_hash_word, chain(counted, beginnings)), np.int64, size)
    return words, np.fromiter(chain(counted.values(), repeat(0, len(beginnings))), np.int32, size)


def _hash_word(word: str) -> int:
    """Of its bytes: Python's hash of a str is that of its memory, in which 偂 is the same as BP."""
    return hash(word.encode())


def cuts_across(cuts: frozenset[int], start: int, end: int) -> bool:
    """Whether a stretch takes parts of two words: 长沙 of 长|沙发, but not 上海 of 上海人, nor 茶盘 of 胡桃木|茶盘."""
    return not {start, end} <= cuts and any(start < cut < end for cut in cuts)


def _overlay_frequencies(words: Iterable[str], frequencies: WordFrequencies) -> dict[str, int]:
    """A shop's words with how common each is; 0 for a mere beginning of one, as jieba has it."""
    own = {word for word in words if 1 < len(word) <= _LONGEST and not word.isspace()}
    beginnings = {word[:end]: 0 for word in own for end in range(1, len(word)) if word[:end] not in frequencies}
    return beginnings | {word: max(frequencies.get(word), _OVERLAY_FREQUENCY) for word in own}


def load_dictionary() -> WordFrequencies:
    """The dictionary all shops share, read once."""
    with _load_lock:
        return _parse_dictionary()


@cache
def _parse_dictionary() -> WordFrequencies:
    """Jieba's own dictionary; not from its cache, a file that anybody could have written."""
    with _import_jieba().dt.get_dict_file() as lines:
        rows = (line.decode("utf-8").split(" ", 2) for line in lines)
        return WordFrequencies((word, int(count)) for word, count, _ in rows)


def _import_jieba() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42.1's own source warns on import
        import jieba  # noqa: PLC0415  # 9 MB that most processes never need
    return jieba
