"""Sign-in of a browser: a cookie that no script reads and no other site uses, as long as its token is valid."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from app.delivery.feed import LiveFeed
from app.errors import NotFoundError, StorageUnavailableError
from app.web import events, handoffs, sessions
from app.web.auth import SESSION_COOKIE, AgentAuthenticator, issue_sign_in_code, issue_token, revoke_tokens
from app.web.event_hub import EventHub
from handoff.agents import AgentRole, AgentToken, hash_token
from handoff.queue import HandoffQueue
from handoff.sessions import LONGEST, SessionKeeper
from tests.handoff.builders import MORNING, a_ticket
from tests.handoff.fakes import Clock, FakeSessions, FakeTickets, FakeTokens
from tests.web.house import bare_app, client_of

OWN = {"sec-fetch-site": "same-origin"}


class House:
    """The session's routes beside the queue's."""

    def __init__(self, tokens: FakeTokens | None = None) -> None:
        self.tokens = tokens or FakeTokens()
        self.sessions = FakeSessions()
        self.clock = Clock(MORNING)
        self.seconds = 0.0
        self.app = bare_app()
        self.keeper = SessionKeeper(self.sessions, self.clock)
        guard = AgentAuthenticator(self.tokens, (), self.keeper)
        self.app.include_router(sessions.sessions_router(self.keeper, guard, lambda: self.seconds))
        self.app.include_router(handoffs.handoffs_router(HandoffQueue(FakeTickets(a_ticket()), self.clock), guard))
        self.app.include_router(events.events_router(EventHub(LiveFeed(), FakeTickets(), self.clock), guard))

    async def token(self) -> str:
        return await issue_token(self.tokens, "lan", AgentRole.AGENT, ("demo",), MORNING)

    @asynccontextmanager
    async def signed_in(self) -> AsyncIterator[httpx.AsyncClient]:
        """A browser with its cookie; its requests come from our own page."""
        async with client_of(self.app) as client:
            answer = await client.post("/v1/session", json={"token": await self.token()}, headers=OWN)
            assert answer.status_code == 204, answer.text
            client.headers["cookie"] = answer.headers["set-cookie"].split(";")[0]
            client.headers.update(OWN)
            yield client


async def test_the_cookie_is_for_this_host_alone_and_for_no_script() -> None:
    house = House()
    async with client_of(house.app) as client:
        answer = await client.post("/v1/session", json={"token": await house.token()}, headers=OWN)

    name_and_secret, *flags = answer.headers["set-cookie"].split("; ")
    assert name_and_secret.startswith("__Host-xiaoer=")
    assert {flag.lower() for flag in flags} >= {"httponly", "secure", "samesite=strict", "path=/"}
    secret = name_and_secret.split("=", 1)[1]
    assert list(house.sessions.kept) == [hash_token(secret)]  # the secret itself is nowhere kept


async def test_a_session_may_what_its_token_may_until_the_token_is_revoked() -> None:
    house = House()
    async with house.signed_in() as client:
        who = await client.get("/v1/session")
        claimed = await client.post("/v1/handoffs/t-1/claim")
        await revoke_tokens(house.tokens, "lan", MORNING)
        after = await client.get("/v1/session")

    assert who.json() == {"agent": "lan", "role": "agent", "shops": ["demo"]}
    assert claimed.json()["claimed_by"] == "lan"
    assert after.status_code == 401


async def test_signing_out_ends_it_and_may_be_repeated() -> None:
    house = House()
    async with house.signed_in() as client:
        answers = [await client.delete("/v1/session") for _ in range(2)]
        after = await client.get("/v1/handoffs")

    assert [answer.status_code for answer in (*answers, after)] == [204, 204, 401]
    assert f"{SESSION_COOKIE}=" in answers[0].headers["set-cookie"]


async def test_a_session_lives_while_it_is_used_and_a_week_at_most() -> None:
    house = House()
    async with house.signed_in() as client:
        for _ in range(6 * 24 // 11):
            house.clock.forward(hours=11)
            assert (await client.get("/v1/session")).status_code == 200
        house.clock.now = MORNING + LONGEST
        assert (await client.get("/v1/session")).status_code == 401

    async with house.signed_in() as client:
        house.clock.forward(minutes=30)
        written = house.sessions.extended
        assert (await client.get("/v1/session")).status_code == 200
        assert house.sessions.extended == written  # not at each request
        house.clock.forward(hours=12)
        assert (await client.get("/v1/session")).status_code == 401


FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "origin": "http://xiaoer.test"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_another_sites_page_changes_nothing_with_it(headers: dict[str, str]) -> None:
    house = House()
    async with house.signed_in() as client:
        del client.headers["sec-fetch-site"]
        changes = [
            await client.post("/v1/handoffs/t-1/claim", headers=headers),
            await client.delete("/v1/session", headers=headers),
            await client.post("/v1/session", headers=headers, json={"token": "x"}),
        ]
        kept = await client.get("/v1/handoffs/t-1")

    assert [answer.status_code for answer in changes] == [403] * 3
    assert kept.json()["state"] == "queued"


async def test_a_browser_that_tells_only_its_origin_is_believed_that_and_a_token_needs_neither() -> None:
    house = House()
    async with house.signed_in() as client:
        del client.headers["sec-fetch-site"]
        own = await client.post("/v1/handoffs/t-1/claim", headers={"origin": "http://xiaoer.test"})
        bearer = {"authorization": f"Bearer {await house.token()}"}
        software = await client.post("/v1/handoffs/t-1/release", headers=bearer)

    assert (own.status_code, software.status_code) == (200, 200)


async def test_a_code_signs_in_once_and_within_five_minutes() -> None:
    house = House()
    await house.token()
    codes = [await issue_sign_in_code(house.tokens, house.keeper, "lan") for _ in range(2)]

    async with client_of(house.app) as client:
        first = await client.post("/v1/session", json={"code": codes[0]}, headers=OWN)
        again = await client.post("/v1/session", json={"code": codes[0]}, headers=OWN)
        as_session = await client.get("/v1/session", headers={"cookie": f"{SESSION_COOKIE}={codes[1]}"})
        house.clock.forward(minutes=5)
        late = await client.post("/v1/session", json={"code": codes[1]}, headers=OWN)

    assert [answer.status_code for answer in (first, again, as_session, late)] == [204, 401, 401, 401]


async def test_nobody_without_a_valid_token_gets_a_code() -> None:
    with pytest.raises(NotFoundError):
        await issue_sign_in_code(FakeTokens(), House().keeper, "lan")


async def test_after_ten_failures_in_a_minute_an_address_waits_even_with_the_right_token() -> None:
    house = House()
    token = await house.token()
    async with client_of(house.app) as client:

        async def sign_in(shown: str) -> httpx.Response:
            return await client.post("/v1/session", json={"token": shown}, headers=OWN)

        failed = [(await sign_in("wrong")).status_code for _ in range(10)]
        waiting = await sign_in(token)
        house.seconds = 6.1
        later = await sign_in(token)

    assert failed == [401] * 10
    assert (waiting.status_code, "retry-after" in waiting.headers, later.status_code) == (429, True, 204)


class SlowTokens(FakeTokens):
    """Looked up as in a database: others get their turn meanwhile."""

    async def find_token(self, token_hash: str) -> AgentToken | None:
        await asyncio.sleep(0.01)
        return await super().find_token(token_hash)


async def test_of_many_guesses_at_once_ten_are_looked_up() -> None:
    house = House(SlowTokens())
    async with client_of(house.app) as client:
        guesses = [client.post("/v1/session", json={"token": f"guess-{n}"}, headers=OWN) for n in range(30)]
        statuses = sorted([answer.status_code for answer in await asyncio.gather(*guesses)])

    assert statuses == [401] * 10 + [429] * 20


async def test_who_signs_in_rightly_or_meets_an_absent_database_has_not_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House()
    token = await house.token()
    async with client_of(house.app) as client:

        async def sign_in() -> int:
            return (await client.post("/v1/session", json={"token": token}, headers=OWN)).status_code

        right = {await sign_in() for _ in range(11)}
        with monkeypatch.context() as away:
            away.setattr(house.tokens, "find_token", _fail)
            absent = {await sign_in() for _ in range(11)}

    assert (right, absent) == ({204}, {503})


async def _fail(_token_hash: str) -> AgentToken | None:
    raise StorageUnavailableError("away")


@pytest.mark.parametrize("body", [{}, {"token": "a", "code": "b"}, {"token": "x" * 257}, {"token": "a\x00"}])
async def test_a_body_that_shows_nothing_or_too_much_is_refused(body: dict[str, str]) -> None:
    async with client_of(House().app) as client:
        assert (await client.post("/v1/session", json=body, headers=OWN)).status_code == 422


async def test_a_stream_is_opened_by_a_session_and_by_none_that_ended() -> None:
    house = House()
    guard = AgentAuthenticator(house.tokens, (), house.keeper)
    async with house.signed_in() as client:
        secret = client.headers["cookie"].split("=", 1)[1]
        allowed = events.StillAllowed(guard, None, secret)
        before = await allowed()
        await client.delete("/v1/session")
        refused = await client.get("/v1/events")

    assert (before, await allowed(), refused.status_code) == (True, False, 401)
