"""Cuts text into words with jieba: one dictionary for the process, and a small overlay for each shop."""

import warnings
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from itertools import accumulate
from threading import Lock
from typing import Any

_LONGEST = 12
_OVERLAY_FREQUENCY = 20_000
"""As common as an everyday word, so that a shop's own word wins over its parts."""
_load_lock = Lock()


class Segmenter:
    """Cuts as jieba's exact mode does, and keeps a shop's own words whole.

    jieba is loaded by the first text of all shops, which takes it half a second and 65 MB.
    """

    def __init__(self, words: Callable[[], Iterable[str]] = tuple) -> None:
        """`words` gives the shop's own."""
        self._words = words

    def cut_words(self, text: str) -> tuple[str, ...]:
        """The words of the text in order, spaces left out."""
        return tuple(word for word in self._tokenizer.cut(text) if not word.isspace())

    def knows_word(self, word: str) -> bool:
        """Whether it stands in the dictionary, or is the shop's own."""
        return bool(self._tokenizer.FREQ.get(word))

    def find_cuts(self, text: str) -> frozenset[int]:
        """Where words begin and end; only words of the dictionaries, none that jieba supposes to be one."""
        return frozenset(accumulate(map(len, self._tokenizer.cut(text, HMM=False)), initial=0))

    @cached_property
    def _tokenizer(self) -> Any:
        """A tokenizer over the shared dictionary: jieba's add_word would write into what all of the process share."""
        jieba = _import_jieba()
        frequencies, total = _load_dictionary()
        tokenizer = jieba.Tokenizer()
        tokenizer.FREQ, tokenizer.total = ChainMap(_overlay_frequencies(self._words(), frequencies), frequencies), total
        tokenizer.initialized = True
        return tokenizer


def cuts_across(cuts: frozenset[int], start: int, end: int) -> bool:
    """Whether a stretch takes parts of two words: 长沙 of 长|沙发, but not 上海 of 上海人, nor 茶盘 of 胡桃木|茶盘."""
    return not {start, end} <= cuts and any(start < cut < end for cut in cuts)


def _overlay_frequencies(words: Iterable[str], frequencies: Mapping[str, int]) -> dict[str, int]:
    """A shop's words with how common each is; 0 for a mere beginning of one, as jieba has it."""
    own = {word for word in words if 1 < len(word) <= _LONGEST and not word.isspace()}
    beginnings = {word[:end]: 0 for word in own for end in range(1, len(word)) if word[:end] not in frequencies}
    return beginnings | {word: max(frequencies.get(word, 0), _OVERLAY_FREQUENCY) for word in own}


def _load_dictionary() -> tuple[dict[str, int], int]:
    with _load_lock:
        return _parse_dictionary()


@cache
def _parse_dictionary() -> tuple[dict[str, int], int]:
    """How common each word is, and the sum; not from jieba's own cache, a file that anybody could have written."""
    jieba = _import_jieba()
    read: tuple[dict[str, int], int] = jieba.Tokenizer.gen_pfdict(jieba.dt.get_dict_file())
    return read


def _import_jieba() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42.1's own source warns on import
        import jieba  # noqa: PLC0415  # 9 MB that most processes never need
    return jieba
