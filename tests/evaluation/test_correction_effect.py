"""What corrections would change is shown before they are taken."""

from app.domain.understanding import IntentScore, Request, Understanding
from app.evaluation.correction_effect import ChangeKind, OutcomeWords, measure_effect
from app.evaluation.measured import LabelTitles
from app.evaluation.metrics import LabelledMessage
from app.evaluation.outcomes import DecisionPolicy
from app.shop.schema import Thresholds
from intents._framework.registry import load_intents

TRAITS = load_intents().traits
PRACTICE = DecisionPolicy(TRAITS, {}, frozenset({"complaint"}))
TITLES = LabelTitles({intent: own.title for intent, own in TRAITS.items()}, {})
WORDS = OutcomeWords("答 {what}", "选 {what}", "问", "转 {what}")


def reading(**intents: str):
    def understand(text: str) -> Understanding:
        request = Request(text, (IntentScore(intents.get(text, "stock"), 0.9),))
        return Understanding(text, text, (), (request,))

    return understand


def test_each_change_is_told_in_words_and_judged_by_its_label() -> None:
    labels = [
        LabelledMessage("甲", frozenset({"courier"})),
        LabelledMessage("乙", frozenset({"stock"})),
        LabelledMessage("丙"),
        LabelledMessage("丁", frozenset({"invoice"})),
        LabelledMessage("戊", frozenset({"stock"})),
    ]
    after = reading(甲="courier", 乙="courier", 丙="complaint", 丁="courier")

    effect = measure_effect(labels, (reading(), after), Thresholds(), PRACTICE, TITLES, WORDS)

    assert effect.messages == 5
    assert [(each.text, each.kind) for each in effect.changed] == [
        ("乙", ChangeKind.WORSE),
        ("丙", ChangeKind.UNKNOWN),
        ("丁", ChangeKind.SAME),
        ("甲", ChangeKind.BETTER),
    ]
    stock, courier, complaint = (TRAITS[intent].title for intent in ("stock", "courier", "complaint"))
    assert (effect.changed[0].before, effect.changed[0].after) == (f"答 {stock}", f"答 {courier}")
    assert effect.changed[1].after == f"转 {complaint}"
