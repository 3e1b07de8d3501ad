"""OpenAPI for bodies that are read raw: a signature is made over bytes, so the framework must not parse them first."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from app.web.openapi import SCHEMES


def json_body(model: type[BaseModel], examples: Mapping[str, Any]) -> dict[str, Any]:
    """The `requestBody` of an operation, with the model's schema written out in place."""
    schema = model.model_json_schema()
    inlined = _inline(schema, schema.get("$defs", {}))
    inlined.pop("$defs", None)
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": inlined, "examples": examples}}}
    }


def signed_by(described: Mapping[str, str]) -> dict[str, Any]:
    """What an operation asks for whose request is signed by all of these headers together."""
    return {
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": text}
            for name, text in described.items()
        ],
        "security": [{name: [] for name in described}],
        SCHEMES: {
            name: {"type": "apiKey", "in": "header", "name": name, "description": text}
            for name, text in described.items()
        },
    }


def _inline(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = _inline(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions)
        return {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return {key: _inline(value, definitions) for key, value in node.items()}
