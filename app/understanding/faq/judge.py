"""Judges whether an FAQ entry answers a question: a small network, trained once on made-up shops and the same for all.

It scores every entry that could be meant, and that none is meant scores 0; the confidences are the softmax over these,
so that they mean the same in a shop of six rows and in one of fifty thousand.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.understanding.faq.likeness import FEATURES, NEED_VECTORS, Floats

PACKAGED = Path(__file__).parents[1] / "model" / "matches.npz"
_NEED_VECTORS = [FEATURES.index(name) for name in NEED_VECTORS]
_WITHOUT_VECTORS = FEATURES.index("without vectors")


class MatchModelError(RuntimeError):
    """The packaged match model is missing or of other features; `make train` writes it anew."""


@dataclass(frozen=True, slots=True)
class MatchModel:
    """A network of one hidden layer over FEATURES, whose columns are brought to mean 0 and deviation 1 before.

    The first half of the hidden numbers counts above 0 alone, the second below; no weight of a column that rises with
    likeness is negative, so that what is more alike is never less likely.
    """

    mean: Floats
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: float

    @classmethod
    def load_model(cls, file: Path = PACKAGED) -> "MatchModel":
        """Read the packaged model; raises MatchModelError."""
        try:
            with np.load(file, allow_pickle=False) as stored:
                if tuple(stored["features"].tolist()) != FEATURES:
                    raise MatchModelError(f"{file.name} was trained on other features")
                mean, deviation = stored["mean"], stored["deviation"]
                hidden = stored["hidden"] / deviation[:, None]
                bias = stored["hidden_bias"] - mean @ hidden
                return cls(mean, hidden, bias, stored["output"], float(stored["output_bias"]))
        except (OSError, KeyError, ValueError) as error:
            raise MatchModelError(f"{file.name} cannot be read: {error}") from error

    def score_entries(self, features: Floats) -> Floats:
        """Each entry's score; above 0 it is likelier meant than nothing is."""
        blind = features[:, _WITHOUT_VECTORS] > 0
        if blind.any():
            features = features.copy()
            features[:, _NEED_VECTORS] = np.where(blind[:, None], self.mean[_NEED_VECTORS], features[:, _NEED_VECTORS])
        bent = features @ self.hidden + self.hidden_bias
        half = len(self.output) // 2
        np.maximum(bent[:, :half], 0, out=bent[:, :half])
        np.minimum(bent[:, half:], 0, out=bent[:, half:])
        scores: Floats = bent @ self.output + self.output_bias
        return scores


def share_confidence(scores: Floats) -> Floats:
    """How likely each entry is meant, one of them or none."""
    highest = max(float(scores.max()), 0.0)
    raised = np.exp(scores - highest)
    shares: Floats = raised / (raised.sum() + np.exp(-highest))
    return shares
