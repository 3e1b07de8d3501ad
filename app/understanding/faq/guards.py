"""Tells wordings apart that look alike: numbers of policy, negations and words of opposite meaning."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.language.terms import contains_negation, policy_terms
from app.understanding.reading import TextAnalysis

SURE = 0.8
"""From this probability on, another intent means another question."""


@dataclass(frozen=True, slots=True)
class WordingMarks:
    """What must agree between two wordings of one question.

    Attributes:
        numbers: numbers of policy, with what they count.
        denied: whether something is denied.
        first_only, second_only: which side of each pair of opposites is said, as bits.
        intent: what it surely asks, as the model's column; -1 when that is in doubt.
    """

    numbers: frozenset[str]
    is_negated: bool
    first_only: int
    second_only: int
    intent: int = -1


class ContradictionGuards:
    """Knows the pairs of concepts of which two wordings of one question never hold one each."""

    def __init__(self, opposed: Sequence[tuple[str, str]]) -> None:
        self._sides: dict[str, tuple[int, int]] = {}
        for bit, (one, other) in enumerate(opposed):
            self._register_concept(one, 1 << bit, 0)
            self._register_concept(other, 0, 1 << bit)

    def _register_concept(self, concept: str, first: int, second: int) -> None:
        known = self._sides.get(concept, (0, 0))
        self._sides[concept] = known[0] | first, known[1] | second

    def extract_marks(self, reading: TextAnalysis) -> WordingMarks:
        """The marks of a text."""
        first = second = 0
        for concept in reading.concepts:
            if sides := self._sides.get(concept):
                first |= sides[0]
                second |= sides[1]
        best = int(reading.probabilities.argmax())
        intent = best if reading.probabilities[best] >= SURE else -1
        return WordingMarks(
            policy_terms(reading.canonical),
            contains_negation(reading.canonical),
            first & ~second,
            second & ~first,
            intent,
        )


def are_contradictory(one: WordingMarks, other: WordingMarks) -> bool:
    """Whether the two cannot be the same question, however alike they look."""
    if (
        one.is_negated is not other.is_negated
        or one.first_only & other.second_only
        or one.second_only & other.first_only
    ):
        return True
    if one.intent != other.intent and -1 not in (one.intent, other.intent):
        return True
    return bool(one.numbers and other.numbers) and one.numbers.isdisjoint(other.numbers)
