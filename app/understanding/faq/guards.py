"""Tells wordings apart that look alike: numbers of policy, negations and words of opposite meaning."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.understanding.reading import TextAnalysis

SURE = 0.8
"""From this probability on, another intent means another question."""
_POLICY_NUMBER = re.compile(
    r"(?:[\d.]+|[一二两三四五六七八九十百]+)个?(?:天|小时|月|年|岁|折|%|级|期|寸|周)"
    r"|满[\d一二两三四五六七八九十百]+(?:[减送返]\d*)?|[买拍][\d一二两三四五]送[\d一二两三四五]"
)
_NUMBER = re.compile(r"[\d.一二两三四五六七八九十百满买拍]")
_DENYING = re.compile("[不没别未无莫木]")
"""What every one of the longer patterns holds a character of: most texts hold none and are done."""
_SPOKEN = str.maketrans("一二两三四五六七八九", "1223456789", "个")
_QUESTION_FORM = re.compile(
    r"能不能|可不可以|是不是|有没有|会不会|要不要|行不行|好不好|对不对|在不在|用不用|卖不卖|包不包|发不发|退不退|给不给|送不送|支不支持|需不需要|"
    r"不好意思|不错|不过|对不起|差不多|没事|没关系|不客气|不同|不一样|没错|不然|要不|[不没]\??$"
)
_NEGATION = re.compile(r"不|没|别(?!的|人|家|款)|未|无(?!理由|线|糖|门槛|忧|痕)|莫|木有")


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
            _policy_numbers(reading.canonical),
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


def contains_negation(heard: str) -> bool:
    """Whether the text denies something; A不A questions deny nothing."""
    return bool(_DENYING.search(heard) and _NEGATION.search(_QUESTION_FORM.sub("", heard)))


def _policy_numbers(heard: str) -> frozenset[str]:
    if not _NUMBER.search(heard):
        return frozenset()
    return frozenset(match[0].translate(_SPOKEN) for match in _POLICY_NUMBER.finditer(heard))
