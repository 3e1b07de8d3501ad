"""GET /metrics for Prometheus."""

from collections.abc import Awaitable, Callable
from hmac import compare_digest

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from app.errors import UnauthenticatedError, error_sentence
from app.observability.metrics import Metrics, OutboxLoad
from app.web.openapi import SECURITY_SCHEMES_KEY, problem_responses

SHOP_PLACE = 2
METRICS_TOKEN = {"type": "http", "scheme": "bearer", "description": "XIAOER_METRICS_TOKEN；没有设置时无需令牌"}


def metrics_router(metrics: Metrics, outbox: Callable[[], Awaitable[OutboxLoad]], *, token: str = "") -> APIRouter:
    """The route; reads the outbox load at each request. If `token` is set, callers need it as bearer token."""
    routes = APIRouter(tags=["health"])

    @routes.get(
        "/metrics",
        operation_id="getMetrics",
        responses=problem_responses(401, 503),
        response_class=PlainTextResponse,
        summary="Prometheus 指标",
        description="本进程的计数，文本格式；多个进程各抓各的。",
        openapi_extra={"security": [{}, {"metrics": []}], SECURITY_SCHEMES_KEY: {"metrics": METRICS_TOKEN}},
    )
    async def show_metrics(request: Request) -> Response:
        shown = request.headers.get("authorization", "").encode("latin-1")
        if token and not compare_digest(shown, f"Bearer {token}".encode()):
            raise UnauthenticatedError(error_sentence("token_missing_or_invalid"))
        metrics.set_outbox_load(await outbox())
        return Response(metrics.render_exposition(), media_type=CONTENT_TYPE_LATEST)

    return routes


def split_shop_path(path: str) -> tuple[str, str]:
    """The shop in a path, and the route without ids: ("demo", "/v1/shops/{shop}/messages"); ("", "/v1/handoffs")."""
    parts = path.strip("/").split("/")
    if parts[:2] == ["v1", "shops"] and len(parts) > SHOP_PLACE:
        return parts[SHOP_PLACE], "/".join(["", "v1", "shops", "{shop}", *parts[SHOP_PLACE + 1 : SHOP_PLACE + 2]])
    return "", "/" + "/".join(parts[:SHOP_PLACE])
