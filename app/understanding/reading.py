"""Reads stretches of text once for all models: canonical form, n-grams, concepts and intent probabilities."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.understanding.intent.features import canonical, masked, ngrams
from app.understanding.intent.model import IntentModel
from app.understanding.lexicon import Lexicon

Probabilities = npt.NDArray[np.float32]

POINTED = "这个"
_NO_WORDS = re.compile(r"\?*|(?:订单号?|单号|手机号?|电话)?[是为]?[a-z]{0,6}\d{5,}[\dx]*[a-z]{0,3}\d*\?*")
_REMEMBERED, _LONGEST_REMEMBERED = 4096, 12
"""Short pieces whose probabilities are kept (some 350 bytes each): 在吗 and 谢谢 stand in many messages."""

_Said = tuple[str, tuple[str, ...], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the models see of a text.

    Attributes:
        heard: lower case, without spaces and marks.
        grams: distinct character n-grams.
        concepts: concept → where it is first said.
        probabilities: by intent, in the model's order.
    """

    text: str
    heard: str
    grams: tuple[str, ...]
    concepts: Mapping[str, int]
    probabilities: Probabilities


class Stretch(NamedTuple):
    """A normalised text, or part of one.

    Attributes:
        heard: its canonical form.
        asked: the same with every name of goods but a thing pointed at.
    """

    text: str
    heard: str
    asked: str

    @classmethod
    def of(cls, text: str, goods: Sequence[str] = ()) -> "Stretch":
        """The text, and the goods its message names, as `names_of` gives them."""
        heard = canonical(text)
        return cls(text, heard, _pointing(heard, goods))


@dataclass(frozen=True)
class Reader:
    """Reads texts with the shared lexicon and intent model."""

    lexicon: Lexicon
    model: IntentModel
    _remembered: dict[str, Probabilities] = field(default_factory=dict, repr=False, compare=False)

    def read(self, text: str, goods: Iterable[str] = ()) -> Reading:
        """Read a normalised text; for the intent model every name of `goods` is but a thing pointed at."""
        return self.read_all([Stretch.of(text, names_of(goods))])[0][0]

    def read_all(
        self, texts: Sequence[Stretch], pieces: Sequence[Stretch] = ()
    ) -> tuple[list[Reading], list[Probabilities]]:
        """Read several texts, and `pieces` for the intent model alone; together they cost less than one by one."""
        said = [self._said(each.heard) for each in texts]
        asked = [
            own if each.asked == each.heard else self._said(each.asked) for own, each in zip(said, texts, strict=True)
        ]
        known = self.remembered(pieces)
        new = [piece.asked for piece, kept in zip(pieces, known, strict=True) if kept is None]
        likely = list(self.model.probabilities([*asked, *map(self._said, new)]))
        own, others = likely[: len(texts)], iter(likely[len(texts) :])
        self._remember(new, likely[len(texts) :])
        readings = [
            Reading(each.text, *words, self._judged(each.heard, mine))
            for each, words, mine in zip(texts, said, own, strict=True)
        ]
        return readings, [
            self._judged(piece.heard, next(others)) if kept is None else kept
            for piece, kept in zip(pieces, known, strict=True)
        ]

    def remembered(self, pieces: Sequence[Stretch]) -> list[Probabilities | None]:
        """The probabilities of those pieces that were read lately."""
        known = [self._remembered.get(piece.asked) for piece in pieces]
        return [
            own if own is None else self._judged(piece.heard, own) for piece, own in zip(pieces, known, strict=True)
        ]

    def _said(self, heard: str) -> _Said:
        return heard, tuple(ngrams(masked(heard))), self.lexicon.concepts(heard)

    def _remember(self, pieces: Iterable[str], likely: Iterable[Probabilities]) -> None:
        if len(self._remembered) > _REMEMBERED:
            self._remembered.clear()
        short = {piece: own for piece, own in zip(pieces, likely, strict=True) if len(piece) <= _LONGEST_REMEMBERED}
        self._remembered.update({piece: own.copy() for piece, own in short.items()})  # a row would keep all others

    def _judged(self, heard: str, probabilities: Probabilities) -> Probabilities:
        return self._nothing if _NO_WORDS.fullmatch(heard) else probabilities

    @cached_property
    def _nothing(self) -> Probabilities:
        """A text without a word, or a bare number, cannot be understood without the conversation."""
        return np.asarray([intent == "unclear" for intent in self.model.intents], dtype=np.float32)


def names_of(goods: Iterable[str]) -> list[str]:
    """Names of goods as they are heard, the longest first; one may hold another."""
    return sorted(map(canonical, goods), key=len, reverse=True)


def _pointing(heard: str, names: Sequence[str]) -> str:
    """The text without the names of goods, which say nothing of what is wanted."""
    for name in names:
        heard = heard.replace(name, POINTED)
    return heard
