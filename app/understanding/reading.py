"""Reads a stretch of text once for all models: its canonical form, n-grams, concepts and intent probabilities."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from app.understanding.features import canonical, concept_features, masked, ngrams, shape_features
from app.understanding.intent import IntentModel
from app.understanding.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Reading:
    """What the models see of a text.

    Attributes:
        heard: lower case, without spaces and marks.
        grams: distinct character n-grams. named: concepts, pairs of them, and shape.
        concepts: concept → where it is first said.
        probabilities: by intent, in the model's order.
    """

    text: str
    heard: str
    grams: tuple[str, ...]
    named: tuple[str, ...]
    concepts: Mapping[str, int]
    probabilities: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Reader:
    """Reads texts with the shared lexicon and intent model."""

    lexicon: Lexicon
    model: IntentModel

    def read(self, text: str) -> Reading:
        """Read a normalised text."""
        heard = canonical(text)
        concepts = self.lexicon.concepts(heard)
        grams = tuple(set(ngrams(masked(heard))))
        named = (*concept_features(concepts), *shape_features(heard, concepts))
        probabilities = self.model.probabilities(grams, named) if heard.strip("?") else self._nothing
        return Reading(text, heard, grams, named, concepts, probabilities)

    @cached_property
    def _nothing(self) -> npt.NDArray[np.float32]:
        """A text without a word cannot be understood without the conversation."""
        return np.asarray([intent == "unclear" for intent in self.model.intents], dtype=np.float32)
