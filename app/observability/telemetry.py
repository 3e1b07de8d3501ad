"""Times the stages of a turn, for metrics and, with tracing on, as spans."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from time import perf_counter
from types import TracebackType
from typing import Any, Protocol

from opentelemetry.trace import Span, Status, StatusCode, Tracer

from app.domain.fact import Fact
from app.observability.masking import mask_text
from app.observability.metrics import Metrics
from app.observability.timings import HistogramSeries

Attribute = str | int | float | bool


class Telemetry(Protocol):
    """The port through which the responder reports; names no library."""

    def time_stage(self, name: str, **attributes: Attribute) -> AbstractContextManager[None]:
        """Time a step: turn, understand, act, write."""

    def count_message(self, shop: str, channel: str, *, duplicate: bool) -> None:
        """A message came again; a new one is an event."""

    def observe_facts(self, facts: Iterable[Fact[Any]], now: datetime) -> None:
        """Observes the facts of a reply."""


class MetricTelemetry:
    """Telemetry into metrics, and into spans when there is a tracer."""

    def __init__(self, metrics: Metrics, tracer: Tracer | None = None) -> None:
        self._metrics = metrics
        self._tracer = tracer
        self.count_message = metrics.count_message
        self.observe_facts = metrics.observe_facts

    def time_stage(self, name: str, **attributes: Attribute) -> AbstractContextManager[None]:
        """Times a stage."""
        if self._tracer is None:
            return _StageTimer(self._metrics.stage_series(name))
        return _SpanTimer(self._metrics.stage_series(name), name, self._tracer, attributes)


class _StageTimer:
    """A plain timer: reads the clock twice and observes once."""

    __slots__ = ("_began", "_series")

    def __init__(self, series: HistogramSeries) -> None:
        self._series = series

    def __enter__(self) -> None:
        self._began = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._series.observe(perf_counter() - self._began)


class _SpanTimer(_StageTimer):
    """A timer with a span."""

    __slots__ = ("_attributes", "_entered", "_name", "_span", "_tracer")

    _entered: AbstractContextManager[Span]
    _span: Span

    def __init__(self, series: HistogramSeries, name: str, tracer: Tracer, attributes: Mapping[str, Attribute]) -> None:
        super().__init__(series)
        self._name = name
        self._tracer = tracer
        self._attributes = attributes

    def __enter__(self) -> None:
        self._entered = self._tracer.start_as_current_span(
            self._name,
            attributes=mask_attributes(self._attributes),
            record_exception=False,
            set_status_on_exception=False,
        )
        self._span = self._entered.__enter__()
        super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is not None:
            # An exception's message may quote a buyer, so only its type is exported.
            self._span.set_status(Status(StatusCode.ERROR, kind.__name__))
        self._entered.__exit__(kind, error, trace)


def mask_attributes(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """Masks the texts of attributes."""
    return {name: mask_text(value) if isinstance(value, str) else value for name, value in attributes.items()}
