"""OpenTelemetry tracing: off, and not imported, unless an OTLP endpoint is configured."""

from collections.abc import Callable
from dataclasses import dataclass

from opentelemetry.trace import Tracer


@dataclass(frozen=True, slots=True)
class Tracing:
    """A tracer, and a function that flushes it before the process ends."""

    tracer: Tracer
    close: Callable[[], None]


def start_tracing(endpoint: str, version: str) -> Tracing | None:
    """Starts sending spans to `endpoint` (OTLP over gRPC, such as http://collector:4317); None when it is empty."""
    if not endpoint:
        return None
    # half a second of imports, only with tracing on
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - see above
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - see above
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - see above
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - see above

    provider = TracerProvider(resource=Resource({"service.name": "xiaoer", "service.version": version}))
    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=not endpoint.startswith("https"))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider.get_tracer("xiaoer"), provider.shutdown)
