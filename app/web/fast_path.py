"""The short way of a message: from the server through the wall to its endpoint.

The framework documents these routes and could serve them too, but its middleware, routing, dependencies and exit stacks
cost a message 140 µs, more than everything else that HTTP asks of us, and these routes use none of it.
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


class PlainRoute(APIRoute):
    """A route whose endpoint takes its path's parameters as text and the request, and returns a Response."""


@dataclass(frozen=True, slots=True)
class FastRoute:
    """One route of the short way."""

    path: re.Pattern[str]
    methods: frozenset[str]
    endpoint: Callable[..., Awaitable[Response]]


class FastPath:
    """An ASGI app that answers plain routes itself and sends all else through the `app`."""

    def __init__(self, app: ASGIApp, wall: Callable[[ASGIApp], ASGIApp], stops: Iterable[FastRoute]) -> None:
        self._app = app
        self._stops = tuple(stops)
        self._short = wall(_call_endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and self._match_route(scope):
            await self._short(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _match_route(self, scope: Scope) -> bool:
        """Whether a stop serves the request, which it then knows."""
        for stop in self._stops:
            found = stop.path.match(scope["path"])
            if found and scope["method"] in stop.methods:
                scope["endpoint"], scope["path_params"] = stop.endpoint, found.groupdict()
                return True
        return False


def fast_routes(routers: Iterable[APIRouter]) -> tuple[FastRoute, ...]:
    """The plain routes among these."""
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
