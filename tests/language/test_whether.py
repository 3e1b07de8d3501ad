"""Yes-or-no questions and the sentences that answer them."""

import pytest

from app.language.whether import Modal, judge_written, read_whether


@pytest.mark.parametrize(
    ("text", "modal", "subject", "matter"),
    [
        ("能放烤箱吗", Modal.CAN, "", "放烤箱"),
        ("请问这个老人能用吗", Modal.CAN, "老人", "用"),
        ("会不会生锈", Modal.WILL, "", "生锈"),
        ("带说明书不", Modal.HAVE, "", "说明书"),
        ("要不要打底", Modal.NEED, "", "打底"),
        ("防不防滑", Modal.PLAIN, "", "防滑"),
        ("透气吗", Modal.PLAIN, "", "透气"),
        ("我想买两个，能叠放吗", Modal.CAN, "", "叠放"),
        ("有弹性吗", Modal.HAVE, "", "弹"),
    ],
)
def test_questions_are_read_by_their_verb(text: str, modal: Modal, subject: str, matter: str) -> None:
    question = read_whether(text)
    assert question is not None
    assert (question.modal, question.subject, question.matter) == (modal, subject, matter)


@pytest.mark.parametrize("text", ["多少钱", "什么时候发货", "尺寸发我看下", "蓝色的"])
def test_other_messages_are_no_such_question(text: str) -> None:
    assert read_whether(text) is None


@pytest.mark.parametrize(
    ("text", "name", "value", "answer"),
    [
        ("能放烤箱吗", "注意", "不能放烤箱和微波炉", False),
        ("能放微波炉吗", "适用", "可放微波炉，不能放烤箱", True),
        ("哺乳期能用吗", "人群", "含精油，哺乳期不建议用", False),
        ("含铝吗", "成分", "不含铝和荧光剂", False),
        ("带电池吗", "包含", "主机一台，附两节电池", True),
        ("能上飞机吗", "登机", "50Wh，可以带上飞机", True),
        ("ipad能用吗", "兼容", "iPad 2018款以后、安卓平板", True),
        ("会起皱吗", "面料", "不易起皱，可机洗", False),
        ("防水吗", "防水", "不防水", False),
        ("五香的辣不辣", "辣度", "五香不辣，香辣中辣", False),
        ("能卸妆吗", "卸妆", "不能卸妆", False),
    ],
)
def test_what_is_written_answers(text: str, name: str, value: str, *, answer: bool) -> None:
    question = read_whether(text)
    assert question is not None
    assert judge_written(question, name, value, contents=name in {"包含", "成分"}) is answer


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("油皮用会不会闷", "肤质", "油皮、混油皮，清爽不黏"),
        ("是纯棉吗", "面料", "棉与少量弹力纤维"),
        ("有芝麻吗", "过敏原", "芝麻生产线共用"),
        ("辣不辣", "辣度", "五香不辣，香辣中辣"),
        ("能坐三个人吗", "承重", "约60公斤"),
        ("iphone6能用吗", "兼容", "iPhone 8、iPhone 9"),
    ],
)
def test_what_says_something_else_answers_nothing(text: str, name: str, value: str) -> None:
    question = read_whether(text)
    assert question is not None
    assert judge_written(question, name, value) is None


@pytest.mark.parametrize(
    ("text", "value", "answer"),
    [
        ("会不会很重", "承重20公斤", None),
        ("m会不会小", "m 6-11kg", None),
        ("会不会大", "版型偏大，建议小一码", True),
        ("重不重", "整机不重，单手可提", False),
        ("会不会小", "不会偏小", False),
        ("会不会偏小", "版型不偏小", False),
        ("会不会小", "不同批次都偏小", True),
    ],
)
def test_a_degree_is_told_only_where_it_is_written_of_the_goods(text: str, value: str, answer: bool | None) -> None:
    question = read_whether(text)
    assert question is not None
    assert judge_written(question, "说明", value) is answer


@pytest.mark.parametrize(
    ("text", "value", "answer"),
    [
        ("会起球吗", "抗起球面料", False),
        ("会起球吗", "有效防止起球", False),
        ("会不会掉色", "固色处理，避免衣物掉色", False),
        ("会不会烫手", "防烫手柄", False),
        ("会不会过敏", "敏感肌可以用", None),
        ("会不会掉色", "深色首次洗会掉色", True),
        ("会不会掉色", "不掉色", False),
    ],
)
def test_what_may_happen_is_told_only_in_its_own_words(text: str, value: str, answer: bool | None) -> None:
    question = read_whether(text)
    assert question is not None
    assert judge_written(question, "说明", value) is answer
