"""A shop reads a message on its own day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from app.dialogue.signals import SignalDetector
from app.domain.understanding import IntentScore, Request, Understanding, Utterance
from app.shop.schema import ShopSettings
from app.shop.shop import Shop
from app.tenants.registry import OpenShop

EVENING = datetime(2026, 3, 1, 17, tzinfo=UTC)  # already the second in Shanghai


class CountingReader:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, date | None]] = []

    def understand_all(self, asked: Sequence[Utterance]) -> list[Understanding]:
        self.asked += [(each.text, each.today) for each in asked]
        return [
            Understanding(each.text, each.text, (), (Request(each.text, (IntentScore("greeting", 1.0),)),))
            for each in asked
        ]


def a_shop(reader: CountingReader) -> OpenShop:
    shop = Shop("demo", Path(), ShopSettings(name="店"), version="1")
    return OpenShop(shop, reader, None, SignalDetector(), {}, {})  # type: ignore[arg-type]  # no facts are asked


def test_a_message_is_read_on_the_shops_own_day() -> None:
    reader = CountingReader()

    a_shop(reader).understand("在吗", EVENING)

    assert reader.asked == [("在吗", date(2026, 3, 2))]
