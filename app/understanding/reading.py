"""Reads a stretch of text once for all models: its canonical form, n-grams, concepts and intent probabilities."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from app.understanding.features import canonical, concept_features, masked, ngrams, shape_features
from app.understanding.intent import IntentModel
from app.understanding.lexicon import Lexicon

POINTED = "这个"
_NO_WORDS = re.compile(r"\?*|(?:订单号?|单号|手机号?|电话)?[是为]?[a-z]{0,6}\d{5,}[\dx]*[a-z]{0,3}\d*\?*")


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

    def read(self, text: str, goods: Iterable[str] = ()) -> Reading:
        """Read a normalised text; for the intent model every name of `goods` is but a thing pointed at."""
        heard = canonical(text)
        said = self._said(heard)
        asked = heard
        for name in goods:
            asked = asked.replace(canonical(name), POINTED)
        meant = said if asked == heard else self._said(asked)
        if _NO_WORDS.fullmatch(heard):
            return Reading(text, heard, *said, self._nothing)
        return Reading(text, heard, *said, self.model.probabilities(meant[0], meant[1]))

    def _said(self, heard: str) -> tuple[tuple[str, ...], tuple[str, ...], Mapping[str, int]]:
        concepts = self.lexicon.concepts(heard)
        grams = tuple(set(ngrams(masked(heard))))
        return grams, (*concept_features(concepts), *shape_features(heard, concepts)), concepts

    @cached_property
    def _nothing(self) -> npt.NDArray[np.float32]:
        """A text without a word, or a bare number, cannot be understood without the conversation."""
        return np.asarray([intent == "unclear" for intent in self.model.intents], dtype=np.float32)
