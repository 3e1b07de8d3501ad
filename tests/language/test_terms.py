"""Numbers of policy agree in every writing, and a question by A不A denies nothing."""

import pytest

from app.language.sizes import find_bare_sizes, find_signs
from app.language.terms import asks_what_is_had, contains_negation, policy_terms


@pytest.mark.parametrize(
    ("one", "other"),
    [("七天无理由", "7天无理由"), ("十五天内", "15天内"), ("两个月", "2月"), ("满一百减十", "满100减10")],
)
def test_one_policy_is_one_term(one: str, other: str) -> None:
    assert policy_terms(one) == policy_terms(other) != frozenset()


def test_other_days_are_another_term() -> None:
    assert policy_terms("支持7天") != policy_terms("支持15天")


@pytest.mark.parametrize(("text", "denied"), [("不能退", True), ("能不能退", False), ("没收到", True), ("不错", False)])
def test_a_denial_is_heard(text: str, denied: bool) -> None:
    assert contains_negation(text) is denied


@pytest.mark.parametrize(("text", "asked"), [("有大号吗", True), ("米白还有吗", True), ("大号多少钱", False)])
def test_a_question_of_stock_is_heard(text: str, asked: bool) -> None:
    assert asks_what_is_had(text) is asked


@pytest.mark.parametrize(("text", "said"), [("80的有吗", ["80"]), ("80的卖吗", []), ("60公分", ["60"])])
def test_a_bare_size_is_found(text: str, said: list[str]) -> None:
    assert [text[start:end] for start, end in find_bare_sizes(text)] == said


@pytest.mark.parametrize(("text", "said"), [("大的", ["大"]), ("这么大的", []), ("小一点的", ["小"])])
def test_a_sign_of_size_is_found(text: str, said: list[str]) -> None:
    assert [text[start:end] for start, end in find_signs(text)] == said
