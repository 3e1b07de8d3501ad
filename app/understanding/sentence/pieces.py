"""Cuts a text into the pieces an encoder knows, by the likeliest segmentation of a unigram model.

The same as SentencePiece's (Kudo 2018) for every text whose characters are those of the kept pieces.
"""

from collections.abc import Mapping, Sequence
from math import inf

UNKNOWN, START, END = 0, 1, 2
"""Rows that stand for no piece of text."""
MARK = "▁"
"""Stands before the text, as a space would."""
LONGEST = 128
"""Pieces kept of a text."""


class Pieces:
    """A vocabulary of pieces with their log-probabilities; a piece's row is its place in the vocabulary."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        """`pieces` begin with UNKNOWN, START and END; the first's score is that of a character no piece holds."""
        self._known = _index_prefixes(pieces)
        self._scores = tuple(scores)
        self._longest = max(map(len, pieces))

    def segment_text(self, text: str) -> list[int]:
        """The rows of a text's pieces between START and END."""
        return [START, *self._find_likeliest(MARK + text)[: LONGEST - 2], END] if text else [START, END]

    def _find_likeliest(self, text: str) -> list[int]:
        """Viterbi: `best[p]` is the likeliest way to reach character p, of which `came[p]` is the last step."""
        size, known, scores, longest = len(text), self._known, self._scores, self._longest
        unknown = scores[UNKNOWN]
        best = [0.0] + [-inf] * size
        came = [(0, UNKNOWN)] * (size + 1)
        for start in range(size):
            so_far = best[start]
            for end in range(start + 1, min(start + longest, size) + 1):
                row = known.get(text[start:end])
                if row is None:
                    break
                if row and so_far + scores[row] > best[end]:
                    best[end] = so_far + scores[row]
                    came[end] = (start, row)
            if not known.get(text[start]) and so_far + unknown > best[start + 1]:
                best[start + 1] = so_far + unknown
                came[start + 1] = (start, UNKNOWN)
        return _collect_steps(came)


def _collect_steps(came: Sequence[tuple[int, int]]) -> list[int]:
    rows, at = [], len(came) - 1
    while at:
        at, row = came[at]
        rows.append(row)
    rows.reverse()
    return rows


def _index_prefixes(pieces: Sequence[str]) -> Mapping[str, int]:
    """Row of each piece, and 0 for what only begins one: where neither is, no longer piece can match."""
    known: dict[str, int] = {}
    for row, piece in enumerate(pieces[END + 1 :], start=END + 1):
        for end in range(1, len(piece)):
            known.setdefault(piece[:end], 0)
        known[piece] = row
    return known
