"""Reads stretches of text once for all models: canonical form, n-grams, concepts and intent probabilities."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.domain.intent_traits import IntentDirectory, IntentRole
from app.language.codes import is_wordless
from app.language.names import hide_names
from app.language.offers import write_figures
from app.understanding.intent.calibration import fuse_probabilities
from app.understanding.intent.features import canonicalize, extract_ngrams, mask_numbers
from app.understanding.intent.model import IntentModel
from app.understanding.lexicon import Lexicon
from app.understanding.sentence.encoder import SentenceEncoder

Probabilities = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float32]

_CACHE_SIZE, _LONGEST_CACHED = 4096, 12
"""Short pieces whose probabilities are kept (some 350 bytes each): 在吗 and 谢谢 stand in many messages."""

_ModelInput = tuple[str, tuple[str, ...], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class TextAnalysis:
    """What the models see of a text.

    Attributes:
        heard: lower case, without spaces and marks.
        grams: distinct character n-grams.
        concepts: concept → where it is first said.
        probabilities: by intent, in the model's order.
        vector: what the whole text means, goods included, of length 1; None where it was not asked for.
        nameless: the same text without what its message hides, names of goods and their variants above all; None where
            it hides nothing.
    """

    text: str
    canonical: str
    grams: tuple[str, ...]
    concepts: Mapping[str, int]
    probabilities: Probabilities
    vector: Vector | None = None
    nameless: "TextAnalysis | None" = None


class TextSpan(NamedTuple):
    """A normalised text, or part of one.

    Attributes:
        canonical: lower case, without spaces and marks.
        goods_masked: the same with every name of goods but a thing pointed at, and prices in figures.
        hides_names: whether any of it is hidden there.
    """

    text: str
    canonical: str
    goods_masked: str
    hides_names: bool = False

    @classmethod
    def from_text(cls, text: str, goods: Sequence[str] = ()) -> "TextSpan":
        """The text, and the goods its message names, as `names_of` gives them."""
        heard = canonicalize(text)
        return cls(text, heard, hide_names(write_figures(heard), goods), any(name in heard for name in goods))


@dataclass(frozen=True)
class TextAnalyzer:
    """Reads texts with the shared lexicon and models; `traits` tell how the model's intents are treated."""

    lexicon: Lexicon
    model: IntentModel
    encoder: SentenceEncoder
    traits: IntentDirectory
    _remembered: dict[str, Probabilities] = field(default_factory=dict, repr=False, compare=False)

    def analyze(self, text: str, goods: Iterable[str] = ()) -> TextAnalysis:
        """Read a normalised text; for the intent model every name of `goods` is but a thing pointed at."""
        return self.analyze_all([TextSpan.from_text(text, canonical_names(goods))])[0][0]

    def analyze_all(
        self, texts: Sequence[TextSpan], pieces: Sequence[TextSpan] = (), *, encode: bool = True
    ) -> tuple[list[TextAnalysis], list[Probabilities]]:
        """Read several texts, and `pieces` for the linear intent model alone; together they cost less than one by one.

        Without `encode` the linear model judges the texts alone, too, and they get no vectors: for very many texts.
        """
        said = [self._extract_features(each.canonical) for each in texts]
        asked = [
            own if each.goods_masked == each.canonical else self._extract_features(each.goods_masked)
            for own, each in zip(said, texts, strict=True)
        ]
        known = self.recall_probabilities(pieces)
        new = [piece.goods_masked for piece, kept in zip(pieces, known, strict=True) if kept is None]
        likely = self.model.predict_probabilities([*asked, *map(self._extract_features, new)])
        no_vectors = [(None, None)] * len(texts)
        judged, vectors = self._encode(texts, likely[: len(texts)]) if encode else (likely, no_vectors)
        others = iter(likely[len(texts) :])
        self._cache_probabilities(new, likely[len(texts) :])
        readings = [
            self._build_reading(each, words, bare, self._unclear_if_wordless(each.canonical, mine), *meant)
            for each, words, bare, mine, meant in zip(texts, said, asked, judged[: len(texts)], vectors, strict=True)
        ]
        return readings, [
            self._unclear_if_wordless(piece.canonical, next(others)) if kept is None else kept
            for piece, kept in zip(pieces, known, strict=True)
        ]

    def _build_reading(
        self,
        span: TextSpan,
        words: _ModelInput,
        bare: _ModelInput,
        probabilities: Probabilities,
        vector: Vector | None,
        bare_vector: Vector | None,
    ) -> TextAnalysis:
        """The reading of a text and, where names in it are hidden, that of the rest."""
        nameless = TextAnalysis(span.text, *bare, probabilities, bare_vector) if span.hides_names else None
        return TextAnalysis(span.text, *words, probabilities, vector, nameless)

    def _encode(
        self, texts: Sequence[TextSpan], linear: Probabilities
    ) -> tuple[Probabilities, list[tuple[Vector | None, Vector | None]]]:
        """The probabilities both models give together, and the vectors with and without names; one run for all."""
        places: dict[str, int] = {}
        meant = [places.setdefault(each.canonical, len(places)) for each in texts]
        asked = [places.setdefault(each.goods_masked, len(places)) for each in texts]
        encoded = self.encoder.encode_texts(list(places))
        fused = fuse_probabilities(linear, encoded.probabilities.take(asked, axis=0))
        return fused, list(zip(encoded.vectors.take(meant, axis=0), encoded.vectors.take(asked, axis=0), strict=True))

    def recall_probabilities(self, pieces: Sequence[TextSpan]) -> list[Probabilities | None]:
        """The probabilities of those pieces that were read lately."""
        known = [self._remembered.get(piece.goods_masked) for piece in pieces]
        return [
            own if own is None else self._unclear_if_wordless(piece.canonical, own)
            for piece, own in zip(pieces, known, strict=True)
        ]

    def _extract_features(self, heard: str) -> _ModelInput:
        return heard, tuple(extract_ngrams(mask_numbers(heard))), self.lexicon.find_concepts(heard)

    def _cache_probabilities(self, pieces: Iterable[str], likely: Iterable[Probabilities]) -> None:
        if len(self._remembered) > _CACHE_SIZE:
            self._remembered.clear()
        short = {piece: own for piece, own in zip(pieces, likely, strict=True) if len(piece) <= _LONGEST_CACHED}
        self._remembered.update({piece: own.copy() for piece, own in short.items()})  # a row would keep all others

    def _unclear_if_wordless(self, heard: str, probabilities: Probabilities) -> Probabilities:
        return self._unclear_probabilities if is_wordless(heard) else probabilities

    @cached_property
    def _unclear_probabilities(self) -> Probabilities:
        """A text without a word, or a bare number, cannot be understood without the conversation."""
        unclear = self.traits.find_holder(IntentRole.ASKS_MEANING)
        return np.asarray([intent == unclear for intent in self.model.intents], dtype=np.float32)


def canonical_names(goods: Iterable[str]) -> list[str]:
    """Names of goods as they are heard, the longest first; one may hold another."""
    return sorted(map(canonicalize, goods), key=len, reverse=True)
