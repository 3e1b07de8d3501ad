"""The part of `xiaoer evaluate` that shows what corrections would change before they are taken."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands import terminal
from app.domain.clock import utc_now
from app.domain.intent_traits import IntentRole

if TYPE_CHECKING:
    from app.domain.correction import Correction
    from app.evaluation.correction_effect import CorrectionEffect
    from app.evaluation.measured import LabelTitles
    from app.evaluation.metrics import LabelledMessage
    from app.evaluation.outcomes import DecisionPolicy
    from app.tenants.registry import OpenShop

MOST_STORED = 5000
"""Messages of the last days that are looked at, the latest first."""


def show_correction_effect(
    file: Path,
    messages: "Iterable[LabelledMessage]",
    opened: "OpenShop",
    practice: "DecisionPolicy",
    titles: "LabelTitles",
) -> None:
    """Print every message whose outcome the file's corrections would change; nothing is taken over."""
    from app.evaluation.correction_effect import OutcomeWords, measure_effect
    from app.shop.faq import question_key

    corrections = _read_corrections(file, opened, titles)
    said = {question_key(each.text) for each in corrections}
    beside = tuple(each for each in opened.shop.corrections if question_key(each.text) not in said)
    person = practice.traits.find_holder(IntentRole.PERSON)
    guarded = practice.people | ({person} if person else frozenset())
    after = opened.reader.learn_corrections((*corrections, *beside), guarded)
    effect = measure_effect(
        messages,
        (opened.reader.understand, after.understand),
        opened.shop.settings.thresholds,
        practice,
        titles,
        OutcomeWords("直接答：{what}", "给选项：{what}", "请买家说清楚", "转人工：{what}"),
    )
    _print_effect(effect, len(corrections))


def load_stored_messages(shop: str, days: int) -> "list[LabelledMessage]":
    """What buyers of the shop wrote in the last days, each text once, without labels."""
    from app.commands.store_access import run_with_store
    from app.evaluation.metrics import LabelledMessage

    since = utc_now() - timedelta(days=days)
    texts = run_with_store(lambda store: store.load_recent_texts(shop, since, MOST_STORED))
    return [LabelledMessage(text) for text in texts]


def _read_corrections(file: Path, opened: "OpenShop", titles: "LabelTitles") -> "tuple[Correction, ...]":
    from app.shop.corrections import COLUMNS, read_correction_sheets
    from app.shop.report import FolderReport, ProblemCollector, render_report
    from app.shop.sheet import load_sheets
    from app.shop.when import Calendar

    try:
        content = file.read_bytes()
    except OSError:
        terminal.exit_with_error(f"{file.name} 打不开，请检查路径和读的权限。")
    problems = ProblemCollector()
    settings = opened.shop.settings
    sheets = load_sheets(file.name, content, COLUMNS, problems, Calendar(utc_now(), settings.hours.zone))
    risky = settings.authority.always_people.risk_words
    found = read_correction_sheets(sheets, titles.intents, opened.shop.faq, risky)
    report = FolderReport(problems.list_problems(), {"更正": len(found)})
    if report.problems:
        terminal.print_text(render_report(report))
    if not report.can_open(strict=settings.strict):
        terminal.exit_with_error("先改好上面的错误，再看更正会改变什么。")
    return found


def _print_effect(effect: "CorrectionEffect", corrections: int) -> None:
    from rich.table import Table

    from app.evaluation.correction_effect import ChangeKind

    names = {
        ChangeKind.BETTER: "变对",
        ChangeKind.WORSE: "变错",
        ChangeKind.SAME: "对错不变",
        ChangeKind.UNKNOWN: "没有标注",
    }
    counts = "，".join(f"{name} {effect.count_kind(kind)}" for kind, name in names.items())
    terminal.print_text(
        f"{corrections} 条更正，看了 {effect.messages} 条消息，结果不同的 {len(effect.changed)} 条：{counts}。"
    )
    if effect.changed:
        table = Table("", "买家的话", "现在", "更正以后")
        for each in effect.changed:
            terminal.add_cells(table, names[each.kind], each.text, each.before, each.after)
        terminal.make_console(markup=False).print(table)
    terminal.print_text("只是看一看，没有改动。要采用，把文件存成店铺文件夹里的 corrections.csv。")
