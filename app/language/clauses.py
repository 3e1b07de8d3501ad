"""Cuts text into clauses: at marks, and a buyer's also at the particles and words that begin a request."""

import re
from collections.abc import Iterator

_MARK = re.compile(r"[。！？!?；;\n，]|~(?!\d)|,(?!\d{3}(?!\d))")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]|~(?!\d)")
_PAUSE = re.compile(
    r"(?:[;!?\s]|(?<!\d)[,.]|\.(?!\d)|,(?!\d{3}(?!\d)))+"
    r"|(?=还有(?!货|没|吗|么|活动|优惠|券|现货)|另外|顺便|再问|对了|以及)"
)
_PARTICLE = re.compile(
    r"(?<=[吗呢啊呀吧哦嘛呗])|(?<=[^什怎那这多要]么)|(?=什么时候|多少钱|包邮吗|能便宜|可以便宜|能不能便宜|有货吗|发什么快递)"
)


def split_marks(text: str) -> tuple[str, ...]:
    """The clauses between a text's marks, spaces kept; the comma of 1,299 is no mark."""
    return tuple(part for part in _MARK.split(text) if part.strip())


def split_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, each with its commas."""
    return tuple(part for part in _SENTENCE_END.split(text) if part.strip())


def find_pauses(text: str) -> Iterator[tuple[int, int]]:
    """Where a buyer's text pauses: marks, spaces and words such as 另外; start and end of each."""
    return (found.span() for found in _PAUSE.finditer(text))


def find_turns(text: str, start: int, end: int) -> Iterator[int]:
    """Where, between start and end, a request may end with a particle or another begin without a mark."""
    return (found.start() for found in _PARTICLE.finditer(text, start, end))
