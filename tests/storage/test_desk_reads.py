"""What every desk reads again and again is found by an index, however many tickets have ended."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from app.domain.approval import OPEN_APPROVALS
from app.domain.todo import TodoState
from app.storage.store import Store, open_store
from handoff.approval_ports import ApprovalFilter
from handoff.figures import FigureCut, FigureScope
from handoff.ports import OPEN_STATES, TicketFilter
from handoff.todo_ports import TodoFilter
from tests.storage.builders import NOW
from tests.storage.test_waiting import SECOND

OPEN_TODOS = frozenset({TodoState.OPEN})
SCOPE = FigureScope(NOW - SECOND, NOW)
Statement = tuple[str, Any]


@pytest.fixture
def executed() -> Iterator[list[Statement]]:
    """What is asked of any database meanwhile."""
    found: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("shops", [None, frozenset({"demo"})], ids=["every shop", "one shop"])
@pytest.mark.parametrize(
    "read",
    [
        lambda store, shops: store.find_tickets(TicketFilter(shops, states=OPEN_STATES), limit=20, cursor=None),
        lambda store, shops: store.count_tickets(shops, "lan", NOW),
        lambda store, shops: store.todos.find(TodoFilter(shops, OPEN_TODOS), limit=20, cursor=None),
        lambda store, _shops: store.todos.find(TodoFilter(ticket_id="t-1"), limit=20, cursor=None),
        lambda store, _shops: store.todos.ring_due(NOW),
        lambda store, shops: store.approvals.find(ApprovalFilter(shops, OPEN_APPROVALS), limit=20, cursor=None),
        lambda store, _shops: store.approvals.find(ApprovalFilter(ticket_id="t-1"), limit=20, cursor=None),
        lambda store, _shops: store.approvals.expire(NOW),
        lambda store, _shops: store.figures.count(SCOPE, FigureCut.AGENT, NOW),
        lambda store, _shops: store.ratings.find_uninvited("demo", NOW, NOW, NOW),
        lambda store, shops: store.mentions.find("lan", shops, unread=True, limit=20, cursor=None),
        lambda store, shops: store.held_replies.list_of_agent("lan", shops),
        lambda store, _shops: store.held_replies.find_due(NOW),
    ],
    ids=[
        "tickets",
        "counts",
        "to-dos",
        "its to-dos",
        "due",
        "requests",
        "its requests",
        "late",
        "figures",
        "asked",
        "mentions",
        "own",
        "leaving",
    ],
)
async def test_no_table_is_read_from_end_to_end(
    tmp_path: Path,
    executed: list[Statement],
    read: Callable[[Store, frozenset[str] | None], Awaitable[object]],
    shops: frozenset[str] | None,
) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'xiaoer.db'}")
    executed.clear()
    await read(store, shops)
    asked = [(statement, values) for statement, values in executed if statement.startswith("SELECT")]
    await store.close()

    with sqlite3.connect(tmp_path / "xiaoer.db") as connection:
        plans = [row[3] for each in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {each[0]}", each[1])]
        partial = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")
        of_some = {f"INDEX {name}" for (name,) in partial}
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN") and not any(map(plan.endswith, of_some))] == []
