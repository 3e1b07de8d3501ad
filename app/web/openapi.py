"""OpenAPI made complete: which problems a route can answer with, what a callback receives, and their schemas."""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic_core import from_json, to_json

from app.delivery.payloads import webhooks
from app.web.problems import MEDIA_TYPE, TYPE, Problem

FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
# FastAPI leaves every null out of the schema, also out of examples: they travel as text and are unpacked at the end.
WRITTEN = "x-example"
# An operation brings the security schemes of its own that it names; they are gathered at the end.
SCHEMES = "x-security-schemes"
SCHEMAS = "#/components/schemas/"
SAID: dict[int, tuple[str, str, str]] = {
    400: ("malformed-body", "Bad Request", "请求体不是合法的 UTF-8 JSON"),
    401: ("unauthenticated", "Not authenticated", "缺少令牌，或令牌无效"),
    403: ("forbidden", "Forbidden", "没有这家店铺的权限"),
    404: ("not-found", "Not found", "没有这个编号"),
    409: ("conflict", "Conflict", "已被其他同事先处理"),
    413: ("too-large", "Body too large", "请求体超过 256 KiB"),
    422: ("malformed", "Malformed request", "text: Field required"),
    429: ("rate-limited", "Too many requests", "消息过于频繁"),
    503: ("storage-unavailable", "Storage unavailable", "存储暂不可用，请稍后重发"),
}

Responses = dict[int | str, dict[str, Any]]

# The order of the page: what an integrator needs first.
TAGS = [
    {"name": "messages", "description": "Buyers' messages in, answers out. Signed by Standard Webhooks headers."},
    {"name": "handoffs", "description": "人工队列：列出、认领、回复、解决、交还。令牌由 `xiaoer tokens add` 签发。"},
    {"name": "urges", "description": "买家催过的订单，由仓库处理。"},
    {"name": "traces", "description": "一次应答的来龙去脉。"},
    {"name": "outbox", "description": "待发和发不出去的回调，限主管和管理员。"},
    {"name": "buyers", "description": "删除买家数据，限管理员。"},
    {"name": "rasa", "description": "Rasa's REST channel and action server. `?token=` is XIAOER_REST_TOKEN."},
    {"name": "health", "description": "Liveness, readiness and metrics."},
]


def problems(*statuses: int) -> Responses:
    """The `responses=` of a route that can answer with these problems."""
    return {status: _response(status) for status in statuses}


def example(document: Any) -> Responses:
    """The `responses=` of a route that answers like this."""
    return {200: _written({"example": document})}


def examples(named: Mapping[str, Any]) -> dict[str, Any]:
    """A response that may look like any of these, each with its summary and value."""
    return _written({"examples": named})


def inlined(schema: dict[str, Any]) -> Any:
    """A model's schema without references: FastAPI would look for them among the whole API's components."""
    return _inlined(schema, schema.pop("$defs", {}))


def install(app: FastAPI, description: str = "") -> None:
    """The app's schema holds the problem document that its routes name, and what the shop's callback receives."""
    app.openapi = _schema_of(app, description)  # type: ignore[method-assign]  # FastAPI's documented way


def _schema_of(app: FastAPI, description: str) -> Callable[[], dict[str, Any]]:
    def schema() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problem(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    description=description or app.description,
                    routes=app.routes,
                    tags=TAGS,
                )
            )
        return app.openapi_schema

    return schema


def _with_problem(schema: dict[str, Any]) -> dict[str, Any]:
    own = Problem.model_json_schema(ref_template=SCHEMAS + "{model}")
    parts = own.pop("$defs", {})
    schema["webhooks"], sent = webhooks(SCHEMAS + "{model}")
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    components.update({**sent, **components, **parts, "Problem": own})
    for name in FRAMEWORKS_OWN:
        components.pop(name, None)
    for operation in _operations(schema):
        _without_frameworks_own(operation)
        _unpack_examples(operation)
        if SCHEMES in operation:
            schema["components"].setdefault("securitySchemes", {}).update(operation.pop(SCHEMES))
    return schema


def _inlined(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = _inlined(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions)
        return {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return {key: _inlined(value, definitions) for key, value in node.items()}


def _written(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {WRITTEN: to_json(shown).decode()}}}


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (operation for methods in schema.get("paths", {}).values() for operation in methods.values())


def _unpack_examples(operation: dict[str, Any]) -> None:
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            if WRITTEN in content:
                content.update(from_json(content.pop(WRITTEN)))


def _without_frameworks_own(operation: dict[str, Any]) -> None:
    """A route that did not name its 422 answers it as a problem all the same."""
    refused = operation["responses"].get("422")
    if refused and MEDIA_TYPE not in refused.get("content", {}):
        operation["responses"]["422"] = _response(422)


def _response(status: int) -> dict[str, Any]:
    slug, title, detail = SAID[status]
    example = {"type": TYPE + slug, "title": title, "status": status, "detail": detail, "trace_id": "4f1c0a8e6d3b4c1f"}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": SCHEMAS + "Problem"}, "example": example}},
        "headers": _headers(status),
    }


def _headers(status: int) -> dict[str, Any]:
    if status not in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return {}
    return {"Retry-After": {"description": "seconds until the next try", "schema": {"type": "integer", "minimum": 1}}}
