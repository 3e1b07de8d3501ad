"""The wall clock; every part that needs the time is handed this function, so that a test can hand it another."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present, aware UTC."""
    return datetime.now(UTC)
