"""A supervisor's yes: written once with its promise, its line and the shop's notice, whoever asks how often."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.approval import AmendsTerms, Approval, ApprovalState, PriceTerms, TermsQuote
from app.domain.commitment import CompensationCommitment, CompensationKind, PriceCommitment
from app.domain.events import ApprovalAsked, ApprovalExpired, PersonSpoke, PromiseMade
from app.domain.outcome import Spend
from app.errors import ConflictError, MalformedError, ReusedIdError, TicketConflictError
from app.storage.store import Store, open_store
from handoff.approval_ports import ApprovalFilter, BoundTerms
from handoff.ports import AgentLine
from handoff.promises import KEPT_AFTER_TICKET
from tests.storage.builders import KEY, NOW
from tests.storage.test_events import Recorder
from tests.storage.test_waiting import SECOND, ticket_of, write

TERMS = PriceTerms("S1", 1, Decimal(80))
ASKED = Approval(
    id="t-1~a-1",
    key=KEY,
    ticket_id="t-1",
    terms=TERMS,
    quote=TermsQuote("茶盘", "茶盘1件80元", Decimal(99), Decimal(88)),
    text="80元给您",
    why="老顾客",
    asked_by="lan",
    asked_at=NOW,
    expires_at=NOW + timedelta(minutes=15),
)
MADE = PriceCommitment("S1", 1, Decimal(80), Decimal(80), NOW + timedelta(days=1))
GRANTED = replace(ASKED, state=ApprovalState.GRANTED, granted=MADE, decided_by="zhu", decided_at=NOW)
LINE = AgentLine("t-1:t-1~a-1", "lan", "80元给您")
BOUND = BoundTerms(MADE, {"kind": "price", "text": "茶盘1件80元", "valid_until": None})


@pytest.fixture
async def heard(database_url: str) -> AsyncIterator[tuple[Store, Recorder]]:
    """A store whose events are remembered, with a ticket that lan works."""
    recorder = Recorder()
    store = await open_store(database_url, readers=(recorder,))
    await write(store, 0)
    await store.claim("t-1", "lan", NOW)
    yield store, recorder
    await store.close()


async def grant(store: Store, approval: Approval = GRANTED) -> Approval:
    return await store.approvals.grant(approval, LINE, BOUND, NOW + SECOND)


def count(recorder: Recorder, kind: type) -> int:
    return sum(isinstance(event, kind) for event in recorder.events)


async def test_a_grant_writes_the_promise_the_line_and_the_notice_once(heard: tuple[Store, Recorder]) -> None:
    store, recorder = heard
    await store.approvals.add(ASKED)

    answers = await asyncio.gather(*(grant(store) for _ in range(4)))

    assert answers == [GRANTED] * 4
    assert (count(recorder, PersonSpoke), count(recorder, PromiseMade)) == (1, 1)
    (made,) = [event for event in recorder.events if isinstance(event, PromiseMade)]
    assert (made.granted, made.trace_id) == ((MADE,), "t-1~a-1")
    found = await store.load_conversation(KEY)
    assert found is not None
    assert [promise["text"] for promise in found.promises] == ["茶盘1件80元"]
    assert [line.text for line in await store.load_conversation_lines(KEY, 9) if line.author == "agent"] == ["80元给您"]
    assert (await ticket_of(store)).waiting_since is None
    assert await store.approvals.list_granted(KEY) == [GRANTED]


UNDATED = {"kind": "compensation", "text": "退10元", "valid_until": None}
DATED = {"kind": "price", "text": "茶盘1件80元", "valid_until": (NOW + timedelta(hours=9)).isoformat()}
ENDINGS: dict[str, Callable[[Store], Coroutine[Any, Any, object]]] = {
    "resolved": lambda store: store.resolve("t-1", "lan", "", NOW + SECOND),
    "returned": lambda store: store.return_to_bot("t-1", "lan", NOW + SECOND),
    "on the platform": lambda store: store.record_platform_line(
        KEY, AgentLine("p-1", "lan", "好了"), NOW + SECOND, done=True
    ),
}


@pytest.mark.parametrize("ending", sorted(ENDINGS))
async def test_what_was_granted_ends_by_its_own_date_or_a_while_after_its_ticket(
    heard: tuple[Store, Recorder], ending: str
) -> None:
    store, _ = heard
    ends = NOW + SECOND + KEPT_AFTER_TICKET

    async def until() -> list[str | None]:
        found = await store.load_conversation(KEY)
        assert found is not None
        return [promise["valid_until"] for promise in found.promises]

    other = replace(GRANTED, id="t-1~a-2")
    for asked in (ASKED, replace(ASKED, id=other.id)):
        await store.approvals.add(asked)
    await store.approvals.grant(GRANTED, LINE, replace(BOUND, promise=UNDATED), NOW + SECOND)
    await store.approvals.grant(other, replace(LINE, id="t-1:t-1~a-2"), replace(BOUND, promise=DATED), NOW + SECOND)
    working = await until()
    await ENDINGS[ending](store)
    ended = await until()
    await store.reopen("t-1", "lan", NOW + 2 * SECOND)

    assert (working, ended) == ([None, DATED["valid_until"]], [ends.isoformat(), DATED["valid_until"]])
    assert await until() == working


async def test_of_a_yes_and_a_no_at_once_one_stands(heard: tuple[Store, Recorder]) -> None:
    store, recorder = heard
    await store.approvals.add(ASKED)
    refused = replace(ASKED, state=ApprovalState.REFUSED, decided_by="guan", decided_at=NOW)

    answers = await asyncio.gather(grant(store), store.approvals.decide(refused, NOW), return_exceptions=True)

    assert sum(isinstance(answer, ConflictError) for answer in answers) == 1
    kept = await store.approvals.get(ASKED.id)
    assert kept in (GRANTED, refused)
    assert count(recorder, PromiseMade) == (1 if kept == GRANTED else 0)
    lines = [line for line in await store.load_conversation_lines(KEY, 9) if line.author == "agent"]
    assert len(lines) == (1 if kept == GRANTED else 0)


async def test_nothing_is_granted_when_nobody_works_the_ticket(heard: tuple[Store, Recorder]) -> None:
    store, recorder = heard
    await store.approvals.add(ASKED)
    await store.resolve("t-1", "lan", "", NOW)

    with pytest.raises(TicketConflictError):
        await grant(store)

    assert (await store.approvals.get(ASKED.id)) == ASKED
    assert count(recorder, PromiseMade) == 0


async def test_a_request_expires_once_and_cannot_be_granted_then(heard: tuple[Store, Recorder]) -> None:
    store, recorder = heard
    await store.approvals.add(ASKED)
    late = NOW + timedelta(minutes=15)

    assert await store.approvals.expire(late - SECOND) == 0
    with pytest.raises(ConflictError):  # before anybody swept
        await store.approvals.grant(GRANTED, LINE, BOUND, late)
    assert sum(await asyncio.gather(store.approvals.expire(late), store.approvals.expire(late))) == 1
    with pytest.raises(ConflictError):
        await grant(store)

    assert (count(recorder, ApprovalExpired), count(recorder, PersonSpoke)) == (1, 0)


async def test_a_request_made_again_is_told_once(heard: tuple[Store, Recorder]) -> None:
    store, recorder = heard
    for _ in range(2):
        assert await store.approvals.add(ASKED) == ASKED

    assert count(recorder, ApprovalAsked) == 1
    with pytest.raises(ReusedIdError):
        await store.approvals.add(replace(ASKED, terms=PriceTerms("S1", 1, Decimal(1))))


async def test_countered_terms_are_granted_as_they_are(heard: tuple[Store, Recorder]) -> None:
    store, _ = heard
    await store.approvals.add(ASKED)
    countered = replace(
        ASKED, state=ApprovalState.COUNTERED, counter=PriceTerms("S1", 1, Decimal(85)), decided_by="zhu", decided_at=NOW
    )

    for _ in range(2):
        assert await store.approvals.decide(countered, NOW) == countered
    granted = replace(countered, state=ApprovalState.GRANTED, granted=replace(MADE, total=Decimal(85)))

    assert await grant(store, granted) == granted


async def test_granted_amends_take_their_budget(heard: tuple[Store, Recorder]) -> None:
    store, _ = heard
    made = CompensationCommitment(CompensationKind.CASH, "8001", Decimal(20))
    asked = replace(ASKED, terms=AmendsTerms(CompensationKind.CASH, "8001", Decimal(20)))
    bound = BoundTerms(made, {"kind": "compensation"}, (Spend("demo/compensation/order/8001", Decimal(1), Decimal(1)),))
    await store.approvals.add(asked)

    await store.approvals.grant(
        replace(asked, state=ApprovalState.GRANTED, granted=made, decided_by="zhu"), LINE, bound, NOW
    )

    assert await store.load_budget_spent("demo", "demo/compensation/order/8001") == 1


async def test_requests_are_listed_by_shop_state_and_ticket_in_pages(heard: tuple[Store, Recorder]) -> None:
    store, _ = heard
    made = [replace(ASKED, id=f"t-1~a-{number}", asked_at=NOW + number * SECOND) for number in range(3)]
    for each in made:
        await store.approvals.add(each)
    wanted = ApprovalFilter(frozenset({"demo"}), frozenset({ApprovalState.ASKED}), "t-1")

    first = await store.approvals.find(wanted, limit=2, cursor=None)
    second = await store.approvals.find(wanted, limit=2, cursor=first.next_cursor)

    assert (*first.approvals, *second.approvals) == tuple(made)
    assert second.next_cursor is None
    for other in (ApprovalFilter(frozenset({"other"})), ApprovalFilter(ticket_id="t-2")):
        assert (await store.approvals.find(other, limit=9, cursor=None)).approvals == ()
    with pytest.raises(MalformedError):
        await store.approvals.find(wanted, limit=9, cursor="nonsense")


async def test_a_forgotten_buyer_leaves_no_request(heard: tuple[Store, Recorder]) -> None:
    store, _ = heard
    await store.approvals.add(ASKED)

    await store.erase_buyer("demo", "buyer-1")

    assert await store.approvals.get(ASKED.id) is None
