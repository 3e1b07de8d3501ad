"""Reads a raw JSON body into a channel's own model, and describes such bodies on the API page.

A signature is made over bytes, so the framework must not parse them first.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.errors import MalformedError
from app.web.openapi import SECURITY_SCHEMES_KEY, inline_schema

Model = TypeVar("Model", bound=BaseModel)


def read_body(model: type[Model], body: bytes) -> Model:
    """The body as the model; raises MalformedError naming every wrong field, never the value that was sent."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        sentences = (f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in wrong)
        raise MalformedError("; ".join(sentences)) from error


def json_request_body(model: type[BaseModel], examples: Mapping[str, Any]) -> dict[str, Any]:
    """The `requestBody` of an operation, with the model's schema written out in place."""
    content = {"schema": inline_schema(model.model_json_schema()), "examples": examples}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def signature_security(described: Mapping[str, str]) -> dict[str, Any]:
    """What an operation asks for whose request is signed by all of these headers together."""
    return {
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": text}
            for name, text in described.items()
        ],
        "security": [{name: [] for name in described}],
        SECURITY_SCHEMES_KEY: {
            name: {"type": "apiKey", "in": "header", "name": name, "description": text}
            for name, text in described.items()
        },
    }
