"""A flooded shop waits for itself: of its turns only a few are under way, and fewer begin before another shop's."""

import asyncio

from app.lanes import A_ROUND, UNDER_WAY, Lane


async def test_of_a_flood_only_so_many_turns_are_under_way() -> None:
    lane, under_way, most = Lane(), 0, 0

    async def turn() -> None:
        nonlocal under_way, most
        async with lane:
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.01)  # a source of facts
            under_way -= 1

    await asyncio.gather(*(turn() for _ in range(60)))

    assert most == UNDER_WAY


async def test_another_shops_turn_is_behind_one_round_of_a_flood_only() -> None:
    flooded, calm = Lane(), Lane()
    begun: list[str] = []

    async def turn(lane: Lane, name: str) -> None:
        async with lane:
            begun.append(name)

    await asyncio.gather(*(turn(flooded, "flood") for _ in range(60)), turn(calm, "calm"))

    assert begun.index("calm") == A_ROUND
    assert begun.count("flood") == 60


async def test_who_gives_up_while_waiting_leaves_the_lane_as_it_was() -> None:
    lane = Lane()

    async def turn() -> None:
        async with lane:
            await asyncio.sleep(0)

    flood = [asyncio.create_task(turn()) for _ in range(3 * UNDER_WAY)]
    await asyncio.sleep(0)
    for task in flood[1::2]:
        task.cancel()
    await asyncio.gather(*flood, return_exceptions=True)

    async with asyncio.timeout(1):
        await asyncio.gather(*(turn() for _ in range(2 * UNDER_WAY)))
