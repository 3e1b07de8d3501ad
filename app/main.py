"""create_app(): wiring of parts and their lifespan; nothing else names concrete classes."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
from fastapi import APIRouter, FastAPI

from app import __version__
from app.channels import Door, routers
from app.conversation.store import Store, open_store
from app.decision.zones import IntentManner
from app.facts.make import make_facts
from app.frontdesk import FrontDesk
from app.opening import Opener, ShopKeeper
from app.performer import Performer, make_executor
from app.responder import Responder
from app.settings import Settings, secret_of
from app.shops import OpenShop, Shops
from app.understanding.understander import Understander
from app.web import handoffs, health, openapi, problems, traces, urges
from app.web.auth import Guard, demo_token, fixed_tokens
from app.web.security import Wall
from handoff.outgoing import OutboxWriter
from handoff.queue import HandoffQueue
from intents.catalogue import IntentCatalogue, load_intents
from intents.schema import Stage


def utc_now() -> datetime:
    """The present."""
    return datetime.now(UTC)


def new_id() -> str:
    """A fresh id: 32 hexadecimal digits."""
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Parts:
    """The chosen parts of one process."""

    settings: Settings
    catalogue: IntentCatalogue
    shops: Shops
    keeper: ShopKeeper
    store: Store
    responder: Responder
    client: httpx.AsyncClient

    async def close(self) -> None:
        """Finish what was accepted, then let go."""
        await self.store.close()
        await self.client.aclose()


async def build(settings: Settings, *, only: frozenset[str] = frozenset()) -> Parts:
    """Everything but HTTP; `only` opens these shops and no others.

    Raises StorageUnavailableError when the database cannot be reached.
    """
    catalogue = load_intents(settings.intents_dir)
    client = httpx.AsyncClient()
    shops = Shops({})
    keeper = ShopKeeper(settings.shops_dir, only, _opener(settings, catalogue, client), shops)
    keeper.open_all()
    store = await _open_store(settings)
    responder = Responder(
        shops=shops,
        store=store,
        performer=Performer(catalogue, make_executor(catalogue)),
        desk=FrontDesk(store, catalogue, new_id),
        manners=manners_of(catalogue),
        aftersale=frozenset(name for name, intent in catalogue.items() if Stage.AFTERSALE in intent.stages),
        clock=utc_now,
        new_id=new_id,
    )
    return Parts(settings, catalogue, shops, keeper, store, responder, client)


async def create_app(settings: Settings, *, demo_agent: bool = False) -> FastAPI:
    """The service; `demo_agent` keeps one agent's token in the state folder, for trying things out."""
    parts = await build(settings)
    if demo_agent:
        await demo_token(parts.store, settings.state_dir, utc_now())
    app = FastAPI(title="小二 xiaoer", version=__version__, lifespan=_lifespan(parts))
    app.add_middleware(Wall, limit=settings.body_limit)
    problems.install(app)
    openapi.install(app, "The first-line responder for Chinese online shops.")
    for router in (*routers(_door(parts)), *_web(parts)):
        app.include_router(router)
    app.state.parts = parts
    return app


def open_one(shops_dir: Path, shop: str) -> tuple[OpenShop | None, Mapping[str, IntentManner]]:
    """One shop without storage or HTTP, for the commands that only read language."""
    settings = Settings(shops_dir=shops_dir)
    catalogue = load_intents(settings.intents_dir)
    shops = Shops({})
    ShopKeeper(shops_dir, frozenset({shop}), _opener(settings, catalogue, httpx.AsyncClient()), shops).open_all()
    return (shops.get(shop) if shop in shops.ids else None), manners_of(catalogue)


def manners_of(catalogue: IntentCatalogue) -> dict[str, IntentManner]:
    """How each intent is answered."""
    return {name: IntentManner(intent.title, intent.facts_first) for name, intent in catalogue.items()}


def _opener(settings: Settings, catalogue: IntentCatalogue, client: httpx.AsyncClient) -> Opener:
    return Opener(
        understander=Understander.load(settings.intents_dir),
        catalogue=catalogue,
        make_facts=lambda shop: make_facts(shop, os.environ, utc_now, client),
        clock=utc_now,
    )


async def _open_store(settings: Settings) -> Store:
    if not settings.database_url:
        settings.state_dir.mkdir(parents=True, exist_ok=True)
    return await open_store(settings.database, clock=utc_now, pool_size=settings.pool_size)


def _door(parts: Parts) -> Door:
    return Door(
        respond=parts.responder.respond,
        secret_of=secret_of,
        find_shop=parts.shops.get,
        shop_ids=lambda: parts.shops.ids,
        rest_token=parts.settings.rest_token,
        clock=utc_now,
        new_id=new_id,
    )


def _web(parts: Parts) -> tuple[APIRouter, ...]:
    guard = Guard(parts.store, fixed_tokens(os.environ.get("XIAOER_AGENT_TOKENS", ""), utc_now()))
    outgoing = OutboxWriter(buyer_destination=lambda _key: None, event_destinations=lambda _shop: ())
    queue = HandoffQueue(parts.store, outgoing, utc_now)
    return (
        handoffs.router(queue, guard),
        urges.router(parts.store, guard, utc_now),
        traces.router(parts.store, guard),
        health.router(parts.store.ping, lambda: len(parts.shops.ids)),
    )


def _lifespan(parts: Parts) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(parts.keeper.watch(parts.settings.reload_seconds))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await parts.close()

    return lifespan
