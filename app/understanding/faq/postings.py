"""Postings: which wordings hold each number, and how they are gathered from very many wordings without a pair each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.understanding.faq.vocabulary import SHORT, Hashes, Numbers, Occurrences, Vocabulary, hash_concepts, hash_grams

GATHERED = 8192
"""Wordings gathered at once: their places fit into two bytes."""
_BITS = 21
"""Bits of a character: three of them fit into a code of 8 bytes, which names an n-gram as surely as its letters."""
_SPELLED = 1 << 16


@dataclass(frozen=True, slots=True)
class Postings:
    """The rows that hold number n are `rows[firsts[n] : firsts[n] + counts[n]]`, rising."""

    counts: npt.NDArray[np.int32]
    firsts: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int32]

    @classmethod
    def from_occurrences(cls, holdings: Occurrences, numbers: int) -> "Postings":
        """Sort pairs that lie in memory; `numbers` says how many numbers there are."""
        counts = np.bincount(holdings.numbers, minlength=numbers)
        firsts = counts.cumsum() - counts
        rows = holdings.rows[holdings.numbers.argsort(kind="stable")]
        return cls(counts.astype(np.int32), firsts.astype(np.int32), rows)


class _Batch(NamedTuple):
    """What some wordings hold: each code or concept with the run of rows that hold it, one run after another.

    Attributes:
        runs: how many rows hold each of the codes, then each of the concepts.
        rows: counted from the first wording of the batch.
    """

    codes: Hashes
    concepts: npt.NDArray[np.int32]
    runs: npt.NDArray[np.int32]
    rows: npt.NDArray[np.uint16]


class PostingsCollector:
    """Gathers n-grams and concepts batch by batch: two bytes a pair instead of twelve, and no string an n-gram."""

    def __init__(self) -> None:
        self._concepts: dict[str, int] = {}
        self._batches: list[_Batch] = []
        self._firsts: list[int] = []
        self._count = 0

    def add_wordings(self, texts: Sequence[str], concepts: Sequence[Iterable[str]]) -> None:
        """The next wordings: with masked numbers, as n-grams are taken from them, and what each speaks of."""
        for start in range(0, len(texts), GATHERED):
            self._add_batch(texts[start : start + GATHERED], concepts[start : start + GATHERED])

    def _add_batch(self, texts: Sequence[str], concepts: Sequence[Iterable[str]]) -> None:
        codes, gram_runs, gram_rows = _group_pairs(*_find_codes(texts), len(texts))
        held = [[self._concepts.setdefault(name, len(self._concepts)) for name in own] for own in concepts]
        owners = np.arange(len(texts)).repeat([len(own) for own in held])
        named, runs, rows = _group_pairs(owners, np.asarray([one for own in held for one in own], np.int64), len(texts))
        both_runs, both_rows = np.concatenate([gram_runs, runs]), np.concatenate([gram_rows, rows])
        batch = _Batch(codes, named.astype(np.int32), both_runs.astype(np.int32), both_rows.astype(np.uint16))
        self._batches.append(batch)
        self._firsts.append(self._count)
        self._count += len(texts)

    def build_postings(self) -> tuple[Vocabulary, Postings]:
        """Numbers for all that was gathered, and where each is held; the batches go as they are laid out."""
        codes = np.unique(np.concatenate([np.zeros(0, np.int64), *(batch.codes for batch in self._batches)]))
        hashes = np.concatenate([np.zeros(0, np.int64), *map(hash_grams, _spell_codes(codes))])
        vocabulary = Vocabulary(self._concepts, hashes)
        numbers = vocabulary.term_numbers(hashes)
        named = vocabulary.term_numbers(hash_concepts(self._concepts))
        held = [
            np.concatenate([numbers[codes.searchsorted(each.codes)], named[each.concepts]]) for each in self._batches
        ]
        return vocabulary, self._lay_out(held, len(vocabulary))

    def _lay_out(self, held: Sequence[Numbers], size: int) -> Postings:
        """The postings; `held` gives the number of each batch's runs."""
        counts = np.zeros(size, dtype=np.int64)
        for own, batch in zip(held, self._batches, strict=True):
            counts[own] += batch.runs
        firsts = counts.cumsum() - counts
        free, rows = firsts.copy(), np.empty(int(counts.sum()), dtype=np.int32)
        self._batches.reverse()
        for first, own in zip(self._firsts, held, strict=True):
            batch = self._batches.pop()
            places = (free[own] - batch.runs.cumsum() + batch.runs).repeat(batch.runs)
            places += np.arange(len(places))
            rows[places] = batch.rows + np.int32(first)
            free[own] += batch.runs
        return Postings(counts.astype(np.int32), firsts.astype(np.int32), rows)


def _find_codes(texts: Sequence[str]) -> tuple[Numbers, Hashes]:
    """The texts' places and the codes of their n-grams up to SHORT, of ^text$; some stand twice."""
    signs = np.frombuffer("".join(f"^{text}$" for text in texts).encode("utf-32-le", "surrogatepass"), "<u4")
    owners = np.arange(len(texts)).repeat([len(text) + 2 for text in texts])
    codes = signs.astype(np.int64)
    found, of_texts = [codes], [owners]
    for size in range(1, SHORT):
        whole = owners[size:] == owners[:-size]
        codes = codes[: len(signs) - size] | signs[size:].astype(np.int64) << _BITS * size
        found.append(codes[whole])
        of_texts.append(owners[size:][whole])
    return np.concatenate(of_texts), np.concatenate(found)


def _group_pairs(owners: Numbers, held: Hashes, texts: int) -> tuple[Hashes, Numbers, Numbers]:
    """What is held, rising; how many texts hold each; and these, rising for each."""
    different, places = np.unique(held, return_inverse=True)
    pairs = places * max(texts, 1) + owners
    pairs.sort()
    pairs = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]
    return different, np.bincount(pairs // max(texts, 1), minlength=len(different)), pairs % max(texts, 1)


def _spell_codes(codes: Hashes) -> Iterator[list[str]]:
    """The n-grams that these codes name, part by part."""
    for start in range(0, len(codes), _SPELLED):
        part = codes[start : start + _SPELLED, None] >> np.arange(SHORT) * _BITS & (1 << _BITS) - 1
        yield np.ascontiguousarray(part, dtype="<u4").view(f"<U{SHORT}").ravel().tolist()
