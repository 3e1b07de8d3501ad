"""Finds the few wordings worth ranking among very many: n-gram postings, the rarest first, within a budget."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int32]
BUDGET = 6144
"""Postings looked at for one message: time stays flat however many wordings there are."""
SMALL = 20_000
"""Wordings up to which a sum over all of them is the fastest."""
_FIRST_CUT = 1024


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
        self._all = np.arange(self._size, dtype=np.int32)
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
        known = [(weight, term) for term in terms if (weight := self._weights.get(term))]
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
        touched = np.concatenate([rows for rows, _ in chosen])
        weights = np.repeat([weight for _, weight in chosen], [len(rows) for rows, _ in chosen])
        if self._size <= SMALL:
            sums = np.bincount(touched, weights, self._size).astype(np.float32)
            return self._all, sums
        scratch = self._board()
        np.add.at(scratch, touched, weights.astype(np.float32))
        seen = _distinct(touched, scratch)
        found = scratch[seen]
        scratch[touched] = 0
        return seen, found

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
