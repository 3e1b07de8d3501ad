"""The platform's clock for each of the buyer's messages, and what is but a farewell."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.message import ConversationKey, Message, MessageType, Sender
from app.language.acts import default_reader
from app.shop.schema import Deadlines
from handoff.waiting import describe_wait, is_farewell
from tests.handoff.builders import MORNING

FIRST = Message("m-1", ConversationKey("demo", "api", "c-1"), Sender("b-1"), "在吗", MORNING, MORNING)


def said(text: str, message_type: MessageType = MessageType.TEXT) -> bool:
    """Whether this one message is a farewell."""
    return is_farewell((replace(FIRST, text=text, type=message_type),), default_reader().read_acts(text, text))


def test_the_clock_begins_with_the_first_message_and_the_line_is_the_last() -> None:
    last = replace(FIRST, id="m-2", text="还没发货吗", received_at=MORNING + timedelta(seconds=9))

    wait = describe_wait("t-1", (FIRST, last), default_reader().read_acts("", ""), Deadlines(answer_seconds=60))

    assert (wait.since, wait.due) == (MORNING, MORNING + timedelta(seconds=60))
    assert (wait.messages, wait.line.text, wait.line.at, wait.closing) == (2, "还没发货吗", last.received_at, False)


def test_the_platform_gives_three_minutes_unless_the_shop_says_otherwise() -> None:
    assert Deadlines().answer_seconds == 180


@pytest.mark.parametrize("text", ["谢谢", "好的谢谢", "知道了", "再见", "没别的了"])
def test_thanks_and_farewells_close(text: str) -> None:
    assert said(text)


@pytest.mark.parametrize(
    "text", ["好的什么时候发", "谢谢，那什么时候到", "在吗", "人呢", "太慢了谢谢", "？", "我要退货"]
)
def test_what_wants_an_answer_does_not(text: str) -> None:
    assert not said(text)


def test_a_picture_is_no_farewell() -> None:
    assert not said("谢谢", MessageType.IMAGE)
