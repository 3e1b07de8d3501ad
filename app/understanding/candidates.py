"""Finds the few wordings worth ranking among very many: n-gram postings, the rarest first, within a budget."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int32]
BUDGET = 8192
"""Postings looked at for one message: time stays flat however many wordings there are."""


class Candidates:
    """An inverted index with idf weights; asks cost the same for a thousand and a hundred thousand wordings."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._size = len(documents)
        postings: defaultdict[str, list[int]] = defaultdict(list)
        for row, terms in enumerate(documents):
            for term in terms:
                postings[term].append(row)
        self._postings = {term: np.asarray(rows, dtype=np.int32) for term, rows in postings.items()}
        self._weights = {term: _weight(self._size, len(rows)) for term, rows in postings.items()}
        self._lengths = np.asarray([self._length(terms) for terms in documents], dtype=np.float32)
        self._scratch = threading.local()

    def nearest(self, terms: Iterable[str], most: int) -> tuple[Rows, Floats]:
        """Rows of the wordings nearest by cosine, and their cosines; in no order, `most` at most."""
        chosen, length = self._within_budget(terms)
        if not chosen:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        rows, sums = self._summed(chosen)
        cosines: Floats = sums / (self._lengths[rows] * length)
        if len(rows) > most:
            kept = np.argpartition(-cosines, most)[:most]
            rows, cosines = rows[kept], cosines[kept]
        return rows, cosines

    def _within_budget(self, terms: Iterable[str]) -> tuple[list[tuple[Rows, float]], float]:
        known = [(self._weights[term], term) for term in terms if term in self._weights]
        length = float(np.sqrt(sum(weight * weight for weight, _ in known)))
        chosen: list[tuple[Rows, float]] = []
        spent = 0
        for weight, term in sorted(known, reverse=True):
            rows = self._postings[term]
            spent += len(rows)
            if chosen and spent > BUDGET:
                break
            chosen.append((rows[:BUDGET], weight * weight))
        return chosen, length

    def _summed(self, chosen: Sequence[tuple[Rows, float]]) -> tuple[Rows, Floats]:
        scratch = self._board()
        touched = np.concatenate([rows for rows, _ in chosen])
        for rows, weight in chosen:
            scratch[rows] += weight
        if len(touched) < self._size:
            seen = _distinct(touched, scratch)
        else:
            seen = np.flatnonzero(scratch).astype(np.int32)
        sums = scratch[seen]
        scratch[touched] = 0
        return seen, sums

    def _board(self) -> Floats:
        board: Floats | None = getattr(self._scratch, "board", None)
        if board is None:
            board = np.zeros(self._size, dtype=np.float32)
            self._scratch.board = board
        return board

    def _length(self, terms: Sequence[str]) -> float:
        return float(np.sqrt(sum(self._weights[term] ** 2 for term in terms))) or 1.0


def _weight(size: int, count: int) -> float:
    return float(np.log((1 + size) / (1 + count)) + 1)


def _distinct(touched: Rows, scratch: Floats) -> Rows:
    # The best few are enough: duplicates of a wording share its score, so they are dropped after a first cut.
    if len(touched) > _FIRST_CUT:
        touched = touched[np.argpartition(-scratch[touched], _FIRST_CUT)[:_FIRST_CUT]]
    return np.unique(touched)


_FIRST_CUT = 1024


def common_terms(documents: Sequence[Sequence[str]], least: int) -> set[str]:
    """Terms of at least so many documents."""
    counted = Counter(term for terms in documents for term in terms)
    return {term for term, count in counted.items() if count >= least}
