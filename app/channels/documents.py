"""OpenAPI for bodies that are read raw: a signature is made over bytes, so the framework must not parse them first."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from app.web.openapi import SCHEMES, inlined


def json_body(model: type[BaseModel], examples: Mapping[str, Any]) -> dict[str, Any]:
    """The `requestBody` of an operation, with the model's schema written out in place."""
    content = {"schema": inlined(model.model_json_schema()), "examples": examples}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


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
