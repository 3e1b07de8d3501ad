"""The intent model at run time: a linear model's weights over the few features of one message, calibrated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.understanding.calibration import softmax

Scores = npt.NDArray[np.float32]

PACKAGED = Path(__file__).parent / "model" / "intents.npz"
FORMAT = 1


class ModelError(RuntimeError):
    """The packaged model is missing or of another format; `python -m app.understanding.train` writes it anew."""


@dataclass(frozen=True, slots=True)
class IntentModel:
    """Weights by feature; n-gram rows carry their idf, so that a sum over rows is the score.

    Attributes:
        intents: ids, in column order.
        ngrams, named: feature → row of `weights`.
        idf: weight of each n-gram row in the length of the text's vector.
        temperature: scores are divided by it before the softmax.
        fingerprint: of the examples and the lexicon it was trained from.
    """

    intents: tuple[str, ...]
    ngrams: Mapping[str, int]
    named: Mapping[str, int]
    weights: Scores
    idf_squared: Scores
    bias: Scores
    temperature: float
    fingerprint: str

    @classmethod
    def load(cls, file: Path = PACKAGED) -> "IntentModel":
        """Read a packaged model; raises ModelError."""
        try:
            with np.load(file, allow_pickle=False) as stored:
                if int(stored["format"]) != FORMAT:
                    raise ModelError(f"{file.name} has another format")
                return cls._from(stored)
        except (OSError, KeyError, ValueError) as error:
            raise ModelError(f"{file.name} cannot be read: {error}") from error

    @classmethod
    def _from(cls, stored: Mapping[str, npt.NDArray[np.generic]]) -> "IntentModel":
        ngrams = _lines(stored["ngrams"])
        return cls(
            intents=tuple(_lines(stored["intents"])),
            ngrams={name: row for row, name in enumerate(ngrams)},
            named={name: row for row, name in enumerate(_lines(stored["named"]), start=len(ngrams))},
            weights=stored["weights"].astype(np.float32) * stored["scale"].astype(np.float32),
            idf_squared=stored["idf"].astype(np.float32) ** 2,
            bias=stored["bias"].astype(np.float32),
            temperature=float(stored["temperature"]),
            fingerprint=str(stored["fingerprint"]),
        )

    def probabilities(self, ngrams: Sequence[str], named: Sequence[str]) -> Scores:
        """How likely each intent is; sums to 1."""
        return softmax(self.scores(ngrams, named) / np.float32(self.temperature))

    def scores(self, ngrams: Sequence[str], named: Sequence[str]) -> Scores:
        """The linear scores of distinct n-grams and named features, before calibration."""
        rows = [row for row in map(self.ngrams.get, ngrams) if row is not None]
        scores = self.bias
        if rows:
            length = float(np.sqrt(self.idf_squared[rows].sum()))
            scores = scores + self.weights[rows].sum(axis=0) / length
        rows = [row for row in map(self.named.get, named) if row is not None]
        return scores + self.weights[rows].sum(axis=0) if rows else scores


def _lines(packed: npt.NDArray[np.generic]) -> list[str]:
    return packed.tobytes().decode("utf-8").split("\n")
