"""Page cursors: where the last page ended, as opaque text."""

import base64
import binascii
from typing import Any

from pydantic_core import from_json, to_json

from app.errors import MalformedError, error_sentence

_LARGEST = 2**63 - 1


def encode_cursor(*place: Any) -> str:
    """The cursor after `place`, the sort key of a page's last row."""
    return base64.urlsafe_b64encode(to_json(place)).decode()


def decode_cursor(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The sort key in a cursor of ours, one value of each kind; MalformedError for anything else."""
    try:
        place = from_json(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error) as error:
        raise MalformedError(error_sentence("bad_cursor")) from error
    if not isinstance(place, list) or [type(value) for value in place] != list(kinds) or not _is_storable(place):
        raise MalformedError(error_sentence("bad_cursor"))
    return tuple(place)


def _is_storable(place: list[Any]) -> bool:
    """Whether the database could hold these values at all."""
    numbers = all(abs(value) <= _LARGEST for value in place if isinstance(value, int))
    return numbers and not any("\x00" in value for value in place if isinstance(value, str))
