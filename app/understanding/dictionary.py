"""jieba's 349,000 words in 6 MB instead of 62: sorted hashes, so that all words of a text are found in one search."""

import logging
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from math import log
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # jieba 0.42.1's own source warns on import
    import jieba

logging.getLogger("jieba").setLevel(logging.CRITICAL)

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.signedinteger[Any]]

USUAL = 4
"""Characters of the words searched for at every place; one in fifty is longer, and known by its first USUAL."""
_FORMAT = 2
_FACTOR = 0x9E3779B97F4A7C15
_BLOCKS = 17
"""Bits that name a block of the table."""
_TO_BLOCK = np.uint64(64 - _BLOCKS)
_PAST_ALL = np.asarray([2**64 - 1], dtype=np.uint64)
"""Ends the table, so that every search ends inside it."""
_PADDING = "\1" * USUAL
"""In no word; lets stretches reach past the end of a text."""
_LENGTHS = np.arange(1, USUAL + 1)
_NEVER = -np.inf


@dataclass(frozen=True, slots=True)
class BaseDictionary:
    """jieba's words and how likely each is, read once per process and never written.

    A word is kept as the polynomial hash of its characters modulo 2^64, which one text in 10^11 may share by chance.
    Its first bits name its block of a few words: looking through that waits for memory once, a binary search ten times.

    Attributes:
        hashes: of every word, and of the beginnings of long ones; ascending.
        likely: for each its logarithm of frequency by total; minus infinity for a mere beginning.
        leads: for each whether a long word begins so.
        log_total: logarithm of all frequencies together.
        longest: characters of the longest word.
    """

    hashes: Hashes
    likely: npt.NDArray[np.float64]
    leads: npt.NDArray[np.bool_]
    log_total: float
    longest: int
    _blocks: Rows = field(init=False, repr=False)
    _in_block: Rows = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note where each block begins."""
        firsts = np.arange(2**_BLOCKS, dtype=np.uint64) << _TO_BLOCK
        blocks = self.hashes.searchsorted(firsts).astype(np.int32)
        object.__setattr__(self, "_blocks", blocks)
        object.__setattr__(self, "_in_block", np.arange(np.diff(blocks, append=len(self.hashes)).max(), dtype=np.int32))

    @classmethod
    def load(cls, cache_folder: Path | None = None) -> "BaseDictionary":
        """Read from our cache when there is a sound one of this user's, else from jieba's own list (about 1 s)."""
        cache = _cache_file(cache_folder)
        cached = _read_cache(cache) if cache else None
        if cached:
            return cached
        read = cls.of(*_jiebas_list())
        if cache:
            _write_cache(cache, read)
        return read

    @classmethod
    def of(cls, frequencies: dict[str, int], total: int) -> "BaseDictionary":
        """The dictionary of these words."""
        beginnings = {word[:USUAL] for word in frequencies if len(word) > USUAL}
        words = [*frequencies, *(beginning for beginning in beginnings if beginning not in frequencies)]
        likely = np.full(len(words) + 1, _NEVER)
        likely[: len(frequencies)] = np.log(np.fromiter(frequencies.values(), np.float64)) - log(total)
        leads = np.fromiter((word in beginnings for word in (*words, "")), np.bool_)
        hashes = np.append(_hashes(words), _PAST_ALL)
        order = hashes.argsort()
        return cls(hashes[order], likely[order], leads[order], log(total), max(map(len, frequencies)))

    def words(self, text: str) -> list[dict[int, float]]:
        """For each place of the text the words that begin there by their ends, the shortest first."""
        sums, back = _sums(text)
        found: list[dict[int, float]] = [{} for _ in text]
        ends = np.arange(len(text))[:, None] + _LENGTHS
        places, rows = self._find(((sums.take(ends) - sums[: len(text), None]) * back[: len(text), None]).ravel())
        for place, likely in zip(places, self.likely.take(rows).tolist(), strict=True):
            start, length = divmod(place, USUAL)
            if likely > _NEVER:
                found[start][start + length + 1] = likely
        for which in self.leads.take(rows).nonzero()[0].tolist():
            start = places[which] // USUAL
            longer = sums[start + USUAL + 1 : start + self.longest + 1]
            found[start].update(self._longer(start, (longer - sums[start]) * back[start]))
        return found

    def likelihood(self, word: str) -> float:
        """The logarithm of how likely the word is; minus infinity for what is none."""
        _, rows = self._find(_hashes([word]))
        return float(self.likely[rows[0]]) if len(rows) else _NEVER

    def _longer(self, start: int, stretches: Hashes) -> Iterator[tuple[int, float]]:
        places, rows = self._find(stretches)
        for place, likely in zip(places, self.likely.take(rows).tolist(), strict=True):
            if likely > _NEVER:
                yield start + USUAL + 1 + place, likely

    def _find(self, wanted: Hashes) -> tuple[list[int], Rows]:
        """Places of those that are known, and their rows."""
        firsts = self._blocks.take((wanted >> _TO_BLOCK).view(np.int64))
        near = self.hashes.take(firsts[:, None] + self._in_block, mode="clip")
        places, within = (near == wanted[:, None]).nonzero()
        return places.tolist(), firsts.take(places) + within


def _sums(text: str) -> tuple[Hashes, Hashes]:
    """Sums of characters by powers up to each place, and what makes the hash of a stretch of two sums' difference."""
    points = np.frombuffer(f"\0{text}{_PADDING}".encode("utf-32-le", "surrogatepass"), np.uint32)
    powers, back = _powers(len(points).bit_length())
    return (points * powers[: len(points)]).cumsum(), back


@cache
def _powers(bits: int) -> tuple[Hashes, Hashes]:
    """Powers of the factor, and of its inverse, from 0."""
    factors = np.full((2, 2**bits), [[_FACTOR], [pow(_FACTOR, -1, 2**64)]], dtype=np.uint64)
    factors[:, 0] = 1
    powers, back = factors.cumprod(axis=1)
    return powers, back


def _hashes(words: Iterable[str]) -> Hashes:
    """Each word's hash: first · factor + second · factor² + third · factor³, and so on."""
    words = list(words)
    lengths = np.fromiter(map(len, words), np.intp, len(words))
    starts = lengths.cumsum() - lengths
    points = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32)
    longest = int(lengths.max(initial=0))
    powers, _ = _powers(longest.bit_length() + 1)
    hashes = np.zeros(len(words), np.uint64)
    for place in range(longest):
        longer = lengths > place
        hashes[longer] += points[starts[longer] + place] * powers[place + 1]
    return hashes


def _jiebas_list() -> tuple[dict[str, int], int]:
    frequencies, total = jieba.Tokenizer.gen_pfdict(jieba.dt.get_dict_file())
    return {word: frequency for word, frequency in frequencies.items() if frequency}, total


def _cache_file(folder: Path | None) -> Path | None:
    with suppress(OSError):
        folder = folder or Path(tempfile.gettempdir()) / f"xiaoer-{os.getuid() if hasattr(os, 'getuid') else 'cache'}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A folder only we can write: what another user of the machine planted is no dictionary of ours.
        if not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid():
            return folder / f"words-{jieba.__version__}-{_FORMAT}.npz"
    return None


def _read_cache(cache: Path) -> BaseDictionary | None:
    with suppress(OSError, ValueError, KeyError, BadZipFile, EOFError), np.load(cache, allow_pickle=False) as stored:
        log_total, longest = stored["sizes"].tolist()
        return BaseDictionary(stored["hashes"], stored["likely"], stored["leads"], log_total, int(longest))
    return None


def _write_cache(cache: Path, words: BaseDictionary) -> None:
    with suppress(OSError):
        part = cache.with_suffix(f".{os.getpid()}.npz")
        sizes = np.asarray([words.log_total, words.longest], dtype=np.float64)
        np.savez(part, hashes=words.hashes, likely=words.likely, leads=words.leads, sizes=sizes)
        part.replace(cache)
