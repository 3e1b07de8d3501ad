"""Checks a shop folder and reports every problem at once; never raises, whatever the files contain."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.domain.catalogue import Product, Promotion
from app.language.phrases import NameTable
from app.shop.checks.catalogue import check_catalogue
from app.shop.checks.contradictions import check_contradictions
from app.shop.checks.defaults import check_defaults
from app.shop.checks.promotions import FloorBreach, check_promotions
from app.shop.checks.purchases import check_purchases
from app.shop.checks.rows import SampleShop, check_copies, check_rows
from app.shop.contents import FolderContents
from app.shop.document import KeyPlace
from app.shop.folder import PROMOTIONS
from app.shop.loader import LoadResult, PromiseCheck, read_shop
from app.shop.report import CellPlace, FolderProblem, FolderReport, ProblemCollector, Severity, render_report

__all__ = ["CheckTools", "FolderReport", "check_contents", "check_shop", "render_report"]


GoodsCheck = Callable[[Sequence[Product], Sequence[Promotion], datetime], Sequence[FloorBreach]]


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
    found = (*loaded.report.problems, *problems.list_problems())
    floors = _check_floors(contents, tools.goods_check, found) if tools.goods_check else ()
    return FolderReport(tuple(_drop_echoes((*found, *floors))), loaded.report.counts)


def _check_floors(
    contents: FolderContents, goods_check: GoodsCheck, found: Sequence[FolderProblem]
) -> Sequence[FolderProblem]:
    """Promotions that sell below a floor, where nothing else is wrong with the promotion itself."""
    problems = ProblemCollector()
    wrong = {(problem.file, problem.row) for problem in found if problem.severity is not Severity.HINT}
    for breach in goods_check(contents.products, contents.promotions, contents.calendar.now):
        place = contents.promotion_places.get(breach.promotion_id)
        if place is None or not wrong & _lines_of(place):
            cell = place.locate_key("id") if place else CellPlace(PROMOTIONS[0], None, "")
            problems.report_problem(Severity.WARNING, cell, breach.message, "under_floor")
    return problems.list_problems()


def _lines_of(place: KeyPlace) -> set[tuple[str, int | None]]:
    """Every line of a promotion's entry."""
    depth, lines = len(place.path), place.document.lines
    return {(place.document.file, line) for path, line in lines.items() if path[:depth] == place.path}


def _drop_echoes(problems: Sequence[FolderProblem]) -> Iterator[FolderProblem]:
    """The problems without those of a cell that has an error: they are what the error looks like from elsewhere."""
    broken = {_cell_of(problem) for problem in problems if problem.severity is Severity.ERROR and problem.row}
    for problem in dict.fromkeys(problems):
        if problem.severity is Severity.ERROR or _cell_of(problem) not in broken:
            yield problem


def _cell_of(problem: FolderProblem) -> tuple[str, str, int | None, str]:
    return (problem.file, problem.sheet, problem.row, problem.field)
