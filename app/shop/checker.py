"""Checks a shop folder and reports every problem at once; never raises, whatever the files contain."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path

from app.domain.catalogue import Product, Promotion
from app.shop.folder import PROMOTIONS
from app.shop.loader import PromiseCheck, read_shop
from app.shop.report import FolderProblem, FolderReport, Severity, render_report

__all__ = ["FolderReport", "check_shop", "render_report"]


GoodsCheck = Callable[[Sequence[Product], Sequence[Promotion], datetime], Sequence[str]]


def check_shop(
    folder: Path,
    now: datetime,
    promise_check: PromiseCheck | None = None,
    intents: Collection[str] | None = None,
    goods_check: GoodsCheck | None = None,
) -> FolderReport:
    """Reports every problem of `folder` as of `now` (aware).

    `promise_check` finds FAQ answers that promise more than the shop authorised; `goods_check` finds promotions that
    sell goods below their floor.
    """
    loaded = read_shop(folder, now, promise_check, intents)
    if goods_check is None or loaded.shop is None:
        return loaded.report
    messages = goods_check(loaded.shop.products, loaded.shop.promotions, now)
    found = tuple(FolderProblem(Severity.WARNING, PROMOTIONS[0], message) for message in messages)
    return FolderReport(loaded.report.problems + found, loaded.report.counts)
