"""Whatever agents do to a ticket, and in whatever order, only the rules decide what succeeds."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from app.domain.handoff import TicketState
from app.errors import ForbiddenError, TicketConflictError
from handoff.outgoing import OutboxWriter
from handoff.people import Agent, Role
from handoff.queue import HandoffQueue
from tests.handoff.builders import MORNING, a_ticket, an_agent
from tests.handoff.fakes import Clock, FakeTickets

SILENT = OutboxWriter(buyer_destination=lambda _key: None, event_destinations=lambda _shop: ())
PEOPLE = (an_agent("a"), an_agent("b"), an_agent("lead", Role.SUPERVISOR))
ENDED = {TicketState.RESOLVED, TicketState.RETURNED}


@dataclass(frozen=True)
class Deed:
    """What somebody tries."""

    who: Agent
    what: str


deeds = st.builds(
    Deed, st.sampled_from(PEOPLE), st.sampled_from(["claim", "release", "reply", "resolve", "return_to_bot"])
)


async def attempt(queue: HandoffQueue, deed: Deed) -> bool:
    arguments = ("亲", "r-1") if deed.what == "reply" else ()
    try:
        await getattr(queue, deed.what)(deed.who, "t-1", *arguments)
    except (ForbiddenError, TicketConflictError):
        return False
    return True


def may(ticket_state: TicketState, holder: str | None, deed: Deed) -> bool:
    """The rules, told a second time."""
    if ticket_state is TicketState.QUEUED:
        return deed.what in {"claim", "return_to_bot"}
    if ticket_state in ENDED or deed.what == "claim":
        return False
    return holder == deed.who.id or deed.who.role is Role.SUPERVISOR


@given(st.lists(deeds, max_size=25))
async def test_a_deed_succeeds_exactly_when_the_rules_allow_it(story: list[Deed]):
    store = FakeTickets(a_ticket())
    queue = HandoffQueue(store, SILENT, Clock(MORNING))

    for deed in story:
        before = store.tickets["t-1"]
        done = await attempt(queue, deed)

        assert done == may(before.state, before.claimed_by, deed)
        after = store.tickets["t-1"]
        assert (after.state is TicketState.CLAIMED) <= (after.claimed_by is not None)
        assert done or after == before
