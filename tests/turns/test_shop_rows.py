"""The shop's own row beside an action that knew no fact to tell."""

from dataclasses import replace
from typing import Any

import pytest

from app.dialogue.policy import LIKELY_TOLD
from app.domain.acts import Act
from app.domain.catalogue import FaqEntry, Product
from app.domain.content import Content, ImagePart
from app.domain.conversation import SlotName
from app.domain.decision import Answer, Clarify, Decision, Handoff, Reason
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.understanding import FaqScore
from app.turns.shop_rows import (
    LIKELY_ELSE,
    LIKELY_FROM,
    LIKELY_OF_GOODS,
    LIKELY_UNASKED,
    LIKELY_WORDED,
    find_likely_row,
    find_own_row,
    find_policy_row,
    is_missed,
    knows_nothing,
    name_row_goods,
    tell_row,
)
from intents._framework.contract import Case
from intents._framework.policy import faq_tried_note
from tests.builders import a_fact
from tests.intents.cases import a_case, a_shop, asked

ROW = FaqEntry("F1", "怎么看物流", "在我的订单里点查看物流。")
SORTED = replace(ROW, category="物流")
GENERAL = Outcome("亲，我来帮您看。", used_replies=("r1",))
TOLD = Outcome(ROW.answer, tried=faq_tried_note(ROW))
ASKS = Outcome("请发一下订单号。", asks=asked("logistics_status", "order"), memory={"asked": ["order"]})


def a_request(confidence: float = 0.9, second: float = 0.2, *, row: FaqEntry = ROW, **more: Any) -> Case:
    faqs = (FaqScore("F1", row.question, confidence), FaqScore("F2", "另一条", second))
    return a_case("logistics_status", "哪里看物流", a_shop(faq=(row,)), faqs=faqs, **more)


@pytest.mark.parametrize("outcome", [GENERAL, ASKS])
def test_a_sure_row_is_told_where_the_action_only_asks_or_speaks_generally(outcome: Outcome) -> None:
    assert find_own_row(a_request(), outcome) == ROW


@pytest.mark.parametrize(
    "outcome",
    [
        replace(GENERAL, facts=(a_fact("到了杭州"),)),
        replace(GENERAL, handoff=HandoffRequest(Reason.ASKED_FOR_HUMAN)),
        replace(GENERAL, memory={"round": 1}),
        replace(GENERAL, faq="F2"),
    ],
    ids=["fact", "handoff", "negotiation", "another row"],
)
def test_what_an_action_knows_or_does_goes_before_any_row(outcome: Outcome) -> None:
    assert find_own_row(a_request(), outcome) is None


@pytest.mark.parametrize("confidences", [(0.5, 0.2), (0.7, 0.65)], ids=["unsure", "two alike"])
def test_an_unsure_row_is_not_told(confidences: tuple[float, float]) -> None:
    assert find_own_row(a_request(*confidences), ASKS) is None


def test_an_answer_to_our_own_question_is_no_new_question() -> None:
    assert find_own_row(a_request(pending=asked("logistics_status", "order")), ASKS) is None


def test_a_row_that_was_just_told_is_not_told_again() -> None:
    assert find_own_row(a_request(tried=(faq_tried_note(ROW),)), ASKS) is None


def test_of_a_sorted_row_the_intents_own_words_are_the_actions_choice() -> None:
    assert find_own_row(a_request(row=SORTED), GENERAL) is None
    assert find_own_row(a_request(row=SORTED), ASKS) == SORTED


def test_the_question_of_the_action_follows_the_row() -> None:
    told = tell_row(ASKS, ROW, TOLD)

    assert told.text == "在我的订单里点查看物流。\n请发一下订单号。"
    assert (told.asks, told.faq, told.tried) == (ASKS.asks, "F1", faq_tried_note(ROW))


def test_general_words_give_way_to_the_row() -> None:
    told = tell_row(GENERAL, ROW, TOLD)

    assert (told.text, told.used_replies) == ("在我的订单里点查看物流。", ())


def test_a_row_brings_its_pictures_and_the_person_it_asks_for() -> None:
    pictures = Content((ImagePart("https://shop.example/size.png"),))
    person = HandoffRequest(Reason.AUTHORITY_EXCEEDED, "哪里看物流")

    shown = tell_row(ASKS, ROW, replace(TOLD, content=pictures))
    handed = tell_row(ASKS, ROW, replace(TOLD, handoff=person))

    assert (shown.content, shown.asks) == (pictures, ASKS.asks)
    assert (handed.text, handed.handoff, handed.asks) == (ROW.answer, person, None)


@pytest.mark.parametrize(
    ("text", "confidence", "matter", "told"),
    [
        ("拆封了能退吗", 0.9, (), True),
        ("拆封了能退吗", 0.5, ("F1",), True),
        ("拆封了能退吗", 0.5, (), False),
        ("帮我退款", 0.9, ("F1",), False),
    ],
    ids=["sure", "likely and of the matter", "likely", "wants it done"],
)
def test_a_question_of_what_people_decide_by_default_is_told_the_shops_row(
    text: str, confidence: float, matter: tuple[str, ...], told: bool
) -> None:
    scores = (FaqScore("F1", ROW.question, confidence),)

    assert (find_policy_row(a_case("return_refund", text, a_shop(faq=(ROW,)), faqs=scores), matter) == ROW) is told


LAMPS = tuple(Product(f"P{number}", f"{kind}台灯", ("灯",), ()) for number, kind in enumerate("红蓝绿"))


@pytest.mark.parametrize(
    ("products", "question", "goods"),
    [
        ((), "多久充满", ""),
        (("P0",), "多久充满", "红台灯"),
        (("P0",), "红台灯多久充满", ""),
        (("P0",), "灯多久充满", ""),
        (("P0", "P2"), "多久充满", "红台灯、绿台灯"),
        (("P0", "P1", "P2"), "多久充满", "红台灯、蓝台灯等"),
    ],
)
def test_a_row_of_some_goods_names_them_where_it_does_not(products: tuple[str, ...], question: str, goods: str) -> None:
    row = FaqEntry("F1", question, "两个小时。", products=frozenset(products))

    assert name_row_goods(row, LAMPS) == goods


def test_such_a_row_is_told_again_only_of_another_object() -> None:
    case = a_case("return_refund", "零食能退吗", a_shop(faq=(ROW,)), faqs=(FaqScore("F1", ROW.question, 0.9),))
    told = replace(case, conversation=replace(case.conversation, tried=(faq_tried_note(ROW),)))

    assert find_policy_row(told, ()) is None
    assert find_policy_row(told, (), again=True) == ROW


ASKS_GOODS = Outcome("您看的是哪一款？", asks=asked("logistics_status", "product"))
UNWRITTEN = Outcome("资料里没有写。", facts=(a_fact("茶盘"),), asks=asked("logistics_status", "check"))


OWN, OTHER = (Product(name, name, (), ()) for name in ("T1", "T2"))
OF_GOODS = replace(ROW, products=frozenset({"T1"}))


def likely_row(case: Case, product: Product | None = None, *, in_hand: bool = False) -> FaqEntry | None:
    return find_likely_row(case.request, case.shop, case.conversation, case.now, product, LIKELY_FROM, in_hand=in_hand)


def near(nearness: float, row: FaqEntry = ROW, text: str = "哪里看物流进度", **more: Any) -> Case:
    """A question that a row is so near to; by its wordings another row is likelier."""
    faqs = (FaqScore("F2", "另一条", 0.4, nearness=0.1), FaqScore("F1", row.question, 0.1, nearness=nearness))
    return a_case("logistics_status", text, a_shop(faq=(row,)), faqs=faqs, **more)


def unasked(case: Case) -> Case:
    return replace(case, request=replace(case.request, acts=frozenset({Act.TELL})))


def test_the_nearest_row_is_told_where_nothing_else_is_known() -> None:
    assert likely_row(near(LIKELY_FROM)) == ROW
    assert likely_row(near(LIKELY_FROM - 0.01)) is None
    assert likely_row(near(1.0, text="有货吗")) is None


def test_a_row_that_its_wordings_alone_make_likely_is_told_to_who_asks() -> None:
    worded = a_case("logistics_status", "哪里看物流", a_shop(faq=(ROW,)), faqs=(FaqScore("F1", "", LIKELY_WORDED),))

    assert likely_row(worded) == ROW
    assert likely_row(worded, OWN) == ROW
    assert likely_row(unasked(worded)) is None


def test_goods_that_are_known_want_their_own_row() -> None:
    assert likely_row(near(LIKELY_OF_GOODS, OF_GOODS), OWN) == OF_GOODS
    assert likely_row(near(LIKELY_FROM, OF_GOODS), OWN) is None
    assert likely_row(near(LIKELY_OF_GOODS, OF_GOODS), OTHER) is None
    assert likely_row(near(LIKELY_ELSE, OF_GOODS), OTHER) == OF_GOODS


def test_who_asks_nothing_is_told_but_a_very_near_row() -> None:
    assert likely_row(unasked(near(LIKELY_UNASKED - 0.01))) is None
    assert likely_row(unasked(near(LIKELY_UNASKED))) == ROW


def test_who_only_tells_of_a_matter_in_hand_is_told_but_a_row_of_the_goods_in_view() -> None:
    assert likely_row(a_remark(LIKELY_TOLD, OF_GOODS), in_hand=True) == OF_GOODS
    assert likely_row(a_remark(LIKELY_TOLD - 0.01, OF_GOODS), in_hand=True) is None
    assert likely_row(a_remark(0.9, ROW), in_hand=True) is None
    assert likely_row(a_remark(LIKELY_TOLD, OF_GOODS)) is None


def a_remark(confidence: float, row: FaqEntry) -> Case:
    """What is told while a tray is in view, and the row that is likeliest to be of it."""
    scores = (FaqScore("F1", row.question, confidence),)
    remark = a_case("product_question", "半夜会踢", a_shop(faq=(row,)), faqs=scores, slots={SlotName.PRODUCT: "T1"})
    return unasked(remark)


def test_a_row_that_was_just_told_is_no_likely_one() -> None:
    assert likely_row(near(0.9, tried=(faq_tried_note(ROW),))) is None


PRESENTED = Outcome("这款茶盘是胡桃木的。", facts=(a_fact("茶盘"),))


@pytest.mark.parametrize(
    ("outcome", "nothing"),
    [
        (ASKS_GOODS, True),
        (UNWRITTEN, True),
        (ASKS, False),
        (PRESENTED, False),
        (replace(PRESENTED, presents=True), True),
    ],
)
def test_what_an_action_but_asks_presents_or_has_not_written_is_nothing(outcome: Outcome, nothing: bool) -> None:
    assert knows_nothing(a_request(), outcome) is nothing


def test_goods_that_a_size_is_asked_for_are_known() -> None:
    assert not knows_nothing(a_request(), replace(ASKS_GOODS, facts=(a_fact("大衣"),)))


@pytest.mark.parametrize(
    ("decision", "missed"),
    [
        (Clarify((), "unclear", 0.3, Reason.LOW_CONFIDENCE), True),
        (Clarify((), "unclear", 1.0, Reason.UNSUPPORTED_MESSAGE), False),
        (Handoff(Reason.REPEATED_MISS, "unclear", 0.3), True),
        (Handoff(Reason.VIP, "unclear", 0.3), False),
        (Answer("unclear", 0.3), False),
    ],
)
def test_what_is_not_understood_is_missed(decision: Decision, missed: bool) -> None:
    assert is_missed(decision) is missed
