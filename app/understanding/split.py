"""Finds several requests in one message: cuts at marks, connecting words and particles, joins what asks one thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from app.language.clauses import find_pauses, find_turns
from app.language.wordings import is_question
from app.understanding.reading import Probabilities, TextAnalysis, TextAnalyzer, TextSpan

_Piece = tuple[int, int, bool]
"""Start, end, and whether it was cut at a mark."""

SURE_AT_MARK = 0.6
SURE_AT_PARTICLE = 0.6
MOST_PARTS = 12
SHORT = 3
"""Characters a cut inside a run of words must leave on both sides."""
UNHEARD = 0.05
"""Below this probability in the whole message a piece of a run of words does not ask what it seems to ask alone."""


@dataclass(frozen=True, slots=True)
class RequestSpan:
    """A stretch of the message that asks one thing; offsets into the normalised message."""

    start: int
    end: int
    reading: TextAnalysis


class NormalisedMessage(NamedTuple):
    """A normalised message, and the goods it names, as `names_of` gives them."""

    text: str
    goods: Sequence[str] = ()


def split_requests(
    messages: Sequence[NormalisedMessage], reader: TextAnalyzer
) -> list[tuple[RequestSpan, list[RequestSpan]]]:
    """Each message as one part, and its requests in order where it asks several things."""
    pieces = [_candidate_pieces(message, reader) for message in messages]
    readings, likely = reader.analyze_all(
        [TextSpan.from_text(*message) for message in messages], [stretch for own in pieces for _, stretch in own]
    )
    left = iter(likely)
    asked = [
        _merge_pieces([(piece, said.text, next(left)) for piece, said in own], whole.probabilities, reader)
        for own, whole in zip(pieces, readings, strict=True)
    ]
    several = _analyze_parts(messages, asked, reader)
    return [
        (RequestSpan(0, len(message.text), whole), own)
        for message, whole, own in zip(messages, readings, several, strict=True)
    ]


def _candidate_pieces(message: NormalisedMessage, reader: TextAnalyzer) -> list[tuple[_Piece, TextSpan]]:
    """What may be requests of its own; none where it cannot ask twice."""
    cut = _cut_message(message.text)
    if not 1 < len(cut) <= MOST_PARTS:
        return []
    pieces = [(piece, TextSpan.from_text(message.text[piece[0] : piece[1]], message.goods)) for piece in cut]
    return pieces if _may_ask_twice(pieces, reader) else []


def _may_ask_twice(pieces: Sequence[tuple[_Piece, TextSpan]], reader: TextAnalyzer) -> bool:
    """Whether two pieces may ask something; most are courtesies, and known."""
    known = reader.recall_probabilities([stretch for _, stretch in pieces])
    asking = [
        own is None or _confident_intent(own, reader, _cut_threshold(piece))
        for own, (piece, _) in zip(known, pieces, strict=True)
    ]
    return sum(map(bool, asking)) > 1


def _cut_message(message: str) -> list[_Piece]:
    found: list[_Piece] = []
    for start, end in _cut_at_marks(message):
        inner = _cut_at_particles(message, start, end)
        found += [(first, last, number == 0) for number, (first, last) in enumerate(inner)]
    return found


def _cut_at_marks(message: str) -> list[tuple[int, int]]:
    cuts = list(find_pauses(message))
    starts = [0, *(last for _, last in cuts)]
    ends = [*(first for first, _ in cuts), len(message)]
    return [(first, last) for first, last in zip(starts, ends, strict=True) if last - first > 1]


def _cut_at_particles(message: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    for turn in find_turns(message, start, end):
        if turn - start >= SHORT and end - turn >= SHORT:
            pieces.append((start, turn))
            start = turn
    return [*pieces, (start, end)]


def _merge_pieces(
    pieces: Sequence[tuple[_Piece, str, Probabilities]], whole: Probabilities, reader: TextAnalyzer
) -> list[tuple[int, int, str]]:
    """Neighbouring pieces of one intent as one; a piece that asks nothing, or is in doubt, goes with its neighbour.

    What begins a run of words may be but the subject of what follows: 扫地机器人 of 扫地机器人包邮吗 asks for nobody.
    """
    gathered: list[tuple[int, int, str]] = []
    goes_on = [not piece[2] for piece, _, _ in pieces[1:]] + [False] * bool(pieces)
    for (piece, text, probabilities), is_begun in zip(pieces, goes_on, strict=True):
        start, end, _ = piece
        intent = _confident_intent(probabilities, reader, _cut_threshold(piece))
        if is_begun and whole[int(probabilities.argmax())] < UNHEARD and not is_question(text):
            intent = ""
        if gathered and (not intent or not gathered[-1][2] or intent == gathered[-1][2]):
            first, _, before = gathered[-1]
            gathered[-1] = (first, end, before or intent)
        else:
            gathered.append((start, end, intent))
    return gathered


def _cut_threshold(piece: _Piece) -> float:
    return SURE_AT_MARK if piece[2] else SURE_AT_PARTICLE


def _confident_intent(probabilities: Probabilities, reader: TextAnalyzer, sure: float) -> str:
    """The intent the piece asks for; "" when in doubt, or when it names no business and belongs to its neighbour."""
    best = int(probabilities.argmax())
    intent = reader.model.intents[best]
    return intent if probabilities[best] >= sure and reader.traits.names_business(intent) else ""


def _analyze_parts(
    messages: Sequence[NormalisedMessage], asked: Sequence[Sequence[tuple[int, int, str]]], reader: TextAnalyzer
) -> list[list[RequestSpan]]:
    """The parts of those messages that ask several things."""
    bounds = [
        _part_bounds(message.text, own) if len(own) > 1 else [] for message, own in zip(messages, asked, strict=True)
    ]
    stretches = [
        TextSpan.from_text(message.text[start:end].strip(" ,.;!"), message.goods)
        for message, own in zip(messages, bounds, strict=True)
        for start, end in own
    ]
    readings = iter(reader.analyze_all(stretches)[0] if stretches else ())
    return [[RequestSpan(start, end, next(readings)) for start, end in own] for own in bounds]


def _part_bounds(message: str, asked: Sequence[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """All of the message, shared out among its requests."""
    starts = [0, *(start for start, _, _ in asked[1:])]
    return list(pairwise([*starts, len(message)]))
