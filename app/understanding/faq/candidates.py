"""Finds the few wordings worth ranking among very many: n-gram postings, the rarest first, within a budget."""

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from app.understanding.faq.postings import Postings
from app.understanding.faq.vocabulary import Numbers, Terms

Sums = npt.NDArray[np.float64]
BUDGET = 6144
"""Postings looked at for one text: time stays flat however many wordings there are."""
SMALL = 20_000
"""Wordings up to which a sum over all of them is the fastest."""
_SUMMED = 1 << 20


class CandidateMatches(NamedTuple):
    """Wordings of several texts: the place of the text, rising, the wording's row, rising for each text, its cosine.

    `sizes` tells how long the text is beside the wording, as vectors of n-grams and concepts.
    """

    texts: Numbers
    rows: Numbers
    cosines: Sums
    sizes: Sums

    def compress(self, kept: npt.NDArray[np.bool_]) -> "CandidateMatches":
        """Those that are kept."""
        return CandidateMatches(*(column.compress(kept) for column in self))


class CandidateIndex:
    """An inverted index with idf weights; asks cost the same for a thousand and a hundred thousand wordings."""

    def __init__(self, postings: Postings, wordings: int) -> None:
        """`wordings` says how many there are."""
        self._postings = postings
        self._weights = _idf_squares(wordings, postings.counts)
        squares = _sum_squares(postings, self._weights, wordings)
        self._shares = 1 / np.sqrt(np.where(squares, squares, 1))
        self._unknown = float(_idf_squares(wordings, np.ones(1, dtype=np.intp))[0])
        """The weight of an n-gram or concept that no wording holds: that of one that a single wording holds."""
        self._scratch = threading.local()

    def find_nearest(
        self, terms: Terms, sizes: Sequence[int], most: int, likeness: npt.NDArray[np.floating[Any]] | None = None
    ) -> CandidateMatches:
        """For each text the wordings nearest by cosine, `most` at most, and as many nearest by `likeness` beside them.

        Args:
            terms: what the texts share with the wordings.
            sizes: how many short n-grams and concepts each text holds, known or not.
            most: how many of a kind.
            likeness: of each text to every wording; only where there are at most SMALL wordings.
        """
        weights = self._weights.take(terms.numbers)
        known = np.bincount(terms.texts, weights > 0, len(sizes))
        squares = np.bincount(terms.texts, weights, len(sizes))
        lengths = np.sqrt(squares + (np.asarray(sizes) - known).clip(min=0) * self._unknown)
        postings = self._collect_postings(*self._limit_terms(terms, weights))
        found = (
            self._score_all_rows(postings, len(sizes), most, likeness)
            if len(self._shares) <= SMALL
            else self._score_each_text(postings, most)
        )
        own = lengths.take(found.texts)
        if not lengths.all():
            found, own = found.compress(own > 0), own.compress(own > 0)
        return found._replace(cosines=found.cosines / own, sizes=own * self._shares.take(found.rows))

    def _limit_terms(self, terms: Terms, weights: Sums) -> tuple[Terms, Sums, Numbers]:
        """The rarest numbers of each text, their weights, and how many postings of each are looked at."""
        counts = self._postings.counts.take(terms.numbers)
        if counts.sum() <= BUDGET:
            return terms, weights, counts
        kept = np.ones(len(counts), dtype=np.bool_)
        for text in np.flatnonzero(np.bincount(terms.texts, counts) > BUDGET):
            own = np.flatnonzero(terms.texts == text)
            kept[own] = False
            kept[own[_rarest_terms(counts[own])]] = True
        return Terms(terms.texts[kept], terms.numbers[kept]), weights[kept], counts[kept].clip(max=BUDGET)

    def _collect_postings(self, terms: Terms, weights: Sums, counts: Numbers) -> CandidateMatches:
        """The rows that hold these numbers, and what each adds to its cosine."""
        places = (self._postings.firsts.take(terms.numbers) - counts.cumsum() + counts).repeat(counts)
        places += np.arange(len(places))
        weights = weights.repeat(counts)
        return CandidateMatches(terms.texts.repeat(counts), self._postings.rows.take(places), weights, weights)

    def _score_all_rows(
        self, postings: CandidateMatches, texts: int, most: int, likeness: npt.NDArray[np.floating[Any]] | None
    ) -> CandidateMatches:
        """All sums of all texts at once."""
        wordings = len(self._shares)
        places = postings.texts * wordings + postings.rows
        board = np.bincount(places, postings.cosines, texts * wordings).reshape(texts, wordings) * self._shares
        picked = np.zeros(board.shape, dtype=np.bool_)
        for values in [board] if likeness is None else [board, likeness.astype(np.float64)]:
            best = (-values).argpartition(min(most, wordings) - 1)[:, :most] if wordings else picked.nonzero()[1]
            np.put_along_axis(picked, best.reshape(texts, -1), values=True, axis=1)
        found, rows = picked.nonzero()
        cosines = board[picked]
        return CandidateMatches(found, rows, cosines, cosines)

    def _score_each_text(self, postings: CandidateMatches, most: int) -> CandidateMatches:
        """Text by text, only over the rows that are touched."""
        firsts = np.flatnonzero(np.diff(postings.texts, prepend=-1))
        found = [postings.compress(np.zeros(len(postings.rows), dtype=np.bool_))]
        for start, end in zip(firsts, [*firsts[1:], len(postings.texts)], strict=True):
            rows, sums = self._sum_scores(postings.rows[start:end], postings.cosines[start:end])
            if len(rows) > most:
                best = (-sums).argpartition(most - 1)[:most]
                best.sort()
                rows, sums = rows.take(best), sums.take(best)
            found.append(CandidateMatches(postings.texts[start : start + 1].repeat(len(rows)), rows, sums, sums))
        return CandidateMatches(*map(np.concatenate, zip(*found, strict=True)))

    def _sum_scores(self, touched: Numbers, weights: Sums) -> tuple[Numbers, Sums]:
        scratch = self._score_buffer()
        np.add.at(scratch, touched, weights)
        seen = _distinct_rows(touched)
        sums = scratch[seen]
        scratch[touched] = 0
        return seen, sums * self._shares[seen]

    def _score_buffer(self) -> Sums:
        board: Sums | None = getattr(self._scratch, "board", None)
        if board is None:
            board = self._scratch.board = np.zeros(len(self._shares))
        return board


def _sum_squares(postings: Postings, weights: Sums, wordings: int) -> Sums:
    """Of each wording the sum of the weights of what it holds; part by part, for there may be millions of postings."""
    squares = np.zeros(wordings)
    parts = max(1, len(postings.rows) // _SUMMED)
    for part in np.array_split(np.arange(len(weights)), parts):
        if len(part):
            start, counts = postings.firsts[part[0]], postings.counts[part]
            squares += np.bincount(postings.rows[start : start + counts.sum()], weights[part].repeat(counts), wordings)
    return squares


def _idf_squares(wordings: int, counts: Numbers) -> Sums:
    return np.where(counts, (np.log((1 + wordings) / (1 + counts)) + 1) ** 2, 0.0)


def _rarest_terms(counts: Numbers) -> Numbers:
    """Places of those that fit the budget together: all that are as rare or none, so that no chance decides."""
    rising = np.sort(counts)
    too_common = rising[rising.cumsum().searchsorted(BUDGET, side="right")]
    return np.flatnonzero(counts < too_common) if rising[0] < too_common else counts.argsort()[:1]


def _distinct_rows(rows: Numbers) -> Numbers:
    rows = np.sort(rows)  # twenty times as fast as np.unique, which hashes
    return rows[np.flatnonzero(np.diff(rows, prepend=-1))]
