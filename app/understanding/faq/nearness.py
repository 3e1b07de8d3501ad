"""How near an entry is to a question of which it is no sure wording: its answer is read, too.

Two wordings of one question may share no word (放久了会坏吗 and 保质期多久), and what one asks for then stands in the
answer (开封以后一个月内用完). By wordings alone such an entry is ranked first and yet unlikely; read with its answer
it is told from one that is but the most alike of all that answer nothing.
"""

from collections.abc import Sequence
from functools import cache
from math import log
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import FaqEntry
from app.language.clauses import split_marks
from app.language.names import HiddenNames
from app.language.text import content_letters, normalise
from app.understanding.faq.evidence import EntryLetters
from app.understanding.faq.judge import MatchModelError, share_confidence
from app.understanding.faq.likeness import Floats, distances
from app.understanding.intent.features import canonicalize
from app.understanding.reading import TextAnalysis, Vector
from app.understanding.sentence.encoder import SentenceEncoder

PACKAGED = Path(__file__).parents[1] / "model" / "nearness.npz"
COLUMNS = (
    "odds",
    "question's letters asked",
    "question's letters spoken",
    "wording's letters",
    "clause",
    "clause, apart",
    "always",
)
"""What is weighed of each entry.

    odds: the logarithm of how likely its wordings make it, over that of none.
    question's letters: of the question's telling letters, the part that its wordings have, and with them its answer.
    wording's letters: of its wordings' telling letters, the part that the question has.
    clause: the likeness of the answer's most alike clause; and how far it lies above the best of the other entries.
    always: the same for each.
"""
FAINT, LEAST_NONE = 1e-3, 0.01
"""Taken for what is all but impossible: of an entry, and of none."""
SHORTEST_CLAUSE = 4
"""Letters from which on a clause of an answer says something: 亲 and 可以的 do not."""
MOST_CLAUSES = 16
MOST_REMEMBERED = 1_000
"""Answers that are kept read, some 4 KB each."""


class AnswerNearness:
    """The clauses of entries' answers as vectors, each read when a question first comes near the entry."""

    def __init__(
        self, entries: Sequence[FaqEntry], letters: EntryLetters, names: HiddenNames, encoder: SentenceEncoder
    ) -> None:
        """Clauses are read without `names`: that both name the same goods says nothing of what is asked of them."""
        self._entries, self._letters, self._names, self._encoder = entries, letters, names, encoder
        self._clauses: dict[int, npt.NDArray[np.float16]] = {}

    def rate_entries(self, reading: TextAnalysis, vector: Vector, entries: Sequence[int], scores: Floats) -> Floats:
        """For each of the best entries of a question, by the match model's scores, how likely it answers."""
        return share_confidence(self.describe_entries(reading, vector, entries, scores) @ load_weights())

    def describe_entries(self, reading: TextAnalysis, vector: Vector, entries: Sequence[int], scores: Floats) -> Floats:
        """A row of COLUMNS for each entry; training reads them, too."""
        asked = content_letters((reading.nameless or reading).canonical)
        heard = max(len(asked), 1)
        shares = share_confidence(scores)
        none = max(LEAST_NONE, 1 - float(shares.sum()))
        read = [self._letters.read_entry(each) for each in entries]
        both = [len(asked & each.asked) for each in read]
        alike = np.asarray([(each.astype(np.float32) @ vector).max() for each in self._read_answers(entries)])
        columns = (
            np.log(shares + FAINT) - log(none),
            [shared / heard for shared in both],
            [len(asked & each.spoken) / heard for each in read],
            [shared / max(len(each.asked), 1) for shared, each in zip(both, read, strict=True)],
            alike,
            distances(alike, (0, len(alike))),
            np.ones(len(entries)),
        )
        return np.stack(columns, axis=1)

    def _read_answers(self, entries: Sequence[int]) -> list[npt.NDArray[np.float16]]:
        """The clauses of these entries; what is not read yet is in one run of the encoder."""
        if len(self._clauses) > MOST_REMEMBERED:
            self._clauses.clear()
        new = [each for each in entries if each not in self._clauses]
        if new:
            said = [self._clauses_of(self._entries[each].answer) for each in new]
            vectors = self._encoder.encode_texts([clause for own in said for clause in own]).vectors
            ends = np.cumsum([len(own) for own in said])[:-1]
            self._clauses.update(zip(new, np.split(vectors.astype(np.float16), ends), strict=True))
        return [self._clauses[each] for each in entries]

    def _clauses_of(self, answer: str) -> list[str]:
        clauses = [each for each in split_marks(answer) if len(each) >= SHORTEST_CLAUSE][:MOST_CLAUSES] or [answer]
        return [self._names.hide(canonicalize(normalise(each))) for each in clauses]


@cache
def load_weights(file: Path = PACKAGED) -> npt.NDArray[np.float64]:
    """What each column counts; the sum is an entry's score, beside 0 for none. Raises MatchModelError."""
    try:
        with np.load(file, allow_pickle=False) as stored:
            if tuple(stored["columns"].tolist()) != COLUMNS:
                raise MatchModelError(f"{file.name} was trained on other columns")
            weights: npt.NDArray[np.float64] = stored["weights"]
            return weights
    except (OSError, KeyError, ValueError) as error:
        raise MatchModelError(f"{file.name} cannot be read: {error}") from error
