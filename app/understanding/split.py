"""Finds several requests in one message: cuts at marks, connecting words and particles, joins what asks one thing."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from app.understanding.reading import Probabilities, Reader, Reading, Stretch

_Piece = tuple[int, int, bool]
"""Start, end, and whether it was cut at a mark."""

QUIET = frozenset({"greeting", "acknowledgement", "unclear", "other"})
"""Intents that ask nothing by themselves: such a part belongs to its neighbour."""
SURE_AT_MARK = 0.6
SURE_AT_PARTICLE = 0.6
MOST_PARTS = 12
SHORT = 3
"""Characters a cut inside a run of words must leave on both sides."""

_MARK = re.compile(r"[,.;!?\s]+|(?=还有(?!货|没|吗|么|活动|优惠|券|现货)|另外|顺便|再问|对了|以及)")
_PARTICLE = re.compile(
    r"(?<=[吗呢啊呀吧哦嘛呗])|(?<=[^什怎那这多要]么)|(?=什么时候|多少钱|包邮吗|能便宜|可以便宜|能不能便宜|有货吗|发什么快递)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the message that asks one thing; offsets into the normalised message."""

    start: int
    end: int
    reading: Reading


class Message(NamedTuple):
    """A normalised message, and the goods it names, as `names_of` gives them."""

    text: str
    goods: Sequence[str] = ()


def parts(messages: Sequence[Message], reader: Reader) -> list[tuple[Part, list[Part]]]:
    """Each message as one part, and its requests in order where it asks several things."""
    pieces = [_pieces(message, reader) for message in messages]
    readings, likely = reader.read_all(
        [Stretch.of(*message) for message in messages], [stretch for own in pieces for _, stretch in own]
    )
    left = iter(likely)
    asked = [_gathered([(piece, next(left)) for piece, _ in own], reader.model.intents) for own in pieces]
    several = _read_apart(messages, asked, reader)
    return [
        (Part(0, len(message.text), whole), own)
        for message, whole, own in zip(messages, readings, several, strict=True)
    ]


def _pieces(message: Message, reader: Reader) -> list[tuple[_Piece, Stretch]]:
    """What may be requests of its own; none where it cannot ask twice."""
    cut = _cut(message.text)
    if not 1 < len(cut) <= MOST_PARTS:
        return []
    pieces = [(piece, Stretch.of(message.text[piece[0] : piece[1]], message.goods)) for piece in cut]
    return pieces if _may_ask_twice(pieces, reader) else []


def _may_ask_twice(pieces: Sequence[tuple[_Piece, Stretch]], reader: Reader) -> bool:
    """Whether two pieces may ask something; most are courtesies, and known."""
    known = reader.remembered([stretch for _, stretch in pieces])
    intents = reader.model.intents
    asking = [
        own is None or _certain(own, intents, _sure(piece)) for own, (piece, _) in zip(known, pieces, strict=True)
    ]
    return sum(map(bool, asking)) > 1


def _cut(message: str) -> list[_Piece]:
    found: list[_Piece] = []
    for start, end in _at_marks(message):
        inner = _at_particles(message, start, end)
        found += [(first, last, number == 0) for number, (first, last) in enumerate(inner)]
    return found


def _at_marks(message: str) -> list[tuple[int, int]]:
    cuts = [(match.start(), match.end()) for match in _MARK.finditer(message)]
    starts = [0, *(last for _, last in cuts)]
    ends = [*(first for first, _ in cuts), len(message)]
    return [(first, last) for first, last in zip(starts, ends, strict=True) if last - first > 1]


def _at_particles(message: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    for match in _PARTICLE.finditer(message, start, end):
        if match.start() - start >= SHORT and end - match.start() >= SHORT:
            pieces.append((start, match.start()))
            start = match.start()
    return [*pieces, (start, end)]


def _gathered(pieces: Iterable[tuple[_Piece, Probabilities]], intents: Sequence[str]) -> list[tuple[int, int, str]]:
    """Neighbouring pieces of one intent as one; a piece that asks nothing, or is in doubt, goes with its neighbour."""
    gathered: list[tuple[int, int, str]] = []
    for piece, probabilities in pieces:
        start, end, _ = piece
        intent = _certain(probabilities, intents, _sure(piece))
        if gathered and (not intent or not gathered[-1][2] or intent == gathered[-1][2]):
            first, _, before = gathered[-1]
            gathered[-1] = (first, end, before or intent)
        else:
            gathered.append((start, end, intent))
    return gathered


def _sure(piece: _Piece) -> float:
    return SURE_AT_MARK if piece[2] else SURE_AT_PARTICLE


def _certain(probabilities: Probabilities, intents: Sequence[str], sure: float) -> str:
    best = int(probabilities.argmax())
    intent = intents[best]
    return intent if intent not in QUIET and probabilities[best] >= sure else ""


def _read_apart(
    messages: Sequence[Message], asked: Sequence[Sequence[tuple[int, int, str]]], reader: Reader
) -> list[list[Part]]:
    """The parts of those messages that ask several things."""
    bounds = [_bounds(message.text, own) if len(own) > 1 else [] for message, own in zip(messages, asked, strict=True)]
    stretches = [
        Stretch.of(message.text[start:end].strip(" ,.;!"), message.goods)
        for message, own in zip(messages, bounds, strict=True)
        for start, end in own
    ]
    readings = iter(reader.read_all(stretches)[0] if stretches else ())
    return [[Part(start, end, next(readings)) for start, end in own] for own in bounds]


def _bounds(message: str, asked: Sequence[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """All of the message, shared out among its requests."""
    starts = [0, *(start for start, _, _ in asked[1:])]
    return list(pairwise([*starts, len(message)]))
