"""Spans reach a real OTLP collector over gRPC, and nothing personal reaches it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

from app.observability.metrics import Metrics
from app.observability.telemetry import MetricTelemetry
from app.observability.tracing import start_tracing


class Collector(TraceServiceServicer):
    """Keeps what it was sent."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.port = 0

    def Export(  # noqa: N802 - the protocol's own name
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        del context
        self.requests.append(request)
        return ExportTraceServiceResponse()

    def names(self) -> set[str]:
        return {
            span.name
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = grpc.server(ThreadPoolExecutor(2))
    kept = Collector()
    add_TraceServiceServicer_to_server(kept, server)
    kept.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield kept
    server.stop(None).wait()


def test_a_turns_stages_reach_the_collector_before_the_process_ends(collector: Collector) -> None:
    tracing = start_tracing(f"http://127.0.0.1:{collector.port}", "0.1.0")
    assert tracing is not None
    telemetry = MetricTelemetry(Metrics(), tracing.tracer)

    with telemetry.time_stage("turn", shop="demo", text="电话13800138000"), telemetry.time_stage("understand"):
        pass
    tracing.close()

    assert collector.names() == {"turn", "understand"}
    assert b"13800138000" not in b"".join(request.SerializeToString() for request in collector.requests)
