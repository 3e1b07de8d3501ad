"""Logs, metrics and traces as they leave the process."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from app.delivery.monitor import DeliveryMonitor
from app.delivery.ports import AttemptOutcome, DeliveryAttempt, FailureKind, OutboxItem, OutboxState
from app.observability.logs import REQUEST_ID, configure_logs
from app.observability.metrics import Metrics, source_name
from app.observability.telemetry import MetricTelemetry
from app.observability.tracing import start_tracing
from handoff.events import TicketEvent
from tests.handoff.builders import MORNING, a_fact, a_sku, a_ticket


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logs("INFO", stream=stream)
    yield stream
    root.handlers, root.level = before, level
    structlog.reset_defaults()


def last(stream: io.StringIO) -> dict[str, str]:
    line: dict[str, str] = json.loads(stream.getvalue().splitlines()[-1])
    return line


def test_a_log_line_is_one_json_object_in_plain_chinese(lines: io.StringIO):
    structlog.get_logger().info("工单已认领", ticket="t-1")

    assert last(lines)["event"] == "工单已认领"
    assert last(lines)["ticket"] == "t-1"
    assert "工单已认领" in lines.getvalue()


def test_a_log_line_hides_personal_data(lines: io.StringIO):
    structlog.get_logger().info("message", text="电话13800138000")

    assert last(lines)["text"] == "电话****8000"


def test_an_exception_in_a_log_hides_personal_data(lines: io.StringIO):
    try:
        int("bad phone 13800138000")
    except ValueError:
        structlog.get_logger().exception("turn_failed")

    assert "ValueError" in last(lines)["exception"]
    assert "13800138000" not in lines.getvalue()


def test_the_libraries_logs_take_the_same_way(lines: io.StringIO):
    logging.getLogger("uvicorn.error").warning("token %s", "xat_abcdef")

    assert last(lines)["event"] == "token [secret]"


def test_the_request_id_is_in_every_line(lines: io.StringIO):
    token = REQUEST_ID.set("4f1c0a8e12345678")

    structlog.get_logger().info("one")

    REQUEST_ID.reset(token)
    assert last(lines)["request_id"] == "4f1c0a8e12345678"


def test_a_line_below_the_level_is_not_written(lines: io.StringIO):
    structlog.get_logger().debug("turn")

    assert lines.getvalue() == ""


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(metrics.render_exposition().decode())
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value for family in families for sample in family.samples
    }


def test_messages_turns_and_decisions_are_counted():
    metrics = Metrics()

    metrics.count_message("demo", "api", duplicate=False)
    metrics.count_message("demo", "api", duplicate=True)
    metrics.observe_turn("demo", "answer", 0.004)
    metrics.count_decision("handoff", "bargaining", "authority_exceeded")

    found = samples(metrics)
    assert found["xiaoer_messages_total", "api", "demo", "false"] == 1
    assert found["xiaoer_messages_total", "api", "demo", "true"] == 1
    assert found["xiaoer_turns_total", "answer", "demo"] == 1
    assert found["xiaoer_decisions_total", "authority_exceeded", "bargaining", "handoff"] == 1
    assert found["xiaoer_bot_first_response_seconds_count",] == 1


def test_handoffs_and_what_people_do_with_them_are_counted():
    metrics, ticket = Metrics(), a_ticket()

    metrics.count_handoff(ticket)
    metrics.count_change(TicketEvent.CLAIMED, ticket)
    metrics.observe_first_reply(ticket, 75)

    found = samples(metrics)
    assert found["xiaoer_handoffs_total", "authority_exceeded", "high", "supervisor"] == 1
    assert found["xiaoer_ticket_changes_total", "claimed", "supervisor"] == 1
    assert found["xiaoer_human_first_response_seconds_sum", "supervisor"] == 75


@pytest.mark.parametrize(
    ("outcome", "error", "counted"),
    [
        (AttemptOutcome.SENT, None, "sent"),
        (AttemptOutcome.FAILED, FailureKind.SERVER_ERROR, "failed"),
        (AttemptOutcome.DEAD, FailureKind.GONE, "refused"),
    ],
)
def test_every_attempt_to_send_is_counted(outcome: AttemptOutcome, error: FailureKind | None, counted: str):
    metrics = Metrics()
    row = OutboxItem("demo", "r-1", "reply", "https://x", {}, OutboxState.PENDING, 1, MORNING, MORNING)
    attempt = DeliveryAttempt("demo", "r-1", MORNING, 1, 12, outcome, error=error)

    DeliveryMonitor(metrics, lambda: 0.0).note_attempt(row, attempt, "HTTP 503" if error else "")

    found = samples(metrics)
    assert found["xiaoer_outbox_sent_total", *sorted(["reply", counted])] == 1
    assert (("xiaoer_delivery_failures_total", *sorted(["demo", "reply", str(error)])) in found) is (error is not None)
    dead = ("xiaoer_dead_letters_total", *sorted(["demo", "reply", str(error)]))
    assert (dead in found) is (outcome is AttemptOutcome.DEAD)


def test_the_age_of_quoted_facts_is_measured():
    metrics = Metrics()

    metrics.observe_facts([a_fact(a_sku(), at=MORNING - timedelta(seconds=30))], MORNING)

    assert samples(metrics)["xiaoer_fact_age_seconds_sum", "files", "order"] == 30


def test_a_fact_of_the_future_has_no_negative_age():
    metrics = Metrics()

    metrics.observe_facts([replace(a_fact(a_sku()), as_of=MORNING + timedelta(seconds=5))], MORNING)

    assert samples(metrics)["xiaoer_fact_age_seconds_sum", "files", "order"] == 0


@pytest.mark.parametrize(
    ("source", "name"), [("files", "files"), ("http:https://erp.example.com/stock?key=1", "http"), ("", "unknown")]
)
def test_a_sources_address_is_no_label(source: str, name: str):
    assert source_name(source) == name


def test_two_processes_parts_do_not_share_their_numbers():
    one, other = Metrics(), Metrics()

    one.observe_turn("demo", "answer", 0.1)

    assert ("xiaoer_turns_total", "answer", "demo") not in samples(other)


def test_a_stage_is_timed_without_tracing():
    metrics = Metrics()

    with MetricTelemetry(metrics).time_stage("understand"):
        pass

    assert samples(metrics)["xiaoer_stage_seconds_count", "understand"] == 1


def test_a_stage_that_fails_is_timed_and_fails():
    metrics = Metrics()

    with pytest.raises(ValueError, match="no"), MetricTelemetry(metrics).time_stage("act"):
        raise ValueError("no")

    assert samples(metrics)["xiaoer_stage_seconds_count", "act"] == 1


@pytest.fixture
def spans() -> Iterator[tuple[InMemorySpanExporter, TracerProvider]]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter, provider
    provider.shutdown()


def test_stages_are_spans_inside_their_turn(spans: tuple[InMemorySpanExporter, TracerProvider]):
    exporter, provider = spans
    telemetry = MetricTelemetry(Metrics(), provider.get_tracer("test"))

    with telemetry.time_stage("turn", shop="demo"), telemetry.time_stage("understand"):
        pass

    inner, outer = exporter.get_finished_spans()
    assert (inner.name, outer.name) == ("understand", "turn")
    assert inner.parent is not None
    assert outer.context is not None
    assert inner.parent.span_id == outer.context.span_id


def test_a_spans_attributes_hide_personal_data(spans: tuple[InMemorySpanExporter, TracerProvider]):
    exporter, provider = spans

    with MetricTelemetry(Metrics(), provider.get_tracer("test")).time_stage("turn", text="电话13800138000", size=3):
        pass

    (span,) = exporter.get_finished_spans()
    assert dict(span.attributes or {}) == {"text": "电话****8000", "size": 3}


def test_a_failed_span_tells_the_kind_of_error_and_none_of_its_words(
    spans: tuple[InMemorySpanExporter, TracerProvider],
):
    exporter, provider = spans
    telemetry = MetricTelemetry(Metrics(), provider.get_tracer("test"))

    with pytest.raises(ValueError, match="13800138000"), telemetry.time_stage("act"):
        raise ValueError("13800138000")

    (span,) = exporter.get_finished_spans()
    assert span.status.description == "ValueError"
    assert "13800138000" not in span.to_json()


def test_tracing_is_off_by_default():
    assert start_tracing("", "0.1.0") is None


def test_tracing_starts_with_an_endpoint_and_stops():
    tracing = start_tracing("http://127.0.0.1:1", "0.1.0")

    assert tracing is not None
    tracing.close()
