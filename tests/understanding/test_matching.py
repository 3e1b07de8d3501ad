"""What the match model judges by, and that its confidence means the same in small shops and large ones."""

from pathlib import Path

import numpy as np
import pytest

from app.domain.catalogue import FaqEntry
from app.language.courtesies import strip_courtesies
from app.understanding.faq.judge import MatchModel, MatchModelError, share_confidence
from app.understanding.faq.likeness import FEATURES, UNORDERED, Groups, WordingLikeness, entry_features
from app.understanding.understander import Understander

ANSWER = 0.62


def column(name: str, features: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in features[:, FEATURES.index(name)]]


def likeness(**columns: list[float]) -> WordingLikeness:
    blank = np.zeros(4)
    return WordingLikeness(*(np.asarray(columns.get(name, blank)) for name in WordingLikeness._fields))


def test_an_entry_has_the_best_of_its_wordings() -> None:
    """Four wordings, of three entries, of two questions."""
    groups = Groups(np.asarray([0, 2, 3]), np.asarray([0, 0, 1, 2]), [0, 2, 3])
    alike = likeness(cosine=[0.2, 0.8, 0.5, 0.4], contradiction=[1, 0, 1, 0])

    found = entry_features(
        alike,
        groups,
        np.asarray([0.3, 0.1, 0.7]),
        quiet=np.asarray([0.1, 0.9]),
        lengths=np.asarray([3, 7]),
        with_vectors=True,
    )

    assert found.shape == (3, len(FEATURES))
    assert column("cosine", found) == [0.8, 0.5, 0.4]
    assert column("contradiction", found) == [0, -1, 0]
    assert column("cosine, three", found) == [0.5, 0.5, 0.4]
    assert column("cosine, apart", found) == [0.3, -0.3, 0.4]
    assert column("shop's own, apart", found) == [0.2, -0.2, 0.7]
    assert column("quiet", found) == [0.1, 0.1, 0.9]


def test_shares_leave_room_for_none() -> None:
    assert share_confidence(np.asarray([0.0])) == pytest.approx([0.5])
    assert share_confidence(np.asarray([-9.0, -9.0])).sum() < 0.01
    assert share_confidence(np.asarray([900.0, 0.0])) == pytest.approx([1, 0])


def test_what_is_more_alike_is_never_less_likely(understander: Understander) -> None:
    chance = np.random.default_rng(1)
    one = chance.random((200, len(FEATURES)))
    rising = np.asarray([name not in UNORDERED for name in FEATURES])
    other = one + chance.random(one.shape) * rising

    less, more = understander.judge.score_entries(one), understander.judge.score_entries(other)

    assert (more >= less - 1e-6).all()


def test_a_model_of_other_features_is_told(tmp_path: Path) -> None:
    file = tmp_path / "matches.npz"
    np.savez(file, features=np.asarray(["cosine"]))

    with pytest.raises(MatchModelError):
        MatchModel.load_model(file)


@pytest.mark.parametrize(
    ("said", "core"),
    [
        ("亲可以机洗吗呀", "可以机洗吗"),
        ("请问可以机洗吗谢谢", "可以机洗吗"),
        ("您好在吗麻烦问下包邮吗谢谢亲", "包邮吗"),
        ("谢谢", "谢谢"),
        ("亲", "亲"),
        ("亲子装有吗", "亲子装有吗"),
    ],
)
def test_courtesies_at_both_ends_are_no_part_of_the_question(said: str, core: str) -> None:
    assert strip_courtesies(said) == core


@pytest.mark.parametrize("wrapped", ["亲，{}呀", "请问{}？谢谢", "您好，{}"])
@pytest.mark.parametrize("rows", [1, 6, 9, 10, 40])
def test_a_row_is_certain_word_for_word_and_wrapped_however_many_there_are(
    understander: Understander, rows: int, wrapped: str
) -> None:
    subjects = "杯碗盘壶锅勺筷刀盆桶"
    entries = [
        FaqEntry(str(number), f"{subjects[number % 10]}子怎么{'洗晒装拆'[number // 10 % 4]}", "答")
        for number in range(rows)
    ]
    shop = understander.build_shop_understander(entries, [], version="test")

    best = shop.understand(wrapped.format(entries[-1].question)).requests[-1].faqs[0]

    assert (best.entry_id, best.confidence >= 0.97) == (str(rows - 1), True)


@pytest.mark.parametrize("text", ["豆干还有多少", "豆干是哪里产的", "豆干独立包装吗", "你们几点下班"])
def test_a_small_faq_does_not_take_what_it_does_not_know(understander: Understander, text: str) -> None:
    entries = [
        FaqEntry("辣", "豆干辣不辣", "答"),
        FaqEntry("期", "保质期多久", "答"),
        FaqEntry("孕", "孕妇能吃吗", "答"),
    ]
    shop = understander.build_shop_understander(entries, [], version="test")

    assert all(faq.confidence < ANSWER for faq in shop.understand(text).requests[0].faqs)
