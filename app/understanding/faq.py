"""Matches a request to a shop's FAQ entries: candidates by shared n-grams, then a ranker over them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
from rapidfuzz.fuzz import ratio

from app.domain.catalogue import FaqEntry
from app.domain.understanding import FaqScore
from app.understanding.features import canonical

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int32]
CANDIDATES = 40


class FaqMatcher:
    """One shop's FAQ."""

    def __init__(self, entries: Sequence[FaqEntry]) -> None:
        self._entries = entries
        self._texts: list[str] = []
        owners: list[int] = []
        for number, entry in enumerate(entries):
            for wording in dict.fromkeys(map(canonical, (entry.question, *entry.similar_questions))):
                self._texts.append(wording)
                owners.append(number)
        self._owners = np.asarray(owners, dtype=np.int32)
        self._postings, self._idf = _postings(self._texts)
        self._lengths = _lengths(len(self._texts), self._postings, self._idf)

    def rank(self, text: str, *, today: date | None = None, product_id: str | None = None) -> tuple[FaqScore, ...]:
        """The five best entries that are in force for this day and product."""
        heard = canonical(text)
        best: dict[int, float] = {}
        for row, cosine in self._candidates(heard):
            entry = int(self._owners[row])
            if in_force(self._entries[entry], today, product_id):
                score = 0.5 * cosine + 0.5 * ratio(heard, self._texts[row]) / 100
                best[entry] = max(score, best.get(entry, 0.0))
        ranked = sorted(best.items(), key=lambda item: -item[1])[:5]
        return tuple(
            FaqScore(self._entries[entry].entry_id, self._entries[entry].question, round(score, 4))
            for entry, score in ranked
        )

    def _candidates(self, heard: str) -> list[tuple[int, float]]:
        if not self._texts:
            return []
        scores = np.zeros(len(self._texts), dtype=np.float32)
        length = 0.0
        for gram in _grams(heard):
            weight = self._idf.get(gram, 0.0)
            length += weight**2
            if weight:
                scores[self._postings[gram]] += weight**2
        cosines = scores / (self._lengths * np.sqrt(length or 1.0))
        order = np.argsort(-cosines)[:CANDIDATES]
        return [(int(row), float(cosines[row])) for row in order if cosines[row] > 0]


def in_force(entry: FaqEntry, today: date | None, product_id: str | None) -> bool:
    """Whether the entry speaks for this day and this product."""
    if today and ((entry.valid_from and today < entry.valid_from) or (entry.valid_to and today > entry.valid_to)):
        return False
    return not entry.products or product_id in entry.products


def _grams(text: str) -> set[str]:
    return {text[at : at + size] for size in (1, 2, 3) for at in range(len(text) - size + 1)}


def _postings(texts: Sequence[str]) -> tuple[Mapping[str, Rows], Mapping[str, float]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        for gram in _grams(text):
            found[gram].append(row)
    postings = {gram: np.asarray(rows, dtype=np.int32) for gram, rows in found.items()}
    idf = {gram: float(np.log((1 + len(texts)) / (1 + len(rows))) + 1) for gram, rows in found.items()}
    return postings, idf


def _lengths(size: int, postings: Mapping[str, Rows], idf: Mapping[str, float]) -> Floats:
    squared = np.full(size, 1e-9, dtype=np.float32)
    for gram, rows in postings.items():
        squared[rows] += idf[gram] ** 2
    lengths: Floats = np.sqrt(squared)
    return lengths
