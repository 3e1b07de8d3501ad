"""Prometheus metrics. Labels are closed sets (and shop ids): never a buyer's word or id."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from app.domain.fact import Fact
from app.domain.ticket import Ticket
from app.observability.timings import Series, Timings
from handoff.events import TicketEvent

FAST = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
BOT_ANSWERS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
HUMAN_ANSWERS = (10, 30, 60, 120, 180, 300, 600, 1800, 3600, 14_400, 43_200, 86_400)
AGES = (1, 10, 60, 300, 900, 3600, 14_400, 86_400)


@dataclass(frozen=True, slots=True)
class OutboxLoad:
    """What waits to be sent: how many rows, and how old the oldest is, in seconds."""

    depth: int
    oldest_seconds: float
    dead: int = 0


class Children:
    """A counter's children by their label values, kept at hand: looking one up anew costs five times the counting."""

    def __init__(self, parent: Counter) -> None:
        self._parent = parent
        self._known: dict[tuple[str, ...], Counter] = {}

    def of(self, *values: str) -> Counter:
        """The child with these label values, in the metric's own order."""
        child = self._known.get(values)
        if child is None:
            child = self._known[values] = self._parent.labels(*values)
        return child


class Metrics:
    """Every metric of one process, in its own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._messages = self._counter("messages", "messages stored", "shop", "channel", "duplicate")
        self._turns = self._counter("turns", "turns by what they did", "shop", "action")
        self._decisions = self._counter("decisions", "decisions", "action", "intent", "reason")
        self._handoffs = self._counter("handoffs", "conversations given to people", "reason", "group", "priority")
        self._changes = self._counter("ticket_changes", "what people did with tickets", "event", "group")
        self._refused = self._counter("refused", "requests turned away", "why")
        self._sent = self._counter("outbox_sent", "attempts to send", "kind", "outcome")
        # Without the shop: ten thousand shops times twelve buckets would be more series than it is worth.
        self._bot = self._histogram(
            "bot_first_response_seconds", "from a message to the bot's answer", BOT_ANSWERS
        ).of()
        self._human = self._histogram(
            "human_first_response_seconds", "from the handoff to a person's first answer", HUMAN_ANSWERS, "group"
        )
        self._stages = self._histogram("stage_seconds", "time in each step of a turn", FAST, "stage")
        self._ages = self._histogram("fact_age_seconds", "age of the facts quoted", AGES, "kind", "source")
        self._depth = self._gauge("outbox_depth", "rows waiting to be sent")
        self._oldest = self._gauge("outbox_oldest_seconds", "age of the oldest row waiting")
        self._dead = self._gauge("outbox_dead", "rows given up")

    def message(self, shop: str, channel: str, *, duplicate: bool) -> None:
        """A message came in."""
        self._messages.of(shop, channel, "true" if duplicate else "false").inc()

    def refused(self, why: str) -> None:
        """A request was turned away: unauthenticated, too_large, rate_limited and the like."""
        self._refused.of(why).inc()

    def turn(self, shop: str, action: str, seconds: float) -> None:
        """A turn was written, so long after its message came in."""
        self._turns.of(shop, action).inc()
        self._bot.observe(seconds)

    def decision(self, action: str, intent: str, reason: str | None) -> None:
        """One request was decided."""
        self._decisions.of(action, intent, reason or "").inc()

    def handoff(self, ticket: Ticket) -> None:
        """A ticket was opened."""
        self._handoffs.of(ticket.reason.value, ticket.group.value, ticket.priority.value).inc()

    def changed(self, event: TicketEvent, ticket: Ticket) -> None:
        """A person changed a ticket."""
        self._changes.of(event.value, ticket.group.value).inc()

    def first_answered(self, ticket: Ticket, seconds: float) -> None:
        """A person answered for the first time."""
        self._human.of(ticket.group.value).observe(seconds)

    def stage(self, name: str) -> Series:
        """How long a step of a turn takes."""
        return self._stages.of(name)

    def quoted(self, facts: Iterable[Fact[Any]], now: datetime) -> None:
        """Facts went into a reply."""
        for fact in facts:
            self._ages.of(fact.kind.value, source_name(fact.source)).observe(
                max(0.0, (now - fact.as_of).total_seconds())
            )

    def sent(self, kind: str, outcome: str) -> None:
        """One attempt of the outbox: sent, failed or refused."""
        self._sent.of(kind, outcome).inc()

    def outbox(self, load: OutboxLoad) -> None:
        """What waits now."""
        self._depth.set(load.depth)
        self._oldest.set(load.oldest_seconds)
        self._dead.set(load.dead)

    def page(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Children:
        return Children(Counter(f"xiaoer_{name}", text, labels, registry=self.registry))

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"xiaoer_{name}", text, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Timings:
        return Timings(self.registry, f"xiaoer_{name}", text, buckets, labels)


def source_name(source: str) -> str:
    """The kind of a source (files, http, sql), not its address or file."""
    return source.split(":", 1)[0].split(" ", 1)[0][:20] or "unknown"
