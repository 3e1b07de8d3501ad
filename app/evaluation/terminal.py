"""A measurement as Chinese tables on the terminal."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.evaluation.measured import Measured
from app.evaluation.metrics import CurvePoint, Matching, Report
from app.evaluation.outcomes import Zone, Zones
from app.evaluation.phrases import ZONE_TITLES, few, percent, printable

SHOWN = 15
STEPS = (0.99, 0.97, 0.95, 0.9, 0.85, 0.8)
NOTHING = "—"


def show(console: Console, measured: Measured) -> None:
    """Print every table that has something in it."""
    console.print(Text(f"店铺 {measured.shop}，{measured.file}，{measured.rows} 条标注", style="bold"))
    for warning in filter(None, (_left_out(measured), few(measured.rows))):
        console.print(Text(warning, style="yellow"))
    for title, table in _tables(measured):
        show_table(console, title, table)


def show_table(console: Console, title: str, table: Table) -> None:
    """A table under its title, which may be wider than the table."""
    console.print(Text(f"\n{title}", style="bold"), table, sep="\n", end="")


def zones_table(columns: Sequence[tuple[str, Zones]]) -> Table:
    """Zones under one or several thresholds, side by side."""
    table = _table(["", *(name for name, _ in columns)])
    table.add_row("直接答复", *(percent(each.answered) for _, each in columns))
    table.add_row("　其中答对", *(_of(each.precision, each.answered) for _, each in columns))
    table.add_row("给选项反问", *(percent(each.choices) for _, each in columns))
    table.add_row("　选项里有对的", *(_of(each.helpful, each.choices) for _, each in columns))
    table.add_row("请买家说清楚", *(percent(each.asked) for _, each in columns))
    table.add_row(ZONE_TITLES[Zone.PEOPLE], *(percent(each.people) for _, each in columns))
    return table


def _of(share: float, part: float) -> str:
    return percent(share) if part else NOTHING


def _left_out(measured: Measured) -> str:
    return f"有 {measured.unlabelled} 行还没有标注，没有计算在内。" if measured.unlabelled else ""


def _tables(measured: Measured) -> Iterator[tuple[str, Table]]:
    report, limits = measured.report, measured.thresholds
    yield "总的来看", _summary(report)
    in_force = f"answer {limits.answer:g}，clarify {limits.clarify:g}，gap {limits.gap:g}"
    yield f"按现在的阈值（{in_force}）", zones_table([("占全部消息", measured.zones)])
    if report.per_intent:
        yield "各个意图（准：认成它的有多少真是它；全：真是它的有多少认出来了）", _per_intent(measured)
    if report.confusions:
        yield "最常混淆", _confusions(measured)
    yield "要多准，能答多少", _curve([(name, each) for name, each in _kinds(report) if each.rows])
    if report.wrong_but_confident:
        yield "很有把握却错了", _mistakes(measured)


def _kinds(report: Report) -> tuple[tuple[str, Matching], tuple[str, Matching]]:
    return ("意图", report.intents), ("常见问题", report.faq)


def _summary(report: Report) -> Table:
    table = _table(["", "意图", "常见问题"])
    intents, faq = report.intents, report.faq
    table.add_row("标注条数", str(intents.rows), str(faq.rows))
    table.add_row("准确率（首选命中）", _of(intents.accuracy, intents.rows), _of(faq.accuracy, faq.rows))
    table.add_row("加上“也算对”", _of(report.lenient, intents.rows), "")
    table.add_row("前三个里有对的", "", _of(report.faq_top3, faq.rows))
    table.add_row("宏平均 F1", f"{report.macro_f1:.3f}" if intents.rows else NOTHING, "")
    table.add_row("把握的误差（ECE）", _error(intents), _error(faq))
    return table


def _error(matching: Matching) -> str:
    return f"{matching.calibration_error:.3f}" if matching.rows else NOTHING


def _per_intent(measured: Measured) -> Table:
    table = _table(["意图", "准", "全", "F1", "条数"])
    for each in sorted(measured.report.per_intent, key=lambda quality: (-quality.support, quality.intent)):
        name = measured.names.intent(each.intent)
        table.add_row(name, percent(each.precision), percent(each.recall), f"{each.f1:.2f}", str(each.support))
    return table


def _confusions(measured: Measured) -> Table:
    table = _table(["应该是", "认成了", "条数"], left=2)
    for expected, predicted, rows in measured.report.confusions[:SHOWN]:
        table.add_row(measured.names.intent(expected), measured.names.intent(predicted), str(rows))
    return table


def _curve(kinds: Sequence[tuple[str, Matching]]) -> Table:
    table = _table(["要求答对", *(heading for name, _ in kinds for heading in (f"{name}：能答", "把握不低于"))])
    for wanted in STEPS:
        reached = [cell for _, matching in kinds for cell in _reaching(matching.curve, wanted)]
        table.add_row(f"{wanted:.0%}", *reached)
    return table


def _reaching(curve: Sequence[CurvePoint], wanted: float) -> tuple[str, str]:
    found = [point for point in curve if point.precision >= wanted]
    return (percent(found[-1].share), f"{found[-1].threshold:.2f}") if found else (NOTHING, NOTHING)


def _mistakes(measured: Measured) -> Table:
    table = _table(["买家说", "应该是", "认成了", "把握"], left=3)
    for mistake in measured.report.wrong_but_confident[:SHOWN]:
        expected, predicted = measured.names.any(mistake.expected), measured.names.any(mistake.predicted)
        table.add_row(*map(_cell, (mistake.text, expected, predicted)), percent(mistake.confidence))
    return table


def _cell(text: str) -> Text:
    return Text(printable(text), overflow="fold")


def _table(headings: Sequence[str], left: int = 1) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim")
    for at, heading in enumerate(headings):
        table.add_column(heading, justify="left" if at < left else "right")
    return table
