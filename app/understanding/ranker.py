"""A shop's own linear model over its FAQ wordings: ridge regression in closed form, calibrated by leaving one out."""

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.understanding.calibration import temperature
from app.understanding.reading import Reading

Floats = npt.NDArray[np.float32]

RIDGE = 0.5
PAIRS = 0.5
INTENTS = 1.0
HEATS = tuple(0.02 * 1.25**step for step in range(16))
CALIBRATED_ON = 400
"""Wordings the temperature is fitted on; more change nothing and cost time."""


@dataclass(frozen=True, slots=True)
class Space:
    """Places of features in a dense vector: n-grams and pairs hashed, concepts and intents each their own."""

    hashed: int
    idf: dict[str, float]
    concepts: dict[str, int]
    intents: int

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> "Space":
        """The space of a shop's wordings; the more there are, the fewer dimensions the n-grams get."""
        counted = Counter(name for reading in readings for name in (*reading.grams, *reading.named))
        idf = {name: float(np.log((1 + len(readings)) / (1 + count)) + 1) for name, count in counted.items()}
        concepts = {name: place for place, name in enumerate(sorted(name for name in idf if name.startswith("c:")))}
        hashed = 4096 if len(readings) <= 1500 else 1024  # noqa: PLR2004  # 0.744 and 0.733 right on 63 real entries; a third of the time
        return cls(hashed, idf, concepts, len(readings[0].probabilities) if readings else 0)

    @property
    def size(self) -> int:
        """Dimensions."""
        return self.hashed + len(self.concepts) + self.intents

    def vector(self, reading: Reading) -> tuple[list[int], Floats]:
        """Places and values; a place may stand twice."""
        grams = [name for name in reading.grams if name in self.idf]
        concepts = [name for name in reading.named if name in self.concepts]
        pairs = [name for name in reading.named if name.startswith("p:") and name in self.idf]
        hashes = [zlib.crc32(name.encode()) for name in (*grams, *pairs)]
        signs = np.asarray([1.0 if value & 0x80000000 else -1.0 for value in hashes], dtype=np.float32)
        values = np.concatenate([self._block(grams, 1.0), self._block(pairs, PAIRS)]) * signs
        places = [value % self.hashed for value in hashes] + [self.hashed + self.concepts[name] for name in concepts]
        last = self.hashed + len(self.concepts)
        opinion = INTENTS * np.maximum(np.log(reading.probabilities + 1e-4) + 6, 0) / 6
        places += range(last, last + self.intents)
        return places, np.concatenate([values, self._block(concepts, 1.0), opinion]).astype(np.float32)

    def _block(self, names: Sequence[str], weight: float) -> Floats:
        values = np.asarray([self.idf[name] for name in names], dtype=np.float32)
        length = float(np.sqrt((values**2).sum())) or 1.0
        return values * np.float32(weight / length)


class Ranker:
    """Scores every entry for a reading; about 1 for the right one and 0 for the others."""

    def __init__(self, readings: Sequence[Reading], owners: Sequence[int], entries: int) -> None:
        """`owners` gives each wording's entry; -1 for a wording that belongs to none."""
        self._space = Space.of(readings)
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
        scores: Floats = self._weights[np.ix_(entries, places)].astype(np.float32) @ values
        return scores


def _solve(matrix: Floats, targets: Floats) -> tuple[Floats, Floats]:
    """Ridge weights, and for each row what a model that never saw it would score (Allen's PRESS, in closed form)."""
    rows, size = matrix.shape
    if rows <= size:
        inverse = np.linalg.inv(matrix @ matrix.T + RIDGE * np.eye(rows, dtype=np.float32))
        dual = inverse @ targets
        return matrix.T @ dual, targets - dual / np.diag(inverse)[:, None]
    inverse = np.linalg.inv(matrix.T @ matrix + RIDGE * np.eye(size, dtype=np.float32))
    weights = inverse @ (matrix.T @ targets)
    some = np.linspace(0, rows - 1, min(rows, CALIBRATED_ON)).astype(int)
    leverage = np.einsum("ij,jk,ik->i", matrix[some], inverse, matrix[some], optimize=True)
    left_out = np.zeros_like(targets)
    left_out[some] = targets[some] - (targets[some] - matrix[some] @ weights) / (1 - leverage)[:, None]
    return weights, left_out


def _heat(left_out: Floats, owners: npt.NDArray[np.int_]) -> float:
    told = np.flatnonzero((owners >= 0) & (np.abs(left_out).sum(axis=1) > 0))
    if len(told) < 10:  # noqa: PLR2004  # too few to learn from: the usual value of larger shops
        return 0.12
    some = told[np.linspace(0, len(told) - 1, min(len(told), CALIBRATED_ON)).astype(int)]
    return temperature(left_out[some], owners[some].tolist(), HEATS)
