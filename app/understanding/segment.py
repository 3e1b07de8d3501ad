"""Cuts text into words as jieba does: one shared base dictionary, and a small overlay per shop."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf, log

import jieba.finalseg  # the hidden Markov model loads with it, not with the first message

from app.understanding.dictionary import BaseDictionary

_RUN = re.compile(r"[\u4E00-\u9FD5a-zA-Z0-9+#&._%\-]+")
"""Characters that words are made of, as jieba has it; any other stands alone."""
_HAN = re.compile(r"([\u4E00-\u9FD5]+)")
_LATIN = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
_START, _EMITTED = jieba.finalseg.start_P, jieba.finalseg.emit_P
_EMIT_B, _EMIT_M, _EMIT_E, _EMIT_S = (_EMITTED[state].get for state in "BMES")
_B_M, _B_E = (jieba.finalseg.trans_P["B"][state] for state in "ME")
_M_M, _M_E = (jieba.finalseg.trans_P["M"][state] for state in "ME")
_E_B, _E_S = (jieba.finalseg.trans_P["E"][state] for state in "BS")
_S_B, _S_S = (jieba.finalseg.trans_P["S"][state] for state in "BS")
_NEVER = jieba.finalseg.MIN_FLOAT
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
    """Single characters in a row: as they are where the dictionary has them as one word, else joined by the model."""
    return singles if known or len(singles) < 2 else _modelled(singles)  # noqa: PLR2004  # one is nothing to join


def _modelled(singles: str) -> Iterator[str]:
    """Words no dictionary knows, by jieba's hidden Markov model."""
    for part in _HAN.split(singles):
        if not _HAN.match(part):
            yield from filter(None, _LATIN.split(part))
            continue
        start = 0
        for end, state in enumerate(_states(part), start=1):
            if state in "ES" or end == len(part):
                yield part[start:end]
                start = end


def _states(han: str) -> str:
    """Viterbi's likeliest states: each character begins, goes on with or ends a word, or is one.

    Written out, at a third of jieba's cost; sums and ties are jieba's, where the larger letter wins.
    """
    b, m, e, s = (_START[state] + _EMITTED[state].get(han[0], _NEVER) for state in "BMES")
    to_b, to_m, to_e, to_s = "BMES"
    for character in han[1:]:
        emitted = _EMIT_B(character, _NEVER)
        e_b, s_b = e + _E_B + emitted, s + _S_B + emitted
        emitted = _EMIT_M(character, _NEVER)
        b_m, m_m = b + _B_M + emitted, m + _M_M + emitted
        emitted = _EMIT_E(character, _NEVER)
        b_e, m_e = b + _B_E + emitted, m + _M_E + emitted
        emitted = _EMIT_S(character, _NEVER)
        e_s, s_s = e + _E_S + emitted, s + _S_S + emitted
        b, next_b = (s_b, to_s) if s_b >= e_b else (e_b, to_e)
        m, next_m = (m_m, to_m) if m_m >= b_m else (b_m, to_b)
        e, next_e = (m_e, to_m) if m_e >= b_e else (b_e, to_b)
        s, next_s = (s_s, to_s) if s_s >= e_s else (e_s, to_e)
        to_b, to_m, to_e, to_s = next_b + "B", next_m + "M", next_e + "E", next_s + "S"
    return to_s if s >= e else to_e


def _own(base: BaseDictionary, words: Iterable[str]) -> dict[str, float]:
    """A shop's words and how likely each is; minus infinity for a mere beginning of one.

    jieba's add_word is not used: with a frequency of 0 it writes a list all tokenizers of the process share.
    """
    own = {word for word in words if 1 < len(word) <= _LONGEST and not word.isspace()}
    least = log(_OVERLAY_FREQUENCY) - base.log_total
    beginnings = {word[:end]: -inf for word in own for end in range(1, len(word))}
    return beginnings | {word: max(base.likelihood(word), least) for word in own}
