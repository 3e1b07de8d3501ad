"""Whatever agents do to a ticket, and in whatever order, only the rules decide what succeeds."""

import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.conversation import Conversation, Owner
from app.domain.handoff import TicketState
from app.domain.message import ConversationKey, Message, Sender
from app.domain.ticket import Ticket
from app.domain.written_turn import Turn
from app.errors import ForbiddenError, TicketConflictError
from app.storage.store import Store
from handoff.agents import Agent, AgentRole
from handoff.brief_writer import create_ticket
from handoff.ports import TicketStore
from handoff.queue import HandoffQueue
from tests.handoff.builders import MORNING, a_story, a_ticket, an_agent
from tests.handoff.fakes import Clock, FakeTickets

PEOPLE = (an_agent("a"), an_agent("b"), an_agent("lead", AgentRole.SUPERVISOR))
CHANGES = ("claim", "release", "reply", "resolve", "return_to_bot")
ENDED = {TicketState.RESOLVED, TicketState.RETURNED}
OWNER = {
    TicketState.QUEUED: Owner.QUEUE,
    TicketState.CLAIMED: Owner.AGENT,
    TicketState.RESOLVED: Owner.CLOSED,
    TicketState.RETURNED: Owner.BOT,
}


@dataclass(frozen=True)
class Deed:
    """What somebody tries."""

    who: Agent
    what: str


deeds = st.builds(Deed, st.sampled_from(PEOPLE), st.sampled_from(CHANGES))


class Desk:
    """A queue whose clock moves with every deed."""

    def __init__(self, store: TicketStore) -> None:
        self.store = store
        self.clock = Clock(MORNING)
        self.queue = HandoffQueue(store, self.clock)

    async def attempt(self, ticket_id: str, deed: Deed) -> bool:
        self.clock.forward(seconds=1)
        arguments = ("亲", f"r-{self.clock.now:%H%M%S}") if deed.what == "reply" else ()
        try:
            await getattr(self.queue, deed.what)(deed.who, ticket_id, *arguments)
        except (ForbiddenError, TicketConflictError):
            return False
        return True

    async def ticket(self, ticket_id: str) -> Ticket:
        found = await self.store.get_ticket(ticket_id)
        assert found is not None
        return found


DONE_BY = {"claim": "claimed", "release": "released", "resolve": "resolved", "return_to_bot": "returned"}


def repeats(ticket: Ticket, deed: Deed) -> bool:
    """Whether the same person did the same just before, or holds what they claim: a retry."""
    if deed.what == "claim" and ticket.state is TicketState.CLAIMED:
        return ticket.claimed_by == deed.who.id
    return (ticket.last_change, ticket.changed_by) == (f"ticket.{DONE_BY.get(deed.what, '')}", deed.who.id)


def may(ticket: Ticket, deed: Deed) -> bool:
    """The rules, told a second time."""
    if repeats(ticket, deed):
        return True
    if ticket.state is TicketState.QUEUED:
        return deed.what in {"claim", "return_to_bot"}
    if ticket.state in ENDED or deed.what == "claim":
        return False
    return ticket.claimed_by == deed.who.id or deed.who.role is AgentRole.SUPERVISOR


@given(st.lists(deeds, max_size=25))
async def test_a_deed_succeeds_exactly_when_the_rules_allow_it(story: list[Deed]):
    desk = Desk(FakeTickets(a_ticket()))

    for deed in story:
        before = await desk.ticket("t-1")
        done = await desk.attempt("t-1", deed)

        assert done == may(before, deed)
        assert (done and not repeats(before, deed)) or await desk.ticket("t-1") == before


@pytest.mark.parametrize("seed", range(10))
async def test_the_real_store_keeps_the_same_rules_and_the_conversations_owner(store: Store, seed: int):
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret
    desk, ticket = Desk(store), await handed_off(store, f"t-{seed}")

    for _ in range(25):
        deed = Deed(chance.choice(PEOPLE), chance.choice(CHANGES))
        before = await desk.ticket(ticket.id)
        done = await desk.attempt(ticket.id, deed)

        after = await desk.ticket(ticket.id)
        conversation = await store.load_conversation(ticket.key)
        assert done == may(before, deed)
        assert (done and not repeats(before, deed)) or after == before
        assert conversation is not None
        assert conversation.owner is OWNER[after.state]


async def handed_off(store: Store, ticket_id: str) -> Ticket:
    """A stored conversation in the queue."""
    key = ConversationKey("demo", "api", f"c-{ticket_id}")
    message = Message(f"m-{ticket_id}", key, Sender("buyer-01"), "转人工", MORNING, MORNING)
    fresh = await store.begin_turn(message)
    assert isinstance(fresh, Conversation)
    ticket = create_ticket(a_story(ticket_id=ticket_id, message=message, conversation=fresh))
    after = Conversation(key, version=fresh.version, owner=Owner.QUEUE, handoff_id=ticket_id)
    turn = Turn((message,), fresh.version, after, {}, f"trace-{ticket_id}", MORNING, ticket=ticket)
    await store.commit(turn)
    return ticket
