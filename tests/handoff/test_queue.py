"""The queue as people work it."""

import asyncio
from dataclasses import replace

import pytest

from app.delivery.callback_events import CallbackEvents
from app.delivery.payloads import OutboxWriter
from app.domain.handoff import Group, TicketState
from app.domain.message import ConversationKey
from app.domain.ticket import TranscriptLine
from app.errors import ForbiddenError, NotFoundError, TicketConflictError, UndeliverableError
from app.observability.event_metrics import EventMetrics
from app.observability.metrics import Metrics
from app.turns.response import answer_body
from handoff.agents import AgentRole
from handoff.events import TicketEvent
from handoff.ports import AgentLine, TicketFilter
from handoff.queue import HandoffQueue
from tests.handoff.builders import MORNING, a_ticket, an_agent
from tests.handoff.fakes import Clock, FakeTickets

OUTGOING = OutboxWriter(
    buyer_destination=lambda key: None if key.channel == "mute" else f"callback:{key.shop}",
    event_destinations=lambda shop, _kind: (f"callback:{shop}",),
)


class House:
    """A queue with everything a test may ask about."""

    def __init__(self, *tickets) -> None:
        self.store = FakeTickets(*(tickets or (a_ticket(),)), readers=(CallbackEvents(OUTGOING, answer_body),))
        self.clock = Clock(MORNING)
        self.queue = HandoffQueue(self.store, self.clock, lambda key: key.channel != "mute")

    def kinds(self) -> list[str]:
        return [row.kind for row in self.store.outbox]


async def test_of_two_who_claim_at_once_exactly_one_wins():
    house = House()

    results = await asyncio.gather(
        house.queue.claim(an_agent("a"), "t-1"), house.queue.claim(an_agent("b"), "t-1"), return_exceptions=True
    )

    assert sum(isinstance(result, TicketConflictError) for result in results) == 1


async def test_a_claimed_ticket_shows_who_holds_it():
    view = await House().queue.claim(an_agent("xiaowang"), "t-1")

    assert view.ticket.state is TicketState.CLAIMED
    assert view.ticket.claimed_by == "xiaowang"


async def test_an_opened_ticket_comes_with_its_conversation():
    house = House()
    house.store.said = [TranscriptLine(MORNING, "buyer", "转人工")]

    view = await house.queue.one(an_agent(), "t-1")

    assert [line.text for line in view.brief.transcript] == ["转人工"]


async def test_the_time_left_counts_down_and_below_zero():
    house = House()
    house.clock.forward(minutes=4)

    left = (await house.queue.one(an_agent(), "t-1")).left

    assert left.first_response == -60
    assert left.resolve == 24 * 3600 - 240


async def test_a_clock_that_was_met_stops():
    house = House()
    await house.queue.claim(an_agent(), "t-1")

    answered = await house.queue.reply(an_agent(), "t-1", "亲，我来了", "r-1")
    resolved = await house.queue.resolve(an_agent(), "t-1")

    assert answered.left.first_response is None
    assert answered.left.resolve is not None
    assert resolved.left.resolve is None


async def test_a_reply_reaches_the_buyer():
    house = House()
    await house.queue.claim(an_agent(), "t-1")

    await house.queue.reply(an_agent(), "t-1", "亲，我来了", "r-1")

    row = house.store.outbox[-1]
    assert (row.kind, row.destination) == ("reply", "callback:demo")
    assert row.payload["data"]["reply"]["text"] == "亲，我来了"


async def test_the_same_reply_again_is_not_said_twice():
    house = House()
    await house.queue.claim(an_agent(), "t-1")

    for _ in range(3):
        await house.queue.reply(an_agent(), "t-1", "亲，我来了", "r-1")

    assert house.kinds().count("reply") == 1


async def test_a_reply_sent_again_after_the_end_is_harmless_and_a_new_one_is_not_sent():
    house = House()
    await house.queue.claim(an_agent(), "t-1")
    await house.queue.reply(an_agent(), "t-1", "亲，我来了", "r-1")
    await house.queue.resolve(an_agent(), "t-1")

    await house.queue.reply(an_agent(), "t-1", "亲，我来了", "r-1")

    assert house.kinds().count("reply") == 1
    with pytest.raises(TicketConflictError):
        await house.queue.reply(an_agent(), "t-1", "还有", "r-2")


async def test_the_same_reply_id_on_another_ticket_is_another_reply():
    house = House(a_ticket("t-1"), a_ticket("t-2"))
    for ticket in ("t-1", "t-2"):
        await house.queue.claim(an_agent(), ticket)

        await house.queue.reply(an_agent(), ticket, "亲，我来了", "1")

    assert house.kinds().count("reply") == 2


async def test_every_change_is_told_to_the_shops_systems():
    house = House()
    await house.queue.claim(an_agent(), "t-1")
    await house.queue.release(an_agent(), "t-1")
    await house.queue.claim(an_agent(), "t-1")

    await house.queue.resolve(an_agent(), "t-1", "已补发")

    assert house.kinds() == ["handoff.claimed", "handoff.released", "handoff.claimed", "handoff.resolved"]


async def test_events_of_one_ticket_never_share_an_id():
    house = House()
    for _ in range(2):
        house.clock.forward(seconds=1)
        await house.queue.claim(an_agent(), "t-1")
        house.clock.forward(seconds=1)
        await house.queue.release(an_agent(), "t-1")

    ids = [row.id for row in house.store.outbox]

    assert len(set(ids)) == 4


async def test_a_channel_that_cannot_be_written_to_gets_no_row():
    muted = replace(a_ticket(), key=ConversationKey("demo", "mute", "c-1"))

    assert OUTGOING.reply_rows(muted, AgentLine("r-1", "xiaowang", "亲"), MORNING) == ()


async def test_a_reply_that_nothing_brings_to_the_buyer_is_refused_and_not_kept():
    house = House(replace(a_ticket(), key=ConversationKey("demo", "mute", "c-1")))
    await house.queue.claim(an_agent(), "t-1")

    with pytest.raises(UndeliverableError, match="callback"):
        await house.queue.reply(an_agent(), "t-1", "亲，我来了", "r-1")

    assert house.store.lines == []


async def test_a_change_asked_for_again_is_told_once():
    house = House()
    for _ in range(2):
        await house.queue.claim(an_agent(), "t-1")
    for _ in range(2):
        await house.queue.resolve(an_agent(), "t-1", "已补发")

    assert house.kinds() == ["handoff.claimed", "handoff.resolved"]


async def test_a_ticket_in_the_queue_must_be_claimed_before_it_is_answered():
    with pytest.raises(TicketConflictError):
        await House().queue.reply(an_agent(), "t-1", "亲", "r-1")


@pytest.mark.parametrize("change", ["release", "resolve", "return_to_bot"])
async def test_nobody_changes_what_a_colleague_holds(change: str):
    house = House()
    await house.queue.claim(an_agent("a"), "t-1")

    with pytest.raises(ForbiddenError):
        await getattr(house.queue, change)(an_agent("b"), "t-1")


@pytest.mark.parametrize("role", [AgentRole.SUPERVISOR, AgentRole.ADMIN])
async def test_a_supervisor_may_step_in(role: AgentRole):
    house = House()
    await house.queue.claim(an_agent("a"), "t-1")

    view = await house.queue.release(an_agent("lead", role), "t-1")

    assert view.ticket.state is TicketState.QUEUED


async def test_a_ticket_still_queued_can_be_returned_to_the_bot():
    view = await House().queue.return_to_bot(an_agent(), "t-1")

    assert view.ticket.state is TicketState.RETURNED


@pytest.mark.parametrize("ask", ["one", "claim", "release", "resolve", "return_to_bot"])
async def test_a_ticket_of_another_shop_does_not_exist(ask: str):
    house = House(a_ticket("t-1", shop="other"))

    with pytest.raises(NotFoundError):
        await getattr(house.queue, ask)(an_agent(shops=frozenset({"demo"})), "t-1")


async def test_the_list_holds_only_ones_own_shops():
    house = House(a_ticket("t-1"), a_ticket("t-2", shop="other"))

    page = await house.queue.list_visible_tickets(an_agent(), TicketFilter(), limit=10, cursor=None)

    assert [ticket.id for ticket in page.tickets] == ["t-1"]


async def test_asking_for_another_shops_list_is_forbidden():
    wanted = TicketFilter(shops=frozenset({"other"}))

    with pytest.raises(ForbiddenError, match="other"):
        await House().queue.list_visible_tickets(an_agent(), wanted, limit=10, cursor=None)


async def test_the_list_can_be_narrowed():
    house = House(a_ticket("t-1"), a_ticket("t-2"))
    await house.queue.claim(an_agent(), "t-2")

    page = await house.queue.list_visible_tickets(
        an_agent(),
        TicketFilter(states=frozenset({TicketState.QUEUED}), groups=frozenset({Group.SUPERVISOR})),
        limit=10,
        cursor=None,
    )

    assert [ticket.id for ticket in page.tickets] == ["t-1"]


async def test_a_persons_first_answer_is_measured_once():
    house = House()
    await house.queue.claim(an_agent(), "t-1")
    house.clock.forward(seconds=90)

    await house.queue.reply(an_agent(), "t-1", "亲", "r-1")
    house.clock.forward(seconds=90)
    await house.queue.reply(an_agent(), "t-1", "在的", "r-2")

    metrics = Metrics()
    EventMetrics(metrics, house.clock).after_commit(house.store.events)
    told = metrics.render_exposition().decode()
    assert 'human_first_response_seconds_sum{group="supervisor"} 90.0' in told
    assert 'human_first_response_seconds_count{group="supervisor"} 1.0' in told
    assert 'ticket_changes_total{event="claimed",group="supervisor"} 1.0' in told


def test_an_opened_ticket_is_told_with_its_brief():
    ticket = a_ticket()

    (row,) = OUTGOING.event_rows(TicketEvent.OPENED, ticket, MORNING)

    assert row.kind == "handoff.opened"
    assert row.payload["data"]["brief"]["reason"] == ticket.reason
