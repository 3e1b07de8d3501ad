"""Web widgets: pages of the shop's own that call the service from a browser (CORS)."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

METHODS = ("GET", "POST", "DELETE")
HEADERS = ("authorization", "content-type", "prefer", "x-request-id")
READABLE = ("retry-after", "x-request-id", "xiaoer-api-version", "preference-applied")


def allow_origins(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """The app for these origins' pages too; without any, the app itself.

    A session's cookie is for our own pages, so credentials are not allowed: another origin's page shows a token itself.
    """
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=list(origins),
        allow_methods=METHODS,
        allow_headers=HEADERS,
        expose_headers=READABLE,
        max_age=3600,
    )
