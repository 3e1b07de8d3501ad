"""Who reads the floor price."""

from app.delivery.callback import BriefingSender
from app.delivery.payloads import event_payload
from app.delivery.ports import OutboxItem, OutboxState
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest
from handoff.agents import AgentRole
from handoff.events import TicketEvent
from handoff.queue import HandoffQueue
from tests.handoff.builders import MORNING, a_ticket, an_agent
from tests.handoff.fakes import Clock, FakeTickets

FLOOR = "底价 88 元/件，1 件从公开到手价到底价还有 12 元余地"


def a_haggled_ticket():
    wish = HandoffRequest(
        Reason.AUTHORITY_EXCEEDED, notes=("标价 100 元/件",), margins=(FLOOR,), group=Group.SUPERVISOR
    )
    return a_ticket(request=wish)


async def read(role: AgentRole, *, open_to_agents: bool = False):
    queue = HandoffQueue(
        FakeTickets(a_haggled_ticket()), Clock(MORNING), shows_floor=lambda shop: open_to_agents and shop == "demo"
    )
    return (await queue.one(an_agent("a", role=role), "t-1")).brief


async def test_agents_read_no_floor_price_unless_their_shop_says_so():
    told = await read(AgentRole.AGENT)

    assert told.margins == ()
    assert "88" not in told.model_dump_json()
    assert told.notes == ("标价 100 元/件",)
    assert (await read(AgentRole.AGENT, open_to_agents=True)).margins == (FLOOR,)


async def test_supervisors_read_it():
    assert (await read(AgentRole.SUPERVISOR)).margins == (FLOOR,)


async def test_what_a_claim_answers_hides_it_too():
    queue = HandoffQueue(FakeTickets(a_haggled_ticket()), Clock(MORNING))

    assert (await queue.claim(an_agent("a"), "t-1")).brief.margins == ()


class Kept:
    """Keeps what it is given to send."""

    def __init__(self) -> None:
        self.sent: list[OutboxItem] = []

    async def send_item(self, item: OutboxItem) -> None:
        self.sent.append(item)


async def send_opened(*, open_to_agents: bool) -> dict:
    ticket, kept = a_haggled_ticket(), Kept()
    payload = event_payload(TicketEvent.OPENED, ticket, MORNING, None)
    assert FLOOR not in str(payload)
    item = OutboxItem(
        "demo", "o-1", "handoff.opened", "callback:demo", payload, OutboxState.PENDING, 1, MORNING, MORNING
    )
    await BriefingSender(kept, FakeTickets(ticket), lambda _shop: open_to_agents).send_item(item)
    return kept.sent[0].payload["data"]["brief"]


async def test_software_is_sent_it_only_where_agents_may_see_it():
    assert (await send_opened(open_to_agents=False))["margins"] == []
    assert (await send_opened(open_to_agents=True))["margins"] == [FLOOR]
