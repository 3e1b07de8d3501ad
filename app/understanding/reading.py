"""Reads stretches of text once for all models: canonical form, n-grams, concepts and intent probabilities."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from app.understanding.features import canonical, masked, ngrams
from app.understanding.intent import IntentModel
from app.understanding.lexicon import Lexicon

Probabilities = npt.NDArray[np.float32]

POINTED = "这个"
_NO_WORDS = re.compile(r"\?*|(?:订单号?|单号|手机号?|电话)?[是为]?[a-z]{0,6}\d{5,}[\dx]*[a-z]{0,3}\d*\?*")
_REMEMBERED, _LONGEST_REMEMBERED = 4096, 12
"""Short texts whose probabilities are kept (some 350 bytes each): 在吗 and 谢谢 stand in many messages."""

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


@dataclass(frozen=True)
class Reader:
    """Reads texts with the shared lexicon and intent model."""

    lexicon: Lexicon
    model: IntentModel
    _remembered: dict[str, Probabilities] = field(default_factory=dict, repr=False, compare=False)

    def read(self, text: str, goods: Iterable[str] = ()) -> Reading:
        """Read a normalised text; for the intent model every name of `goods` is but a thing pointed at."""
        return self.read_all((text,), goods)[0][0]

    def read_all(
        self, texts: Sequence[str], goods: Iterable[str] = (), pieces: Sequence[str] = ()
    ) -> tuple[list[Reading], list[Probabilities]]:
        """Read several texts, and `pieces` for the intent model alone; together they cost less than one by one."""
        said = [self._said(canonical(text)) for text in texts]
        heard = [*(each[0] for each in said), *map(canonical, pieces)]
        asked = _pointing(heard, goods)
        known = self._known(asked, {each[0]: each for each in said})
        likely = [self._likely(text, known[each]) for text, each in zip(heard, asked, strict=True)]
        readings = [Reading(text, *each, own) for text, each, own in zip(texts, said, likely, strict=False)]
        return readings, likely[len(texts) :]

    def remembered(self, texts: Iterable[str], goods: Iterable[str] = ()) -> list[Probabilities | None]:
        """The probabilities of those texts that were read lately."""
        heard = list(map(canonical, texts))
        known = map(self._remembered.get, _pointing(heard, goods))
        return [own if own is None else self._likely(text, own) for text, own in zip(heard, known, strict=True)]

    def _said(self, heard: str) -> _Said:
        return heard, tuple(ngrams(masked(heard))), self.lexicon.concepts(heard)

    def _known(self, asked: Iterable[str], said: Mapping[str, _Said]) -> dict[str, Probabilities]:
        """The probabilities by canonical text; some are `said` already."""
        known = {text: found for text in asked if (found := self._remembered.get(text)) is not None}
        new = [text for text in dict.fromkeys(asked) if text not in known]
        if new:
            found = self.model.probabilities([said.get(text) or self._said(text) for text in new])
            known.update(zip(new, found, strict=True))
            self._remember(new, known)
        return known

    def _remember(self, texts: Iterable[str], known: Mapping[str, Probabilities]) -> None:
        if len(self._remembered) > _REMEMBERED:
            self._remembered.clear()
        self._remembered.update((text, known[text].copy()) for text in texts if len(text) <= _LONGEST_REMEMBERED)

    def _likely(self, heard: str, probabilities: Probabilities) -> Probabilities:
        return self._nothing if _NO_WORDS.fullmatch(heard) else probabilities

    @cached_property
    def _nothing(self) -> Probabilities:
        """A text without a word, or a bare number, cannot be understood without the conversation."""
        return np.asarray([intent == "unclear" for intent in self.model.intents], dtype=np.float32)


def _pointing(heard: Sequence[str], goods: Iterable[str]) -> Sequence[str]:
    """The texts without the names of goods, which say nothing of what is wanted."""
    for name in sorted(map(canonical, goods), key=len, reverse=True):  # a name may hold another
        heard = [text.replace(name, POINTED) for text in heard]
    return heard
