"""What `xiaoer check` checks with: the intents, the guard, the goods and the packaged shops."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

from app.commands.row_trials import compare_rows, try_rows
from app.commands.trial import open_trial
from app.commerce.undercut import find_promotions_under_floor
from app.guard.answers import judge_answer
from app.language.phrases import NameTable
from app.settings import PACKAGED_SHOPS, Settings
from app.shop.checker import CheckTools, check_contents
from app.shop.checks.rows import SampleShop
from app.shop.loader import LoadResult, read_shop
from app.shop.report import FolderProblem, FolderReport, ProblemCollector, Severity
from app.understanding.examples import INTENTS
from app.understanding.intent.model import IntentModel
from app.understanding.lexicon import Lexicon
from intents._framework.registry import IntentRegistry, load_intents


@cache
def load_check_intents() -> IntentRegistry:
    """The intents that shops may name."""
    return load_intents(Settings().intents_dir)


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
    """The report of a folder; with `quick` no row is asked its questions."""
    tools = make_check_tools(folder, now)
    loaded = read_shop(folder, now, tools.promise_check, tools.intents)
    report = check_contents(loaded, tools)
    tried = asyncio.run(_try_folder(folder.resolve(), loaded, tools.titles)) if loaded.shop and not quick else ()
    untrained = _find_untrained_intents(load_check_intents())
    return replace(report, problems=tuple(dict.fromkeys((*report.problems, *tried, *untrained))))


async def _try_folder(folder: Path, loaded: LoadResult, titles: Mapping[str, str]) -> Sequence[FolderProblem]:
    """What is found by asking the shop its own questions."""
    problems = ProblemCollector()
    rows = loaded.contents.rows
    async with open_trial(folder) as trial:
        if trial is None:
            return ()
        opened = [row for row in rows if row.entry.entry_id in trial.opened.entries]
        await try_rows(trial, opened, titles, problems)
        compare_rows(trial.reader, opened, problems)
    return problems.list_problems()


def _find_untrained_intents(intents: Iterable[str]) -> Iterator[FolderProblem]:
    message = "模型还没有学过这个意图，机器人不会判断成它，请运行 make train。"
    for intent in IntentModel.load_model().find_untrained(intents):
        yield FolderProblem(Severity.WARNING, f"{intent}/intent.yml", message, rule="untrained")
