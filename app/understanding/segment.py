"""Cuts text into words: the only door to jieba, with one shared base dictionary and a small overlay per shop."""

import logging
import marshal
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # jieba 0.42.1's own source warns on import
    import jieba
    import jieba.finalseg  # the hidden Markov model loads with it, not with the first message

logging.getLogger("jieba").setLevel(logging.CRITICAL)

_LONGEST = 12
_OVERLAY_FREQUENCY = 20_000
"""As common as an everyday word, so that a shop's own word wins over its parts."""


class BaseDictionary:
    """jieba's words and their frequencies, read once per process and never written."""

    def __init__(self, frequencies: dict[str, int], total: int) -> None:
        self.frequencies = frequencies
        self.total = total

    @classmethod
    def load(cls, cache_folder: Path | None = None) -> "BaseDictionary":
        """Read from our cache when there is a sound one of this user's, else from jieba's own list (about 1 s)."""
        cache = _cache_file(cache_folder)
        cached = _read_cache(cache) if cache else None
        if cached:
            return cls(*cached)
        frequencies, total = jieba.Tokenizer.gen_pfdict(jieba.dt.get_dict_file())
        if cache:
            _write_cache(cache, frequencies, total)
        return cls(frequencies, total)


class _Overlay(dict[str, int]):
    """A shop's few words over the base dictionary; answers the three look-ups jieba makes."""

    def __init__(self, base: dict[str, int]) -> None:
        super().__init__()
        self._base = base

    def __contains__(self, word: object) -> bool:
        return dict.__contains__(self, word) or word in self._base

    def __getitem__(self, word: str) -> int:
        return dict.__getitem__(self, word) if dict.__contains__(self, word) else self._base[word]

    def get(self, word: str, default: Any = None) -> Any:
        return dict.get(self, word) or self._base.get(word, default)


class Segmenter:
    """Cuts text with the base dictionary and one shop's own words."""

    def __init__(self, base: BaseDictionary, words: Iterable[str] = ()) -> None:
        self._tokenizer = jieba.Tokenizer()
        self._tokenizer.FREQ = _overlay(base.frequencies, words)
        self._tokenizer.total = base.total
        self._tokenizer.initialized = True

    def cut(self, text: str) -> tuple[str, ...]:
        """The words of the text in order, spaces left out."""
        return tuple(self._words(text))

    def _words(self, text: str) -> Iterator[str]:
        return (word for word in self._tokenizer.cut(text) if not word.isspace())


def _overlay(base: dict[str, int], words: Iterable[str]) -> dict[str, int]:
    # jieba's add_word is not used: with a frequency of 0 it writes a list all tokenizers of the process share.
    own = {word for word in words if 1 < len(word) <= _LONGEST and not word.isspace()}
    if not own:
        return base
    overlay = _Overlay(base)
    for word in own:
        for end in range(1, len(word)):
            if word[:end] not in overlay:
                dict.__setitem__(overlay, word[:end], 0)
    for word in own:
        dict.__setitem__(overlay, word, max(base.get(word, 0), _OVERLAY_FREQUENCY))
    return overlay


def _cache_file(folder: Path | None) -> Path | None:
    # A folder only we can write: marshal must not read what another user of the machine planted.
    with suppress(OSError):
        folder = folder or Path(tempfile.gettempdir()) / f"xiaoer-{os.getuid() if hasattr(os, 'getuid') else 'cache'}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid():
            return folder / f"jieba-{jieba.__version__}.cache"
    return None


def _read_cache(cache: Path) -> tuple[dict[str, int], int] | None:
    with suppress(OSError, ValueError, EOFError, TypeError):
        frequencies, total = marshal.loads(cache.read_bytes())  # noqa: S302  # our own file in a folder of mode 700
        if isinstance(frequencies, dict) and isinstance(total, int):
            return frequencies, total
    return None


def _write_cache(cache: Path, frequencies: dict[str, int], total: int) -> None:
    with suppress(OSError):
        part = cache.with_suffix(f".{os.getpid()}")
        part.write_bytes(marshal.dumps((frequencies, total)))
        part.replace(cache)
