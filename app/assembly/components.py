"""The chosen parts of one process."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from app.channels.rasa.serving import RasaActionRunner
from app.delivery.payloads import OutboxWriter
from app.delivery.ping import CallbackPing
from app.delivery.router import ChannelSender
from app.delivery.worker import OutboxWorker
from app.facts.make import FactsFactory
from app.observability.metrics import Metrics
from app.observability.tracing import Tracing
from app.settings import Settings
from app.storage.store import Store
from app.tenants.corrections import CorrectionKeeper
from app.tenants.registry import OpenShops
from app.tenants.watcher import ShopWatcher
from app.turns.responder import Responder
from app.turns.trace import TraceView
from intents._framework.registry import IntentRegistry


@dataclass(frozen=True, slots=True)
class Senders:
    """The client of everything that is sent, and the channels that write to their buyers themselves."""

    client: httpx.AsyncClient
    channels: Sequence[ChannelSender]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What takes rows out of the outbox: a client of its own, so that slow callbacks never hold up fact sources."""

    client: httpx.AsyncClient
    worker: OutboxWorker
    ping: CallbackPing


@dataclass(frozen=True, slots=True)
class Components:
    """The chosen parts of one process."""

    settings: Settings
    catalogue: IntentRegistry
    shops: OpenShops
    shop_watcher: ShopWatcher
    store: Store
    responder: Responder
    client: httpx.AsyncClient
    outgoing: OutboxWriter
    delivery: Delivery
    metrics: Metrics
    rasa_runner: RasaActionRunner
    facts: FactsFactory
    corrections: CorrectionKeeper
    tracing: Tracing | None = None
    reader_client: httpx.AsyncClient | None = None

    @property
    def trace_view(self) -> TraceView:
        """What turns came to, and why."""
        return TraceView(self.store, self.shops)

    async def close(self) -> None:
        """Let go of the database and of open connections."""
        await self.store.close()
        await self.client.aclose()
        await self.delivery.client.aclose()
        if self.reader_client:
            await self.reader_client.aclose()
        self.facts.close_databases()
        if self.tracing:
            self.tracing.close()
