"""A process that tries to spend a budget as often and as fast as it can; prints how often it was allowed to."""

import argparse
import asyncio
from datetime import UTC, datetime
from decimal import Decimal

from app.domain.conversation import Conversation
from app.domain.message import ConversationKey, Message, Sender
from app.domain.outcome import Spend
from app.domain.written_turn import Turn
from app.storage.ports import BudgetExhaustedError
from app.storage.store import Store, open_store


async def spend(store: Store, name: str, spending: Spend) -> bool:
    """One turn of a buyer of its own that would take from the budget."""
    now = datetime.now(UTC)
    key = ConversationKey("demo", "abuse", name)
    message = Message(name, key, Sender(name), "便宜点", now, now)
    turn = Turn((message,), 0, Conversation(key), {"to": name}, name, now, effects=(spending,))
    try:
        await store.commit(turn)
    except BudgetExhaustedError:
        return False
    return True


async def run(database: str, name: str, times: int, limit: Decimal) -> int:
    """How many of `times` attempts, all at once, were allowed."""
    store = await open_store(database)
    spending = Spend("coupon:day", Decimal(1), limit)
    try:
        return sum(await asyncio.gather(*(spend(store, f"{name}-{n}", spending) for n in range(times))))
    finally:
        await store.close()


def main() -> None:
    """Spend."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--database", required=True)
    arguments.add_argument("--name", required=True)
    arguments.add_argument("--times", type=int, default=300)
    arguments.add_argument("--limit", type=Decimal, default=Decimal(100))
    given = arguments.parse_args()
    print(asyncio.run(run(given.database, given.name, given.times, given.limit)))  # noqa: T201  # its answer


if __name__ == "__main__":
    main()
