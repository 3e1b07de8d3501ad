"""Whose figures one may read, and how they are arranged."""

from datetime import timedelta

import pytest

from app.errors import ForbiddenError, MalformedError
from handoff.agents import AgentRole
from handoff.figures import Counted, FigureBoard, FigureCut, FigureScope
from tests.handoff.builders import MORNING, an_agent
from tests.handoff.fakes import Clock

DAY = timedelta(days=1)
LEAD = an_agent("zhu", AgentRole.SUPERVISOR)


class Store:
    """Counts what it was given."""

    def __init__(self, total: Counted | None = None, **counted: Counted) -> None:
        self.counted = counted
        self.total = total or Counted()
        self.asked: list[FigureScope] = []

    async def count(self, scope, cut, now):
        self.asked.append(scope)
        return self.counted if cut else {"": self.total}


async def name_agents():
    return {"lan": "小兰"}


async def read(store: Store, agent=LEAD, *, cut: FigureCut | None = FigureCut.AGENT, shops=None, since=MORNING - DAY):
    return await FigureBoard(store, name_agents, Clock(MORNING)).read(agent, since, None, shops, cut)


async def test_agents_read_their_own_and_supervisors_their_shops():
    store = Store()
    await read(store, an_agent("lan"), cut=None)
    await read(store, cut=None)

    assert [(scope.agent, scope.shops) for scope in store.asked] == [
        ("lan", frozenset({"demo"})),
        (None, frozenset({"demo"})),
    ]
    with pytest.raises(ForbiddenError):
        await read(store, shops=frozenset({"other"}))


async def test_the_busiest_come_first_and_the_total_is_of_all():
    everything = Counted(handoffs=4, late=2)
    table = await read(Store(everything, lan=Counted(handoffs=1, late=2), qing=Counted(handoffs=3)))

    assert [row.key for row in table.rows] == ["qing", "lan"]
    assert (table.total.handoffs, table.total.late) == (4, 2)


async def test_agents_and_reasons_have_names_and_days_are_left_to_whoever_has_a_zone():
    agents = await read(Store(lan=Counted(handoffs=2), qing=Counted(handoffs=1)))
    reasons = await read(Store(complaint=Counted(handoffs=1)), cut=FigureCut.REASON)
    days = await read(Store(**{"1": Counted(), "0": Counted()}), cut=FigureCut.DAY)

    assert [row.title for row in agents.rows] == ["小兰", "qing"]
    assert reasons.rows[0].title == "买家投诉"
    assert [(row.key, row.title) for row in days.rows] == [((MORNING - DAY).isoformat(), ""), (MORNING.isoformat(), "")]


async def test_a_day_is_read_unless_somebody_says_since_when():
    assert (await read(Store(), since=None)).scope.since == MORNING - DAY


@pytest.mark.parametrize("since", [MORNING, MORNING + DAY, MORNING - 400 * DAY])
async def test_a_time_that_is_none_is_refused(since):
    with pytest.raises(MalformedError):
        await read(Store(), since=since)
