"""Cuts text into words as jieba does: one shared base dictionary, and a small overlay per shop."""

import re
from collections.abc import Iterable, Mapping, Sequence
from math import inf, log

import jieba.finalseg  # the hidden Markov model loads with it, not with the first message

from app.understanding.dictionary import BaseDictionary

_RUN = re.compile(r"[\u4E00-\u9FD5a-zA-Z0-9+#&._%\-]+")
"""Characters that words are made of, as jieba has it; any other stands alone."""
_LONGEST = 12
_OVERLAY_FREQUENCY = 20_000
"""As common as an everyday word, so that a shop's own word wins over its parts."""


class Segmenter:
    """Cuts text with the base dictionary and one shop's own words, as jieba's exact mode does.

    jieba's own walk is not used: it costs more than twice as much, and knows no shop's words over a shared dictionary.
    """

    def __init__(self, base: BaseDictionary, words: Iterable[str] = ()) -> None:
        self._base = base
        self._own = _own(base, words)

    def cut(self, text: str) -> tuple[str, ...]:
        """The words of the text in order, spaces left out."""
        known = self._known(text)
        ends = self._ends(text, known)
        words: list[str] = []
        at = 0
        for run in _RUN.finditer(text):
            words += text[at : run.start()]
            at = run.end()
            words += self._words(text, run.start(), at, ends, known)
        words += text[at:]
        return tuple(word for word in words if not word.isspace())

    def _known(self, text: str) -> Sequence[Mapping[int, float]]:
        """For each place the words that begin there, the shortest first; the shop's own are as likely as it wants."""
        known = self._base.words(text)
        for start, character in enumerate(text):
            if character in self._own:
                known[start] = self._with_own(text, start, known[start])
        return known

    def _with_own(self, text: str, start: int, known: Mapping[int, float]) -> dict[int, float]:
        words = dict(known)
        for end in range(start + 1, len(text) + 1):
            likelihood = self._own.get(text[start:end])
            if likelihood is None:
                break
            if likelihood > -inf:
                words[end] = likelihood
        return dict(sorted(words.items()))

    def _ends(self, text: str, known: Sequence[Mapping[int, float]]) -> list[int]:
        """For each place the end of the word that stands there in the likeliest cut; of equals the longest."""
        likely, ends = [0.0] * (len(text) + 1), list(range(1, len(text) + 1))
        for start in range(len(text) - 1, -1, -1):
            best = -inf
            for end, likelihood in known[start].items():
                together = likelihood + likely[end]
                if together >= best:
                    best, ends[start] = together, end
            if best > -inf:
                likely[start] = best
            elif _RUN.match(text, start):
                likely[start] = likely[start + 1] - self._base.log_total
        return ends

    def _words(
        self, text: str, start: int, stop: int, ends: Sequence[int], known: Sequence[Mapping[int, float]]
    ) -> list[str]:
        """The words of a run; what falls to single characters goes to the model of unknown words."""
        words: list[str] = []
        singles = start
        while start < stop:
            end = ends[start]
            if end - start > 1:
                words += _joined(text[singles:start], start in known[singles])
                words.append(text[start:end])
                singles = end
            start = end
        if singles < stop:
            words += _joined(text[singles:stop], stop in known[singles])
        return words


def _joined(singles: str, known: bool) -> Iterable[str]:  # noqa: FBT001  # both are what it is about
    """Single characters in a row: as they are where the dictionary has them as one word, else by jieba's model."""
    return singles if known or len(singles) < 2 else jieba.finalseg.cut(singles)  # noqa: PLR2004  # one is nothing to join


def _own(base: BaseDictionary, words: Iterable[str]) -> dict[str, float]:
    """A shop's words and how likely each is; minus infinity for a mere beginning of one.

    jieba's add_word is not used: with a frequency of 0 it writes a list all tokenizers of the process share.
    """
    own = {word for word in words if 1 < len(word) <= _LONGEST and not word.isspace()}
    least = log(_OVERLAY_FREQUENCY) - base.log_total
    beginnings = {word[:end]: -inf for word in own for end in range(1, len(word))}
    return beginnings | {word: max(base.likelihood(word), least) for word in own}
