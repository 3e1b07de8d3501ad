"""What an answer forbids, clause by clause, and who asks whether something may be done."""

import pytest

from app.language.cautions import asks_permission, asks_to_leave_out, find_cautions


@pytest.mark.parametrize(
    ("answer", "cautions"),
    [
        ("开半小时就热。别盖被子，会烧坏。", ["别盖被子", "会烧坏"]),
        ("石板地滑，下雪天不建议穿出门", ["石板地滑下雪天不建议穿出门"]),
        ("受潮的、发霉的都不要吃", ["受潮的、发霉的都不要吃", "发霉的都不要吃", "受潮的不要吃"]),
        ("别的颜色也有，个别批次略深", []),
        ("可以机洗，晾干就好", []),
    ],
)
def test_an_answer_is_read_for_what_it_forbids(answer: str, cautions: list[str]) -> None:
    assert sorted(find_cautions(answer)) == sorted(cautions)


@pytest.mark.parametrize("text", ["搁阳台上行不", "空着肚子吃没事吧", "能放烤箱里吗", "会不会烫伤", "泡酒可以吗"])
def test_who_asks_whether_something_may_be_done_is_heard(text: str) -> None:
    assert asks_permission(text)


@pytest.mark.parametrize("text", ["能用多久", "可以怎么洗", "多少钱", "我要两个"])
def test_another_question_asks_for_no_permission(text: str) -> None:
    assert not asks_permission(text)


@pytest.mark.parametrize("text", ["搅拌不戴手套没事吧", "不打孔能挂吗", "没预热直接烤行吗"])
def test_who_wants_to_leave_something_out_is_heard(text: str) -> None:
    assert asks_to_leave_out(text)


@pytest.mark.parametrize("text", ["能不能水洗", "不影响吧", "泡一夜没关系吧", "不戴手套了"])
def test_who_wants_to_do_something_leaves_nothing_out(text: str) -> None:
    assert not asks_to_leave_out(text)
