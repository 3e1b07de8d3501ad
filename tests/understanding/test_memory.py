"""A short message is understood once, whatever conversation it comes in; what the conversation adds stays its own."""

from datetime import date

import pytest

from app.domain.catalogue import FaqEntry
from app.domain.understanding import DialogueContext, Understanding
from app.understanding.memory import SHORT, Heard, HeardBefore
from app.understanding.understander import ShopUnderstander, Understander

ASKED = "包邮吗"
CONTEXTS = (
    DialogueContext(),
    DialogueContext(last_intent="stock"),
    DialogueContext(asked_intent="shipping_fee", asked_slot="place"),
    DialogueContext(order_id="202600000001"),
)


class CountedMemory(HeardBefore):
    """Counts what had to be read."""

    read = 0

    def keep(self, key: tuple[object, ...], heard: Heard) -> None:
        self.read += 1
        super().keep(key, heard)


def a_shop(understander: Understander, memory: HeardBefore) -> ShopUnderstander:
    entry = FaqEntry("F1", "运费怎么算", "亲，江浙沪包邮~", ("包邮吗",))
    counted = Understander(understander.dictionary, understander.reader, before=memory)
    return counted.for_shop([entry], [], version="1")


def test_a_short_message_is_read_once_in_whatever_conversation(understander: Understander) -> None:
    memory = CountedMemory()
    shop = a_shop(understander, memory)

    for context in CONTEXTS:
        shop.understand(ASKED, context)

    assert memory.read == 1


@pytest.mark.parametrize("text", ["那西藏呢", "包邮吗，什么时候发货呀", "好的", "有货吗"])
def test_what_was_read_before_is_understood_as_if_it_came_first(understander: Understander, text: str) -> None:
    shop = a_shop(understander, HeardBefore())

    for context in (*CONTEXTS, *CONTEXTS):
        assert shop.understand(text, context) == freshly(understander, text, context)


def freshly(understander: Understander, text: str, context: DialogueContext) -> Understanding:
    return a_shop(understander, HeardBefore()).understand(text, context)


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

    a_shop(understander, memory).understand("好" + "的" * SHORT)

    assert memory.read == 0


def test_the_longest_unused_is_forgotten(understander: Understander) -> None:
    memory = CountedMemory(size=2)
    shop = a_shop(understander, memory)

    for text in ("一", "二", "一", "三", "一"):
        shop.understand(text)
    assert memory.read == 3

    shop.understand("二")
    assert memory.read == 4
