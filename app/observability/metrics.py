"""Prometheus metrics. Labels are closed sets (and shop ids): never a buyer's word or id."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from app.domain.fact import Fact
from app.domain.ticket import Ticket
from app.observability.timings import HistogramSeries, LabelledHistogram
from handoff.events import TicketEvent

STAGE_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
BOT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
HUMAN_BUCKETS = (10, 30, 60, 120, 180, 300, 600, 1800, 3600, 14_400, 43_200, 86_400)
AGE_BUCKETS = (1, 10, 60, 300, 900, 3600, 14_400, 86_400)


@dataclass(frozen=True, slots=True)
class OutboxLoad:
    """The outbox's load: rows that wait, the age of the oldest in seconds, dead letters."""

    depth: int
    oldest_seconds: float
    dead: int = 0


class LabelledCounter:
    """Caches a counter's children by label values; the library's lookup costs five times the increment."""

    def __init__(self, parent: Counter) -> None:
        self._parent = parent
        self._known: dict[tuple[str, ...], Counter] = {}

    def child_for(self, *values: str) -> Counter:
        """The child with these label values, in the metric's order."""
        child = self._known.get(values)
        if child is None:
            child = self._known[values] = self._parent.labels(*values)
        return child


class Metrics:
    """Every metric of one process, in its own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._messages = self._make_counter("messages", "messages stored", "shop", "channel", "duplicate")
        self._turns = self._make_counter("turns", "turns by what they did", "shop", "action")
        self._decisions = self._make_counter("decisions", "decisions", "action", "intent", "reason")
        self._handoffs = self._make_counter("handoffs", "conversations given to people", "reason", "group", "priority")
        self._changes = self._make_counter("ticket_changes", "what people did with tickets", "event", "group")
        self._refused = self._make_counter("refused", "requests turned away", "why")
        self._sent = self._make_counter("outbox_sent", "attempts to send", "kind", "outcome")
        self._failures = self._make_counter(
            "delivery_failures", "attempts to send that failed", "shop", "kind", "error"
        )
        self._dead_letters = self._make_counter("dead_letters", "rows given up", "shop", "kind", "error")
        self._rests = self._make_counter("destination_rests", "times a destination began to rest", "shop", "error")
        self._errors = self._make_counter("server_errors", "requests answered with 5xx", "shop", "route", "status")
        # No shop label: ten thousand shops times twelve buckets would be too many series.
        self._bot = self._make_histogram(
            "bot_first_response_seconds", "from a message to the bot's answer", BOT_BUCKETS
        ).series_for()
        self._human = self._make_histogram(
            "human_first_response_seconds", "from the handoff to a person's first answer", HUMAN_BUCKETS, "group"
        )
        self._stages = self._make_histogram("stage_seconds", "time in each step of a turn", STAGE_BUCKETS, "stage")
        self._ages = self._make_histogram("fact_age_seconds", "age of the facts quoted", AGE_BUCKETS, "kind", "source")
        self._depth = self._make_gauge("outbox_depth", "rows waiting to be sent")
        self._oldest = self._make_gauge("outbox_oldest_seconds", "age of the oldest row waiting")
        self._dead = self._make_gauge("outbox_dead", "rows given up")
        self._open_shops = self._make_gauge("shops_open", "shops that answer")
        self._faulty_shops = Gauge(
            "xiaoer_shop_problems",
            "errors in the files of a shop that cannot be opened as they stand",
            ("shop", "serving"),
            registry=self.registry,
        )
        self._clock_ahead = self._make_gauge("clock_ahead_seconds", "this machine's clock against the database's")
        self._second = self._make_counter("second_reader", "calls to a second reader and what came of them", "outcome")
        self._retention = self._make_counter("retention_rows", "rows that retention deleted", "table")

    def count_message(self, shop: str, channel: str, *, duplicate: bool) -> None:
        """Counts a message that came in."""
        self._messages.child_for(shop, channel, "true" if duplicate else "false").inc()

    def count_refusal(self, why: str) -> None:
        """Counts a refused request: unauthenticated, too_large, rate_limited and the like."""
        self._refused.child_for(why).inc()

    def observe_turn(self, shop: str, action: str, seconds: float) -> None:
        """Counts a written turn and observes the seconds since its message came in."""
        self._turns.child_for(shop, action).inc()
        self._bot.observe(seconds)

    def count_decision(self, action: str, intent: str, reason: str | None) -> None:
        """Counts the decision about one request."""
        self._decisions.child_for(action, intent, reason or "").inc()

    def count_handoff(self, ticket: Ticket) -> None:
        """Counts an opened ticket."""
        self._handoffs.child_for(ticket.reason.value, ticket.group.value, ticket.priority.value).inc()

    def count_change(self, event: TicketEvent, ticket: Ticket) -> None:
        """Counts an agent's change of a ticket."""
        self._changes.child_for(event.value, ticket.group.value).inc()

    def observe_first_reply(self, ticket: Ticket, seconds: float) -> None:
        """Observes an agent's first response time."""
        self._human.series_for(ticket.group.value).observe(seconds)

    def stage_series(self, name: str) -> HistogramSeries:
        """The series of one stage's durations."""
        return self._stages.series_for(name)

    def observe_facts(self, facts: Iterable[Fact[Any]], now: datetime) -> None:
        """Observes the age of facts in a reply."""
        for fact in facts:
            self._ages.series_for(fact.kind.value, source_name(fact.source)).observe(
                max(0.0, (now - fact.as_of).total_seconds())
            )

    def count_send_attempt(self, kind: str, outcome: str) -> None:
        """Counts one attempt to send: sent, failed or refused."""
        self._sent.child_for(kind, outcome).inc()

    def count_delivery_failure(self, shop: str, kind: str, error: str) -> None:
        """An attempt to send a shop's row failed; `error` is a FailureKind."""
        self._failures.child_for(shop, kind, error).inc()

    def count_dead_letter(self, shop: str, kind: str, error: str) -> None:
        """A row was given up."""
        self._dead_letters.child_for(shop, kind, error).inc()

    def count_rest(self, shop: str, error: str) -> None:
        """A shop's destination began to rest: most of what it is sent fails."""
        self._rests.child_for(shop, error).inc()

    def count_server_error(self, shop: str, route: str, status: int) -> None:
        """A request was answered with 5xx."""
        self._errors.child_for(shop, route, str(status)).inc()

    def set_outbox_load(self, load: OutboxLoad) -> None:
        """Sets the gauges of the outbox."""
        self._depth.set(load.depth)
        self._oldest.set(load.oldest_seconds)
        self._dead.set(load.dead)

    def set_shops(self, open_shops: int, faulty: Iterable[tuple[str, str, int]]) -> None:
        """Shops that answer; of each faulty one its id, what it serves and how many errors its files have."""
        self._open_shops.set(open_shops)
        self._faulty_shops.clear()
        for shop, serving, problems in faulty:
            self._faulty_shops.labels(shop, serving).set(problems)

    def set_clock_ahead(self, seconds: float) -> None:
        """How far this machine's clock is ahead of the database's."""
        self._clock_ahead.set(seconds)

    def count_deleted(self, table: str, rows: int) -> None:
        """Retention deleted so many rows of a table."""
        self._retention.child_for(table).inc(rows)

    def count_second_reading(self, outcome: str) -> None:
        """A second reader was asked, what came of it, or that its answer changed a decision; a closed set."""
        self._second.child_for(outcome).inc()

    def render_exposition(self) -> bytes:
        """Renders Prometheus' exposition format."""
        return generate_latest(self.registry)

    def _make_counter(self, name: str, text: str, *labels: str) -> LabelledCounter:
        return LabelledCounter(Counter(f"xiaoer_{name}", text, labels, registry=self.registry))

    def _make_gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"xiaoer_{name}", text, registry=self.registry)

    def _make_histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> LabelledHistogram:
        return LabelledHistogram(self.registry, f"xiaoer_{name}", text, buckets, labels)


def source_name(source: str) -> str:
    """The kind of a source (files, http, sql), not its address or file."""
    return source.split(":", 1)[0].split(" ", 1)[0][:20] or "unknown"
