"""What `xiaoer check` checks with: the intents, the guard, the goods and the packaged shops."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from app.commands.expected import try_expectations
from app.commands.row_trials import compare_rows, try_rows
from app.commands.trial import open_trial
from app.commerce.undercut import find_promotions_under_floor
from app.guard.answers import judge_answer
from app.language.phrases import NameTable
from app.settings import PACKAGED_SHOPS, Settings
from app.shop.checker import CheckTools, check_contents
from app.shop.checks.rows import SampleShop
from app.shop.expectations import Expectation, read_expectations
from app.shop.folder import read_files
from app.shop.loader import LoadResult, parse_shop, read_shop
from app.shop.report import FolderProblem, FolderReport, ProblemCollector, Severity
from app.understanding.examples import INTENTS
from app.understanding.intent.model import IntentModel
from app.understanding.lexicon import Lexicon
from intents._framework.registry import IntentRegistry, load_intents


def load_check_intents() -> IntentRegistry:
    """The intents that shops may name, of the folder that is set now."""
    return _load_intents_of(Settings().intents_dir)


@cache
def _load_intents_of(folder: Path | None) -> IntentRegistry:
    return load_intents(folder)


def make_check_tools(folder: Path, now: datetime) -> CheckTools:
    """Everything a check of this folder uses beside its files."""
    catalogue = load_check_intents()
    titles = {intent: definition.title for intent, definition in catalogue.items()}
    kept = catalogue.traits.reserved_intents(None)
    return CheckTools(
        promise_check=judge_answer,
        intents=titles,
        titles=titles,
        kept_for_people=tuple(titles[intent] for intent in sorted(kept)),
        goods_check=find_promotions_under_floor,
        couriers=NameTable(Lexicon.load_lexicon((Settings().intents_dir or INTENTS) / "lexicon.yml").couriers),
        samples=tuple(_load_samples(folder, now)),
    )


def _load_samples(folder: Path, now: datetime) -> Iterator[SampleShop]:
    """The packaged shops other than the folder itself."""
    for place in sorted(PACKAGED_SHOPS.iterdir()):
        if not (place / "shop.yml").is_file() or place.resolve() == folder.resolve():
            continue
        contents = read_shop(place, now).contents
        name = contents.settings.name if contents.settings else place.name
        yield SampleShop(f"示范店“{name}”", tuple(row.entry for row in contents.rows), contents.products)


def check_folder(folder: Path, now: datetime, *, quick: bool = False) -> FolderReport:
    """The report of a folder; with `quick` no question is asked."""
    tools = make_check_tools(folder, now)
    found, problems = ProblemCollector(), ProblemCollector()
    files = read_files(folder, found)
    loaded = parse_shop(files, folder, now, found, tools.promise_check, tools.intents)
    report = check_contents(loaded, tools)
    expected = read_expectations(files, problems, loaded.contents.calendar)
    counts = dict(report.counts) | ({"测试": len(expected)} if expected else {})
    if loaded.shop and not quick:
        asyncio.run(_try_folder(folder.resolve(), loaded, expected, tools.titles, problems))
    untrained = _find_untrained_intents(load_check_intents())
    return FolderReport(tuple(dict.fromkeys((*report.problems, *problems.list_problems(), *untrained))), counts)


async def _try_folder(
    folder: Path,
    loaded: LoadResult,
    expected: Sequence[Expectation],
    titles: Mapping[str, str],
    problems: ProblemCollector,
) -> None:
    """Asks the shop its own questions and those it wants tried."""
    async with open_trial(folder) as trial:
        if trial is None:
            return
        rows = [row for row in loaded.contents.rows if row.entry.entry_id in trial.opened.entries]
        await try_rows(trial, rows, titles, problems)
        await try_expectations(trial, expected, rows, titles, problems)
        compare_rows(trial.reader, rows, problems)


def _find_untrained_intents(intents: Iterable[str]) -> Iterator[FolderProblem]:
    message = "模型还没有学过这个意图，机器人不会判断成它，请运行 make train。"
    for intent in IntentModel.load_model().find_untrained(intents):
        yield FolderProblem(Severity.WARNING, f"{intent}/intent.yml", message, rule="untrained")
