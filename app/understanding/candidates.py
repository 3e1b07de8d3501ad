"""Finds the few wordings worth ranking among very many: n-gram postings, the rarest first, within a budget."""

import math
import threading

import numpy as np
import numpy.typing as npt

from app.understanding.vocabulary import Holdings, Numbers

Sums = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
BUDGET = 6144
"""Postings looked at for one message: time stays flat however many wordings there are."""
SMALL = 20_000
"""Wordings up to which a sum over all of them is the fastest."""
_UP = np.arange(BUDGET)


class Candidates:
    """An inverted index with idf weights; asks cost the same for a thousand and a hundred thousand wordings.

    The rows that hold number n are `_rows[_starts[n] : _starts[n] + _counts[n]]`.
    """

    def __init__(self, holdings: Holdings, *, numbers: int, wordings: int) -> None:
        """`numbers` and `wordings` say how many of each there are."""
        counts = np.bincount(holdings.numbers, minlength=numbers)
        self._counts, self._starts = counts.astype(np.int32), (counts.cumsum() - counts).astype(np.int32)
        self._rows = holdings.rows[holdings.numbers.argsort(kind="stable")]
        self._weights = _squared_idf(wordings, counts)
        squares = np.bincount(holdings.rows, self._weights[holdings.numbers], wordings)
        self._shares = 1 / np.sqrt(np.where(squares, squares, 1))
        self._all = np.arange(wordings)
        self._scratch = threading.local()

    def nearest(self, numbers: Numbers, most: int) -> tuple[Rows, Sums]:
        """Rows of the wordings nearest by cosine, rising, and their cosines; `most` at most."""
        weights = self._weights.take(numbers)
        square = weights.sum()
        if not square:
            return self._all[:0], self._shares[:0]
        rows, cosines = self._summed(*self._within_budget(numbers, weights))
        if len(rows) > most:
            best = (-cosines).argpartition(most)[:most]
            best.sort()
            rows, cosines = rows.take(best), cosines.take(best)
        return rows, cosines / math.sqrt(square)

    def _within_budget(self, numbers: Numbers, weights: Sums) -> tuple[Rows, Sums]:
        """The rows that hold the rarest of these numbers, and what each adds."""
        counts = self._counts.take(numbers)
        ends = counts.cumsum()
        if ends[-1] > BUDGET:
            kept = _rarest(counts)
            numbers, weights, counts = numbers[kept], weights[kept], counts[kept].clip(max=BUDGET)
            ends = counts.cumsum()
        places = (self._starts.take(numbers) - ends + counts).repeat(counts)
        places += _UP[: len(places)]
        return self._rows.take(places), weights.repeat(counts)

    def _summed(self, touched: Rows, weights: Sums) -> tuple[Rows, Sums]:
        if len(self._all) <= SMALL:
            return self._all, np.bincount(touched, weights, len(self._all)) * self._shares
        scratch = self._board()
        np.add.at(scratch, touched, weights)
        seen = _distinct(touched)
        sums = scratch[seen]
        scratch[touched] = 0
        return seen, sums * self._shares[seen]

    def _board(self) -> Sums:
        board: Sums | None = getattr(self._scratch, "board", None)
        if board is None:
            board = self._scratch.board = np.zeros(len(self._all))
        return board


def _squared_idf(wordings: int, counts: Numbers) -> Sums:
    return np.where(counts, (np.log((1 + wordings) / (1 + counts)) + 1) ** 2, 0.0)


def _rarest(counts: Numbers) -> Numbers:
    """Places of those that fit the budget together: all that are as rare or none, so that no chance decides."""
    rising = np.sort(counts)
    too_common = rising[rising.cumsum().searchsorted(BUDGET, side="right")]
    return np.flatnonzero(counts < too_common) if rising[0] < too_common else counts.argsort()[:1]


def _distinct(rows: Rows) -> Rows:
    rows = np.sort(rows)  # twenty times as fast as np.unique, which hashes
    return rows[np.flatnonzero(np.diff(rows, prepend=-1))]
