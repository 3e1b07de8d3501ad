"""The intent model at run time: a linear model's weights over the few features of each text, calibrated."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.understanding.intent.calibration import softmax
from app.understanding.intent.features import MOST_PAIRED, shape_features, sort_concepts

Scores = npt.NDArray[np.float32]

PACKAGED = Path(__file__).parents[1] / "model" / "intents.npz"
FORMAT = 1
_NOTHING, _BIAS = 0, 1
"""Rows of the weights that stand before those of features."""


class ModelError(RuntimeError):
    """The packaged model is missing or of another format; `make train` writes it anew."""


@dataclass(frozen=True, slots=True)
class IntentModel:
    """Weights by feature; n-gram rows carry their idf, so that a sum over rows is the score.

    Attributes:
        intents: ids, in column order. columns: the other way round.
        ngrams, shapes: feature → row of `weights`.
        concepts: name → number, from 1.
        pairs: row of each pair by numbers, the concept said first in lines; alone, on the diagonal.
        weights: in their last column the squared idf, by whose sum n-grams are divided; calibrated.
        fingerprint: of the examples and the lexicon it was trained from.
    """

    intents: tuple[str, ...]
    columns: dict[str, int]
    ngrams: Mapping[str, int]
    concepts: Mapping[str, int]
    pairs: Sequence[Sequence[int]]
    shapes: Mapping[str, int]
    weights: Scores
    fingerprint: str

    @classmethod
    def load_model(cls, file: Path = PACKAGED) -> "IntentModel":
        """Read a packaged model; raises ModelError."""
        try:
            with np.load(file, allow_pickle=False) as stored:
                if int(stored["format"]) != FORMAT:
                    raise ModelError(f"{file.name} has another format")
                return cls._build_model(stored)
        except (OSError, KeyError, ValueError) as error:
            raise ModelError(f"{file.name} cannot be read: {error}") from error

    @classmethod
    def _build_model(cls, stored: Mapping[str, npt.NDArray[np.generic]]) -> "IntentModel":
        ngrams = {name: row for row, name in enumerate(_unpack_names(stored["ngrams"]), start=_BIAS + 1)}
        named = {name: row for row, name in enumerate(_unpack_names(stored["named"]), start=_BIAS + 1 + len(ngrams))}
        intents = tuple(_unpack_names(stored["intents"]))
        concepts = {name: number for number, name in enumerate(_concept_names(named), start=1)}
        return cls(
            intents=intents,
            columns={intent: column for column, intent in enumerate(intents)},
            ngrams=ngrams,
            concepts=concepts,
            pairs=_pair_rows(named, concepts),
            shapes={name: row for name, row in named.items() if name.startswith("s:")},
            weights=_stack_weights(stored),
            fingerprint=str(stored["fingerprint"]),
        )

    def find_untrained(self, intents: Iterable[str]) -> list[str]:
        """Those of the intents that the model was not trained on, and so never predicts."""
        return [intent for intent in intents if intent not in self.columns]

    def predict_probabilities(self, said: Sequence[tuple[str, Iterable[str], Mapping[str, int]]]) -> Scores:
        """How likely each intent is, a row for each text's canonical form, distinct n-grams and concepts."""
        rows: list[int] = []
        starts: list[int] = []
        for heard, ngrams, concepts in said:
            starts.append(len(rows))
            rows.append(_NOTHING)
            rows.extend(filter(None, map(self.ngrams.get, ngrams)))
            starts.append(len(rows))
            rows.append(_BIAS)
            rows.extend(filter(None, map(self.shapes.get, shape_features(heard, concepts))))
            rows.extend(filter(None, self._concept_rows(concepts)))
        sums: Scores = np.add.reduceat(self.weights.take(rows, axis=0), starts, axis=0)
        scores = sums[0::2]
        scores /= np.sqrt(scores[:, -1:])
        scores += sums[1::2]
        return softmax(scores[:, :-1])

    def _concept_rows(self, concepts: Mapping[str, int]) -> list[int]:
        """The rows of the concepts and of each two of the first few in the order they are said, or 0."""
        numbers = [self.concepts.get(concept, 0) for concept in sort_concepts(concepts)]
        rows = [self.pairs[number][number] for number in numbers[MOST_PAIRED:]]
        first_few = numbers[:MOST_PAIRED]
        for place, number in enumerate(first_few):
            with_others = self.pairs[number]
            rows += [with_others[other] for other in first_few[place:]]
        return rows


def _concept_names(named: Iterable[str]) -> list[str]:
    spoken = {name[2:]: None for name in named if name.startswith("c:")}
    paired = [name[2:].partition(">") for name in named if name.startswith("p:")]
    return list(spoken | {name: None for first, _, second in paired for name in (first, second)})


def _pair_rows(named: Mapping[str, int], numbers: Mapping[str, int]) -> Sequence[Sequence[int]]:
    nothing = [_NOTHING] * (len(numbers) + 1)
    pairs = [array("i", nothing) for _ in nothing]
    for name, row in named.items():
        first, _, second = name[2:].partition(">")
        if name.startswith(("c:", "p:")):
            pairs[numbers[first]][numbers[second or first]] = row
    return pairs


def _stack_weights(stored: Mapping[str, npt.NDArray[np.generic]]) -> Scores:
    features, intents = stored["weights"].shape
    weights = np.zeros((_BIAS + 1 + features, intents + 1), dtype=np.float32)
    weights[_NOTHING, -1] = 1e-9  # the length of a text of which no n-gram is known; any but 0 will do
    weights[_BIAS, :-1] = stored["bias"]
    weights[_BIAS + 1 :, :-1] = stored["weights"].astype(np.float32) * stored["scale"].astype(np.float32)
    weights /= np.float32(stored["temperature"])
    weights[_BIAS + 1 : _BIAS + 1 + len(stored["idf"]), -1] = stored["idf"].astype(np.float32) ** 2
    return weights


def _unpack_names(packed: npt.NDArray[np.generic]) -> list[str]:
    return packed.tobytes().decode("utf-8").split("\n")
