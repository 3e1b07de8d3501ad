"""The sentence encoder: how texts are cut, what their vectors say, and that company changes nothing."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from app.understanding.intent.calibration import fuse_probabilities
from app.understanding.sentence.encoder import SIZE, SentenceEncoder, SentenceModelError
from app.understanding.sentence.memory import OUTSIDE, PieceMemory
from app.understanding.sentence.pieces import END, LONGEST, START, UNKNOWN, Pieces
from app.understanding.understander import Understander

NAMES = ("<unk>", "<s>", "</s>", "▁", "▁发", "发", "货", "发货", "发货时", "间")
SCORES = (-30.0, 0.0, 0.0, -2.0, -9.0, -4.0, -4.0, -3.0, -20.0, -5.0)
TEXTS = ["什么时候发货", "几天能寄出来", "可以开发票吗", "", "𠮷" * 300, "iphone15手机壳有货吗"]


@pytest.fixture(scope="module")
def encoder(understander: Understander) -> SentenceEncoder:
    return understander.reader.encoder


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("发货", ["▁", "发货"]),
        ("发货间", ["▁", "发货", "间"]),
        ("货发", ["▁", "货", "发"]),
        ("发", ["▁", "发"]),
        ("时", ["▁", "<unk>"]),
        ("发货时间", ["▁", "发货时", "间"]),
    ],
)
def test_a_text_is_cut_into_its_likeliest_pieces(text: str, pieces: list[str]) -> None:
    rows = Pieces(NAMES, SCORES).segment_text(text)

    assert [NAMES[row] for row in rows] == ["<s>", *pieces, "</s>"]


def test_no_text_and_endless_ones_have_their_marks() -> None:
    pieces = Pieces(NAMES, SCORES)

    assert pieces.segment_text("") == [START, END]
    assert len(pieces.segment_text("𠮷" * 500)) == LONGEST
    assert pieces.segment_text("𠮷" * 500)[2] == UNKNOWN


def test_vectors_have_length_one_and_probabilities_sum_to_one(encoder: SentenceEncoder) -> None:
    encoded = encoder.encode_texts(TEXTS)

    assert encoded.vectors.shape == (len(TEXTS), SIZE)
    assert np.linalg.norm(encoded.vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    assert encoded.probabilities.sum(axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_a_text_means_the_same_alone_and_in_company(encoder: SentenceEncoder) -> None:
    together = encoder.encode_texts(TEXTS * 20)

    for place, text in enumerate(TEXTS):
        alone = encoder.encode_texts([text])
        assert together.vectors[place + 4 * len(TEXTS)] == pytest.approx(alone.vectors[0], abs=1e-4)
        assert together.probabilities[place] == pytest.approx(alone.probabilities[0], abs=1e-4)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> SentenceEncoder:
    """One that remembers the pieces of about one text."""
    monkeypatch.setattr("app.understanding.sentence.memory.MOST", 8)
    return SentenceEncoder.load_encoder()


def test_a_full_memory_of_pieces_changes_nothing(encoder: SentenceEncoder, forgetful: SentenceEncoder) -> None:
    for text in TEXTS * 2:
        alone, known = forgetful.encode_texts([text]), encoder.encode_texts([text])
        assert alone.vectors[0] == pytest.approx(known.vectors[0], abs=1e-5)


def test_shops_that_learn_meanwhile_change_nothing(encoder: SentenceEncoder, forgetful: SentenceEncoder) -> None:
    """Each of them makes the other's pieces be forgotten."""
    known = encoder.encode_texts(TEXTS).vectors

    def learn(place: int) -> list[float]:
        text = TEXTS[place % len(TEXTS)]
        return [float(forgetful.encode_texts([text]).vectors[0] @ known[place % len(TEXTS)]) for _ in range(80)]

    with often_switched(), ThreadPoolExecutor(4) as threads:
        alike = list(chain.from_iterable(threads.map(learn, range(4))))

    assert alike == pytest.approx([1.0] * len(alike), abs=1e-4)


@contextmanager
def often_switched() -> Iterator[None]:
    """Threads give way to each other after every few steps."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_pieces_are_forgotten_when_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.understanding.sentence.memory.MOST", 4)
    memory = PieceMemory(pieces=10, columns=2, shares=1, branch=2)
    for rows in ([1, 2, 3], [3, 4]):
        new = memory.make_room(np.asarray(rows))
        memory.add_pieces(new, np.stack([new, new], axis=1).astype(np.float32), [np.zeros((len(new), 2), np.float32)])

    assert (memory.find_places(np.asarray([1, 2])) < OUTSIDE).all()
    assert memory.columns.take(memory.find_places(np.asarray([3, 4])), axis=0).tolist() == [[3, 3], [4, 4]]


def test_what_shares_no_character_may_be_near(encoder: SentenceEncoder) -> None:
    asked, same, other = encoder.encode_texts(["什么时候发货", "几天能寄出来", "有没有优惠券"]).vectors

    assert asked @ same > asked @ other + 0.2


def test_no_texts_have_no_vectors(encoder: SentenceEncoder) -> None:
    assert encoder.encode_texts([]).vectors.shape == (0, SIZE)


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "sentence.npz").write_bytes(b"no model")

    with pytest.raises(SentenceModelError):
        SentenceEncoder.load_encoder(tmp_path / "sentence.npz")


def test_two_models_are_fused_half_and_half() -> None:
    one, other = np.asarray([[0.9, 0.1]], np.float32), np.asarray([[0.5, 0.5]], np.float32)

    fused = fuse_probabilities(one, other)

    assert fused.sum() == pytest.approx(1)
    assert fused[0, 0] >= 0.7 - 1e-6
    assert fuse_probabilities(other, one) == pytest.approx(fused)
