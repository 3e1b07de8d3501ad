"""The edge middleware, one plain ASGI layer: request ids, body limit, security headers, and errors without internals.

It does not use Starlette's BaseHTTPMiddleware, which costs a task and two queues a request.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from random import getrandbits

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import API_VERSION
from app.errors import TooLargeError, XiaoerError, error_sentence
from app.observability.logs import REQUEST_ID
from app.web.problems import problem_response, server_error_response

BODY_LIMIT = 256 * 1024
SAFE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")

_FIRST_SERVER_ERROR = 500

Headers = tuple[tuple[bytes, bytes], ...]

SECURITY_HEADERS: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
# Responses are documents: nothing in them may run, be framed or be cached.
API_HEADERS: Headers = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
    (b"xiaoer-api-version", API_VERSION.encode()),
)
API_PATHS = ("/v1/", "/webhooks/", "/rasa/", "/metrics", "/healthz", "/readyz")

REFUSALS = {
    401: "unauthenticated",
    403: "forbidden",
    413: "too_large",
    422: "malformed",
    429: "rate_limited",
    503: "unavailable",
}

log = structlog.get_logger(__name__)


class EdgeMiddleware:
    """Wraps the app; calls `refused` with the reason of a refusal, `failed` with path and status of every 5xx.

    `limit` is the maximum body size in bytes, `limits` those of paths, as patterns.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limit: int = BODY_LIMIT,
        limits: Mapping[str, int] | None = None,
        refused: Callable[[str], None] | None = None,
        failed: Callable[[str, int], None] | None = None,
    ) -> None:
        self._app = app
        self._failed = failed
        self._limit = limit
        self._limits = {re.compile(path): most for path, most in (limits or {}).items()}
        self._wider = re.compile("|".join(limits) if limits else "(?!)")
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one HTTP request; passes anything else through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit if self._wider.fullmatch(scope["path"]) is None else self._find_limit(scope["path"])
        visit = _ServedRequest(scope, receive, send, limit, self._refused, self._failed)
        await visit.serve_request(self._app)

    def _find_limit(self, path: str) -> int:
        return next((most for wanted, most in self._limits.items() if wanted.fullmatch(path)), self._limit)


class _ServedRequest:
    """The state of one request in the middleware."""

    __slots__ = ("_failed", "_left", "_receive", "_refused", "_request_id", "_scope", "_send", "_started", "_too_large")

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        limit: int,
        refused: Callable[[str], None] | None,
        failed: Callable[[str, int], None] | None,
    ) -> None:
        self._failed = failed
        self._scope = scope
        self._receive = receive
        self._send = send
        self._left = limit
        self._refused = refused
        self._started = False
        self._too_large = False

    async def serve_request(self, app: ASGIApp) -> None:
        """Serves the request, or refuses it without the app."""
        asked, declared = _read_id_and_length(self._scope)
        self._request_id = asked or f"{getrandbits(128):032x}"  # an id, not a secret
        self._scope.setdefault("state", {})["request_id"] = self._request_id
        # The server runs each request in its own context, so nothing has to be reset.
        REQUEST_ID.set(self._request_id)
        if declared is not None and declared > self._left:
            await self._answer_too_large()
            return
        await self._call_app(app, counting=declared is None)
        if self._too_large:
            await self._answer_too_large()

    async def _call_app(self, app: ASGIApp, *, counting: bool) -> None:
        # The server reads no more than the declared length, so only bodies of unknown length are counted.
        receive = self._receive_counted if counting else self._receive
        try:
            await app(self._scope, receive, self._send_message)
        except (_TooLargeSignal, ClientDisconnect):
            return  # answered below, unless the client is gone
        except Exception:
            log.exception("request_broke", path=self._scope["path"])
            if self._started:
                raise
            await server_error_response(self._request_id)(self._scope, self._receive, self._send_message)

    async def _receive_counted(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self._too_large = True
            raise _TooLargeSignal
        return message

    async def _send_message(self, message: Message) -> None:
        # The app's response to a truncated body is replaced: the answer is 413.
        if self._too_large and not self._started:
            return
        if message["type"] == "http.response.start":
            self._started = True
            if self._refused and (why := REFUSALS.get(message["status"])):
                self._refused(why)
            if self._failed and message["status"] >= _FIRST_SERVER_ERROR:
                self._failed(self._scope["path"], message["status"])
            message["headers"] = [*message.get("headers", ()), *self._response_headers(message.get("headers", ()))]
        await self._send(message)

    async def _answer_too_large(self) -> None:
        if self._started:
            return
        self._too_large = False
        error: XiaoerError = TooLargeError(error_sentence("body_too_large"))
        await problem_response(error, self._request_id)(self._scope, self._receive, self._send_message)

    def _response_headers(self, given: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
        """Our headers, except those the page has set itself."""
        own_id = (b"x-request-id", self._request_id.encode())
        if self._scope["path"].startswith(API_PATHS):
            return (own_id, *SECURITY_HEADERS, *API_HEADERS)
        names = {name.lower() for name, _ in given}
        return (own_id, *(pair for pair in SECURITY_HEADERS if pair[0] not in names))


class _TooLargeSignal(Exception):  # noqa: N818 - never leaves this module: it only stops the reading
    pass


def _read_id_and_length(scope: Scope) -> tuple[str | None, int | None]:
    """The caller's request id, if harmless, and the declared length, None when the body must be counted."""
    asked, declared, chunked = None, None, False
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            declared = int(value)
        elif name == b"transfer-encoding":
            chunked = True
        elif name == b"x-request-id" and SAFE_REQUEST_ID.fullmatch(value):
            asked = value.decode("ascii")
    return asked, None if chunked else declared
