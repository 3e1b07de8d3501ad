"""What a second reader's opinion counts is learned from labelled messages that are unsure."""

from app.domain.second_reading import Read, ReadingOutcome, SecondReading, Unsure
from app.domain.understanding import IntentScore, Request
from app.evaluation.metrics import LabelledMessage
from app.evaluation.outcomes import DecisionPolicy
from app.evaluation.reader_tuning import FEWEST_READ, ask_about_unsure, choose_weights
from app.shop.schema import ShopSettings
from intents._framework.registry import load_intents

SETTINGS = ShopSettings(name="店")
PRACTICE = DecisionPolicy(load_intents().traits, {})
TOLD = [(0, 0)]


def ignore(done: int, whole: int) -> None:
    TOLD.append((done, whole))


def labelled(text: str, intent: str, *ranked: tuple[str, float]) -> tuple[LabelledMessage, Request]:
    label = LabelledMessage(text, frozenset({intent}), frozenset(), "")
    return label, Request(text, tuple(IntentScore(*each) for each in ranked))


def unsure(place: int, intent: str = "promotion") -> tuple[LabelledMessage, Request]:
    return labelled(f"这个咋弄{place}", intent, ("stock", 0.42), ("promotion", 0.38), ("unclear", 0.1))


async def choosing(intent: str, rows: list[tuple[LabelledMessage, Request]]) -> list:
    async def ask(question: Unsure) -> SecondReading:
        return SecondReading(question, ReadingOutcome.ANSWERED, Read(intent, None, sure=True))

    return await ask_about_unsure(rows, SETTINGS, PRACTICE, ask, ignore)


async def test_only_what_is_unsure_is_asked_about() -> None:
    rows = [unsure(1), labelled("有货吗", "stock", ("stock", 0.9)), labelled("在", "greeting", ("greeting", 0.4))]

    asked = await choosing("promotion", rows)

    assert [row.request.text for row in asked] == ["这个咋弄1"]


async def test_a_reader_that_is_right_counts_and_one_that_is_wrong_does_not() -> None:
    rows = [unsure(place) for place in range(FEWEST_READ)]

    right = choose_weights(await choosing("promotion", rows), SETTINGS, PRACTICE)
    wrong = choose_weights(await choosing("stock", rows), SETTINGS, PRACTICE)

    assert right.weights.second > 0
    assert wrong.weights.second == 0
    assert (right.before.answered, right.after.answered, right.after.precision) == (0, 1, 1)
    assert right.is_enough


async def test_a_reader_that_says_nothing_proves_nothing() -> None:
    async def ask(question: Unsure) -> SecondReading:
        return SecondReading(question, ReadingOutcome.LATE)

    rows = await ask_about_unsure([unsure(place) for place in range(30)], SETTINGS, PRACTICE, ask, ignore)
    tuning = choose_weights(rows, SETTINGS, PRACTICE)

    assert (tuning.asked, tuning.answered, tuning.is_enough) == (30, 0, False)
    assert tuning.before == tuning.after
