"""Every shipped sentence speaks as a good shop does, and holds no number of its own to promise anything with."""

import re
from collections.abc import Iterator
from datetime import date
from string import Formatter

import pytest

from app.guard.claims import ClaimKind, read_claims
from intents._framework.registry import load_intents, load_shared_replies

BANNED = {
    "不行": "say what can be done",
    "不可能": "say what can be done",
    "没办法": "say what can be done",
    "可能": "a shop knows or asks",
    "也许": "a shop knows or asks",
    "大概": "a shop knows or asks",
    "应该是": "a shop knows or asks",
    "保证": "a promise nobody authorised",
    "国家级": "the advertising law forbids it",
    "全网": "the advertising law forbids it",
    "顶级": "the advertising law forbids it",
    "极致": "the advertising law forbids it",
    "史上": "the advertising law forbids it",
    "绝对": "the advertising law forbids it",
    "100%": "the advertising law forbids it",
    "你自己": "never argue who is right",
    "您错": "never argue who is right",
    "明明": "never argue who is right",
}
# 最近 (lately), 最晚/最迟 (a deadline), 最后 (lastly) compare nothing; 第一时间 means at once.
ABSOLUTE = re.compile(r"最(?![近晚迟后])|第一(?!时间|次|步|位来|批)|唯一|首选")
BARE = re.compile(r"^(?:嗯+|恩+|好|好的|行|哦|可以)[。!！~]*$")
PROMISING = {
    ClaimKind.AMOUNT,
    ClaimKind.RATE,
    ClaimKind.DATE,
    ClaimKind.DURATION,
    ClaimKind.TIME,
    ClaimKind.NUMBER,
    ClaimKind.ARRIVAL,
    ClaimKind.FLOOR,
}
OFTEN_SAID = {
    "shipping_time": ("promise", "today", "after_cut_off", "waiting", "late"),
    "stock": ("in_stock", "low_stock", "out_of_stock", "restock"),
    "promotion": ("running", "none", "coming"),
    "bargaining": ("value", "offer", "last_offer", "accepted", "to_supervisor", "hold"),
    "delivery_urging": ("waiting", "late", "moving", "again"),
}


def sentences() -> Iterator[tuple[str, str]]:
    for key, variants in load_shared_replies().items():
        yield from ((f"shared/{key}", variant) for variant in variants)
    for intent, definition in load_intents().items():
        for key, variants in definition.replies.items():
            yield from ((f"{intent}/{key}", variant) for variant in variants)


SENTENCES = sorted(set(sentences()))


@pytest.mark.parametrize(("key", "sentence"), SENTENCES)
def test_a_shipped_sentence_keeps_the_tone(key: str, sentence: str) -> None:
    words = "□".join(literal for literal, *_ in Formatter().parse(sentence))

    assert not [word for word in BANNED if word in words], key
    assert not ABSOLUTE.search(words), key
    assert not BARE.match(words), key


@pytest.mark.parametrize(("key", "sentence"), SENTENCES)
def test_a_shipped_sentence_promises_nothing_by_itself(key: str, sentence: str) -> None:
    words = "□".join(literal for literal, *_ in Formatter().parse(sentence))

    found = [claim.text for claim in read_claims(words, date(2026, 11, 25)) if claim.kind in PROMISING]

    of_the_day = "{cut_off}" in sentence or "当天的安排" in sentence
    bound = {"今天", "当天"} if of_the_day else {"今天"}
    assert [text for text in found if text not in bound] == [], key


@pytest.mark.parametrize(("intent", "key"), [(intent, key) for intent, keys in OFTEN_SAID.items() for key in keys])
def test_what_is_said_often_has_three_ways_to_say_it(intent: str, key: str) -> None:
    assert len(load_intents()[intent].replies[key]) >= 3
