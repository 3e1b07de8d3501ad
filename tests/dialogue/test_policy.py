"""Which zone a request falls in."""

from dataclasses import replace

import pytest

from app.dialogue.policy import asks_availability, decide_request
from app.domain.decision import Answer, Clarify, Decision, Handoff, Reason
from app.domain.understanding import Entity, EntityKind, FaqScore, IntentScore, Request
from app.shop.schema import Thresholds
from intents._framework.registry import load_intents
from tests.builders import acts_of

THRESHOLDS = Thresholds(answer=0.6, clarify=0.3, gap=0.1)
TRAITS = load_intents().traits


def decided(intents: dict[str, float], faqs: dict[str, float] | None = None, misses: int = 0) -> Decision:
    ranked = tuple(IntentScore(name, score) for name, score in sorted(intents.items(), key=lambda each: -each[1]))
    found = tuple(FaqScore(name, f"{name}？", score) for name, score in (faqs or {}).items())
    request = Request("…", ranked, found)
    return decide_request(request, THRESHOLDS, TRAITS, misses=misses, mapped={"F1": "invoice", "F2": "shipping_fee"})


def test_a_certain_intent_is_answered() -> None:
    assert decided({"stock": 0.9, "invoice": 0.05}) == Answer("stock", 0.9)


def test_live_facts_go_before_an_faq_entry() -> None:
    assert decided({"stock": 0.7}, {"F1": 0.95}) == Answer("stock", 0.7)


@pytest.mark.parametrize(
    ("confidence", "has_category", "entry"),
    [(0.99, False, "F1"), (0.95, False, None), (0.99, True, "F1"), (0.95, True, None)],
)
def test_only_an_entry_of_another_category_said_word_for_word_goes_before_live_facts(
    confidence: float, has_category: bool, entry: str | None
) -> None:
    said = FaqScore("F1", "…", confidence, has_category)
    request = Request("…", (IntentScore("stock", 0.7),), (said,))

    decision = decide_request(request, THRESHOLDS, TRAITS, misses=0, mapped={"F1": "invoice"})

    assert decision == (Answer("invoice", confidence, entry) if entry else Answer("stock", 0.7))


@pytest.mark.parametrize("intent", ["human_agent", "quality_issue", "return_refund"])
def test_a_wording_of_the_shops_own_that_belongs_elsewhere_goes_first(intent: str) -> None:
    said = FaqScore("F1", "…", 0.99, is_verbatim=True)
    request = Request("…", (IntentScore(intent, 0.99),), (said,))

    assert decide_request(request, THRESHOLDS, TRAITS, misses=0, mapped={"F1": "invoice"}) == Answer(
        "invoice", 0.99, "F1"
    )


@pytest.mark.parametrize("intent", ["quality_issue", "logistics_status"])
def test_live_facts_of_orders_go_before_a_wording_that_stands_under_nothing(intent: str) -> None:
    said = FaqScore("F1", "…", 0.99, has_category=False, is_verbatim=True)
    request = Request("…", (IntentScore(intent, 0.9),), (said,))

    assert decide_request(request, THRESHOLDS, TRAITS, misses=0, mapped={"F1": "invoice"}) == Answer(intent, 0.9)


def test_the_shops_own_words_go_before_an_intents_general_ones() -> None:
    assert decided({"invoice": 0.95}, {"F1": 0.7}) == Answer("invoice", 0.7, "F1")


def test_two_close_faq_entries_are_asked_about() -> None:
    asked = decided({"invoice": 0.4}, {"F1": 0.66, "F2": 0.62})

    assert isinstance(asked, Clarify)
    assert asked.reason is Reason.AMBIGUOUS
    assert [option.faq for option in asked.options] == ["F1", "F2"]


def test_between_the_thresholds_readable_options_are_offered() -> None:
    asked = decided({"stock": 0.45, "invoice": 0.35, "greeting": 0.2})

    assert isinstance(asked, Clarify)
    assert [option.label for option in asked.options] == ["有没有货", "开发票"]


def test_below_the_thresholds_the_question_is_open() -> None:
    asked = decided({"stock": 0.2, "invoice": 0.1})

    assert isinstance(asked, Clarify)
    assert asked.options == ()


@pytest.mark.parametrize("intents", [{"stock": 0.4}, {"stock": 0.1}, {"unclear": 0.9}])
def test_the_second_miss_in_a_row_goes_to_a_person(intents: dict[str, float]) -> None:
    given = decided(intents, misses=1)

    assert isinstance(given, Handoff)
    assert given.reason is Reason.REPEATED_MISS


def test_unclear_never_gets_a_business_answer() -> None:
    assert isinstance(decided({"unclear": 0.95, "stock": 0.05}), Clarify)


def test_a_courtesy_needs_less_certainty() -> None:
    assert decided({"greeting": 0.55, "stock": 0.2}) == Answer("greeting", 0.55)
    assert isinstance(decided({"greeting": 0.4, "stock": 0.35}), Clarify)


def test_who_names_goods_wants_more_than_a_courtesy() -> None:
    goods = Entity(EntityKind.PRODUCT, "茶巾", "M110", 2, 4)
    request = Request("要茶巾", (IntentScore("greeting", 0.58), IntentScore("stock", 0.2)), entities=(goods,))

    assert isinstance(decide_request(request, THRESHOLDS, TRAITS, misses=0, mapped={}), Clarify)


def test_never_more_than_three_options() -> None:
    asked = decided({"stock": 0.35, "invoice": 0.33, "shipping_fee": 0.31}, {"F1": 0.32, "F2": 0.31})

    assert isinstance(asked, Clarify)
    assert len(asked.options) <= 3
    assert len({option.label for option in asked.options}) == len(asked.options)


def asked(text: str, *goods: str) -> Request:
    entities = tuple(Entity(EntityKind.PRODUCT, name, name, 0, len(name)) for name in goods)
    return Request(
        text, (IntentScore("product_question", 0.5),), (FaqScore("F1", "F1？", 0.65),), entities, acts_of(text)
    )


@pytest.mark.parametrize(
    "text",
    [
        "有茶盘吗",
        "茶盘有吗",
        "有没有茶盘",
        "请问你们有茶盘卖吗",
        "茶盘还有没有",
        "有 茶盘 吗?",
        "还有茶盘没",
        "茶盘有大号的吗",
        "茶盘大号码的有没有",
    ],
)
def test_who_names_goods_and_no_more_asks_whether_they_can_be_had(text: str) -> None:
    found = decide_request(asked(text, "茶盘", "大号"), THRESHOLDS, TRAITS, misses=0, mapped={})

    assert found == Answer("stock", 1.0)


@pytest.mark.parametrize("text", ["茶盘有裂纹吗", "有茶盘的照片吗", "有茶盘", "茶盘有什么优惠吗", "有盖子吗", "有#吗"])
def test_who_asks_for_more_than_the_goods_does_not(text: str) -> None:
    assert not asks_availability(asked(text, "茶盘"))


def test_who_names_goods_and_asks_nothing_of_them_is_told_of_them() -> None:
    shelf = (Entity(EntityKind.PRODUCT, "隔板", "P4", 0, 2),)

    def found(text: str, intent: str) -> Decision:
        request = Request(text, (IntentScore(intent, 0.4), IntentScore("shipping_fee", 0.3)), (), shelf, acts_of(text))
        return decide_request(request, THRESHOLDS, TRAITS, misses=0, mapped={})

    assert found("要装修,想买几块隔板", "stock") == Answer("product_question", 0.4)
    assert isinstance(found("隔板怎么样", "stock"), Clarify)
    assert found("隔板怎么样", "product_question") == Answer("product_question", 0.4)
    assert isinstance(found("买的隔板", "return_refund"), Clarify)


def test_of_several_products_none_is_told_of_unasked() -> None:
    request = replace(asked("隔板和茶盘", "隔板", "茶盘"), faqs=())

    found = decide_request(request, THRESHOLDS, TRAITS, misses=0, mapped={})

    assert isinstance(found, Clarify)
