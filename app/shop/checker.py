"""Checks a shop folder and reports every problem at once; never raises, whatever the files contain."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.domain.catalogue import Product, Promotion
from app.language.phrases import NameTable
from app.shop.checks.catalogue import check_catalogue
from app.shop.checks.contradictions import check_contradictions
from app.shop.checks.defaults import check_defaults
from app.shop.checks.promotions import check_promotions
from app.shop.checks.purchases import check_purchases
from app.shop.checks.rows import SampleShop, check_copies, check_rows
from app.shop.contents import FolderContents
from app.shop.folder import PROMOTIONS
from app.shop.loader import LoadResult, PromiseCheck, read_shop
from app.shop.report import FolderProblem, FolderReport, ProblemCollector, Severity, render_report

__all__ = ["CheckTools", "FolderReport", "check_contents", "check_shop", "render_report"]


GoodsCheck = Callable[[Sequence[Product], Sequence[Promotion], datetime], Sequence[str]]


@dataclass(frozen=True, slots=True)
class CheckTools:
    """What a check uses beside the folder; a part left out is not checked.

    Attributes:
        promise_check: finds what is wrong with an FAQ answer.
        intents: the known intent ids.
        titles: the intents' titles by id.
        kept_for_people: titles of the intents that go to people unless a shop says otherwise.
        goods_check: finds promotions that sell goods below their floor.
        samples: the packaged shops, which people copy.
        couriers: every courier of the country by its names.
    """

    promise_check: PromiseCheck | None = None
    intents: Collection[str] | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    kept_for_people: Sequence[str] = ()
    goods_check: GoodsCheck | None = None
    samples: Sequence[SampleShop] = ()
    couriers: NameTable = field(default_factory=lambda: NameTable({}))


def check_shop(
    folder: Path,
    now: datetime,
    promise_check: PromiseCheck | None = None,
    intents: Collection[str] | None = None,
    goods_check: GoodsCheck | None = None,
) -> FolderReport:
    """Reports every problem of `folder` as of `now` (aware)."""
    tools = CheckTools(promise_check, intents, goods_check=goods_check)
    return check_contents(read_shop(folder, now, promise_check, intents), tools)


def check_contents(loaded: LoadResult, tools: CheckTools) -> FolderReport:
    """The report of a folder that was read, with what the checks beyond each file's form find."""
    contents, problems = loaded.contents, ProblemCollector()
    check_rows(contents, tools.titles, problems)
    check_copies(contents, tools.samples, problems)
    check_contradictions(contents, tools.couriers, problems)
    check_catalogue(contents, problems)
    check_promotions(contents, problems)
    check_purchases(contents, problems)
    if tools.kept_for_people:
        check_defaults(contents, tools.kept_for_people, problems)
    found = (*loaded.report.problems, *problems.list_problems(), *_check_floors(contents, tools.goods_check))
    return FolderReport(tuple(dict.fromkeys(found)), loaded.report.counts)


def _check_floors(contents: FolderContents, goods_check: GoodsCheck | None) -> Sequence[FolderProblem]:
    if goods_check is None:
        return ()
    messages = goods_check(contents.products, contents.promotions, contents.calendar.now)
    return [FolderProblem(Severity.WARNING, PROMOTIONS[0], message, rule="under_floor") for message in messages]
