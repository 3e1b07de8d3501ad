"""Checks a shop folder and tells every problem at once; never raises, whatever the files hold."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from app.shop.loader import PromiseCheck, read_shop
from app.shop.report import Report, render

__all__ = ["Report", "check_shop", "render"]


def check_shop(
    folder: Path, now: datetime, promise_check: PromiseCheck | None = None, intents: Collection[str] | None = None
) -> Report:
    """Everything wrong in `folder` as of `now` (aware); `promise_check` finds what an FAQ answer may not promise."""
    return read_shop(folder, now, promise_check, intents).report
