"""A shop's corrections as votes: what is near a corrected message is read as that one should have been.

Nothing is trained: a correction is one sentence vector beside the others, and counts from the moment it is there. The
nearer it is, the more it says; the same words say nearly all. Two texts that contradict each other (a negation, another
number, surely another intent) never vote for one another, however near they are.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import FaqEntry
from app.domain.correction import NO_ENTRY, Correction
from app.domain.intent_traits import IntentDirectory
from app.domain.understanding import FaqScore
from app.language.text import normalise
from app.understanding.faq.guards import ContradictionGuards, WordingMarks, are_contradictory
from app.understanding.faq.index import BATCH_SIZE
from app.understanding.faq.wordings import core_of
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
    """A shop's corrections.

    Attributes:
        categories: of each entry, the intent that its category names.
        guarded: columns of intents that nothing may lead a message away from.
        readings: of every text that was read for them, so that one correction more costs one reading more.
    """

    guards: ContradictionGuards
    voters: Sequence[_Voter]
    by_core: Mapping[str, Sequence[_Voter]]
    vectors: Floats
    categories: Mapping[str, str]
    guarded: frozenset[int]
    entries: Mapping[str, FaqEntry]
    readings: Mapping[str, TextAnalysis]

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
        if reading.vector is None or not self.voters:
            return None
        same = self.by_core.get(core_of(reading.canonical), ())
        loud = [(voter, SAME_WORDS) for voter in same] or self._find_near(reading, reading.vector)
        if best in self.guarded:
            loud = [(voter, each) for voter, each in loud if int(voter.intents.argmax()) in self.guarded]
        return self._count_votes(loud) if loud else None

    def _find_near(self, reading: TextAnalysis, vector: Floats) -> list[tuple[_Voter, float]]:
        """The corrections nearest to a text, and how loudly each speaks."""
        cosines = self.vectors @ vector
        near = [place for place in np.argsort(-cosines, kind="stable")[:VOTERS].tolist() if cosines[place] > NEAR]
        if not near:
            return []
        marks = self.guards.extract_marks(reading)
        heard = [(self.voters[place], _loudness(float(cosines[place]))) for place in near]
        return [(voter, loudness) for voter, loudness in heard if not are_contradictory(marks, voter.marks)]

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
    guarded: frozenset[str],
    known: Mapping[str, TextAnalysis],
) -> CorrectionVotes:
    """Read what is not `known` yet; corrections that name what the shop no longer has say nothing."""
    by_id = {entry.entry_id: entry for entry in entries}
    titles = {own.title: intent for intent, own in reader.traits.items()} | {intent: intent for intent in reader.traits}
    categories = {entry.entry_id: titles[entry.category] for entry in entries if entry.category in titles}
    useful = [each for each in corrections if _is_useful(each, by_id, reader.traits)]
    texts = [text for each in useful for text in (each.text, *_question_of(each, by_id))]
    readings = _read_texts(reader, texts, known)

    def make_voter(correction: Correction) -> _Voter:
        intent = correction.intent or categories.get(correction.faq, "")
        column = reader.model.columns.get(intent)
        reading = readings[correction.text]
        like = readings[next(_question_of(correction, by_id), correction.text)]
        own = like.probabilities if column is None else _certain(column, reader)
        return _Voter(core_of(reading.canonical), guards.extract_marks(reading), own, correction.faq, intent)

    voters = list(map(make_voter, useful))
    vectors = [vector for each in useful if (vector := readings[each.text].vector) is not None]
    by_core: dict[str, list[_Voter]] = {}
    for voter in voters:
        by_core.setdefault(voter.core, []).append(voter)
    return CorrectionVotes(
        guards,
        voters,
        by_core,
        np.stack(vectors) if vectors else np.zeros((0, 1)),
        categories,
        frozenset(reader.model.columns[intent] for intent in guarded if intent in reader.model.columns),
        by_id,
        readings,
    )


def fingerprint_corrections(corrections: Sequence[Correction]) -> str:
    """A hash of what they say, for the explanation of a turn."""
    said = sorted((each.text, each.intent, each.faq) for each in corrections)
    return hashlib.sha256(repr(said).encode("utf-8", "backslashreplace")).hexdigest()[:12]


def _is_useful(correction: Correction, entries: Mapping[str, FaqEntry], traits: IntentDirectory) -> bool:
    if correction.faq and correction.faq != NO_ENTRY and correction.faq not in entries:
        return False
    return bool(normalise(correction.text)) and (not correction.intent or correction.intent in traits)


def _question_of(correction: Correction, entries: Mapping[str, FaqEntry]) -> Iterator[str]:
    """The question of the entry it names, where it names one."""
    if correction.faq in entries:
        yield entries[correction.faq].question


def _read_texts(
    reader: TextAnalyzer, texts: Sequence[str], known: Mapping[str, TextAnalysis]
) -> Mapping[str, TextAnalysis]:
    """Each text's reading, those that are new read together."""
    found = {text: known[text] for text in texts if text in known}
    new = [text for text in dict.fromkeys(texts) if text not in known]
    for start in range(0, len(new), BATCH_SIZE):
        batch = new[start : start + BATCH_SIZE]
        read, _ = reader.analyze_all([TextSpan.from_text(normalise(text)) for text in batch])
        found.update(zip(batch, read, strict=True))
    return found


def _certain(column: int, reader: TextAnalyzer) -> Probabilities:
    share: Probabilities = np.eye(1, len(reader.model.intents), column, dtype=np.float32)[0]
    return share


def _loudness(cosine: float) -> float:
    """How much a correction of this cosine says: nothing at NEAR, and most at NEAREST."""
    return MOST_BY_LIKENESS * min((cosine - NEAR) / (NEAREST - NEAR), 1.0)
