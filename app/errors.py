"""The tree of errors, each with its HTTP status and problem type; errors.yml holds the sentences people read."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Self

import yaml


class XiaoerError(Exception):
    """Every expected failure. `status` is the HTTP status, `slug` ends the RFC 9457 problem type."""

    status = 500
    slug = "internal"
    title = "Internal error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def error_sentence(key: str, /, **values: object) -> str:
    """The sentence of errors.yml under this key, filled with `values`."""
    return _error_sentences()[key].format(**values)


@cache
def _error_sentences() -> Mapping[str, str]:
    text = Path(__file__).with_name("errors.yml").read_text(encoding="utf-8")
    sentences: Mapping[str, str] = yaml.safe_load(text)
    return sentences


class NotFoundError(XiaoerError):
    """Nothing of that name."""

    status = 404
    slug = "not-found"
    title = "Not found"


class UnauthenticatedError(XiaoerError):
    """Nobody we know, or a forged signature."""

    status = 401
    slug = "unauthenticated"
    title = "Not authenticated"


class ForbiddenError(XiaoerError):
    """Known, but not allowed."""

    status = 403
    slug = "forbidden"
    title = "Forbidden"


class ConflictError(XiaoerError):
    """Somebody else was first, or the state does not allow it."""

    status = 409
    slug = "conflict"
    title = "Conflict"


class TicketConflictError(ConflictError):
    """The ticket is not in the state the change needs; the detail says in which."""

    slug = "ticket-conflict"
    title = "Ticket already taken or closed"


class ReusedIdError(ConflictError):
    """An id that came before came again for something else; nothing was written and nothing of the first is told."""

    slug = "id-reused"
    title = "Id already used for something else"

    @classmethod
    def naming(cls, what: str, fields: Iterable[str]) -> Self:
        """The error that names the id and the fields that differ, and no value."""
        return cls(f"{what} was used before with another {', '.join(fields)}; a retry repeats it unchanged")


class UndeliverableError(ConflictError):
    """Nothing brings a line to this buyer: better refused than believed to be said."""

    slug = "undeliverable"
    title = "No way to the buyer"


class MalformedError(XiaoerError):
    """A body that cannot be read."""

    status = 422
    slug = "malformed"
    title = "Malformed request"


class TooLargeError(XiaoerError):
    """A body over the limit."""

    status = 413
    slug = "too-large"
    title = "Body too large"


class RateLimitedError(XiaoerError):
    """Too many messages; try again after `retry_after` seconds."""

    status = 429
    slug = "rate-limited"
    title = "Too many requests"

    def __init__(self, detail: str, retry_after: float) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class StorageUnavailableError(XiaoerError):
    """The database did not take the write; nothing was acknowledged, send it again. `kind` is one of troubles.yml."""

    status = 503
    slug = "storage-unavailable"
    title = "Storage unavailable"

    def __init__(self, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.kind = kind


class ShopUnavailableError(XiaoerError):
    """The shop's folder is here but cannot be opened; send it again after `retry_after` seconds."""

    status = 503
    slug = "shop-unavailable"
    title = "Shop unavailable"
    retry_after = 10
