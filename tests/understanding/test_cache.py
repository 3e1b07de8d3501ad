"""A short message is understood once, whatever conversation it comes in; what the conversation adds stays its own."""

from collections.abc import Hashable
from dataclasses import replace
from datetime import date
from itertools import cycle

import pytest

from app.domain.catalogue import FaqEntry
from app.domain.understanding import DialogueContext, Understanding, Utterance
from app.understanding.cache import CACHE_SIZE, LONGEST_CACHED, CachedUnderstanding, LruCache, UnderstandingCache
from app.understanding.understander import ShopUnderstander, Understander

ASKED = "包邮吗"
CONTEXTS = (
    DialogueContext(),
    DialogueContext(last_intent="stock"),
    DialogueContext(asked_intent="shipping_fee", asked_slot="place"),
    DialogueContext(order_id="202600000001"),
)


class Counted(LruCache[CachedUnderstanding]):
    """Counts what had to be read."""

    read = 0

    def store(self, key: Hashable, what: CachedUnderstanding) -> None:
        self.read += 1
        super().store(key, what)


class CountedMemory(UnderstandingCache):
    """Counts what had to be read."""

    heard: Counted

    def __init__(self, size: int = CACHE_SIZE) -> None:
        super().__init__(size)
        self.heard = Counted(size)

    @property
    def read(self) -> int:
        """How many messages."""
        return self.heard.read


def a_shop(understander: Understander, memory: UnderstandingCache) -> ShopUnderstander:
    entry = FaqEntry("F1", "运费怎么算", "亲，江浙沪包邮~", ("包邮吗",))
    counted = replace(understander, memory=memory)
    return counted.build_shop_understander([entry], [], version="1")


def test_a_short_message_is_read_once_in_whatever_conversation(understander: Understander) -> None:
    memory = CountedMemory()
    shop = a_shop(understander, memory)

    for context in CONTEXTS:
        shop.understand(ASKED, context)

    assert memory.read == 1


@pytest.mark.parametrize("text", ["那西藏呢", "包邮吗，什么时候发货呀", "好的", "有货吗"])
def test_what_was_read_before_is_understood_as_if_it_came_first(understander: Understander, text: str) -> None:
    shop = a_shop(understander, UnderstandingCache())

    for context in (*CONTEXTS, *CONTEXTS):
        assert shop.understand(text, context) == freshly(understander, text, context)


def freshly(understander: Understander, text: str, context: DialogueContext) -> Understanding:
    return a_shop(understander, UnderstandingCache()).understand(text, context)


def test_another_day_product_or_shop_is_read_anew(understander: Understander) -> None:
    memory = CountedMemory()
    shop = a_shop(understander, memory)

    shop.understand(ASKED)
    shop.understand(ASKED, today=date(2026, 3, 2))
    shop.understand(ASKED, product_id="P1")
    shop.understand(ASKED, DialogueContext(product_id="P1"))
    a_shop(understander, memory).understand(ASKED)

    assert memory.read == 4


def test_a_long_message_is_not_kept(understander: Understander) -> None:
    memory = CountedMemory()

    a_shop(understander, memory).understand("好" + "的" * LONGEST_CACHED)

    assert memory.read == 0


def test_the_longest_unused_is_forgotten(understander: Understander) -> None:
    memory = CountedMemory(size=2)
    shop = a_shop(understander, memory)

    for text in ("一", "二", "一", "三", "一"):
        shop.understand(text)
    assert memory.read == 3

    shop.understand("二")
    assert memory.read == 4


def test_messages_read_together_are_understood_as_if_each_came_alone(understander: Understander) -> None:
    texts = ["包邮吗", "", "包邮吗，什么时候发货呀", "好的", "🎁🎁", "那西藏呢", "包邮吗", "有没有" * 30, "能便宜点吗"]
    asked = [Utterance(text, context) for text, context in zip(texts, cycle(CONTEXTS))]  # one goes on for ever

    together = a_shop(understander, UnderstandingCache()).understand_all(asked)

    assert together == [freshly(understander, each.text, each.context) for each in asked]


def test_in_a_conversation_of_the_same_state_nothing_is_worked_out_again(understander: Understander) -> None:
    shop = a_shop(understander, UnderstandingCache())
    first = shop.understand("那西藏呢", DialogueContext(last_intent="shipping_fee", order_id="1"))

    assert shop.understand("那西藏呢", DialogueContext(last_intent="shipping_fee", order_id="2")) is first
    assert shop.understand("那西藏呢", DialogueContext(last_intent="stock")) is not first


def test_only_what_was_read_is_recalled(understander: Understander) -> None:
    shop = a_shop(understander, UnderstandingCache())
    asked = Utterance(ASKED, DialogueContext(last_intent="stock"))

    assert shop.recall_understanding(asked) is None
    shop.understand(ASKED)
    assert shop.recall_understanding(asked) == freshly(understander, *asked[:2])
