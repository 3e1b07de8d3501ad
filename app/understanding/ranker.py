"""A shop's own linear model over its FAQ wordings: ridge regression in closed form, calibrated by leaving one out."""

import math
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.understanding.calibration import temperature
from app.understanding.reading import Reading

Floats = npt.NDArray[np.float32]

RIDGE = 0.5
INTENTS = 1.0
FEW, FINE, COARSE = 1500, 4096, 1024
"""Up to FEW wordings n-grams are hashed finely: 0.744 against 0.733 right on real entries, but slower to train."""
_SIGN = 0x80000000
_CONCEPT = "concept:"
"""No n-gram is so long, so names never meet."""
HEATS = tuple(0.02 * 1.25**step for step in range(16))
CALIBRATED_ON = 400
"""Wordings the temperature is fitted on; more change nothing and cost time."""


class Space:
    """Places of features in a dense vector: n-grams hashed, concepts and intents each their own.

    The more wordings there are, the fewer dimensions the hashed ones get.
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        counted = Counter(name for reading in readings for name in (*reading.grams, *_concepts(reading)))
        names = sorted(counted)
        concepts = [name for name in names if name.startswith(_CONCEPT)]
        self._hashed = FINE if len(readings) <= FEW else COARSE
        self._intents = len(readings[0].probabilities) if readings else 0
        own = {name: self._hashed + place for place, name in enumerate(concepts)}
        hashes = [zlib.crc32(name.encode()) for name in names]
        self._rows = {name: row for row, name in enumerate(names)}
        self._concept_rows = {name.removeprefix(_CONCEPT): self._rows[name] for name in concepts}
        self._places = np.asarray(
            [own.get(name, value % self._hashed) for name, value in zip(names, hashes, strict=True)], dtype=np.intp
        )
        signs = [1.0 if name in own or value & _SIGN else -1.0 for name, value in zip(names, hashes, strict=True)]
        idf = [np.log((1 + len(readings)) / (1 + counted[name])) + 1 for name in names]
        self._values = np.asarray(idf, dtype=np.float32) * np.asarray(signs, dtype=np.float32)
        self.size = self._hashed + len(concepts) + self._intents
        self._last = np.arange(self.size - self._intents, self.size, dtype=np.intp)

    def vector(self, reading: Reading) -> tuple[npt.NDArray[np.intp], Floats]:
        """Places and values; a place may stand twice."""
        grams = [row for name in reading.grams if (row := self._rows.get(name)) is not None]
        concepts = [row for name in reading.concepts if (row := self._concept_rows.get(name)) is not None]
        opinion = np.maximum(np.log(reading.probabilities + np.float32(1e-4)) + 6, 0) * np.float32(INTENTS / 6)
        places = self._places[grams + concepts]
        values = (_unit(self._values[grams]), _unit(self._values[concepts]), opinion)
        return np.concatenate([places, self._last]), np.concatenate(values)


def _concepts(reading: Reading) -> list[str]:
    return [_CONCEPT + name for name in reading.concepts]


def _unit(values: Floats) -> Floats:
    return values * np.float32(1 / (math.sqrt(values @ values) or 1.0))


class Ranker:
    """Scores every entry for a reading; about 1 for the right one and 0 for the others."""

    def __init__(self, readings: Sequence[Reading], owners: Sequence[int], entries: int) -> None:
        """`owners` gives each wording's entry; -1 for a wording that belongs to none."""
        self._space = Space(readings)
        matrix = np.zeros((len(readings), self._space.size), dtype=np.float32)
        for row, reading in enumerate(readings):
            places, values = self._space.vector(reading)
            np.add.at(matrix[row], places, values)
        targets = np.zeros((len(readings), entries), dtype=np.float32)
        owned = np.asarray(owners)
        rows = np.flatnonzero(owned >= 0)
        targets[rows, owned[rows]] = 1
        weights, left_out = _solve(matrix, targets)
        self._weights = np.ascontiguousarray(weights.T).astype(np.float16)
        self.heat = _heat(left_out, owned)

    def scores(self, reading: Reading, entries: Sequence[int]) -> Floats:
        """One score for each of these entries."""
        places, values = self._space.vector(reading)
        scores: Floats = self._weights[np.asarray(entries)[:, None], places].astype(np.float32) @ values
        return scores


def _solve(matrix: Floats, targets: Floats) -> tuple[Floats, Floats]:
    """Ridge weights, and for each row what a model that never saw it would score (Allen's PRESS, in closed form)."""
    rows, size = matrix.shape
    if rows <= size:
        inverse = _inverse(matrix @ matrix.T)
        dual: Floats = inverse @ targets
        weights: Floats = matrix.T @ dual
        return weights, targets - dual / np.diag(inverse)[:, None]
    inverse = _inverse(matrix.T @ matrix)
    weights = inverse @ (matrix.T @ targets)
    some = np.linspace(0, rows - 1, min(rows, CALIBRATED_ON)).astype(int)
    leverage = ((matrix[some] @ inverse) * matrix[some]).sum(axis=1)
    left_out = np.zeros_like(targets)
    left_out[some] = targets[some] - (targets[some] - matrix[some] @ weights) / (1 - leverage)[:, None]
    return weights, left_out


def _inverse(gram: Floats) -> Floats:
    return np.asarray(np.linalg.inv(gram + np.float32(RIDGE) * np.eye(len(gram), dtype=np.float32)), dtype=np.float32)


def _heat(left_out: Floats, owners: npt.NDArray[np.int_]) -> float:
    told = np.flatnonzero((owners >= 0) & (np.abs(left_out).sum(axis=1) > 0))
    if len(told) < 10:  # noqa: PLR2004  # too few to learn from: the usual value of larger shops
        return 0.12
    some = told[np.linspace(0, len(told) - 1, min(len(told), CALIBRATED_ON)).astype(int)]
    return temperature(left_out[some], owners[some].tolist(), HEATS)
