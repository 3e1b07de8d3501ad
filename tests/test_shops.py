"""A shop reads a message on its own day, and a short one only once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from app.decision.signals import Listener
from app.domain.understanding import DialogueContext, IntentScore, Request, Understanding
from app.shop.schema import ShopSettings
from app.shop.shop import Shop
from app.shops import NO_CONTEXT, HeardBefore, OpenShop

EVENING = datetime(2026, 3, 1, 17, tzinfo=UTC)  # already the second in Shanghai


class CountingReader:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, date | None]] = []

    def understand(
        self,
        text: str,
        context: DialogueContext = NO_CONTEXT,
        *,
        today: date | None = None,
        product_id: str | None = None,
    ) -> Understanding:
        self.asked.append((text, today))
        return Understanding(text, text, (), (), (Request(text, (IntentScore("greeting", 1.0),)),))


def a_shop(reader: CountingReader, heard: HeardBefore | None = None, version: str = "1") -> OpenShop:
    shop = Shop("demo", Path(), ShopSettings(name="店"), version=version)
    nothing: Mapping[str, str] = {}
    return OpenShop(shop, reader, None, Listener(), {}, nothing, heard or HeardBefore())  # type: ignore[arg-type]  # no facts are asked


def test_a_message_is_read_on_the_shops_own_day() -> None:
    reader = CountingReader()

    a_shop(reader).understand("在吗", EVENING)

    assert reader.asked == [("在吗", date(2026, 3, 2))]


def test_a_short_message_is_read_once() -> None:
    reader = CountingReader()
    shop = a_shop(reader)

    first, second = shop.understand("在吗", EVENING), shop.understand("在吗", EVENING)

    assert first is second
    assert len(reader.asked) == 1


def test_another_context_version_or_product_is_read_again() -> None:
    reader = CountingReader()
    heard = HeardBefore()
    shop = a_shop(reader, heard)

    shop.understand("在吗", EVENING)
    shop.understand("在吗", EVENING, DialogueContext(last_intent="stock"))
    shop.understand("在吗", EVENING, product_id="P1")
    a_shop(reader, heard, version="2").understand("在吗", EVENING)
    replace(shop, heard=HeardBefore()).understand("在吗", EVENING)

    assert len(reader.asked) == 5


def test_the_longest_unused_is_forgotten() -> None:
    reader = CountingReader()
    shop = a_shop(reader, HeardBefore(size=2))

    for text in ("一", "二", "一", "三", "一", "二"):
        shop.understand(text, EVENING)

    assert [text for text, _ in reader.asked] == ["一", "二", "三", "二"]
