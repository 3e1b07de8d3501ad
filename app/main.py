"""create_app(): wiring of parts and their lifespan; nothing else names concrete classes."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import getrandbits, random
from time import monotonic, time_ns

import httpx
import structlog
from fastapi import APIRouter, FastAPI
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from app import __version__
from app.channels import Door, routers
from app.channels.rasa import action_server
from app.channels.rasa.serving import Kitchen, ServedActions
from app.delivery.callback import BriefingSender, CallbackSender, CountedSender
from app.delivery.worker import OutboxWorker
from app.dialogue.policy import IntentManner
from app.domain.conversation import Owner
from app.domain.message import ConversationKey, Message
from app.errors import XiaoerError
from app.facts.make import FactsMaker
from app.http_client import outbound_client
from app.observability.logs import configure_logs
from app.observability.metrics import Metrics, OutboxLoad
from app.observability.telemetry import MetricTelemetry
from app.observability.tracing import Tracing, start_tracing
from app.settings import Settings, secret_of
from app.storage.ports import Accepted, RepeatedDeliveryError
from app.storage.store import Store, open_store
from app.tenants.loading import Opener, ShopKeeper
from app.tenants.registry import OpenShop, Shops
from app.turns.actions import Performer, make_executor
from app.turns.announce import CallbackAnnouncements
from app.turns.debounce import Bursts
from app.turns.escalation import FrontDesk
from app.turns.responder import Responder
from app.turns.trace import Explained
from app.understanding.faq.encoder import open_encoder
from app.understanding.understander import Understander
from app.web import buyers, handoffs, health, metrics, openapi, outbox, problems, traces, urges
from app.web.auth import Guard, demo_token, fixed_tokens
from app.web.fast_path import Express, stops_of
from app.web.limits import MessageLimits, Rate
from app.web.middleware import Wall
from handoff.events import OutboxWriter, TicketEvent
from handoff.ports import AgentLine
from handoff.queue import HandoffQueue
from intents._framework.registry import IntentCatalogue, load_intents
from intents._framework.schema import Stage

HOUSEKEEPING_SECONDS = 3600
ABOUT = """The first-line responder for Chinese online shops: a message in, an authorised answer or a handoff out.

Errors are RFC 9457 problem documents with a `trace_id`. A repeated message id gets the stored answer."""
log = structlog.get_logger()


def utc_now() -> datetime:
    """The present."""
    return datetime.now(UTC)


def new_id() -> str:
    """A fresh id: 32 hexadecimal digits; it names things and guards nothing, so the fast generator will do.

    The clock comes first: ids of one moment stand together in an index, and a batch writes one page of it, not many.
    """
    return f"{time_ns():016x}{getrandbits(64):016x}"


def ticket_id() -> str:
    """A fresh id for a ticket: people tell tickets by their first eight digits, so these are drawn."""
    return f"{getrandbits(128):032x}"


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
    outgoing: OutboxWriter
    metrics: Metrics
    served: ServedActions
    facts: FactsMaker
    tracing: Tracing | None = None

    @property
    def explained(self) -> Explained:
        """What turns came to, and why."""
        return Explained(self.store, self.shops)

    async def close(self) -> None:
        """Let go of the database and of open connections."""
        await self.store.close()
        await self.client.aclose()
        self.facts.close()
        if self.tracing:
            self.tracing.close()


async def build(settings: Settings, *, only: frozenset[str] = frozenset()) -> Parts:
    """Everything but HTTP; `only` opens these shops and no others.

    Raises StorageUnavailableError when the database cannot be reached.
    """
    catalogue = load_intents(settings.intents_dir)
    client = outbound_client(allow_private=settings.allow_private_urls)
    meter = Metrics()
    tracing = start_tracing(settings.otlp_endpoint, __version__)
    shops = Shops({})
    facts = FactsMaker(os.environ, utc_now, client)
    keeper = ShopKeeper(settings.shops_dir, only, _opener(settings, catalogue, facts), shops)
    keeper.open_all()
    store = await _open_store(settings)
    outgoing = _outgoing(shops)
    performer = Performer(catalogue, make_executor(catalogue))
    desk = FrontDesk(store, catalogue, ticket_id)
    announce = partial(outgoing.event, TicketEvent.OPENED)
    served = ServedActions(Kitchen(catalogue, shops, store, performer, desk, announce, utc_now, new_id))
    responder = Responder(
        shops=shops,
        store=store,
        performer=performer,
        desk=desk,
        announcements=CallbackAnnouncements(outgoing, outgoing.buyer_destination),
        telemetry=MetricTelemetry(meter, tracing.tracer if tracing else None),
        manners=manners_of(catalogue),
        aftersale=frozenset(name for name, intent in catalogue.items() if Stage.AFTERSALE in intent.stages),
        clock=utc_now,
        new_id=new_id,
    )
    return Parts(settings, catalogue, shops, keeper, store, responder, client, outgoing, meter, served, facts, tracing)


async def create_app(settings: Settings, *, demo_agent: bool = False) -> ASGIApp:
    """The service; `demo_agent` keeps one agent's token in the state folder, for trying things out."""
    configure_logs(settings.log_level, readable=settings.log_text)
    parts = await build(settings)
    bursts = Bursts(parts.responder.catch_up, parts.store, utc_now)
    if demo_agent:
        await demo_token(parts.store, settings.state_dir, utc_now())
    app = FastAPIOffline(title="小二 xiaoer", version=__version__, lifespan=_lifespan(parts, bursts))
    wider = {action_server.WEBHOOK: action_server.MOST_BYTES}
    wall = partial(Wall, limit=settings.body_limit, limits=wider, refused=parts.metrics.refused)
    app.add_middleware(wall)
    problems.install(app)
    openapi.install(app, ABOUT)
    channels = routers(_door(parts, bursts))
    for router in (*channels, *_web(parts)):
        app.include_router(router)
    app.add_api_route("/", _to_the_page, include_in_schema=False)
    return Express(app, wall, stops_of(channels))


async def _to_the_page() -> RedirectResponse:
    return RedirectResponse("/docs")


def open_one(shops_dir: Path, shop: str) -> tuple[OpenShop | None, Mapping[str, IntentManner]]:
    """One shop without storage or HTTP, for the commands that only read language."""
    settings = Settings(shops_dir=shops_dir)
    catalogue = load_intents(settings.intents_dir)
    shops = Shops({})
    ShopKeeper(
        shops_dir, frozenset({shop}), _opener(settings, catalogue, FactsMaker(os.environ, utc_now)), shops
    ).open_all()
    return (shops.get(shop) if shop in shops.ids else None), manners_of(catalogue)


def manners_of(catalogue: IntentCatalogue) -> dict[str, IntentManner]:
    """How each intent is answered."""
    return {
        name: IntentManner(intent.title, intent.facts_first, intent.about_orders, intent.about_goods)
        for name, intent in catalogue.items()
    }


def _opener(settings: Settings, catalogue: IntentCatalogue, facts: FactsMaker) -> Opener:
    return Opener(
        understander=Understander.load(
            settings.intents_dir,
            open_encoder(settings.encoder, model=settings.encoder_model, key=settings.encoder_key),
        ),
        catalogue=catalogue,
        make_facts=facts,
        clock=utc_now,
    )


async def _open_store(settings: Settings) -> Store:
    if not settings.database_url:
        settings.state_dir.mkdir(parents=True, exist_ok=True)
    return await open_store(settings.database, clock=utc_now, pool_size=settings.pool_size)


def _outgoing(shops: Shops) -> OutboxWriter:
    """Lines and events go to the shop's callback, when it has one."""

    def callback(key: ConversationKey) -> str | None:
        return next(iter(desks(key.shop)), None)

    def desks(shop: str) -> tuple[str, ...]:
        """Nowhere while a shop is closed: its tickets can be worked all the same."""
        found = shops.find(shop)
        called = found.shop.settings.callback if found else None
        return (called.url,) if called else ()

    return OutboxWriter(buyer_destination=callback, event_destinations=desks)


def _door(parts: Parts, bursts: Bursts) -> Door:
    async def keep(message: Message) -> Accepted:
        try:
            accepted = await parts.store.accept(message)
        except RepeatedDeliveryError as repeated:
            accepted = await parts.store.accept(replace(message, id=repeated.message_id, delivery_id=None))
        if accepted.answer is None:
            bursts.arrived(message.key)
        return accepted

    async def spoke(key: ConversationKey, line: AgentLine, done: bool) -> bool:  # noqa: FBT001 (the port's own)
        return await parts.store.person_spoke(key, line, utc_now(), done=done)

    async def owner(key: ConversationKey) -> Owner:
        found = await parts.store.conversation(key)
        return found.owner if found else Owner.BOT

    settings = parts.settings
    limits = MessageLimits(
        Rate(settings.shop_rate, settings.shop_rate * 2), Rate(settings.sender_rate, settings.sender_burst), monotonic
    )
    return Door(
        respond=parts.responder.respond,
        keep=keep,
        admit=limits.admit,
        callback_of=parts.outgoing.buyer_destination,
        secret_of=secret_of,
        find_shop=parts.shops.get,
        shop_ids=lambda: parts.shops.ids,
        rest_token=parts.settings.rest_token,
        clock=utc_now,
        new_id=new_id,
        lines=parts.store.lines,
        spoke=spoke,
        owner=owner,
    )


def _web(parts: Parts) -> tuple[APIRouter, ...]:
    guard = Guard(parts.store, fixed_tokens(os.environ.get("XIAOER_AGENT_TOKENS", ""), utc_now()))
    queue = HandoffQueue(parts.store, parts.outgoing, utc_now, parts.metrics)

    async def load() -> OutboxLoad:
        depth = await parts.store.outbox_depth()
        age = (utc_now() - depth.oldest).total_seconds() if depth.oldest else 0.0
        return OutboxLoad(depth.pending, age, depth.dead)

    return (
        metrics.router(parts.metrics, load, token=parts.settings.metrics_token),
        handoffs.router(queue, guard),
        urges.router(parts.store, guard, utc_now),
        outbox.router(parts.store, guard),
        traces.router(parts.explained, guard),
        buyers.router(parts.store.forget, guard),
        action_server.router(parts.served, action_server.by_token(parts.settings.rest_token)),
        health.router(parts.store.ping, lambda: len(parts.shops.ids)),
    )


def _lifespan(parts: Parts, bursts: Bursts) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    signed = CallbackSender(parts.client, secret_of, utc_now)
    sender = CountedSender(BriefingSender(signed, parts.store), parts.metrics.sent)
    worker = OutboxWorker(parts.store, sender, clock=utc_now, draw=random)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.gather(
            parts.keeper.watch(parts.settings.reload_seconds), _keep_house(parts.store, parts.settings.retention_days)
        )
        working = [asyncio.create_task(bursts.run()), asyncio.create_task(worker.run())]
        try:
            yield
        finally:
            watching.cancel()
            await bursts.stop()
            await worker.stop()
            await asyncio.gather(watching, *working, return_exceptions=True)
            await parts.close()

    return lifespan


async def _keep_house(store: Store, days: int) -> None:
    """Delete what has been kept long enough, once an hour."""
    while True:
        try:
            await store.retain(utc_now() - timedelta(days=days))
        except XiaoerError as error:
            log.warning("old conversations could not be deleted", why=error.detail)
        except Exception:
            log.exception("old conversations could not be deleted")  # a fault of ours: the next hour tries again
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
