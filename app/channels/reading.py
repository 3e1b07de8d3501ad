"""Parses a raw JSON body into a channel's model, and describes it in the API documentation.

A signature covers the raw bytes, so the framework must not parse them first.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.errors import MalformedError
from app.web.openapi import SECURITY_SCHEMES_KEY, inline_schema

Model = TypeVar("Model", bound=BaseModel)


def read_body(model: type[Model], body: bytes) -> Model:
    """Parses the body; raises MalformedError, which names every wrong field and never quotes a value."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        sentences = (f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in wrong)
        raise MalformedError("; ".join(sentences)) from error


def json_request_body(model: type[BaseModel], examples: Mapping[str, Any]) -> dict[str, Any]:
    """The `requestBody` of an operation, with the model's schema inline."""
    content = {"schema": inline_schema(model.model_json_schema()), "examples": examples}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def signature_security(described: Mapping[str, str]) -> dict[str, Any]:
    """The security requirement of an operation whose request needs all of these headers."""
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
