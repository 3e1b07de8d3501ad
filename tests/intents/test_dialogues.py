"""Whole conversations at the demo shop's counter, as buyers really hold them."""

from dataclasses import dataclass
from itertools import count

import pytest

from app.domain.written_turn import Turn
from intents._framework.schema import Check
from tests.intents.conftest import Counter, a_counter, keeping

LINE = Check(say=("",), action="answer")
BUYERS = count(1)


@dataclass
class Dialogue:
    """One buyer's conversation."""

    counter: Counter
    buyer: str

    async def say(self, *lines: str, image: bool = False) -> Turn:
        """Some lines; the last one's turn."""
        for line in lines:
            turn = await self.counter.say(self.buyer, line, LINE, image=image)
        return turn


@pytest.fixture
def guest(counter: Counter) -> Dialogue:
    return Dialogue(counter, f"guest-{next(BUYERS)}")


def owner_of_an_order(counter: Counter, buyer: str) -> Dialogue:
    return Dialogue(counter, buyer)


def text_of(turn: Turn) -> str:
    return "\n".join(reply["text"] for reply in turn.body["replies"])


def wish_of(turn: Turn) -> str:
    assert turn.ticket is not None
    return str(turn.ticket.brief)


async def test_who_asks_the_same_again_does_not_hear_the_same_words(guest: Dialogue):
    first = await guest.say("付不了款")
    second = await guest.say("还是付不了款")
    third = await guest.say("一直付不了")

    assert len({text_of(first), text_of(second), text_of(third)}) == 3


async def test_the_number_an_answer_asked_for_opens_the_matter(guest: Dialogue):
    await guest.say("刚下单就降价了")

    turn = await guest.say("8800100040")

    assert turn.ticket is not None
    assert turn.body["decision"]["intent"] == "price_protection"
    assert "8800100040" in wish_of(turn)


async def test_a_number_out_of_the_blue_is_asked_about(guest: Dialogue):
    turn = await guest.say("8800100040")

    assert turn.ticket is None
    assert "订单" in text_of(turn)


async def test_a_damaged_parcel_from_the_first_word_to_the_persons_brief(counter: Counter):
    buyer = owner_of_an_order(counter, "buyer-07")
    asked = await buyer.say("收到的杯子上有一道划痕")
    offered = await buyer.say("", image=True)
    chosen = await buyer.say("可以吧")

    assert "照片" in text_of(asked)
    assert "5元" in text_of(offered)
    assert offered.effects
    assert "接受小额打款5元" in wish_of(chosen)
    assert "8800100007" in wish_of(chosen)


async def test_declining_the_amends_for_a_return_keeps_what_was_collected(counter: Counter):
    buyer = owner_of_an_order(counter, "buyer-27")
    await buyer.say("茶壶有个地方掉漆了")
    await buyer.say("", image=True)

    turn = await buyer.say("不要补偿 我要换货")

    assert turn.body["decision"]["intent"] == "quality_issue"
    assert "买家已发图片" in wish_of(turn)
    assert "未接受" in wish_of(turn)
    assert turn.ticket is not None
    assert turn.ticket.brief["promised"] == []


async def test_a_return_is_collected_step_by_step(catalogue, shops):
    owner = Dialogue(a_counter(catalogue, shops), "buyer-07")

    first = await owner.say("我想退货 帮我申请一下")
    second = await owner.say("尺寸买大了")

    assert first.ticket is None
    assert "尺寸买大了" in wish_of(second)


async def test_two_requests_ask_for_the_order_once(guest: Dialogue):
    turn = await guest.say("我的订单怎么取消了，为什么物流显示还是发货了")

    assert text_of(turn).count("订单号") <= 1


async def test_after_a_handoff_the_bot_answers_only_what_surely_is_another_matter(guest: Dialogue):
    await guest.say("转人工")
    noted = await guest.say("多少钱")

    later = await guest.say("包邮吗")

    assert "元" not in text_of(noted)
    assert "满59元" in text_of(later)


async def test_a_fragment_keeps_to_what_was_asked(guest: Dialogue):
    await guest.say("竹编排水茶盘多少钱")

    turn = await guest.say("那储水款呢")

    assert "89元" in text_of(turn)


async def test_a_stranger_with_somebody_elses_number_learns_no_more_than_its_state(guest: Dialogue):
    turn = await guest.say("快递到哪了", "8800100005")

    assert "发货" in text_of(turn)
    assert not [word for word in ("南京", "ZT2000000001", "中通") if word in text_of(turn)]


@pytest.mark.parametrize("line", ["", "😊😊", "。。。", "？？？", "[图片]", "https://item.example.com/1"])
async def test_nothing_said_is_met_kindly(guest: Dialogue, line: str):
    turn = await guest.say(line)

    assert text_of(turn)


async def test_what_the_shop_keeps_for_its_people_goes_to_them(catalogue, shops):
    strict = Dialogue(a_counter(catalogue, keeping(shops, intents=("price_question",))), "guest-kept")

    turn = await strict.say("黑胡桃木长方茶盘多少钱")

    assert turn.ticket is not None
    assert "128元" not in text_of(turn)
    assert "128元" in wish_of(turn)  # suggested to the agent


async def test_a_vip_speaks_with_a_person(catalogue, shops):
    strict = Dialogue(a_counter(catalogue, keeping(shops, vip_buyers=("guest-vip",))), "guest-vip")

    turn = await strict.say("包邮吗")

    assert turn.body["decision"]["reason"] == "vip"
