"""A small app over fakes, and a client that talks to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp

from app.domain.ticket import Ticket
from app.web import handoff_check, handoff_next, handoff_talk, handoffs, openapi, problems
from app.web.auth import AgentAuthenticator, issue_token
from app.web.middleware import EdgeMiddleware
from handoff.agents import AgentRole
from handoff.checking import TextChecker
from handoff.held_replies import HeldReplyDesk
from handoff.queue import HandoffQueue
from handoff.roster import Roster
from tests.handoff.builders import MORNING
from tests.handoff.fakes import Clock, FakeRoster, FakeTickets, FakeTokens, NothingHeld, UndoSeconds


class Web:
    """The handoff routes as the service serves them."""

    def __init__(self, *tickets: Ticket, checker: TextChecker | None = None) -> None:
        self.tickets = FakeTickets(*tickets)
        self.tokens = FakeTokens()
        self.clock = Clock(MORNING)
        self.guard = AgentAuthenticator(self.tokens)
        self.app = bare_app()
        queue = HandoffQueue(self.tickets, self.clock, checker=checker)
        self.roster = Roster(FakeRoster(), self.tokens.list_tokens, self.clock)
        held = HeldReplyDesk(queue, NothingHeld(), UndoSeconds(), self.clock, self.roster.leads_shop)
        self.app.include_router(handoffs.handoffs_router(queue, self.guard))
        self.app.include_router(handoff_next.handoff_next_router(queue, self.roster, self.guard))
        self.app.include_router(handoff_talk.handoff_talk_router(queue, held, self.guard))
        self.app.include_router(handoff_check.handoff_check_router(queue, self.guard))

    async def token(
        self, agent: str = "xiaowang", role: AgentRole = AgentRole.AGENT, shops: tuple[str, ...] = ("demo",)
    ) -> str:
        return await issue_token(self.tokens, agent, role, shops, MORNING)

    @asynccontextmanager
    async def calling(self, token: str | None = "") -> AsyncIterator[httpx.AsyncClient]:
        """A client; with a fresh agent's token unless told otherwise, None shows none."""
        shown = await self.token() if token == "" else token
        async with client_of(self.app) as client:
            if shown is not None:
                client.headers["Authorization"] = f"Bearer {shown}"
            yield client


def bare_app() -> FastAPI:
    """An app with our wall and our errors, and no route."""
    app = FastAPI()
    app.add_middleware(EdgeMiddleware)
    problems.install_problems(app)
    openapi.install_openapi(app)
    return app


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://xiaoer.test")
