"""jieba's dictionary as one process holds it for all shops: how common each word is, half a million in 6 MB."""

import warnings
from array import array
from bisect import bisect_left
from functools import cache
from math import log
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

_SPACE, _LINE_END, _ZERO = map(ord, " \n0")
_STEP = 0x9E3779B97F4A7C15
"""Odd, its bits without order: each character of a word stirs all of its hash."""
_MASK = 2**64 - 1
_load_lock = Lock()

Letters = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]


class WordFrequencies:
    """How common each word of a dictionary is, and 0 for a mere beginning of one.

    jieba keeps them in a dict of strings, which takes 57 MB and a second. Here a word is its 64-bit hash, so that one
    in some thirty million million unknown words would pass for known; all are hashed at once, a letter after another.
    """

    def __init__(self, lines: str) -> None:
        """`lines` are as in jieba's dictionary: a word, how common it is, and what else is known, parted by spaces."""
        letters = np.frombuffer(f"{lines}\n".encode("utf-32-le"), np.uint32)
        starts, word_ends, count_ends = _find_fields(letters)
        counts = _read_counts(letters, word_ends + 1, count_ends)
        words, beginnings = _hash_all(letters, starts, word_ends)
        keys = np.concatenate([words, beginnings])
        values = np.concatenate([counts, np.zeros(len(beginnings), np.int32)])
        order = np.lexsort((values, keys))
        keys, values = keys[order], values[order]
        last = np.append(keys[1:] != keys[:-1], True)[: len(keys)]  # numpy's: a word's own count stands after its 0
        self._words, self._counts = array("Q", keys[last].tobytes()), array("i", values[last].tobytes())
        self.total = int(counts.sum())
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


def load_dictionary() -> WordFrequencies:
    """The dictionary all shops share, read once."""
    with _load_lock:
        return _parse_dictionary()


def import_jieba() -> Any:
    """The package, which warns of its own source where it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42.1
        import jieba  # noqa: PLC0415  # 9 MB that most processes never need
    return jieba


@cache
def _parse_dictionary() -> WordFrequencies:
    """Jieba's own dictionary; not from its cache, a file that anybody could have written."""
    with import_jieba().dt.get_dict_file() as file:
        return WordFrequencies(file.read().decode("utf-8"))


def _find_fields(letters: Letters) -> tuple[Places, Places, Places]:
    """Of each line where its word begins and ends, and where how common it is ends."""
    line_ends = np.flatnonzero(letters == _LINE_END)
    starts = np.append(0, line_ends[:-1] + 1)
    spaces = np.append(np.flatnonzero(letters == _SPACE), [len(letters)] * 2)
    first = spaces.searchsorted(starts)
    whole = spaces[first] < line_ends
    return starts[whole], spaces[first][whole], np.minimum(spaces[first + 1], line_ends)[whole]


def _read_counts(letters: Letters, starts: Places, ends: Places) -> npt.NDArray[np.int32]:
    """The whole numbers that stand there."""
    counts = np.zeros(len(starts), np.int32)
    for place in range(int((ends - starts).max(initial=0))):
        longer = np.flatnonzero(starts + place < ends)
        counts[longer] = counts[longer] * 10 + (letters[starts[longer] + place].astype(np.int32) - _ZERO)
    return counts


def _hash_all(letters: Letters, starts: Places, ends: Places) -> tuple[Hashes, Hashes]:
    """The hashes of the words that stand there, and of what begins them, each once."""
    hashes, lengths = np.zeros(len(starts), np.uint64), ends - starts
    beginnings = [np.zeros(0, np.uint64)]
    for place in range(int(lengths.max(initial=0))):
        longer = np.flatnonzero(lengths > place)
        hashes[longer] = hashes[longer] * np.uint64(_STEP) + letters[starts[longer] + place]
        beginnings.append(hashes[lengths > place + 1])
    return hashes, np.unique(np.concatenate(beginnings))


def _hash_word(word: str) -> int:
    """What `_hash_all` makes of a word."""
    found = 0
    for letter in word:
        found = (found * _STEP + ord(letter)) & _MASK
    return found
