"""Every shipped sentence keeps the tone of a good shop."""

import re
import string
from collections.abc import Callable, Iterator

import pytest

from intents.catalogue import load_intents, shared_replies

REPLIES = {
    "shared": shared_replies(),
    **{intent: definition.replies for intent, definition in load_intents().items()},
}
REFUSING = re.compile("不行|不可能|没办法|不知道|做不到")
VAGUE = re.compile("可能|也许|应该是吧|大概|估计")
SUPERLATIVE = re.compile(
    "最(?!近)|第一(?!时间|个|笔|件)|国家级|顶级|极品|绝对|全网|独一无二|万能|百分百|100%"
)  # 广告法
QUARREL = re.compile("[您你]错|是您的问题|自己看|说过了")
BARE = {"恩", "嗯", "好", "行", "哦", "好的", "可以", "在"}
FEWEST = 3


def sentences(intent: str) -> Iterator[tuple[str, str]]:
    """Every variant of the intent with its id."""
    for key, variants in REPLIES[intent].items():
        for number, variant in enumerate(variants):
            yield f"{intent}/{key}/{number}", variant


def at_fault(intent: str, wrong: Callable[[str], object]) -> list[str]:
    """The variants of which this is true."""
    return [f"{name}: {sentence}" for name, sentence in sentences(intent) if wrong(sentence)]


@pytest.mark.parametrize("intent", REPLIES)
@pytest.mark.parametrize("never", [REFUSING, VAGUE, SUPERLATIVE, QUARREL], ids=["refuse", "guess", "boast", "quarrel"])
def test_no_sentence_ever_does_that(intent, never):
    assert at_fault(intent, never.search) == []


@pytest.mark.parametrize("intent", REPLIES)
def test_no_sentence_is_a_bare_word(intent):
    assert at_fault(intent, lambda said: said.replace("{address}", "").strip("，。！？~ ") in BARE) == []


@pytest.mark.parametrize("intent", REPLIES)
def test_every_sentence_is_polite(intent):
    assert at_fault(intent, lambda said: "你" in said) == []


@pytest.mark.parametrize("intent", REPLIES)
def test_every_blank_can_be_filled(intent):
    def broken(said: str) -> bool:
        return not all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(said))

    assert at_fault(intent, broken) == []


@pytest.mark.parametrize("intent", REPLIES)
def test_what_calls_the_buyer_has_three_variants(intent):
    """Parts of sentences, and what is only suggested to agents, may stand alone."""
    said = {key: lines for key, lines in REPLIES[intent].items() if not key.startswith("suggested")}
    few = [key for key, lines in said.items() if len(lines) < FEWEST and lines[0].startswith("{address}")]

    assert few == []
