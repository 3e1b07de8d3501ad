"""How buyers say they were served: asked once a ticket and a day, kept on the ticket and in its history."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.conversation import Conversation, RatingInvitation
from app.domain.events import TicketInvited, TicketRated
from app.domain.outcome import RecordRating
from app.domain.ticket import TicketRating
from app.storage.store import Store, open_store
from handoff.ports import AgentLine
from handoff.ratings import Invitation
from tests.storage.builders import KEY, NOW, a_message, a_ticket, a_turn, handed_off
from tests.storage.test_events import Recorder
from tests.storage.test_waiting import SECOND, ticket_of, write

HOUR = timedelta(hours=1)
ENDED = NOW + 10 * SECOND
ASKED = NOW + 70 * SECOND
INVITATION = Invitation("i-1", "您满意吗", ASKED + 24 * HOUR, NOW - 10 * HOUR)


@pytest.fixture
async def heard(database_url: str) -> AsyncIterator[tuple[Store, Recorder]]:
    """A store whose events are remembered, with a ticket that lan answered and resolved."""
    recorder = Recorder()
    store = await open_store(database_url, readers=(recorder,))
    await write(store, 0)
    await store.claim("t-1", "lan", NOW)
    await store.add_reply("t-1", "lan", AgentLine("l-1", "lan", "来了"), NOW + SECOND)
    await store.resolve("t-1", "lan", "", ENDED)
    yield store, recorder
    await store.close()


async def uninvited(store: Store) -> list[str]:
    found = await store.ratings.find_uninvited("demo", NOW - HOUR, ENDED, INVITATION.not_since)
    return [ticket.id for ticket in found]


async def test_who_was_served_is_asked_once_in_a_line_of_the_bots(heard: tuple[Store, Recorder]) -> None:
    store, recorder = heard
    assert await uninvited(store) == ["t-1"]

    asked = [await store.ratings.invite("t-1", INVITATION, ASKED) for _ in range(2)]

    conversation = await store.load_conversation(KEY)
    line = (await store.load_conversation_lines(KEY, 1))[0]
    assert asked == [True, False]
    assert conversation is not None
    assert conversation.invitation == RatingInvitation("t-1", INVITATION.until)
    assert (line.author, line.text) == ("bot", "您满意吗")
    assert (await ticket_of(store)).rating == TicketRating(asked_at=ASKED)
    assert sum(isinstance(event, TicketInvited) for event in recorder.events) == 1
    assert await uninvited(store) == []


async def test_nobody_is_asked_who_got_no_answer_or_is_with_people_again(heard: tuple[Store, Recorder]) -> None:
    store, _ = heard
    await store.reopen("t-1", "lan", ENDED + SECOND)

    assert await uninvited(store) == []
    assert not await store.ratings.invite("t-1", INVITATION, ASKED)


async def test_a_second_ticket_of_the_day_is_not_asked_about(heard: tuple[Store, Recorder]) -> None:
    store, _ = heard
    await store.ratings.invite("t-1", INVITATION, ASKED)
    second = a_ticket("t-2")
    message = a_message("m-2", received_at=ASKED + SECOND)
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    await store.commit(handed_off(a_turn(message, found), second))
    await store.claim("t-2", "lan", ASKED + SECOND)
    await store.add_reply("t-2", "lan", AgentLine("l-2", "lan", "在"), ASKED + SECOND)
    await store.resolve("t-2", "lan", "", ASKED + 2 * SECOND)
    later = ASKED + HOUR

    today = await store.ratings.find_uninvited("demo", NOW, later, INVITATION.not_since)
    tomorrow = await store.ratings.find_uninvited("demo", NOW, later, ASKED + SECOND)

    assert not today
    assert [ticket.id for ticket in tomorrow] == ["t-2"]
    assert not await store.ratings.invite("t-2", replace(INVITATION, line_id="i-2"), later)


async def test_what_a_turn_rates_is_on_the_ticket_and_in_its_history(heard: tuple[Store, Recorder]) -> None:
    store, _ = heard
    await store.ratings.invite("t-1", INVITATION, ASKED)
    message = a_message("m-9", "2分，太慢", received_at=ASKED + SECOND)
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    version = (await ticket_of(store)).version
    turn = a_turn(message, replace(found, invitation=None), effects=(RecordRating("t-1", 2, "太慢"),))

    await store.commit(replace(turn, at=ASKED + SECOND))

    rated = await ticket_of(store)
    assert rated.rating == TicketRating(ASKED, 2, "太慢", ASKED + SECOND, "buyer")
    assert rated.version > version
    history = [(entry.change, entry.text) for entry in await store.load_entries(rated)]
    assert history[-2:] == [("ticket.invited", ""), ("ticket.rated", "2 太慢")]


async def test_the_last_a_platform_tells_holds(heard: tuple[Store, Recorder]) -> None:
    store, recorder = heard

    for score in (4, 4, 5):
        rated = await store.ratings.rate("t-1", score, "", "zhu", ASKED)

    assert rated.rating == TicketRating(None, 5, "", ASKED, "platform")
    assert [event.score for event in recorder.events if isinstance(event, TicketRated)] == [4, 5]
    assert await uninvited(store) == []
