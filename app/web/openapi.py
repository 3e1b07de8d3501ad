"""Completes the OpenAPI document: problem responses, callbacks (webhooks) and their schemas."""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic_core import from_json, to_json

from app.delivery.payloads import webhook_documents
from app.web.problems import MEDIA_TYPE, TYPE_PREFIX, Problem

FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError")
# FastAPI drops nulls from the schema, in examples too: examples are kept as text and unpacked at the end.
EXAMPLE_KEY = "x-example"
# An operation defines the security schemes it names; they are collected at the end.
SECURITY_SCHEMES_KEY = "x-security-schemes"
# It also brings the schemas that it names and the framework does not know of.
SCHEMAS_KEY = "x-schemas"
# What a route says that asks for no proof, for the page to say so too.
OPEN_TO_ALL: dict[str, Any] = {"security": []}
SCHEMA_PATH = "#/components/schemas/"
PROBLEM_EXAMPLES: dict[int, tuple[str, str, str]] = {
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

# The order of the page: first what an integrator needs first.
TAGS = [
    {"name": "messages", "description": "Buyers' messages in, answers out. Signed by Standard Webhooks headers."},
    {"name": "handoffs", "description": "人工队列：列出、认领、回复、解决、交还。令牌由 `xiaoer tokens add` 签发。"},
    {"name": "approvals", "description": "请主管批准价格和补偿。"},
    {"name": "phrases", "description": "客服的快捷短语。"},
    {"name": "urges", "description": "买家催过的订单，由仓库处理。"},
    {"name": "shops", "description": "店铺文件的状态、问题和版本。"},
    {"name": "corrections", "description": "误读的话该怎么读，马上起作用。"},
    {"name": "traces", "description": "一次应答的来龙去脉。"},
    {"name": "outbox", "description": "待发和发不出去的回调，限主管和管理员。"},
    {"name": "buyers", "description": "删除买家数据，限管理员。"},
    {"name": "rasa", "description": "Rasa's REST channel and action server. `?token=` is XIAOER_REST_TOKEN."},
    {"name": "health", "description": "Liveness, readiness and metrics."},
]


def read_examples(module: Path) -> dict[str, Any]:
    """Reads the examples.yml beside this module."""
    examples: dict[str, Any] = yaml.safe_load(module.with_name("examples.yml").read_text(encoding="utf-8"))
    return examples


def problem_responses(*statuses: int) -> Responses:
    """The `responses=` of a route that can fail with these statuses."""
    return {status: _problem_response(status) for status in statuses}


def empty_response(description: str) -> Responses:
    """The `responses=` of a route that answers 204."""
    return {HTTPStatus.NO_CONTENT.value: {"description": description}}


def example_response(document: Any) -> Responses:
    """The `responses=` of a route with this example."""
    return {200: _example_content({"example": document})}


def response_examples(named: Mapping[str, Any]) -> dict[str, Any]:
    """A response with several examples, each with summary and value."""
    return _example_content({"examples": named})


def name_schema(model: type[BaseModel]) -> tuple[dict[str, str], dict[str, Any]]:
    """A reference to the model among the page's schemas, and every schema that it needs there."""
    schema = model.model_json_schema(ref_template=SCHEMA_PATH + "{model}")
    inner = schema.pop("$defs", {})
    return {"$ref": SCHEMA_PATH + model.__name__}, {**inner, model.__name__: schema}


def install_openapi(app: FastAPI, description: str = "") -> None:
    """Adds problem documents and callbacks to the app's schema."""
    app.openapi = _schema_builder(app, description)  # type: ignore[method-assign]  # FastAPI's documented way


def _schema_builder(app: FastAPI, description: str) -> Callable[[], dict[str, Any]]:
    def build_schema() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete_schema(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    description=description or app.description,
                    routes=app.routes,
                    tags=TAGS,
                    servers=[{"url": "/", "description": "this service"}],
                    contact={"name": "xiaoer"},
                    license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
                )
            )
        return app.openapi_schema

    return build_schema


def _complete_schema(schema: dict[str, Any]) -> dict[str, Any]:
    own = Problem.model_json_schema(ref_template=SCHEMA_PATH + "{model}")
    parts = own.pop("$defs", {})
    schema["webhooks"], sent = webhook_documents(SCHEMA_PATH + "{model}")
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    components.update({**sent, **components, **parts, "Problem": own})
    for name in FRAMEWORK_SCHEMAS:
        components.pop(name, None)
    for operation in _iter_operations(schema):
        _complete_operation(operation, schema["components"])
    _simplify_schemas(schema, components)
    return schema


def _complete_operation(operation: dict[str, Any], components: dict[str, Any]) -> None:
    _replace_framework_errors(operation)
    _unpack_examples(operation)
    components["schemas"] |= operation.pop(SCHEMAS_KEY, {}) | components["schemas"]
    components.setdefault("securitySchemes", {}).update(operation.pop(SECURITY_SCHEMES_KEY, {}))
    if not any(status.startswith("4") for status in operation["responses"]):
        operation["responses"]["413"] = _problem_response(413)  # the wall's, of any route


def _simplify_schemas(node: Any, named: Mapping[str, Any]) -> None:
    """Tuples as arrays of one kind, and a kind that tells parts apart as required: what every tool understands."""
    if isinstance(node, list):
        for item in node:
            _simplify_schemas(item, named)
    if not isinstance(node, dict):
        return
    if "prefixItems" in node:
        first, *others = node.pop("prefixItems")
        node["items"] = first if all(other == first for other in others) else {"anyOf": [first, *others]}
    if "discriminator" in node:
        for part in node["oneOf"]:
            _require_field(named[part["$ref"].removeprefix(SCHEMA_PATH)], node["discriminator"]["propertyName"])
    for value in node.values():
        _simplify_schemas(value, named)


def _require_field(schema: dict[str, Any], name: str) -> None:
    schema["required"] = [*(each for each in schema.get("required", ()) if each != name), name]


def _example_content(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {EXAMPLE_KEY: to_json(shown).decode()}}}


def _iter_operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (operation for methods in schema.get("paths", {}).values() for operation in methods.values())


def _unpack_examples(operation: dict[str, Any]) -> None:
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            if EXAMPLE_KEY in content:
                content.update(from_json(content.pop(EXAMPLE_KEY)))


def _replace_framework_errors(operation: dict[str, Any]) -> None:
    """Documents FastAPI's own 422 as a problem document, as it is sent."""
    refused = operation["responses"].get("422")
    if refused and MEDIA_TYPE not in refused.get("content", {}):
        operation["responses"]["422"] = _problem_response(422)


def _problem_response(status: int) -> dict[str, Any]:
    slug, title, detail = PROBLEM_EXAMPLES[status]
    example = {
        "type": TYPE_PREFIX + slug,
        "title": title,
        "status": status,
        "detail": detail,
        "trace_id": "4f1c0a8e6d3b4c1f",
    }
    return {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": SCHEMA_PATH + "Problem"}, "example": example}},
        "headers": _retry_headers(status),
    }


def _retry_headers(status: int) -> dict[str, Any]:
    if status not in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return {}
    return {"Retry-After": {"description": "seconds until the next try", "schema": {"type": "integer", "minimum": 1}}}
