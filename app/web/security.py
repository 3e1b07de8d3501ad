"""The outer wall, as one plain ASGI layer: request ids, a body limit, security headers, and no error's inside leaks.

It is not built on Starlette's BaseHTTPMiddleware, which costs a task and two queues a request.
"""

import re
import secrets
from collections.abc import Mapping

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import TooLargeError, XiaoerError
from app.web.problems import problem_response, unexpected_response

BODY_LIMIT = 256 * 1024
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

Headers = tuple[tuple[bytes, bytes], ...]

EVERYWHERE: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
# Answers of the interface are documents: nothing in them may run, be framed or be kept.
INTERFACE: Headers = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
INTERFACE_PATHS = ("/v1/", "/webhooks/", "/rasa/", "/metrics", "/healthz", "/readyz")

log = structlog.get_logger(__name__)


class Wall:
    """Wraps the app; `limit` is the greatest body in bytes."""

    def __init__(self, app: ASGIApp, *, limit: int = BODY_LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, receive, send, self._limit)
        await visit.run(self._app)


class _Visit:
    """One request on its way through the wall."""

    __slots__ = ("_headers", "_left", "_receive", "_request_id", "_scope", "_send", "_started", "_too_large")

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._left = limit
        self._started = False
        self._too_large = False
        asked = _header(scope, b"x-request-id")
        self._request_id = asked if asked and REQUEST_ID.fullmatch(asked) else secrets.token_hex(16)
        path = scope["path"]
        self._headers = EVERYWHERE + (INTERFACE if path.startswith(INTERFACE_PATHS) else ())
        scope.setdefault("state", {})["request_id"] = self._request_id

    async def run(self, app: ASGIApp) -> None:
        """Serve the request, or answer in the app's place."""
        structlog.contextvars.bind_contextvars(request_id=self._request_id)
        try:
            declared = _length(self._scope)
            if declared is not None and declared > self._left:
                await self._refuse()
                return
            # A server reads no more than the declared length, so only a body of unknown length is counted.
            await app(self._scope, self._receive if declared is not None else self._counted, self._sent)
        except _TooLargeSignal:
            pass
        except Exception:
            log.exception("request_broke", path=self._scope["path"])
            if self._started:
                raise
            await unexpected_response(self._request_id)(self._scope, self._receive, self._sent)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
        if self._too_large:
            await self._refuse()

    async def _counted(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self._too_large = True
            raise _TooLargeSignal
        return message

    async def _sent(self, message: Message) -> None:
        # What the app makes of a body cut short is of no interest: the answer is 413.
        if self._too_large and not self._started:
            return
        if message["type"] == "http.response.start":
            self._started = True
            message = {**message, "headers": self._with_own(message.get("headers", ()))}
        await self._send(message)

    async def _refuse(self) -> None:
        if self._started:
            return
        self._too_large = False
        error: XiaoerError = TooLargeError("请求体超过 256 KiB")
        await problem_response(error, self._request_id)(self._scope, self._receive, self._sent)

    def _with_own(self, headers: "list[tuple[bytes, bytes]]") -> list[tuple[bytes, bytes]]:
        given = {name.lower() for name, _ in headers}
        own = ((b"x-request-id", self._request_id.encode()), *self._headers)
        return [*headers, *(pair for pair in own if pair[0] not in given)]


class _TooLargeSignal(Exception):  # noqa: N818 - never leaves this module: it only stops the reading
    pass


def _header(scope: Scope, wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), None)


def _length(scope: Scope) -> int | None:
    """The declared length; None when the body is chunked or declares nonsense, so that it is counted."""
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    declared = headers.get(b"content-length", b"")
    if b"transfer-encoding" in headers or not declared.isdigit():
        return None
    return int(declared)
