"""The fast path of a message: serves plain routes without the framework, behind the same middleware.

FastAPI documents these routes and could serve them too, but its routing, dependencies and exit stacks cost 140 µs a
message, more than the rest of HTTP handling, and these routes use none of them.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import XiaoerError
from app.web.problems import error_response

_CALLED_PATHS = ("/v1/", "/webhooks/", "/rasa/")
"""What programs call: with a slash at its end it is the same, for a redirect would tell the token in its query."""


class PlainRoute(APIRoute):
    """A route whose endpoint takes the path's parameters as text and the request, and returns a Response."""


@dataclass(frozen=True, slots=True)
class FastRoute:
    """One route of the fast path."""

    path: re.Pattern[str]
    methods: frozenset[str]
    endpoint: Callable[..., Awaitable[Response]]


class FastPath:
    """An ASGI app that serves plain routes itself and passes other requests to `app`."""

    def __init__(self, app: ASGIApp, wall: Callable[[ASGIApp], ASGIApp], stops: Iterable[FastRoute]) -> None:
        self._app = app
        self._stops = tuple(stops)
        self._short = wall(_call_endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if (
            scope["type"] == "http"
            and scope.get("raw_path", b"").endswith(b"/")
            and scope["path"].startswith(_CALLED_PATHS)
        ):
            scope["path"] = scope["path"][:-1]
        if scope["type"] == "http" and self._match_route(scope):
            await self._short(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _match_route(self, scope: Scope) -> bool:
        """Finds the route that serves the request and notes it in the scope."""
        for stop in self._stops:
            found = stop.path.match(scope["path"])
            if found and scope["method"] in stop.methods:
                scope["endpoint"], scope["path_params"] = stop.endpoint, found.groupdict()
                return True
        return False


def fast_routes(routers: Iterable[APIRouter]) -> tuple[FastRoute, ...]:
    """The plain routes among those of the routers."""
    routes = [route for router in routers for route in router.routes if isinstance(route, PlainRoute)]
    return tuple(
        FastRoute(compile_path(route.path)[0], frozenset(route.methods or ()), route.endpoint) for route in routes
    )


async def _call_endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive, send)
    parameters: dict[str, Any] = scope["path_params"]
    try:
        response = await scope["endpoint"](request=request, **parameters)
    except XiaoerError as error:
        response = error_response(request, error)
    await response(scope, receive, send)
