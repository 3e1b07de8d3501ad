"""The part of `xiaoer tune` that finds what a second reader's opinion counts."""

import asyncio
from typing import TYPE_CHECKING

from app.commands import terminal
from app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.domain.understanding import Request
    from app.evaluation.metrics import LabelledMessage
    from app.evaluation.outcomes import DecisionPolicy
    from app.evaluation.reader_tuning import ReaderTuning, SecondRow
    from app.shop.schema import ShopSettings


def tune_reader(
    rows: "Sequence[tuple[LabelledMessage, Request]]",
    settings: "ShopSettings",
    practice: "DecisionPolicy",
    heard: "Callable[[int, int], None]",
) -> "ReaderTuning":
    """Ask the reader of the environment about the unsure ones, and choose its weights; exits where there is none."""
    from app.evaluation.reader_tuning import choose_weights

    own = Settings()
    if not own.reader:
        terminal.exit_with_error("没有设置第二读者：请先设置环境变量 XIAOER_READER（和 XIAOER_READER_MODEL）。")
    asked = asyncio.run(_ask_all(own, rows, settings, practice, heard))
    return choose_weights(asked, settings, practice)


async def _ask_all(
    own: Settings,
    rows: "Sequence[tuple[LabelledMessage, Request]]",
    settings: "ShopSettings",
    practice: "DecisionPolicy",
    heard: "Callable[[int, int], None]",
) -> "list[SecondRow]":
    from app.evaluation.reader_tuning import ask_about_unsure
    from app.main import make_reader_client, make_second_reader

    client = make_reader_client(own)
    if client is None:
        return []
    try:
        reader = make_second_reader(own, client, lambda _outcome: None)
        return await ask_about_unsure(rows, settings, practice, reader.ask_reader, heard)
    finally:
        await client.aclose()


def print_reader_tuning(tuning: "ReaderTuning") -> None:
    """Tell what was asked, and the outcomes without the reader and with it."""
    from app.evaluation.terminal import outcomes_table, print_table

    console = terminal.make_console(stderr=False, markup=False)
    title = f"拿不准的 {tuning.asked} 条问了第二读者，{tuning.answered} 条有可用的回答"
    print_table(console, title, outcomes_table([("只靠自己", tuning.before), ("加上第二读者", tuning.after)]))
