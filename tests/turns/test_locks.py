"""A flooded shop waits for itself: of its turns only a few are under way, and fewer begin before another shop's.

A conversation's turns follow each other.
"""

import asyncio

from app.domain.message import ConversationKey
from app.turns.locks import MOST_CONCURRENT_TURNS, MOST_STARTS_PER_ROUND, ConversationLocks, ShopLimit

KEY = ConversationKey("demo", "webhook", "c-1")


async def most_under_way(lane: ShopLimit) -> int:
    under_way, most = 0, 0

    async def turn() -> None:
        nonlocal under_way, most
        async with lane:
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.01)  # a source of facts
            under_way -= 1

    await asyncio.gather(*(turn() for _ in range(60)))
    return most


async def test_of_a_flood_only_so_many_turns_are_under_way() -> None:
    assert await most_under_way(ShopLimit()) == MOST_CONCURRENT_TURNS


async def test_another_shops_turn_is_behind_one_round_of_a_flood_only() -> None:
    flooded, calm = ShopLimit(), ShopLimit()
    begun: list[str] = []

    async def turn(lane: ShopLimit, name: str) -> None:
        async with lane:
            begun.append(name)

    await asyncio.gather(*(turn(flooded, "flood") for _ in range(60)), turn(calm, "calm"))

    assert begun.index("calm") == MOST_STARTS_PER_ROUND
    assert begun.count("flood") == 60


async def test_who_gives_up_while_waiting_leaves_the_lane_as_it_was() -> None:
    lane = ShopLimit()

    async def turn() -> None:
        async with lane:
            await asyncio.sleep(0)

    flood = [asyncio.create_task(turn()) for _ in range(3 * MOST_CONCURRENT_TURNS)]
    await asyncio.sleep(0)
    for task in flood[1::2]:
        task.cancel()
    await asyncio.gather(*flood, return_exceptions=True)

    async with asyncio.timeout(1):
        assert await most_under_way(lane) == MOST_CONCURRENT_TURNS


async def test_one_conversations_turns_follow_each_other_and_another_does_not_wait() -> None:
    turns, said = ConversationLocks(), list[str]()

    async def turn(conversation: str, name: str) -> None:
        async with turns.lock_for(ConversationKey("demo", "webhook", conversation)):
            said.append(f"{name} begins")
            await asyncio.sleep(0)
            said.append(f"{name} ends")

    await asyncio.gather(turn("c-1", "first"), turn("c-1", "second"), turn("c-2", "other"))

    assert said[:2] == ["first begins", "other begins"]
    assert said.index("first ends") < said.index("second begins")


async def test_a_conversation_is_forgotten_when_nobody_is_in_it_or_waits() -> None:
    turns = ConversationLocks()

    async def turn() -> None:
        async with turns.lock_for(KEY):
            pass

    held = turns.lock_for(KEY)
    async with held:
        waiting = [asyncio.create_task(turn()) for _ in range(2)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.wait(waiting[:1])
    assert turns.lock_for(KEY) is held  # for the one who waits

    await waiting[1]
    assert turns.lock_for(KEY) is not held
