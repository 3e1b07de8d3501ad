"""Rows on the way back, and faults that are told."""

import pytest

from app.dialogue.listening import dialogue_cues
from app.dialogue.reports import tells_way_back
from app.domain.catalogue import FaqEntry


@pytest.mark.parametrize(
    ("question", "answer", "tells"),
    [
        ("退货运费谁出", "您看退款详情。", True),
        ("邮费怎么算", "满80元包邮；质量问题的运费我们出。", True),
        ("邮费怎么算", "寄回运费由您承担，来回的我们不出。", True),
        ("邮费怎么算", "满80元包邮，不满的收7元。退换请先联系我们。", False),
        ("邮费怎么算", "满80元包邮。", False),
    ],
)
def test_a_row_tells_of_the_way_back_by_its_question_or_by_who_pays(question: str, answer: str, tells: bool) -> None:
    assert tells_way_back(FaqEntry("F1", question, answer)) is tells


def test_no_row_tells_nothing() -> None:
    assert not tells_way_back(None)


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        ("温度计显示不太准", True),
        ("保温壶盖子拧不紧", True),
        ("杯底一直渗水", True),
        ("台灯时好时坏", True),
        ("差了好几度", True),
        ("温度计准不准", False),
        ("盖子会不会拧不紧", False),
        ("怕渗水", False),
        ("打不开链接", False),
        ("开不了发票", False),
        ("防漏水的", False),
    ],
)
def test_failing_is_told_and_not_asked_about(text: str, failing: bool) -> None:
    assert dialogue_cues().hears("tells_failure", text) is failing
