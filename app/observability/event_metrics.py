"""Counts and logs events."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from app.domain.decision import Verdict
from app.domain.events import (
    Event,
    EventReader,
    MessageReceived,
    PersonSpoke,
    TicketChanged,
    TicketClaimed,
    TicketOpened,
    TicketReleased,
    TicketResolved,
    TicketReturned,
    TurnAnswered,
)
from app.observability.metrics import Metrics
from handoff.events import TicketEvent

log = structlog.get_logger()
CHANGES: Mapping[type[TicketChanged], TicketEvent] = {
    TicketClaimed: TicketEvent.CLAIMED,
    TicketReleased: TicketEvent.RELEASED,
    TicketResolved: TicketEvent.RESOLVED,
    TicketReturned: TicketEvent.RETURNED,
}
"""Changes that agents make to tickets."""


class EventMetrics(EventReader):
    """Counts this process's events once they are durable."""

    def __init__(self, metrics: Metrics, clock: Callable[[], datetime]) -> None:
        self._metrics = metrics
        self._clock = clock

    def after_commit(self, events: Sequence[Event]) -> None:
        """Counts the events."""
        for event in events:
            self._count_event(event)

    def _count_event(self, event: Event) -> None:
        match event:
            case MessageReceived(key=key):
                self._metrics.count_message(key.shop, key.channel, duplicate=False)
            case TurnAnswered(verdict=verdict):
                waited = (self._clock() - event.received_at).total_seconds()
                self._metrics.observe_turn(event.shop, verdict.action, waited)
                self._metrics.count_decision(verdict.action, verdict.intent, verdict.reason)
            case TicketOpened():
                self._metrics.count_handoff(event.ticket)
            case TicketChanged() if type(event) in CHANGES:
                self._metrics.count_change(CHANGES[type(event)], event.ticket)
            case PersonSpoke(ticket=ticket, first=True) if ticket is not None:
                self._metrics.observe_first_reply(ticket, (event.at - ticket.created_at).total_seconds())
            case _:
                return


class EventLog(EventReader):
    """Logs one line per turn and per handoff, without a buyer's words."""

    def after_commit(self, events: Sequence[Event]) -> None:
        """Logs the events."""
        for event in events:
            if isinstance(event, TurnAnswered):
                log.debug("turn", trace_id=event.trace_id, shop=event.shop, **_verdict_fields(event.verdict))
            elif isinstance(event, TicketOpened):
                fields = _verdict_fields(event.verdict)
                log.info("handoff", trace_id=event.trace_id, ticket=event.ticket.id, **fields)


def _verdict_fields(verdict: Verdict) -> dict[str, Any]:
    return {
        "action": verdict.action.value,
        "intent": verdict.intent,
        "reason": verdict.reason.value if verdict.reason else None,
    }
