"""The few wordings worth ranking."""

from collections.abc import Sequence

import numpy as np
import pytest

from app.understanding.faq import candidates
from app.understanding.faq.candidates import CandidateIndex, CandidateMatches
from app.understanding.faq.postings import Postings
from app.understanding.faq.vocabulary import Occurrences, Terms

HELD = ((0, 1, 2), (0, 1), (0, 3), (0,))
"""What each of four wordings holds."""
TEXTS = ((0, 1, 2), (4,), (1, 3), (0, 3))


def built() -> CandidateIndex:
    pairs = [(row, number) for row, held in enumerate(HELD) for number in held]
    rows, numbers = (np.asarray(column) for column in zip(*pairs, strict=True))
    return CandidateIndex(Postings.from_occurrences(Occurrences(rows.astype(np.int32), numbers), 5), len(HELD))


def nearest(texts: Sequence[Sequence[int]], most: int) -> CandidateMatches:
    numbers = np.asarray([number for text in texts for number in text])
    owners = np.arange(len(texts)).repeat([len(text) for text in texts])
    return built().find_nearest(Terms(owners, numbers), list(map(len, texts)), most)


def listed(found: CandidateMatches) -> list[tuple[int, int, float]]:
    return [(text, row, round(cosine, 6)) for text, row, cosine, _ in zip(*found, strict=True)]


def test_the_nearest_share_the_most_and_the_rarest() -> None:
    found = nearest([(0, 1, 2)], 2)

    assert found.rows.tolist() == [0, 1]
    assert found.cosines[0] == pytest.approx(1)
    assert 0 < found.cosines[1] < 1


def test_what_no_wording_holds_is_like_none() -> None:
    assert [cosine for _, _, cosine in listed(nearest([(4,)], 2))] == [0, 0]


def test_what_no_wording_holds_makes_a_text_less_like_all() -> None:
    known, beside = nearest([(0, 1, 2), (0, 1, 2, 4)], 1).cosines

    assert beside < known == pytest.approx(1)


def test_what_is_like_by_other_measure_is_found_beside() -> None:
    likeness = np.asarray([[0.0, 0.0, 0.0, 1.0]])
    found = built().find_nearest(Terms(np.zeros(3, dtype=int), np.asarray([0, 1, 2])), [3], 1, likeness)

    assert found.rows.tolist() == [0, 3]


def test_texts_find_together_what_each_finds_alone() -> None:
    alone = [(place, row, cosine) for place, text in enumerate(TEXTS) for _, row, cosine in listed(nearest([text], 2))]

    assert listed(nearest(TEXTS, 2)) == alone


def test_beyond_the_budget_what_most_wordings_hold_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "BUDGET", 3)

    found = nearest([(0, 3), (1,)], 4)

    assert (found.cosines > 0).tolist() == [False, False, True, False, True, True, False, False]


def test_very_many_wordings_are_summed_without_looking_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [each for each in listed(nearest(TEXTS, 3)) if each[2]]
    monkeypatch.setattr(candidates, "SMALL", 0)

    assert listed(nearest(TEXTS, 3)) == expected
