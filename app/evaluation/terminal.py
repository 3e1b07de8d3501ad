"""Prints a measurement as Chinese tables."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.evaluation.measured import Measurement
from app.evaluation.metrics import CurvePoint, EvaluationReport, PredictionQuality
from app.evaluation.outcomes import MessageOutcome, OutcomeShares
from app.evaluation.phrases import ZONE_TITLES, few_rows_warning, format_percent, printable_text

SHOWN = 15
STEPS = (0.99, 0.97, 0.95, 0.9, 0.85, 0.8)
NOTHING = "—"


def print_measurement(console: Console, measured: Measurement) -> None:
    """Prints every table that is not empty."""
    console.print(Text(f"店铺 {measured.shop}，{measured.file}，{measured.rows} 条标注", style="bold"))
    for warning in filter(None, (_warn_unlabelled(measured), few_rows_warning(measured.rows))):
        console.print(Text(warning, style="yellow"))
    for title, table in _measurement_tables(measured):
        print_table(console, title, table)


def print_table(console: Console, title: str, table: Table) -> None:
    """Prints a table under its title."""
    console.print(Text(f"\n{title}", style="bold"), table, sep="\n", end="")


def outcomes_table(columns: Sequence[tuple[str, OutcomeShares]]) -> Table:
    """The table of outcomes under one or several thresholds."""
    table = _new_table(["", *(name for name, _ in columns)])
    table.add_row("直接答复", *(format_percent(each.answered) for _, each in columns))
    table.add_row("　其中答对", *(_share_cell(each.precision, each.answered) for _, each in columns))
    table.add_row("给选项反问", *(format_percent(each.choices) for _, each in columns))
    table.add_row("　选项里有对的", *(_share_cell(each.helpful, each.choices) for _, each in columns))
    table.add_row("请买家说清楚", *(format_percent(each.asked) for _, each in columns))
    table.add_row(ZONE_TITLES[MessageOutcome.PEOPLE], *(format_percent(each.people) for _, each in columns))
    return table


def _share_cell(share: float, part: float) -> str:
    return format_percent(share) if part else NOTHING


def _warn_unlabelled(measured: Measurement) -> str:
    return f"有 {measured.unlabelled} 行还没有标注，没有计算在内。" if measured.unlabelled else ""


def _measurement_tables(measured: Measurement) -> Iterator[tuple[str, Table]]:
    report, limits = measured.report, measured.thresholds
    yield "总的来看", _summary_table(report)
    in_force = f"answer {limits.answer:g}，clarify {limits.clarify:g}，gap {limits.gap:g}"
    yield f"按现在的阈值（{in_force}）", outcomes_table([("占全部消息", measured.zones)])
    if report.per_intent:
        yield "各个意图（准：认成它的有多少真是它；全：真是它的有多少认出来了）", _intents_table(measured)
    if report.confusions:
        yield "最常混淆", _confusions_table(measured)
    yield "要多准，能答多少", _coverage_table([(name, each) for name, each in _qualities_by_title(report) if each.rows])
    if report.wrong_but_confident:
        yield "很有把握却错了", _mistakes_table(measured)


def _qualities_by_title(
    report: EvaluationReport,
) -> tuple[tuple[str, PredictionQuality], tuple[str, PredictionQuality]]:
    return ("意图", report.intents), ("常见问题", report.faq)


def _summary_table(report: EvaluationReport) -> Table:
    table = _new_table(["", "意图", "常见问题"])
    intents, faq = report.intents, report.faq
    table.add_row("标注条数", str(intents.rows), str(faq.rows))
    table.add_row(
        "准确率（首选命中）", _share_cell(intents.accuracy, intents.rows), _share_cell(faq.accuracy, faq.rows)
    )
    table.add_row("加上“也算对”", _share_cell(report.lenient, intents.rows), "")
    table.add_row("前三个里有对的", "", _share_cell(report.faq_top3, faq.rows))
    table.add_row("宏平均 F1", f"{report.macro_f1:.3f}" if intents.rows else NOTHING, "")
    table.add_row("把握的误差（ECE）", _calibration_cell(intents), _calibration_cell(faq))
    return table


def _calibration_cell(matching: PredictionQuality) -> str:
    return f"{matching.calibration_error:.3f}" if matching.rows else NOTHING


def _intents_table(measured: Measurement) -> Table:
    table = _new_table(["意图", "准", "全", "F1", "条数"])
    for each in sorted(measured.report.per_intent, key=lambda quality: (-quality.support, quality.intent)):
        name = measured.names.describe_intent(each.intent)
        table.add_row(
            name, format_percent(each.precision), format_percent(each.recall), f"{each.f1:.2f}", str(each.support)
        )
    return table


def _confusions_table(measured: Measurement) -> Table:
    table = _new_table(["应该是", "认成了", "条数"], left=2)
    for expected, predicted, rows in measured.report.confusions[:SHOWN]:
        table.add_row(measured.names.describe_intent(expected), measured.names.describe_intent(predicted), str(rows))
    return table


def _coverage_table(kinds: Sequence[tuple[str, PredictionQuality]]) -> Table:
    table = _new_table(["要求答对", *(heading for name, _ in kinds for heading in (f"{name}：能答", "把握不低于"))])
    for wanted in STEPS:
        reached = [cell for _, matching in kinds for cell in _coverage_cells(matching.curve, wanted)]
        table.add_row(f"{wanted:.0%}", *reached)
    return table


def _coverage_cells(curve: Sequence[CurvePoint], wanted: float) -> tuple[str, str]:
    found = [point for point in curve if point.precision >= wanted]
    return (format_percent(found[-1].share), f"{found[-1].threshold:.2f}") if found else (NOTHING, NOTHING)


def _mistakes_table(measured: Measurement) -> Table:
    table = _new_table(["买家说", "应该是", "认成了", "把握"], left=3)
    for mistake in measured.report.wrong_but_confident[:SHOWN]:
        expected, predicted = (
            measured.names.describe_label(mistake.expected),
            measured.names.describe_label(mistake.predicted),
        )
        table.add_row(*map(_printable_cell, (mistake.text, expected, predicted)), format_percent(mistake.confidence))
    return table


def _printable_cell(text: str) -> Text:
    return Text(printable_text(text), overflow="fold")


def _new_table(headings: Sequence[str], left: int = 1) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim")
    for at, heading in enumerate(headings):
        table.add_column(heading, justify="left" if at < left else "right")
    return table
