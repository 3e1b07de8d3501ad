"""A shop's own linear model over its FAQ wordings: ridge regression in closed form."""

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.understanding.faq.vocabulary import Numbers, TermCollector, Terms, Vocabulary, hash_grams

Floats = npt.NDArray[np.float32]

RIDGE = 0.5
INTENTS = 1.0
FEW, FINE, COARSE = 1500, 4096, 1024
"""Up to FEW texts n-grams are hashed finely: 0.744 against 0.733 right on real entries, but slower to train."""
_SIGN = 0x80000000
_LEAST, _RAISED, _OPINION = np.float32(1e-4), np.float32(6), np.float32(INTENTS / 6)


class FeatureSpace:
    """Places of n-grams and concepts in a dense vector: n-grams hashed, each concept its own.

    The more texts there are, the fewer dimensions the hashed ones get.
    """

    def __init__(self, gathered: TermCollector, vocabulary: Vocabulary) -> None:
        hashed = FINE if gathered.count <= FEW else COARSE
        self.size = hashed + len(vocabulary.concepts)
        self._places = np.zeros(len(vocabulary), dtype=np.int32)
        self._places[vocabulary.concepts] = np.arange(hashed, self.size)
        self._is_concept = np.zeros(len(vocabulary), dtype=np.bool_)
        self._is_concept[vocabulary.concepts] = True
        holdings = gathered.concept_occurrences(vocabulary) + gathered.gram_occurrences(vocabulary)
        counts = np.bincount(holdings.numbers, minlength=len(vocabulary))
        self._values = (np.log((1 + gathered.count) / (1 + counts)) + 1).astype(np.float32)
        self._place_grams(list(gathered.spelled), vocabulary, hashed)

    def _place_grams(self, spelled: Sequence[str], vocabulary: Vocabulary, places: int) -> None:
        numbers = vocabulary.term_numbers(hash_grams(spelled))
        sums = np.fromiter((zlib.crc32(gram.encode()) for gram in spelled), np.int64, len(spelled))
        self._places[numbers] = sums % places
        self._values[numbers] *= np.where(sums & _SIGN, np.float32(1), np.float32(-1))

    def build_matrix(self, gathered: TermCollector, vocabulary: Vocabulary) -> Floats:
        """A row for each text."""
        matrix = np.zeros((gathered.count, self.size), dtype=np.float32)
        for holdings in (gathered.concept_occurrences(vocabulary), gathered.gram_occurrences(vocabulary)):
            rows, values = holdings.rows, self._values[holdings.numbers]
            lengths = np.sqrt(np.bincount(rows, values * values, gathered.count))
            np.add.at(matrix, (rows, self._places[holdings.numbers]), (values / lengths[rows]).astype(np.float32))
        return matrix

    def text_vectors(self, terms: Terms) -> tuple[Numbers, Floats]:
        """Places and values of each number's text; a place may stand twice in one."""
        values = self._values.take(terms.numbers)
        kinds = 2 * terms.texts + self._is_concept.take(terms.numbers)
        lengths = np.sqrt(np.bincount(kinds, values * values)).astype(np.float32)
        return self._places.take(terms.numbers), values / lengths.take(kinds)


def intent_features(probabilities: Floats) -> Floats:
    """What the intent model thinks, on the scale of the other features."""
    raised: Floats = np.maximum(np.log(probabilities + _LEAST) + _RAISED, 0) * _OPINION
    return raised


class FaqRanker:
    """Scores every entry for a text; about 1 for the right one and 0 for the others."""

    def __init__(self, gathered: TermCollector, vocabulary: Vocabulary, owners: Numbers) -> None:
        """`owners` gives each wording's entry, rising; texts beyond them belong to none."""
        self._space = FeatureSpace(gathered, vocabulary)
        opinions = intent_features(np.stack(gathered.probabilities))
        matrix = np.concatenate([self._space.build_matrix(gathered, vocabulary), opinions], axis=1)
        weights = _fit_ridge(matrix, owners)
        halves = weights.astype(np.float16)
        self._weights = halves[: self._space.size]
        self._opinions = halves[self._space.size :].astype(np.float32)

    def score_entries(self, terms: Terms, probabilities: Sequence[Floats], entries: Sequence[Numbers]) -> list[Floats]:
        """For each text, of these probabilities, one score for each of its entries."""
        places, values = self._space.text_vectors(terms)
        ends = terms.texts.searchsorted(np.arange(len(entries) + 1)).tolist()
        return [
            values[start:end] @ self._weights.take(places[start:end], 0).take(asked, 1).astype(np.float32)
            + view @ self._opinions.take(asked, 1)
            for start, end, view, asked in zip(
                ends, ends[1:], intent_features(np.stack(probabilities)), entries, strict=False
            )
        ]


def _fit_ridge(matrix: Floats, owners: Numbers) -> Floats:
    """Ridge weights by entry.

    Targets are 1 for a wording's own entry, else 0, so that a product with them is a sum over each entry's wordings.
    """
    rows, size = matrix.shape
    firsts = np.flatnonzero(np.diff(owners, prepend=-1))
    if rows <= size:
        inverse = _ridge_inverse(matrix @ matrix.T)
        weights: Floats = matrix.T @ np.add.reduceat(inverse[: len(owners)], firsts).T
    else:
        inverse = _ridge_inverse(matrix.T @ matrix)
        weights = inverse @ np.add.reduceat(matrix[: len(owners)], firsts).T
    return weights


def _ridge_inverse(gram: Floats) -> Floats:
    return np.asarray(np.linalg.inv(gram + np.float32(RIDGE) * np.eye(len(gram), dtype=np.float32)), dtype=np.float32)
