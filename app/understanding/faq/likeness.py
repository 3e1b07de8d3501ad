"""How alike a question and an FAQ entry are, as the columns the match model judges by; the same for every shop."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Places = npt.NDArray[np.signedinteger[Any]]

_BEST = ("cosine", "letters", "grams", "question covered", "wording covered", "concepts", "intent")
"""Of each wording; an entry has those of its best one."""
_LEAST = ("concepts left", "contradiction", "number left")
"""The same, where less is better; an entry has them below 0, so that every column rises with likeness."""
_BEST_THREE = ("cosine", "intent")
"""Where the mean over an entry's three best wordings says more than the best alone."""
_APART = ("cosine", "letters", "grams", "shop's own")
"""Where it counts how far an entry stands above its best rival."""
FEATURES = (
    *_BEST,
    *_LEAST,
    *(f"{name}, three" for name in _BEST_THREE),
    "shop's own",
    *(f"{name}, apart" for name in _APART),
    "quiet",
    "length",
    "without vectors",
)
UNORDERED = ("quiet", "length", "without vectors")
"""Those that say nothing of how alike the two are."""
NEED_VECTORS = ("cosine", "cosine, three", "cosine, apart", "shop's own", "shop's own, apart")
"""Those that are 0 where a shop has too many wordings for vectors and a linear model."""
THREE = 3


class WordingLikeness(NamedTuple):
    """Some wordings beside their question, a place each in every column: those of _BEST, then those of _LEAST."""

    cosine: Floats
    letters: Floats
    grams: Floats
    question_covered: Floats
    wording_covered: Floats
    concepts: Floats
    intent: Floats
    concepts_left: Floats
    contradiction: Floats
    number_left: Floats


class Groups(NamedTuple):
    """Which wordings belong to one entry, and which entries to one question.

    Attributes:
        firsts: the first wording of each entry. owners: the entry of each wording.
        bounds: the first entry of each question, and their number.
    """

    firsts: Places
    owners: Places
    bounds: Sequence[int]


def entry_features(
    wordings: WordingLikeness, groups: Groups, own: Floats, *, quiet: Floats, lengths: Floats, with_vectors: bool
) -> Floats:
    """A row of FEATURES for each entry.

    Args:
        wordings: of all entries, one entry's after another's.
        groups: whose they are.
        own: what the shop's own linear model scores each entry.
        quiet: of each question, how likely it asks nothing.
        lengths: of each question, its characters.
        with_vectors: whether cosines could be had.
    """
    columns = np.stack(wordings)
    best = np.maximum.reduceat(columns[: len(_BEST)], groups.firsts, axis=1)
    least = -np.minimum.reduceat(columns[len(_BEST) :], groups.firsts, axis=1)
    three = [_mean_of_three(columns[_BEST.index(name)], groups) for name in _BEST_THREE]
    apart = [distances(own if name == "shop's own" else best[_BEST.index(name)], groups.bounds) for name in _APART]
    questions = np.repeat(np.arange(len(lengths)), np.diff(groups.bounds))
    alike = [quiet[questions], np.log1p(lengths[questions]), np.full(len(own), float(not with_vectors))]
    return np.stack([*best, *least, *three, own, *apart, *alike], axis=1)


def _mean_of_three(values: Floats, groups: Groups) -> Floats:
    """The mean of each entry's three highest values, or of as many as it has."""
    order = np.lexsort((-values, groups.owners))
    places = np.arange(len(values)) - groups.firsts[groups.owners]
    kept = values[order] * (places < THREE)
    counts = np.bincount(groups.owners)
    means: Floats = np.add.reduceat(kept, groups.firsts) / np.minimum(counts, THREE)
    return means


def distances(values: Floats, bounds: Sequence[int]) -> Floats:
    """How far each entry's value lies above the best of the other entries of its question."""
    apart = np.empty(len(values))
    for start, end in pairwise(bounds):
        own = values[start:end]
        if len(own) > 1:
            second, first = np.partition(own, -2)[-2:]
            apart[start:end] = np.where(own >= first, own - second, own - first)
        else:
            apart[start:end] = own
    return apart
