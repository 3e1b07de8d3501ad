"""Late tickets are told of at 80 % and at 100 % of each clock, once, however many processes look."""

import asyncio
from datetime import timedelta

from app.domain.events import TicketClock
from app.domain.handoff import TicketState
from app.storage.store import Store, open_store
from handoff.ports import AgentLine
from tests.storage.builders import NOW
from tests.storage.test_waiting import SECOND, ticket_of, write


async def told_at(store: Store, *seconds: int) -> list[tuple[int, str]]:
    """What listeners hear when the desk is swept at these times."""
    heard: list[tuple[int, str]] = []
    with store.feed.subscribe() as subscription:
        store.listen()
        await asyncio.sleep(0.3)
        subscription.take_waiting()
        for second in seconds:
            await store.escalate_late(NOW + second * SECOND)
            await asyncio.sleep(0.2)
            found = [notice for notice in subscription.take_waiting() if notice.kind == "ticket.due"]
            heard += [(second, notice.detail) for notice in found]
    return heard


async def test_the_buyers_message_is_told_of_when_nearly_late_and_when_late(store: Store) -> None:
    await write(store, 0)

    assert await told_at(store, 143, 144, 150, 180, 200) == [(144, "answer:80"), (180, "answer:100")]
    assert (await ticket_of(store)).escalated == 100


async def test_what_was_seen_too_late_to_warn_is_told_of_as_late_alone(store: Store) -> None:
    await write(store, 0)

    assert await told_at(store, 500, 505) == [(500, "answer:100")]


async def test_each_message_that_waits_has_a_warning_of_its_own(store: Store) -> None:
    await write(store, 0)
    await store.claim("t-1", "lan", NOW)
    first = await store.escalate_late(NOW + 180 * SECOND)
    await store.add_reply("t-1", "lan", AgentLine("l-1", "lan", "来了"), NOW + 181 * SECOND)
    answered = await store.escalate_late(NOW + 300 * SECOND)
    await write(store, 400)

    second = [await store.escalate_late(NOW + (400 + passed) * SECOND) for passed in (143, 144, 180)]

    assert (first, answered, second) == (1, 0, [0, 1, 1])


async def test_a_change_by_people_does_not_make_it_told_of_again(store: Store) -> None:
    await write(store, 0)
    await store.escalate_late(NOW + 150 * SECOND)
    await store.claim("t-1", "lan", NOW + 151 * SECOND)

    assert await store.escalate_late(NOW + 152 * SECOND) == 0


async def test_the_deadlines_of_solution_and_closure_are_told_of_too_while_it_is_open(store: Store) -> None:
    await write(store, 0)
    await store.claim("t-1", "lan", NOW)
    await store.add_reply("t-1", "lan", AgentLine("l-1", "lan", "来了"), NOW)
    hours = [int(timedelta(hours=hours).total_seconds()) for hours in (19, 20, 24, 38, 39, 48)]

    told = await told_at(store, *hours)
    resolved = await store.resolve("t-1", "lan", "", NOW)

    assert [detail for _, detail in told] == ["resolve:80", "resolve:100", "close:80", "close:100"]
    assert resolved.state is TicketState.RESOLVED
    assert {clock.value for clock in TicketClock} == {"answer", "resolve", "close"}


async def test_an_ended_ticket_is_told_of_no_more(store: Store) -> None:
    await write(store, 0)
    await store.return_to_bot("t-1", None, NOW)

    assert await store.escalate_late(NOW + timedelta(days=3)) == 0


async def test_of_several_processes_one_tells(database_url: str) -> None:
    stores = [await open_store(database_url) for _ in range(3)]
    await write(stores[0], 0)

    counts = await asyncio.gather(*(store.escalate_late(NOW + 150 * SECOND) for store in stores * 2))

    assert sum(counts) == 1
    for store in stores:
        await store.close()
