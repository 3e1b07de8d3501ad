"""jieba's 349,000 words in 6 MB instead of 62: sorted hashes, so that all words of a text are found in one search."""

import logging
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import log
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # jieba 0.42.1's own source warns on import
    import jieba

logging.getLogger("jieba").setLevel(logging.CRITICAL)

Hashes = npt.NDArray[np.uint64]

USUAL = 4
"""Characters of the words searched for at every place; one in fifty is longer, and known by its first USUAL."""
_FACTOR, _SPREAD, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93), np.uint64(17)
_PAST_ALL = np.asarray([2**64 - 1], dtype=np.uint64)
"""Ends the table, so that every search ends inside it."""
_NEVER = -np.inf


@dataclass(frozen=True, slots=True)
class BaseDictionary:
    """jieba's words and how likely each is, read once per process and never written.

    A word is kept as the polynomial hash of its characters modulo 2^64, which one text in 10^11 may share by chance.

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
        wanted = _stretches(_codes(text))
        rows = self.hashes.searchsorted(wanted)
        known = (self.hashes[rows] == wanted).nonzero()[0]
        rows = rows[known]
        starts, ends = _places(len(text))
        found: list[dict[int, float]] = [{} for _ in text]
        for place, likely in zip(known.tolist(), self.likely[rows].tolist(), strict=True):
            if likely > _NEVER:
                found[starts[place]][ends[place]] = likely
        for place in known[self.leads[rows]].tolist():
            found[starts[place]].update(self._longer(text, starts[place]))
        return found

    def likelihood(self, word: str) -> float:
        """The logarithm of how likely the word is; minus infinity for what is none."""
        wanted = _hashes([word])[0]
        row = self.hashes.searchsorted(wanted)
        return float(self.likely[row]) if self.hashes[row] == wanted else _NEVER

    def _longer(self, text: str, start: int) -> Iterator[tuple[int, float]]:
        for end in range(start + USUAL + 1, min(start + self.longest, len(text)) + 1):
            likely = self.likelihood(text[start:end])
            if likely > _NEVER:
                yield end, likely


def _codes(text: str) -> Hashes:
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    codes: Hashes = points * _SPREAD ^ points << _SHIFT
    return codes


def _stretches(codes: Hashes) -> Hashes:
    """The hashes of all stretches of up to USUAL characters, the shortest first."""
    grown = [codes]
    for length in range(1, min(USUAL, len(codes))):
        grown.append(grown[-1][:-1] * _FACTOR + codes[length:])
    return np.concatenate(grown)


@lru_cache(maxsize=128)
def _places(size: int) -> tuple[list[int], list[int]]:
    """Where each of a text's stretches starts and ends."""
    lengths = range(1, max(1, min(USUAL, size)) + 1)
    both = [(start, start + length) for length in lengths for start in range(size - length + 1)]
    return [start for start, _ in both], [end for _, end in both]


def _hashes(words: Iterable[str]) -> Hashes:
    """Each word's hash: ((first · factor) + second) · factor + third, and so on."""
    words = list(words)
    lengths = np.fromiter(map(len, words), np.intp, len(words))
    codes, starts = _codes("".join(words)), lengths.cumsum() - lengths
    hashes = np.zeros(len(words), np.uint64)
    for place in range(int(lengths.max(initial=0))):
        longer = lengths > place
        hashes[longer] = hashes[longer] * _FACTOR + codes[starts[longer] + place]
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
            return folder / f"words-{jieba.__version__}.npz"
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
