"""Cuts text into words: the only door to jieba, with one shared base dictionary and a small overlay per shop."""

import logging
import marshal
import os
import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from math import inf, log
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # jieba 0.42.1's own source warns on import
    import jieba
    import jieba.finalseg  # the hidden Markov model loads with it, not with the first message

logging.getLogger("jieba").setLevel(logging.CRITICAL)

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


class BaseDictionary:
    """jieba's words and their frequencies, read once per process and never written."""

    def __init__(self, frequencies: dict[str, int], total: int) -> None:
        self.frequencies = frequencies
        self.total = total

    @classmethod
    def load(cls, cache_folder: Path | None = None) -> "BaseDictionary":
        """Read from our cache when there is a sound one of this user's, else from jieba's own list (about 1 s)."""
        cache = _cache_file(cache_folder)
        cached = _read_cache(cache) if cache else None
        if cached:
            return cls(*cached)
        frequencies, total = jieba.Tokenizer.gen_pfdict(jieba.dt.get_dict_file())
        if cache:
            _write_cache(cache, frequencies, total)
        return cls(frequencies, total)


class Segmenter:
    """Cuts text with the base dictionary and one shop's own words, as jieba's exact mode does.

    jieba's own walk is not used: it costs more than twice as much, and knows no shop's words over a shared dictionary.
    """

    def __init__(self, base: BaseDictionary, words: Iterable[str] = ()) -> None:
        self._base = base.frequencies
        self._own = _own(base.frequencies, words)
        self._own_beginnings = frozenset(word[0] for word in self._own)
        self._log_total = log(base.total)

    def cut(self, text: str) -> tuple[str, ...]:
        """The words of the text in order, spaces left out."""
        words: list[str] = []
        at = 0
        for run in _RUN.finditer(text):
            words += text[at : run.start()]
            words += self._words(run[0])
            at = run.end()
        words += text[at:]
        return tuple(word for word in words if not word.isspace())

    def _words(self, run: str) -> list[str]:
        """The likeliest words; what falls to single characters goes to the model of unknown words."""
        words: list[str] = []
        ends = self._ends(run)
        start = singles = 0
        while start < len(run):
            end = ends[start]
            if end - start > 1:
                words += self._unknown(run[singles:start]) if singles < start else ()
                words.append(run[start:end])
                singles = end
            start = end
        return words + list(self._unknown(run[singles:]))

    def _ends(self, run: str) -> list[int]:
        """For each place the end of the word that stands there in the likeliest cut; of equals the longest.

        A dictionary holds every beginning of its words, so that the first stretch it does not hold ends the search.
        """
        base, log_total = self._base.get, self._log_total
        length = len(run)
        likely, ends = [0.0] * (length + 1), [0] * length
        for start in range(length - 1, -1, -1):
            known = self._frequency if run[start] in self._own_beginnings else base
            best, longest = -inf, start + 1
            for end in range(start + 1, length + 1):
                frequency = known(run[start:end])
                if frequency is None:
                    break
                if frequency and (likelihood := log(frequency) - log_total + likely[end]) >= best:
                    best, longest = likelihood, end
            likely[start] = best if best > -inf else likely[longest] - log_total
            ends[start] = longest
        return ends

    def _unknown(self, singles: str) -> Iterable[str]:
        if len(singles) < 2 or self._frequency(singles):  # noqa: PLR2004  # nothing to join
            return singles
        return _joined(singles)

    def _frequency(self, word: str) -> int | None:
        """How common the word is; 0 for a mere beginning of words, None for what is not even that."""
        own = self._own.get(word)
        return self._base.get(word) if own is None else own


def _joined(singles: str) -> Iterator[str]:
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


def _own(base: Mapping[str, int], words: Iterable[str]) -> dict[str, int]:
    """A shop's words and their beginnings that the base does not hold.

    jieba's add_word is not used: with a frequency of 0 it writes a list all tokenizers of the process share.
    """
    own = {word for word in words if 1 < len(word) <= _LONGEST and not word.isspace()}
    beginnings = {word[:end] for word in own for end in range(1, len(word))}
    found = {beginning: 0 for beginning in beginnings if beginning not in base}
    return found | {word: max(base.get(word, 0), _OVERLAY_FREQUENCY) for word in own}


def _cache_file(folder: Path | None) -> Path | None:
    # A folder only we can write: marshal must not read what another user of the machine planted.
    with suppress(OSError):
        folder = folder or Path(tempfile.gettempdir()) / f"xiaoer-{os.getuid() if hasattr(os, 'getuid') else 'cache'}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid():
            return folder / f"jieba-{jieba.__version__}.cache"
    return None


def _read_cache(cache: Path) -> tuple[dict[str, int], int] | None:
    with suppress(OSError, ValueError, EOFError, TypeError):
        frequencies, total = marshal.loads(cache.read_bytes())  # noqa: S302  # our own file in a folder of mode 700
        if isinstance(frequencies, dict) and isinstance(total, int):
            return frequencies, total
    return None


def _write_cache(cache: Path, frequencies: dict[str, int], total: int) -> None:
    with suppress(OSError):
        part = cache.with_suffix(f".{os.getpid()}")
        part.write_bytes(marshal.dumps((frequencies, total)))
        part.replace(cache)
