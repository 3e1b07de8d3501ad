"""What is counted over tickets, and by what it is told apart."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.conversation import Conversation
from app.domain.handoff import Group
from app.domain.message import ConversationKey
from app.domain.ticket import BuyerWait, LastLine
from app.storage.store import Store
from handoff.agents import AgentRole
from handoff.figures import Counted, FigureBoard, FigureCut, FigureScope
from handoff.ports import AgentLine
from handoff.ratings import Invitation
from tests.handoff.builders import an_agent
from tests.storage.builders import NOW, a_message, a_ticket, a_turn, handed_off

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
SCOPE = FigureScope(NOW - timedelta(hours=1), NOW + 2 * DAY, frozenset({"demo"}))


async def buyer_writes(store: Store, number: int, at: timedelta, group: Group | None = None) -> str:
    """A message on the ticket of this number, which opens it where a group is named."""
    key = ConversationKey("demo", "http", f"c-{number}")
    message = a_message(f"m-{number}-{at}", key=key, received_at=NOW + at)
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    ticket = a_ticket(f"t-{number}", key, created_at=NOW + at, group=group or Group.PRESALE)
    wait = BuyerWait(ticket.id, NOW + at, NOW + at + 180 * SECOND, False, 1, LastLine("buyer", "在吗", NOW + at))
    turn = replace(a_turn(message, found, wait=wait), trace_id=f"trace-{number}-{at}")
    await store.commit(handed_off(turn, ticket) if group else turn)
    return ticket.id


async def say(store: Store, ticket: str, agent: str, at: timedelta) -> None:
    await store.add_reply(ticket, agent, AgentLine(f"{ticket}-{at}", agent, "来了"), NOW + at)


@pytest.fixture
async def worked(store: Store) -> Store:
    """Three tickets: lan's, answered soon and then late; qing's, of the next day, resolved; one that waits."""
    first = await buyer_writes(store, 1, 0 * SECOND, Group.PRESALE)
    await store.claim(first, "lan", NOW)
    await say(store, first, "lan", 40 * SECOND)
    await buyer_writes(store, 1, 60 * SECOND)
    await say(store, first, "lan", 300 * SECOND)
    second = await buyer_writes(store, 2, DAY, Group.AFTERSALE)
    await store.claim(second, "qing", NOW + DAY)
    await say(store, second, "qing", DAY + 20 * SECOND)
    await store.resolve(second, "qing", "", NOW + DAY + 30 * SECOND)
    await store.ratings.rate(second, 4, "", "zhu", NOW + DAY)
    await buyer_writes(store, 3, DAY, Group.AFTERSALE)
    return store


async def count(store: Store, cut: FigureCut | None, scope: FigureScope = SCOPE) -> Mapping[str, Counted]:
    return await store.figures.count(scope, cut, NOW + DAY + timedelta(hours=1))


async def test_everything_is_counted(worked: Store) -> None:
    total = (await count(worked, None))[""]

    assert (total.handoffs, total.resolved, total.open, total.late) == (3, 1, 2, 1)
    assert (total.first_answers, total.first_answer_seconds) == (2, 60)
    assert (total.answers, total.answers_in_time) == (3, 2)
    assert (total.asked, total.rated, total.rating_sum) == (0, 1, 4)


async def test_it_is_told_apart_by_agent_group_reason_and_day(worked: Store) -> None:
    agents = await count(worked, FigureCut.AGENT)
    groups = await count(worked, FigureCut.GROUP)
    days = await count(worked, FigureCut.DAY)

    assert {key: (each.handoffs, each.open, each.late) for key, each in agents.items()} == {
        "lan": (1, 1, 0),
        "qing": (1, 0, 0),
    }
    assert {key: (each.handoffs, each.late) for key, each in groups.items()} == {"presale": (1, 0), "aftersale": (2, 1)}
    assert list(await count(worked, FigureCut.REASON)) == ["asked_for_human"]
    assert {key: each.handoffs for key, each in days.items()} == {"0": 1, "1": 2}


async def no_names() -> Mapping[str, str]:
    return {}


async def test_the_total_is_the_same_however_it_is_told_apart(worked: Store) -> None:
    board = FigureBoard(worked.figures, no_names, lambda: NOW + DAY + timedelta(hours=1))
    lead = an_agent("zhu", AgentRole.SUPERVISOR)
    tables = [await board.read(lead, SCOPE.since, SCOPE.until, None, cut) for cut in (None, *FigureCut)]

    assert [table.total for table in tables] == [(await count(worked, None))[""]] * len(tables)
    assert (tables[0].total.handoffs, tables[0].total.open) == (3, 2)


async def test_only_the_scope_is_counted(worked: Store) -> None:
    elsewhere = replace(SCOPE, shops=frozenset({"other"}))
    lan = replace(SCOPE, agent="lan")
    later = replace(SCOPE, since=NOW + DAY)

    assert await count(worked, FigureCut.AGENT, elsewhere) == {}
    assert list(await count(worked, FigureCut.AGENT, lan)) == ["lan"]
    assert (await count(worked, None, later))[""].handoffs == 2


@pytest.mark.parametrize("end", ["resolve", "return", "platform"])
async def test_a_wait_that_ends_with_its_ticket_is_missed_until_that_is_taken_back(store: Store, end: str) -> None:
    ticket = await buyer_writes(store, 1, 0 * SECOND, Group.PRESALE)
    await store.claim(ticket, "lan", NOW)
    await say(store, ticket, "lan", 40 * SECOND)
    await buyer_writes(store, 1, 60 * SECOND)
    match end:
        case "resolve":
            await store.resolve(ticket, "lan", "", NOW + 70 * SECOND)
        case "return":
            await store.return_to_bot(ticket, "lan", NOW + 70 * SECOND)
        case _:
            said = AgentLine(f"{ticket}-{40 * SECOND}", "lan", "来了")
            await store.record_platform_line(ConversationKey("demo", "http", "c-1"), said, NOW, done=True)

    ended = (await count(store, None))[""]
    await store.reopen(ticket, "lan", NOW + 80 * SECOND)
    opened = (await count(store, None))[""]
    await say(store, ticket, "lan", 90 * SECOND)
    answered = (await count(store, None))[""]

    assert (ended.answers, ended.answers_in_time, ended.misses) == (1, 1, 1)
    assert (opened.misses, answered.answers, answered.misses) == (0, 2, 0)


async def test_who_answers_when_asked_is_told_from_who_says_so_uninvited(worked: Store) -> None:
    asked = Invitation("i-1", "满意吗", NOW + 3 * DAY, NOW + DAY)
    await worked.resolve("t-1", "lan", "", NOW + DAY)
    assert await worked.ratings.invite("t-1", asked, NOW + DAY)
    before = (await count(worked, None))[""]

    await worked.ratings.rate("t-1", 5, "", "zhu", NOW + DAY)

    after = (await count(worked, None))[""]
    assert (before.asked, before.asked_rated, before.rated) == (1, 0, 1)
    assert (after.asked, after.asked_rated, after.rated) == (1, 1, 2)
