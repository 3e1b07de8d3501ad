"""Encodes frozen dataclasses as JSON documents, to be stored or sent."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any


def encode_dataclass(value: Any) -> dict[str, Any]:
    """Encodes a frozen dataclass as a JSON document that names its type; money becomes text, times ISO 8601."""
    fields = {field.name: encode_value(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return {"type": type(value).__name__, **fields}


def encode_value(value: Any) -> Any:  # noqa: PLR0911 (one return a kind of value)
    """Encodes any value of a frozen dataclass as JSON; an unknown type becomes its text."""
    match value:
        case Enum():
            return value.value
        case Decimal():
            return str(value)
        case datetime():
            return value.isoformat()
        case tuple() | list() | frozenset():
            return [encode_value(item) for item in value]
        case Mapping():
            return {str(key): encode_value(item) for key, item in value.items()}
        case None | str() | int() | float() | bool():
            return value
        case _ if dataclasses.is_dataclass(value):
            return encode_dataclass(value)
        case _:
            return str(value)
