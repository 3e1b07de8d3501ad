"""A shop's corrections as votes: what is near a corrected message is read as that one should have been.

Nothing is trained: a correction is one sentence vector beside the others, and counts from the moment it is there. The
nearer it is, the more it says; the same words say nearly all. Two texts that contradict each other (a negation, another
number, surely another intent) never vote for one another, however near they are.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import starmap
from typing import Any

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import FaqEntry
from app.domain.correction import NO_ENTRY, Correction
from app.domain.intent_traits import IntentDirectory
from app.domain.understanding import FaqScore
from app.language.text import normalise
from app.understanding.faq.guards import ContradictionGuards, WordingMarks, are_contradictory
from app.understanding.faq.index import BATCH_SIZE, core_of
from app.understanding.reading import Probabilities, TextAnalysis, TextAnalyzer, TextSpan

Floats = npt.NDArray[np.floating[Any]]

NEAR = 0.7
"""The cosine from which a correction has a say: below it, half of the neighbours ask something else."""
NEAREST, MOST_BY_LIKENESS = 0.95, 0.85
"""From this cosine on it says as much as likeness can say; the rest is kept for the same words."""
SAME_WORDS = 0.97
TOLD = 0.99
"""The confidence of the entry that a correction names, where its very words are said."""
VOTERS = 8
"""Corrections that are heard for one message."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What the corrections near one message say together.

    Attributes:
        strength: how much of the reading is theirs, 0 to 1.
        intents: what they say of each column; sums to 1.
        entries: by entry, the share of those that want it told.
        spared: by category (an intent's id), the share of those that leave its entries as they are.
    """

    strength: float
    intents: Probabilities
    entries: Mapping[str, float]
    spared: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Voter:
    """One correction, ready to be compared."""

    core: str
    marks: WordingMarks
    intents: Probabilities
    faq: str
    category: str


@dataclass(frozen=True, slots=True)
class CorrectionVotes:
    """A shop's corrections; `guarded` are the columns of intents that nothing may lead a message away from."""

    guards: ContradictionGuards
    voters: Sequence[_Voter]
    vectors: Floats
    categories: Mapping[str, str]
    guarded: frozenset[int]
    entries: Mapping[str, FaqEntry] = field(default_factory=dict)

    def cast_votes(self, readings: Sequence[TextAnalysis]) -> list[Vote | None]:
        """What the corrections say of each text; None where they have no say."""
        return list(map(self._cast_vote, readings))

    def correct_reading(self, reading: TextAnalysis, vote: Vote | None) -> TextAnalysis:
        """The reading with the intents as the vote has them."""
        if vote is None:
            return reading
        mixed = reading.probabilities * np.float32(1 - vote.strength) + vote.intents * np.float32(vote.strength)
        return replace(reading, probabilities=mixed.astype(np.float32))

    def correct_entries(
        self, ranked: Sequence[FaqScore], vote: Vote | None, is_valid: Callable[[FaqEntry], bool]
    ) -> tuple[FaqScore, ...]:
        """The entries as the vote has them; none is added that is not in force for the question."""
        if vote is None:
            return tuple(ranked)
        known = {score.entry_id: score for score in ranked}
        wanted = [self.entries[entry_id] for entry_id in sorted(vote.entries.keys() - known.keys())]
        added = [_score_entry(entry) for entry in wanted if is_valid(entry)]
        moved = [replace(score, confidence=self._move(score, vote)) for score in (*ranked, *added)]
        return tuple(sorted(moved, key=lambda score: -score.confidence))

    def _cast_vote(self, reading: TextAnalysis) -> Vote | None:
        best = int(reading.probabilities.argmax())
        if reading.vector is None:
            return None
        cosines = self.vectors @ reading.vector
        near = np.argsort(-cosines, kind="stable")[:VOTERS].tolist()
        core, marks = core_of(reading.canonical), self.guards.extract_marks(reading)
        heard = [(self.voters[place], float(cosines[place])) for place in near]
        same = [(voter, SAME_WORDS) for voter in self.voters if voter.core == core]
        loud = same or [
            (voter, _loudness(cosine))
            for voter, cosine in heard
            if cosine > NEAR and not are_contradictory(marks, voter.marks)
        ]
        if best in self.guarded:
            loud = [(voter, each) for voter, each in loud if int(voter.intents.argmax()) in self.guarded]
        return self._count_votes(loud) if loud else None

    def _count_votes(self, loud: Sequence[tuple[_Voter, float]]) -> Vote:
        whole = sum(each for _, each in loud)
        intents = np.sum([voter.intents * (each / whole) for voter, each in loud], axis=0)
        entries: dict[str, float] = {}
        spared: dict[str, float] = {}
        for voter, each in loud:
            if voter.faq and voter.faq != NO_ENTRY:
                entries[voter.faq] = entries.get(voter.faq, 0.0) + each / whole
            elif not voter.faq:
                spared[voter.category] = spared.get(voter.category, 0.0) + each / whole
        return Vote(max(each for _, each in loud), intents, entries, spared)

    def _move(self, score: FaqScore, vote: Vote) -> float:
        """The mixture of its own confidence and of what each voter wants of it."""
        category = self.categories.get(score.entry_id, "")
        left_alone = vote.spared.get(category, 0.0) if category else 0.0
        share = vote.entries.get(score.entry_id, 0.0)
        wanted = share * TOLD + left_alone * score.confidence
        strength = 1.0 if vote.strength >= SAME_WORDS and share == 1.0 else vote.strength
        return round((1 - strength) * score.confidence + strength * wanted, 4)


def _score_entry(entry: FaqEntry) -> FaqScore:
    return FaqScore(entry.entry_id, entry.question, 0.0, bool(entry.category))


def build_votes(
    corrections: Sequence[Correction],
    entries: Sequence[FaqEntry],
    reader: TextAnalyzer,
    guards: ContradictionGuards,
    guarded: frozenset[str] = frozenset(),
) -> CorrectionVotes:
    """Read the corrections once; those that name what the shop no longer has say nothing of it."""
    by_id = {entry.entry_id: entry for entry in entries}
    titles = {own.title: intent for intent, own in reader.traits.items()} | {intent: intent for intent in reader.traits}
    categories = {entry.entry_id: titles[entry.category] for entry in entries if entry.category in titles}
    useful = [each for each in corrections if _is_useful(each, by_id, reader.traits)]
    readings = _analyze(reader, [each.text for each in useful])
    rows = [each.faq for each in useful if each.faq in by_id]
    questions = _analyze(reader, [by_id[row].question for row in rows])
    opinions = {row: own.probabilities for row, own in zip(rows, questions, strict=True)}

    def make_voter(correction: Correction, reading: TextAnalysis) -> _Voter:
        intent = correction.intent or categories.get(correction.faq, "")
        column = reader.model.columns.get(intent)
        own = opinions.get(correction.faq, reading.probabilities) if column is None else _certain(column, reader)
        return _Voter(core_of(reading.canonical), guards.extract_marks(reading), own, correction.faq, intent)

    return CorrectionVotes(
        guards,
        list(starmap(make_voter, zip(useful, readings, strict=True))),
        np.stack([own.vector for own in readings if own.vector is not None]) if readings else np.zeros((0, 0)),
        categories,
        frozenset(reader.model.columns[intent] for intent in guarded if intent in reader.model.columns),
        by_id,
    )


def fingerprint_corrections(corrections: Sequence[Correction]) -> str:
    """A hash of what they say, for the explanation of a turn."""
    said = sorted((each.text, each.intent, each.faq) for each in corrections)
    return hashlib.sha256(repr(said).encode("utf-8", "backslashreplace")).hexdigest()[:12]


def _is_useful(correction: Correction, entries: Mapping[str, FaqEntry], traits: IntentDirectory) -> bool:
    if correction.faq and correction.faq != NO_ENTRY and correction.faq not in entries:
        return False
    return bool(normalise(correction.text)) and (not correction.intent or correction.intent in traits)


def _analyze(reader: TextAnalyzer, texts: Sequence[str]) -> list[TextAnalysis]:
    found: list[TextAnalysis] = []
    for start in range(0, len(texts), BATCH_SIZE):
        batch = [TextSpan.from_text(normalise(text)) for text in texts[start : start + BATCH_SIZE]]
        found += reader.analyze_all(batch)[0]
    return found


def _certain(column: int, reader: TextAnalyzer) -> Probabilities:
    share: Probabilities = np.eye(1, len(reader.model.intents), column, dtype=np.float32)[0]
    return share


def _loudness(cosine: float) -> float:
    """How much a correction of this cosine says: nothing at NEAR, and most at NEAREST."""
    return MOST_BY_LIKENESS * min((cosine - NEAR) / (NEAREST - NEAR), 1.0)
