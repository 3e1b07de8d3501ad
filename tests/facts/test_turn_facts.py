"""One turn asks a source once, whatever it answers."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.catalogue import Order
from app.domain.conversation import ConversationKey
from app.domain.fact import Fact, FactKind, FactsUnavailableError
from app.domain.message import Message, Sender
from app.facts.files import FileFacts
from app.facts.port import Facts
from app.facts.turn import TurnFacts
from app.main import build_components
from app.settings import Settings

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)


class CountedSource:
    """Counts its calls; it is down for buyers called `nobody`."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    async def list_buyer_orders(self, buyer: str) -> Fact[tuple[Order, ...]]:
        self.calls[buyer] += 1
        if buyer == "nobody":
            raise FactsUnavailableError(FactKind.ORDER, "orders", "is down")
        return Fact(FactKind.ORDER, (), "orders", NOON)


def facts_of(source: CountedSource) -> Facts:
    return TurnFacts(source)  # type: ignore[arg-type]  # only this one method is asked


async def test_each_fact_is_read_once() -> None:
    source = CountedSource()
    facts = facts_of(source)

    first, again = await facts.list_buyer_orders("an"), await facts.list_buyer_orders("an")
    await facts.list_buyer_orders("bo")

    assert first is again
    assert source.calls == {"an": 1, "bo": 1}


async def test_a_failure_is_not_waited_for_again() -> None:
    source = CountedSource()
    facts = facts_of(source)

    for _ in range(2):
        with pytest.raises(FactsUnavailableError):
            await facts.list_buyer_orders("nobody")

    assert source.calls == {"nobody": 1}


async def test_the_steps_of_a_turn_share_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    read = FileFacts.list_buyer_orders

    async def count_and_read(files: FileFacts, buyer: str) -> Fact[tuple[Order, ...]]:
        asked.append(buyer)
        return await read(files, buyer)

    monkeypatch.setattr(FileFacts, "list_buyer_orders", count_and_read)
    parts = await build_components(Settings(shops_dir=ROOT / "faq", state_dir=tmp_path), only={"demo"})
    key = ConversationKey("demo", "webhook", "c")
    await parts.responder.respond(Message("m", key, Sender("buyer-01"), "收到是坏的，要退款", NOON, NOON))
    await parts.close()

    assert asked == ["buyer-01"]
