"""A second reader's choice moves our own candidates, and brings in nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.second_reading import Choice, Read, Unsure
from app.domain.understanding import FaqScore, IntentScore, Request
from app.second_reader.weighing import MOST_CERTAIN, Weights, reweigh_request

RANKED = (IntentScore("stock", 0.45), IntentScore("promotion", 0.3), IntentScore("unclear", 0.1))
ROWS = (FaqScore("F7", "可以机洗吗", 0.4), FaqScore("F9", "会不会缩水", 0.3))
CHOICES = tuple(Choice(intent, intent) for intent in ("stock", "promotion", "unclear", "other"))
UNSURE = Unsure("demo", "v1", "这个咋弄", CHOICES, tuple(Choice(row.entry_id, row.question) for row in ROWS))
REQUEST = Request("这个咋弄", RANKED, ROWS)


def test_a_sure_choice_goes_first_and_passes_the_answer_threshold() -> None:
    after = reweigh_request(REQUEST, UNSURE, Read("promotion", "F9", sure=True), Weights())

    assert after.intents[0].intent == "promotion"
    assert after.intents[0].confidence > 0.62
    assert after.faqs[0].entry_id == "F9"
    assert after.faqs[0].confidence > 0.62


def test_a_choice_that_is_not_sure_moves_less() -> None:
    sure = reweigh_request(REQUEST, UNSURE, Read("promotion", sure=True), Weights())
    unsure = reweigh_request(REQUEST, UNSURE, Read("promotion", sure=False), Weights())

    assert sure.intents[0].confidence > unsure.intents[0].confidence


def test_no_entry_lowers_all_of_them() -> None:
    after = reweigh_request(REQUEST, UNSURE, Read("stock", None, sure=True), Weights())

    assert all(row.confidence < 0.25 for row in after.faqs)


def test_what_cannot_be_told_can_be_chosen_though_we_left_it_out() -> None:
    after = reweigh_request(REQUEST, UNSURE, Read("other", None, sure=True), Weights())

    assert "other" in {score.intent for score in reweigh_request(REQUEST, UNSURE, Read("other"), Weights(0.1)).intents}
    assert len(after.intents) == len(RANKED)


def test_without_weight_the_reader_changes_nothing_of_the_order() -> None:
    after = reweigh_request(REQUEST, UNSURE, Read("unclear", "F9", sure=True), Weights(own=1, second=0))

    assert [score.intent for score in after.intents] == [score.intent for score in RANKED]
    assert [round(row.confidence, 2) for row in after.faqs] == [0.4, 0.3]


@pytest.mark.parametrize("own", [0.97, 0.99])
def test_only_a_row_whose_very_wording_was_said_is_as_certain_as_that(own: float) -> None:
    rows = (FaqScore("F7", "可以机洗吗", own), FaqScore("F9", "会不会缩水", 0.001))

    after = reweigh_request(
        Request("可以机洗吗", RANKED, rows), UNSURE, Read("stock", "F9", sure=True), Weights(0.1, 5)
    )

    assert {row.entry_id: row.confidence for row in after.faqs}["F9"] <= MOST_CERTAIN


@given(
    st.sampled_from([choice.id for choice in CHOICES]),
    st.sampled_from([None, "F7", "F9"]),
    st.booleans(),
    st.floats(0, 5),
    st.floats(0, 5),
)
def test_nothing_comes_in_that_was_no_choice(
    intent: str, faq: str | None, sure: bool, own: float, second: float
) -> None:
    after = reweigh_request(REQUEST, UNSURE, Read(intent, faq, sure), Weights(own, second))

    assert {score.intent for score in after.intents} <= {choice.id for choice in CHOICES}
    assert {row.entry_id for row in after.faqs} == {"F7", "F9"}
    assert all(0 <= score.confidence <= 1 for score in (*after.intents, *after.faqs))
    assert (after.text, after.entities, after.acts) == (REQUEST.text, REQUEST.entities, REQUEST.acts)
