"""A person who answers on the platform itself works the conversation's ticket, too."""

from dataclasses import replace
from datetime import timedelta

from app.domain.conversation import Owner
from app.domain.events import PersonSpoke
from app.domain.handoff import TicketState
from app.domain.ticket import Ticket
from app.storage.store import Store
from handoff.ports import AgentLine
from tests.storage.builders import KEY, NOW
from tests.storage.test_events import Recorder, handed_over, store_with

LATER = NOW + timedelta(minutes=1)
LINE = AgentLine("p-1", "xiaowang", "我来处理")


async def _ticket(store: Store) -> Ticket:
    found = await store.get_ticket("t-1")
    assert found is not None
    return found


async def _owner(store: Store) -> Owner:
    found = await store.load_conversation(KEY)
    assert found is not None
    return found.owner


async def test_whoever_answers_there_has_claimed_the_ticket_and_met_its_clock(database_url: str) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        await handed_over(store)

        await store.record_platform_line(KEY, LINE, LATER)

        ticket = await _ticket(store)
        assert (ticket.state, ticket.claimed_by, ticket.claimed_at) == (TicketState.CLAIMED, "xiaowang", LATER)
        assert ticket.first_response_at == LATER
        assert recorder.kinds()[-2:] == ["ticket.claimed", "person.spoke"]
        spoke = recorder.events[-1]
        assert isinstance(spoke, PersonSpoke)
        assert (spoke.first, spoke.on_platform, spoke.ticket and spoke.ticket.id) == (True, True, "t-1")


async def test_their_last_line_resolves_it_and_the_bot_answers_again(database_url: str) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        await handed_over(store)
        await store.record_platform_line(KEY, LINE, LATER)

        await store.record_platform_line(KEY, replace(LINE, id="p-2", text="再见"), LATER, done=True)

        ticket = await _ticket(store)
        assert (ticket.state, ticket.resolved_at) == (TicketState.RESOLVED, LATER)
        assert await _owner(store) is Owner.CLOSED
        assert recorder.kinds()[-2:] == ["person.spoke", "ticket.resolved"]


async def test_a_single_line_that_is_the_last_claims_answers_and_resolves(database_url: str) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        await handed_over(store)

        await store.record_platform_line(KEY, replace(LINE, agent=""), LATER, done=True)

        ticket = await _ticket(store)
        assert (ticket.state, ticket.claimed_by) == (TicketState.RESOLVED, "platform")
        assert recorder.kinds()[-3:] == ["ticket.claimed", "person.spoke", "ticket.resolved"]


async def test_a_colleagues_ticket_stays_theirs_and_is_answered(store: Store) -> None:
    await handed_over(store)
    await store.claim("t-1", "lan", NOW)

    await store.record_platform_line(KEY, LINE, LATER)

    ticket = await _ticket(store)
    assert (ticket.claimed_by, ticket.first_response_at) == ("lan", LATER)


async def test_an_end_told_with_our_own_line_resolves_the_ticket(store: Store) -> None:
    await handed_over(store)
    await store.claim("t-1", "lan", NOW)
    await store.add_reply("t-1", "lan", AgentLine("t-1:r", "lan", "好了"), NOW)

    assert await store.record_platform_line(KEY, AgentLine("t-1:r", "", "好了"), LATER, done=True)

    assert ((await _ticket(store)).state, await _owner(store)) == (TicketState.RESOLVED, Owner.CLOSED)


async def test_the_same_line_again_tells_nothing(database_url: str) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        await handed_over(store)
        await store.record_platform_line(KEY, LINE, LATER)
        told = recorder.kinds()

        assert not await store.record_platform_line(KEY, LINE, LATER)

        assert recorder.kinds() == told
