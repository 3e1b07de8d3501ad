"""Structured logs: one JSON object per line (or colours on a terminal), masked, with request and trace ids."""

import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO

import structlog

from app.domain.plain_text import escape_steering, show_steering
from app.observability.masking import mask_document, mask_text

Event = MutableMapping[str, Any]

# The id of the request being served, set by the edge middleware; problem documents have it as trace_id.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")

# These keys hold our own words, never a buyer's.
PLAIN_KEYS = frozenset({"level", "timestamp", "logger"})
# Tracebacks exceed the length of a value, and their end matters.
TRACEBACK_KEYS = frozenset({"exception", "stack"})
# uvicorn's access lines repeat our metrics and contain query strings; the others log every call.
LIBRARY_LEVELS = {
    "uvicorn.access": logging.WARNING,
    "httpx": logging.WARNING,
    "rasa_sdk": logging.WARNING,
    "alembic": logging.WARNING,
    "httpcore": logging.WARNING,
}


def mask_event(_logger: Any, _method: str, event: Event) -> Event:
    """A structlog processor that masks every value, also a rendered exception."""
    return {key: _mask_value(key, value) for key, value in event.items()}


def _mask_value(key: str, value: Any) -> Any:
    if key in PLAIN_KEYS:
        return value
    if key in TRACEBACK_KEYS and isinstance(value, str):
        return "\n".join(mask_text(line) for line in value.splitlines())
    return mask_document(value, key)


def add_request_id(_logger: Any, _method: str, event: Event) -> Event:
    """A structlog processor that adds the request's id."""
    if found := REQUEST_ID.get():
        event["request_id"] = found
    return event


def configure_logs(level: str = "INFO", *, readable: bool = False, stream: TextIO | None = None) -> None:
    """Routes our logs and the libraries' through the same masked output."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        add_request_id,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_make_formatter(shared, readable=readable))
    _route_loggers(handler, level)


def show_event_steering(_logger: Any, _method: str, event: Event) -> Event:
    """A structlog processor for terminals: no value can move the cursor or turn the direction of a line."""
    return {key: show_steering(value) if isinstance(value, str) else value for key, value in event.items()}


def _render_json(logger: Any, method: str, event: Event) -> str:
    return escape_steering(str(_JSON(logger, method, event)))


_JSON = structlog.processors.JSONRenderer(ensure_ascii=False)
_TERMINAL: list[structlog.typing.Processor] = [show_event_steering, structlog.dev.ConsoleRenderer()]


def _make_formatter(shared: list[structlog.typing.Processor], *, readable: bool) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            mask_event,
            *(_TERMINAL if readable else [_render_json]),
        ],
    )


def _route_loggers(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    for name, least in LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(least)
