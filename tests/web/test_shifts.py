"""Handing over at the end of a shift, over HTTP and a real store."""

from typing import Any

from app.domain.message import ConversationKey
from app.storage.store import Store
from app.web.auth import AgentAuthenticator, issue_token
from app.web.shifts import shifts_router
from handoff.agents import AgentRole
from handoff.queue import HandoffQueue
from handoff.shifts import ShiftBook
from tests.handoff.fakes import Clock
from tests.storage.builders import NOW, a_ticket
from tests.storage.test_waiting import ticket_of, write
from tests.web.house import bare_app, client_of
from tests.web.test_passing import a_brief

SHIFTS = "/v1/shops/demo/shifts"


async def answers(store: Store, *calls: tuple[str, str, str, Any]) -> list[Any]:
    """What the routes answer to these calls, of who, method, path and body."""
    clock = Clock(NOW)
    guard, queue, app = AgentAuthenticator(store), HandoffQueue(store, clock), bare_app()
    app.include_router(shifts_router(ShiftBook(store, store, clock), queue, guard))
    shops = {"far": ("other",)}
    names = ("lan", "qing", "hua", "far")
    tokens = {name: await issue_token(store, name, AgentRole.AGENT, shops.get(name, ("demo",)), NOW) for name in names}
    told = []
    async with client_of(app) as client:
        for who, method, path, body in calls:
            clock.forward(seconds=1)
            headers = {"authorization": f"Bearer {tokens[who]}"}
            told.append(await client.request(method, SHIFTS + path, json=body, headers=headers))
    return told


async def open_two(store: Store) -> None:
    """Lan holds t-1, t-2 is queued."""
    await write(store, 0, ticket=a_ticket(brief=a_brief()))
    await write(store, 0, ticket=a_ticket("t-2", ConversationKey("demo", "http", "c-2"), brief=a_brief()))
    await store.claim("t-1", "lan", NOW)


async def test_who_takes_the_shift_on_gets_what_the_other_still_holds(store: Store) -> None:
    await open_two(store)
    body = {"id": "s-1", "text": "明早先问仓库"}
    given, again, taken, retried, late = await answers(
        store,
        ("lan", "POST", "", body),
        ("lan", "POST", "", body),
        ("qing", "POST", "/s-1/accept", None),
        ("qing", "POST", "/s-1/accept", None),
        ("hua", "POST", "/s-1/accept", None),
    )

    assert (given.json()["tickets"], given.json()["accepted_by"]) == (["t-1"], None)
    assert given.json()["handoffs"][0]["claimed_by"] == "lan"
    assert (again.json()["at"], again.json()["tickets"]) == (given.json()["at"], ["t-1"])
    assert (taken.json()["accepted_by"], taken.json()["handoffs"][0]["claimed_by"]) == ("qing", "qing")
    assert (retried.status_code, late.status_code) == (200, 409)
    assert (await ticket_of(store)).last_change == "ticket.taken"


async def test_what_went_elsewhere_meanwhile_stays_there(store: Store) -> None:
    await open_two(store)
    await answers(store, ("lan", "POST", "", {"id": "s-1", "text": "交班"}))
    await store.release("t-1", "lan", NOW)
    await store.claim("t-1", "hua", NOW)

    (taken,) = await answers(store, ("qing", "POST", "/s-1/accept", None))

    assert taken.json()["handoffs"][0]["claimed_by"] == "hua"


async def test_a_groups_open_tickets_are_handed_over_as_a_list(store: Store) -> None:
    await open_two(store)

    given, none = await answers(
        store,
        ("lan", "POST", "", {"text": "售前", "group": "presale"}),
        ("lan", "POST", "", {"text": "主管", "group": "supervisor"}),
    )

    assert (given.json()["tickets"], none.json()["tickets"]) == (["t-1", "t-2"], [])


async def test_handovers_are_listed_newest_first_and_those_that_wait_apart(store: Store) -> None:
    await open_two(store)
    said = [("lan", "POST", "", {"id": f"s-{number}", "text": "交班"}) for number in range(3)]
    *_, first, waiting = await answers(
        store,
        *said,
        ("qing", "POST", "/s-1/accept", None),
        ("lan", "GET", "?limit=2", None),
        ("lan", "GET", "?waiting=true", None),
    )
    (second,) = await answers(store, ("lan", "GET", f"?limit=2&cursor={first.json()['next']}", None))

    pages = [[item["id"] for item in page.json()["items"]] for page in (first, second, waiting)]
    assert pages == [["s-2", "s-1"], ["s-0"], ["s-2", "s-0"]]
    assert second.json()["next"] is None


async def test_ones_own_shift_anothers_shop_and_a_reused_id_are_refused(store: Store) -> None:
    await open_two(store)
    told = await answers(
        store,
        ("lan", "POST", "", {"id": "s-1", "text": "交班"}),
        ("lan", "POST", "/s-1/accept", None),
        ("far", "GET", "/s-1", None),
        ("far", "POST", "", {"text": "交班"}),
        ("lan", "POST", "", {"id": "s-1", "text": "换了"}),
        ("lan", "GET", "/s-9", None),
        ("lan", "POST", "", {"text": " "}),
    )

    assert [answer.status_code for answer in told] == [200, 409, 403, 403, 409, 404, 422]
