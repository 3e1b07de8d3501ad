"""Parses a raw JSON body into a channel's model, and describes it in the API documentation.

A signature covers the raw bytes, so the framework must not parse them first.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from app.domain.plain_text import ID_PATTERN, LONGEST_ID, clean_text
from app.errors import MalformedError
from app.web.openapi import SCHEMAS_KEY, SECURITY_SCHEMES_KEY, name_schema

Model = TypeVar("Model", bound=BaseModel)
MOST_SENTENCES = 20
"""A body of nonsense can break every field; nobody reads more than a few."""
_LATE, _AHEAD = timedelta(days=1), timedelta(minutes=10)


def _convert_to_utc(moment: datetime) -> datetime:
    """A time without a zone is taken as UTC."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time is outside the calendar") from None


Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN)]
"""An id of a platform."""
PlainText = Annotated[str, AfterValidator(clean_text)]
"""What somebody wrote, without the characters that steer a terminal or a page."""
UtcTime = Annotated[datetime, AfterValidator(_convert_to_utc)]
"""A moment in UTC."""


def choose_sent_time(told: datetime | None, received_at: datetime) -> datetime:
    """When a message was sent: as the platform says it, unless its clock is far off."""
    believed = told is not None and received_at - _LATE <= told <= received_at + _AHEAD
    return told if told is not None and believed else received_at


def read_body(model: type[Model], body: bytes) -> Model:
    """The body as the model; raises MalformedError naming every wrong field, never the value that was sent."""
    check_encoding(body)
    try:
        return model.model_validate_json(body.removeprefix(BOM_UTF8))
    except ValidationError as error:
        raise MalformedError(describe_errors(error)) from error


def check_encoding(body: bytes) -> None:
    """Raises MalformedError for a body in another encoding than JSON's own."""
    try:
        body.decode()
    except UnicodeDecodeError:
        raise MalformedError("body: not UTF-8, the one encoding of JSON (RFC 8259)") from None


def describe_errors(error: ValidationError) -> str:
    """Every wrong field with what is wrong with it."""
    wrong = error.errors(include_input=False, include_url=False)[:MOST_SENTENCES]
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in wrong)


def json_request_body(model: type[BaseModel], examples: Mapping[str, Any]) -> dict[str, Any]:
    """The `requestBody` of an operation, which names the model among the page's schemas."""
    schema, named = name_schema(model)
    content = {"schema": schema, "examples": examples}
    return {"requestBody": {"required": True, "content": {"application/json": content}}, SCHEMAS_KEY: named}


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
