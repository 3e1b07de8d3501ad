"""`xiaoer evaluate` and `xiaoer tune`: measure a shop on labelled messages, and set its thresholds from them."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import terminal
from app.commands.understand import Shops, require_open_shop
from app.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from app.evaluation.labels import LabelSet
    from app.evaluation.measured import LabelledRequest, LabelTitles
    from app.evaluation.outcomes import DecisionPolicy
    from app.evaluation.thresholds import TunedBlock
    from app.evaluation.tuning import Tuning
    from app.shop.schema import Thresholds
    from app.tenants.registry import OpenShop

LabelFile = Annotated[Path, typer.Argument(help="标注好的消息：TSV、CSV 或 Excel，列 text 加 intent 或 faq")]
OptionalLabelFile = Annotated[
    Path | None, typer.Argument(help="标注好的消息：TSV、CSV 或 Excel，列 text 加 intent 或 faq")
]
LEAST_PRECISION = 0.5
ShopName = Annotated[str, typer.Option("--shop", help="店铺")]


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(evaluate)
    app.command()(tune)


def evaluate(
    file: OptionalLabelFile = None,
    shop: ShopName = "demo",
    shops: Shops = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="另存一份 JSON")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="另存一页带图表的网页")] = None,
    corrections: Annotated[Path | None, typer.Option("--corrections", help="只看这份更正会改变哪些消息的结果")] = None,
    stored: Annotated[int, typer.Option("--stored", min=0, help="更正也用最近几天买家的消息看（数据库里的）")] = 0,
) -> None:
    """用店铺自己标注的消息量一量：准确率、混淆、把握可不可信、很有把握却错了的。"""
    if corrections:
        if json_file or html_file:
            terminal.exit_with_error("--corrections 只在屏幕上列出会变的消息，不能和 --json、--html 一起用。")
        _evaluate_corrections(corrections, file, shop, shops, stored)
        return
    if stored:
        terminal.exit_with_error("--stored 只和 --corrections 一起用：用存下的消息看一份更正会改变什么。")
    if file is None:
        terminal.exit_with_error("请给出标注好的消息文件，例如 xiaoer evaluate 标注.xlsx。")
    from app.evaluation.document import measurement_json
    from app.evaluation.measured import measure_labels
    from app.evaluation.page import render_page
    from app.evaluation.phrases import printable_text
    from app.evaluation.terminal import print_measurement

    subject = _load_shop(shop, shops)
    labels = _load_labels(subject, file, html_file)
    readings = _read_messages(subject, labels)
    subject = _hear_answers(subject, readings)
    measured = measure_labels(
        readings,
        subject.thresholds,
        subject.practice,
        subject.names,
        shop=shop,
        file=printable_text(file.name),
        at=datetime.now(subject.opened.shop.settings.hours.zone),
        unlabelled=labels.unlabelled,
    )
    print_measurement(_plain_console(), measured)
    if json_file:
        terminal.save_file(json_file, json.dumps(measurement_json(measured), ensure_ascii=False, indent=2) + "\n")
    if html_file:
        terminal.save_file(html_file, render_page(measured))


def _evaluate_corrections(corrections: Path, file: Path | None, shop: str, shops: Path | None, stored: int) -> None:
    from app.commands.correction_effect import load_stored_messages, show_correction_effect

    if file is None and not stored:
        terminal.exit_with_error("更正要对着消息看：请给出标注文件，或用 --stored 7 看最近七天买家的消息。")
    subject = _load_shop(shop, shops)
    labelled = _load_labels(subject, file, None).rows if file else ()
    messages = [*labelled, *(load_stored_messages(shop, stored) if stored else [])]
    show_correction_effect(corrections, messages, subject.opened, subject.practice, subject.names)


_USUAL_PRECISION = 0.95


def tune(
    file: LabelFile,
    precision: Annotated[
        float | None, typer.Option(help="直接答复的要有多少是对的：0.95，也可以写 95；不写是 0.95")
    ] = None,
    shop: ShopName = "demo",
    shops: Shops = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只算不改")] = False,
    reader: Annotated[bool, typer.Option("--reader", help="改为算第二读者（XIAOER_READER）的判断占多重")] = False,
) -> None:
    """按想要的准确率，从标注里定出店铺的阈值，写进 shop.yml，并说明之后能直接答多少。"""
    from app.evaluation.tuning import choose_thresholds

    if reader and precision is not None:
        terminal.exit_with_error("--reader 算的是第二读者占多重，用不到 --precision，请去掉其中一个。")
    wanted = _parse_precision(_USUAL_PRECISION if precision is None else precision)
    subject = _load_shop(shop, shops)
    labels = _load_labels(subject, file, None)
    readings = _read_messages(subject, labels)
    subject = _hear_answers(subject, readings)
    if reader:
        _tune_reader(subject, readings, dry_run=dry_run)
        return
    with _progress_bar("挑选阈值") as progress:
        bar = progress.add_task("挑选阈值", total=None)
        tuning = choose_thresholds(
            [reading.label_and_request for reading in readings],
            wanted,
            subject.thresholds,
            subject.practice,
            lambda done, whole: progress.update(bar, completed=done, total=whole),
        )
    _print_tuning(tuning, wanted, len(readings))
    if not tuning.reached:
        terminal.exit_with_error(f"达不到 {wanted:.1%}，没有改动 shop.yml。{_best_reachable(tuning)}")
    if dry_run:
        terminal.print_text(
            f"只是试算，没有改动。要写进去，去掉 --dry-run 再运行一次：{_format_tuned(tuning.thresholds)}。"
        )
        return
    _save_thresholds(subject, tuning)


def _tune_reader(subject: "_EvaluatedShop", readings: "list[LabelledRequest]", *, dry_run: bool) -> None:
    from app.commands.reader_tuning import print_reader_tuning, tune_reader
    from app.evaluation.reader_tuning import FEWEST_READ

    rows = [reading.label_and_request for reading in readings]
    settings = subject.opened.shop.settings
    with _progress_bar("问第二读者") as progress:
        bar = progress.add_task("问第二读者", total=None)
        tuning = tune_reader(
            rows, settings, subject.practice, lambda done, whole: progress.update(bar, completed=done, total=whole)
        )
    print_reader_tuning(tuning)
    if not tuning.is_enough:
        terminal.exit_with_error(f"可用的回答不到 {FEWEST_READ} 条，定不准，没有改动 shop.yml。请多标注一些再试。")
    if dry_run:
        terminal.print_text(f"只是试算，没有改动。要写进去，去掉 --dry-run：{_format_tuned(tuning.weights)}。")
        return
    _write_block(subject, tuning.weights, settings.second_reader)


def _parse_precision(precision: float) -> float:
    """Parses 0.95 and 95 as 0.95; exits for anything that is no sensible share."""
    share = precision / 100 if precision > 1 else precision
    if not LEAST_PRECISION <= share <= 1:
        terminal.exit_with_error(
            f"--precision {precision:g} 不合适，请写 0.5 到 1 之间的数，例如 0.95（也可以写 95）。"
        )
    return share


@dataclass(frozen=True, slots=True)
class _EvaluatedShop:
    """An open shop with its decision policy."""

    opened: "OpenShop"
    practice: "DecisionPolicy"
    names: "LabelTitles"

    @property
    def thresholds(self) -> "Thresholds":
        """The thresholds in force."""
        return self.opened.shop.settings.thresholds


def _load_shop(shop: str, shops: Path | None) -> _EvaluatedShop:
    from app.evaluation.measured import LabelTitles
    from app.evaluation.outcomes import DecisionPolicy
    from app.main import load_single_shop

    folder = shops or Settings().shops_dir
    found, traits = load_single_shop(folder, shop)
    opened = require_open_shop(found, shop, folder)
    people = traits.reserved_intents(opened.shop.settings.authority.always_people.chosen_intents)
    names = LabelTitles(
        {intent: own.title for intent, own in traits.items()},
        {entry.entry_id: entry.question for entry in opened.shop.faq},
    )
    return _EvaluatedShop(opened, DecisionPolicy(traits, opened.intent_of, people), names)


def _hear_answers(subject: _EvaluatedShop, readings: "Sequence[LabelledRequest]") -> _EvaluatedShop:
    """The shop with the rows intents' own answers tell, for messages labelled with a row an intent answers."""
    from app.evaluation.outcomes import is_left_to_intent

    texts = [
        label.text
        for label, request in (reading.label_and_request for reading in readings)
        if label.faq and is_left_to_intent(request, subject.practice)
    ]
    if not texts:
        return subject
    said = asyncio.run(_ask_labelled(subject.opened.shop.folder.resolve(), list(dict.fromkeys(texts))))
    return replace(subject, practice=replace(subject.practice, said=said))


async def _ask_labelled(folder: Path, texts: "Sequence[str]") -> dict[tuple[str, str], str]:
    from app.commands.trial import open_trial

    async with open_trial(folder) as trial:
        if trial is None:
            return {}
        replies = [await trial.ask_text(text) for text in texts]
    return {(reply.text, reply.intent): reply.faq for reply in replies if reply.action == "answer" and reply.faq}


def _load_labels(subject: _EvaluatedShop, file: Path, html_file: Path | None) -> "LabelSet":
    from app.evaluation.labels import read_labels
    from app.evaluation.metrics import LabelsError
    from app.evaluation.page import render_error_page

    try:
        return read_labels(file, subject.names)
    except LabelsError as error:
        if html_file:
            terminal.save_file(html_file, render_error_page(file.name, str(error).splitlines()))
        terminal.exit_with_error(str(error))
        raise typer.Exit(1) from error


def _read_messages(subject: _EvaluatedShop, labels: "LabelSet") -> "list[LabelledRequest]":
    from app.evaluation.measured import read_labelled_messages

    with _progress_bar("读消息") as progress:
        bar = progress.add_task("读消息", total=len(labels.rows))
        readings = []
        for reading in read_labelled_messages(labels.rows, subject.opened.reader.understand):
            readings.append(reading)
            progress.advance(bar)
    return readings


@contextmanager
def _progress_bar(what: str) -> "Iterator[Progress]":
    """A progress bar on standard error, removed when done; none without a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = _plain_console(stderr=True)
    columns = (what, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress


def _plain_console(*, stderr: bool = False) -> "Console":
    """Plain: square brackets and colons in what buyers write are not markup."""
    return terminal.make_console(stderr=stderr, markup=False)


def _print_tuning(tuning: "Tuning", precision: float, rows: int) -> None:
    from app.evaluation.phrases import few_rows_warning, format_percent
    from app.evaluation.terminal import outcomes_table, print_table

    if warning := few_rows_warning(rows):
        terminal.print_warning(warning)
    if not tuning.reached:
        return
    columns = [("现在", tuning.before), ("调整后", tuning.after)]
    print_table(
        _plain_console(),
        f"目标：直接答复的 {format_percent(precision)} 是对的（{rows} 条标注）",
        outcomes_table(columns),
    )
    here, low, high = format_percent(tuning.after.precision), format_percent(tuning.low), format_percent(tuning.high)
    terminal.print_text(f"这份标注上答对 {here}；换一批消息，大约在 {low} 到 {high} 之间。")
    if tuning.cross_check:
        share, right = format_percent(tuning.cross_check.answered), format_percent(tuning.cross_check.precision)
        terminal.print_text(f"交叉核对（用一半标注定阈值，在另一半上量）：直接答 {share}，答对 {right}。")


def _best_reachable(tuning: "Tuning") -> str:
    from app.evaluation.phrases import format_percent

    if not tuning.after.answered:
        return "在这份标注上没有一条够把握直接答复；请先补充常见问题的相似问法。"
    best, share = format_percent(tuning.after.precision), format_percent(tuning.after.answered)
    reached = f"最高能到 {best}（answer 设 {tuning.thresholds.answer:g}，直接答 {share}）"
    return f"{reached}；请先看 xiaoer evaluate 里“很有把握却错了”的。"


def _save_thresholds(subject: _EvaluatedShop, tuning: "Tuning") -> None:
    if tuning.thresholds == subject.thresholds:
        terminal.print_text(f"现在的阈值就是最合适的，没有改动：{_format_tuned(tuning.thresholds)}。")
        return
    _write_block(subject, tuning.thresholds, subject.thresholds)


def _write_block(subject: _EvaluatedShop, block: "TunedBlock", before: "TunedBlock") -> None:
    from app.evaluation.thresholds import UnwritableError, write_tuned

    place = subject.opened.shop.folder / "shop.yml"
    try:
        write_tuned(place, block)
    except UnwritableError as error:
        terminal.exit_with_error(str(error))
    terminal.print_text(f"已写进 {place}：{_format_tuned(block)}（原来是 {_format_tuned(before)}）。")


def _format_tuned(block: "TunedBlock") -> str:
    return "，".join(f"{key} {value:g}" for key, value in block)
