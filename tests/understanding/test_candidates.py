"""The few wordings worth ranking."""

import numpy as np
import pytest

from app.understanding import candidates
from app.understanding.candidates import Candidates
from app.understanding.vocabulary import Holdings

HELD = ((0, 1, 2), (0, 1), (0, 3), (0,))
"""What each of four wordings holds."""


def built() -> Candidates:
    pairs = [(row, number) for row, held in enumerate(HELD) for number in held]
    rows, numbers = (np.asarray(column) for column in zip(*pairs, strict=True))
    return Candidates(Holdings(rows.astype(np.int32), numbers), numbers=5, wordings=len(HELD))


def test_the_nearest_share_the_most_and_the_rarest() -> None:
    rows, cosines = built().nearest(np.asarray([0, 1, 2]), 2)

    assert rows.tolist() == [0, 1]
    assert cosines[0] == pytest.approx(1)
    assert 0 < cosines[1] < 1


def test_what_no_wording_holds_finds_nothing() -> None:
    rows, cosines = built().nearest(np.asarray([4]), 2)

    assert len(rows) == len(cosines) == 0


def test_beyond_the_budget_what_most_wordings_hold_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "BUDGET", 3)

    _, cosines = built().nearest(np.asarray([0, 3]), 4)

    assert (cosines > 0).tolist() == [False, False, True, False]


def test_very_many_wordings_are_summed_without_looking_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = dict(zip(*(column.tolist() for column in built().nearest(np.asarray([1, 3]), 3)), strict=True))
    monkeypatch.setattr(candidates, "SMALL", 0)

    rows, cosines = built().nearest(np.asarray([1, 3]), 3)

    assert rows.tolist() == [0, 1, 2]
    assert cosines.tolist() == pytest.approx([expected[row] for row in rows.tolist()])
