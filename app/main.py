"""create_app(): wiring of parts; nothing else but app/assembly names concrete classes."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import getrandbits, random
from time import monotonic, time_ns

import httpx
import structlog
from fastapi import APIRouter
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from app import __version__
from app.assembly.components import Components, Delivery, Senders
from app.assembly.people import build_desk_routers, build_people
from app.assembly.rounds import make_lifespan
from app.channels import (
    ChannelContext,
    SenderContext,
    load_channel_routers,
    load_channel_senders,
)
from app.channels.rasa import action_server
from app.channels.rasa.serving import RasaActionRunner, RasaDependencies
from app.delivery.callback import BriefingSender, CallbackSender
from app.delivery.callback_events import CallbackEvents
from app.delivery.feed import LiveFeed
from app.delivery.monitor import DeliveryMonitor
from app.delivery.payloads import OutboxWriter
from app.delivery.ping import CallbackPing
from app.delivery.ports import FailureKind
from app.delivery.router import DeliveryRouter, DestinationBook
from app.delivery.worker import OutboxWorker
from app.domain.clock import utc_now
from app.domain.conversation import Owner
from app.domain.events import DestinationRested, EventReader
from app.domain.intent_traits import IntentDirectory
from app.domain.message import ConversationKey, Message
from app.facts.make import FactsFactory
from app.http_client import outbound_client
from app.observability.event_metrics import EventLog, EventMetrics
from app.observability.logs import configure_logs
from app.observability.metrics import Metrics, OutboxLoad
from app.observability.telemetry import MetricTelemetry
from app.observability.tracing import start_tracing
from app.second_reader.bounded import LONGEST_SECONDS, BoundedReader, ReaderCaps
from app.second_reader.endpoint import EndpointReader
from app.settings import Settings, shop_secrets
from app.shop.schema import Callback
from app.storage.ports import AcceptedMessage, RepeatedDeliveryError
from app.storage.store import Store, open_store
from app.tenants.corrections import CorrectionKeeper
from app.tenants.last_good import LastGoodVersions
from app.tenants.loading import ShopOpener
from app.tenants.registry import OpenShop, OpenShops
from app.tenants.rules import ShopRules
from app.tenants.watcher import ShopWatcher
from app.turns.action_call import make_executor
from app.turns.actions import ActionRunner
from app.turns.debounce import MessageDebouncer
from app.turns.escalation import TicketEscalation
from app.turns.planner import TurnPlanner
from app.turns.rating import RatingPlanner
from app.turns.responder import Responder
from app.turns.response import answer_body
from app.turns.second_opinion import SecondOpinion
from app.turns.taking_over import BotWatch
from app.understanding.faq.encoder import load_encoder
from app.understanding.understander import Understander
from app.web import (
    buyers,
    callbacks,
    corrections,
    health,
    metrics,
    openapi,
    outbox,
    pages,
    problems,
    traces,
    urges,
)
from app.web.auth import AgentAuthenticator
from app.web.conversations import conversations_router
from app.web.cors import allow_origins
from app.web.fast_path import FastPath, fast_routes
from app.web.limits import MessageLimits, Rate
from app.web.middleware import EdgeMiddleware
from app.web.pictures import MOST_UPLOADED, UPLOAD_PATHS, pictures_router
from app.web.shops import ShopDesk, shops_router
from handoff.ports import AgentLine
from intents._framework.registry import IntentRegistry, load_intents

MOST_CALLBACKS_AT_ONCE = 256
API_DESCRIPTION = """The first-line responder for Chinese online shops.

A message goes in; an authorised answer or a handoff comes out.

Errors are RFC 9457 problem documents with a `trace_id`. The same message again gets its stored answer; an id that comes
again for something else is 409.

Every answer and every callback says `xiaoer-api-version: 1`. Within a version fields and routes are only added, so read
what you know and skip the rest; what would break a client gets the next number."""
log = structlog.get_logger()


def new_id() -> str:
    """A fresh id: 32 hexadecimal digits; it names things and guards nothing, so the fast generator will do.

    The clock comes first: ids of one moment stand together in an index, and a batch writes one page of it, not many.
    """
    return f"{time_ns():016x}{getrandbits(64):016x}"


def new_ticket_id() -> str:
    """A fresh id for a ticket: people tell tickets by their first eight digits, so these are drawn."""
    return f"{getrandbits(128):032x}"


async def build_components(
    settings: Settings, *, only: frozenset[str] = frozenset(), feed: LiveFeed | None = None, defer_large: bool = False
) -> Components:
    """Everything but HTTP; `only` opens these shops and no others, `feed` is told of every event.

    With `defer_large`, shops that take seconds to learn are opened once the watcher runs.

    Raises StorageUnavailableError when the database cannot be reached.
    """
    catalogue = load_intents(settings.intents_dir)
    client = outbound_client(allow_private=settings.allow_private_urls)
    meter = Metrics()
    tracing = start_tracing(settings.otlp_endpoint, __version__)
    shops = OpenShops({}, default=settings.default_shop)
    facts = FactsFactory(os.environ, utc_now, client)
    destinations, senders = _build_destinations(settings, shops)
    outgoing = OutboxWriter(destinations.buyer_destination, destinations.event_destinations)
    readers = (CallbackEvents(outgoing, answer_body), EventMetrics(meter, utc_now), EventLog())
    store = await _open_store(settings, readers, feed or LiveFeed())
    opener = _build_shop_opener(settings, catalogue, facts)
    _warn_untrained(opener.understander, catalogue)
    keeper = CorrectionKeeper(store, shops, opener)
    await keeper.load_stored()
    watcher = ShopWatcher(settings.shops_dir, only, opener, shops, LastGoodVersions(store), store.announce)
    await watcher.open_shops(defer_large=defer_large)
    delivery = _build_delivery(senders, destinations, store, meter, ShopRules(shops).agents_see_floor)
    actions = ActionRunner(catalogue, make_executor(catalogue))
    desk = TicketEscalation(store, catalogue, new_ticket_id)
    reader_client = make_reader_client(settings)
    responder = Responder(
        shops=shops,
        store=store,
        actions=actions,
        desk=desk,
        telemetry=MetricTelemetry(meter, tracing.tracer if tracing else None),
        planner=RatingPlanner(TurnPlanner(catalogue.traits)),
        clock=utc_now,
        new_id=new_id,
        second_opinion=_build_second_opinion(settings, reader_client, catalogue.traits, meter),
    )
    rasa_actions = RasaActionRunner(RasaDependencies(catalogue, shops, responder, utc_now))
    return Components(
        settings,
        catalogue,
        shops,
        watcher,
        store,
        responder,
        client,
        outgoing,
        delivery,
        meter,
        rasa_actions,
        facts,
        keeper,
        tracing,
        reader_client,
    )


async def create_app(settings: Settings, *, feed: LiveFeed | None = None) -> ASGIApp:
    """The service.

    Who stops the service closes the `feed` first: its listeners would keep their connections open.
    """
    configure_logs(settings.log_level, readable=settings.log_text)
    parts = await build_components(settings, feed=feed, defer_large=True)
    bursts = MessageDebouncer(parts.responder.catch_up, parts.store, utc_now)
    people = build_people(parts, new_id, utc_now)
    app = FastAPIOffline(
        title="xiaoer", version=__version__, lifespan=make_lifespan(parts, bursts, people.sweeper, utc_now)
    )
    wider = {action_server.WEBHOOK_PATH: action_server.MAX_BODY_BYTES, UPLOAD_PATHS: MOST_UPLOADED}
    wall = partial(
        EdgeMiddleware,
        limit=settings.body_limit,
        limits=wider,
        refused=parts.metrics.count_refusal,
        failed=partial(_count_server_error, parts),
    )
    app.add_middleware(wall)
    problems.install_problems(app)
    openapi.install_openapi(app, API_DESCRIPTION)
    channels = load_channel_routers(_build_channel_context(parts, bursts))
    pictures = pictures_router(people.queue, parts.store.pictures, people.guard, utc_now, settings.public_url)
    escalation = TicketEscalation(parts.store, parts.catalogue, new_ticket_id)
    watch = BotWatch(parts.store, people.queue, parts.shops, escalation, utc_now)
    taken = conversations_router(watch, people.guard)
    desk = (*build_desk_routers(people, utc_now), pictures, taken)
    for router in (*channels, *desk, *_build_web_routers(parts, people.guard)):
        app.include_router(router)
    pages.install_pages(app)
    return allow_origins(FastPath(app, wall, fast_routes(channels)), settings.cors_origins)


def _count_server_error(parts: Components, path: str, status: int) -> None:
    """By shop and route; a shop that is not open here is not a label."""
    shop, route = metrics.split_shop_path(path)
    parts.metrics.count_server_error(shop if parts.shops.find_shop(shop) else "", route, status)


def load_single_shop(shops_dir: Path, shop: str) -> tuple[OpenShop | None, IntentDirectory]:
    """One shop without storage or HTTP, for the commands that only read language."""
    settings = Settings(shops_dir=shops_dir)
    catalogue = load_intents(settings.intents_dir)
    shops = OpenShops({})
    ShopWatcher(
        shops_dir, frozenset({shop}), _build_shop_opener(settings, catalogue, FactsFactory(os.environ, utc_now)), shops
    ).sync_shops()
    return (shops.get_shop(shop) if shop in shops.shop_ids else None), catalogue.traits


def _build_shop_opener(settings: Settings, catalogue: IntentRegistry, facts: FactsFactory) -> ShopOpener:
    return ShopOpener(
        understander=Understander.load_shared(
            catalogue.traits,
            settings.intents_dir,
            load_encoder(settings.encoder, model=settings.encoder_model, key=settings.encoder_key),
        ),
        catalogue=catalogue,
        make_facts=facts,
        clock=utc_now,
    )


def make_reader_client(settings: Settings) -> httpx.AsyncClient | None:
    """A client of its own, so that slow answers never hold up fact sources; None without a second reader."""
    if not settings.reader:
        return None
    return outbound_client(
        allow_private=settings.allow_private_urls, timeout=LONGEST_SECONDS, most=settings.reader_at_once
    )


def make_second_reader(settings: Settings, client: httpx.AsyncClient, count: Callable[[str], None]) -> BoundedReader:
    """The reader of the settings within its bounds."""
    endpoint = EndpointReader(settings.reader, settings.reader_model, settings.reader_key, client)
    return BoundedReader(endpoint, ReaderCaps(settings.reader_daily, settings.reader_at_once), utc_now, count)


def _build_second_opinion(
    settings: Settings, client: httpx.AsyncClient | None, traits: IntentDirectory, meter: Metrics
) -> SecondOpinion | None:
    if client is None:
        return None
    count = meter.count_second_reading
    return SecondOpinion(make_second_reader(settings, client, count), traits, count)


def _warn_untrained(understander: Understander, catalogue: IntentRegistry) -> None:
    untrained = understander.reader.model.find_untrained(catalogue)
    if untrained:
        log.warning(
            "intents are never predicted: the model was not trained on them", intents=untrained, cure="make train"
        )


async def _open_store(settings: Settings, readers: Sequence[EventReader], feed: LiveFeed) -> Store:
    store = await open_store(
        settings.effective_database_url, clock=utc_now, pool_size=settings.pool_size, readers=readers, feed=feed
    )
    await store.compare_clocks()
    return store


def _build_destinations(settings: Settings, shops: OpenShops) -> tuple[DestinationBook, Senders]:
    """Where things go, and what takes them there: known before the store is opened, which writes rows by it."""

    def find_callback(shop: str) -> Callback | None:
        """None while a shop is closed: its tickets can be worked all the same."""
        found = shops.find_shop(shop)
        return found.shop.settings.callback if found else None

    client = outbound_client(allow_private=settings.allow_private_urls, most=MOST_CALLBACKS_AT_ONCE)
    channels = load_channel_senders(SenderContext(client, shops.find_shop, utc_now))
    return DestinationBook(find_callback, {sender.channel: sender for sender in channels}), Senders(client, channels)


def _build_delivery(
    senders: Senders, destinations: DestinationBook, store: Store, meter: Metrics, shows_floor: Callable[[str], bool]
) -> Delivery:
    """The worker that empties the outbox through the senders."""
    signed = CallbackSender(senders.client, shop_secrets, utc_now, destinations.callback_url)
    router = DeliveryRouter(BriefingSender(signed, store, shows_floor), senders.channels)

    async def announce_rest(shop: str, destination: str, kind: FailureKind) -> None:
        await store.announce(DestinationRested(shop=shop, at=utc_now(), destination=destination, why=kind.value))

    worker = OutboxWorker(
        store,
        router,
        clock=store.database_time,
        draw=random,
        observer=DeliveryMonitor(meter, monotonic, announce_rest),
        most_in_flight=MOST_CALLBACKS_AT_ONCE,
    )
    ping = CallbackPing(router, destinations.callback_url, utc_now, new_id)
    return Delivery(senders.client, worker, ping)


def _build_channel_context(parts: Components, bursts: MessageDebouncer) -> ChannelContext:
    async def keep_message(message: Message) -> AcceptedMessage:
        try:
            accepted = await parts.store.accept_message(message)
        except RepeatedDeliveryError as repeated:
            accepted = await parts.store.accept_message(replace(message, id=repeated.message_id, delivery_id=None))
        if accepted.answer is None:
            bursts.note_arrival(message.key)
        return accepted

    async def record_person_line(key: ConversationKey, line: AgentLine, done: bool) -> bool:  # noqa: FBT001 (the port's own)
        return await parts.store.record_platform_line(key, line, utc_now(), done=done)

    async def find_owner(key: ConversationKey) -> Owner:
        found = await parts.store.load_conversation(key)
        return found.owner if found else Owner.BOT

    settings = parts.settings
    limits = MessageLimits(
        Rate(settings.shop_rate, settings.shop_rate * 2), Rate(settings.sender_rate, settings.sender_burst), monotonic
    )
    return ChannelContext(
        respond=parts.responder.respond,
        accept_message=keep_message,
        admit=limits.admit_message,
        callback_of=parts.outgoing.buyer_destination,
        secrets_of=shop_secrets,
        find_shop=parts.shops.get_shop,
        choose_shop=parts.shops.choose_unnamed,
        rest_token=parts.settings.rest_token,
        clock=utc_now,
        new_id=new_id,
        load_conversation_lines=parts.store.load_conversation_lines,
        load_line_page=parts.store.load_line_page,
        record_platform_line=record_person_line,
        current_owner=find_owner,
    )


def _build_web_routers(parts: Components, guard: AgentAuthenticator) -> tuple[APIRouter, ...]:
    async def measure_outbox() -> OutboxLoad:
        depth = await parts.store.outbox_depth()
        age = (parts.store.database_time() - depth.oldest).total_seconds() if depth.oldest else 0.0
        condition = _describe_condition(parts)
        parts.metrics.set_shops(
            condition.shops, [(each.shop, each.serving, each.problems) for each in condition.faulty]
        )
        return OutboxLoad(depth.pending, age, depth.dead)

    return (
        metrics.metrics_router(parts.metrics, measure_outbox, token=parts.settings.metrics_token),
        urges.urges_router(parts.store, guard, utc_now),
        outbox.outbox_router(parts.store, guard),
        callbacks.callbacks_router(parts.delivery.ping.send_ping, guard),
        traces.traces_router(parts.trace_view, guard),
        corrections.corrections_router(_build_correction_desk(parts), guard),
        buyers.buyers_router(parts.store.erase_buyer, guard),
        action_server.action_server_router(parts.rasa_runner, action_server.require_token(parts.settings.rest_token)),
        shops_router(ShopDesk(parts.shops, parts.shop_watcher.reports.get, parts.store.list_shop_versions), guard),
        health.health_router(parts.store.check_writable, partial(_describe_condition, parts)),
    )


def _build_correction_desk(parts: Components) -> corrections.CorrectionDesk:
    keeper = parts.corrections
    return corrections.CorrectionDesk(
        parts.store, keeper.apply_stored, parts.shops.get_shop, frozenset(parts.catalogue), utc_now
    )


def _describe_condition(parts: Components) -> health.ServiceCondition:
    faulty = tuple(
        health.FaultyShop(shop=fault.shop_id, problems=len(fault.problems), serving=fault.serving)
        for _, fault in sorted(parts.shops.faults.items())
    )
    now = utc_now()
    learning = tuple(
        health.LearningShop(
            shop=shop_id,
            stage=each.stage,
            entries=each.entries,
            seconds=round((now - each.since).total_seconds(), 1),
            open=parts.shops.find_shop(shop_id) is not None,
        )
        for shop_id, each in sorted(parts.shops.learning.items())
    )
    lead = parts.store.clock_lead.total_seconds()
    return health.ServiceCondition(len(parts.shops.shop_ids), faulty, lead, learning)
