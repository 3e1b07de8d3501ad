"""Writes what was learned as tables: an FAQ sheet with draft answers, and the use of each row."""

import csv
import io
from collections.abc import Mapping, Sequence

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from app.evaluation.learning import MissCluster, MissKind, RowUse
from app.observability.masking import mask_text

NO_ANSWER = "（请填写答案）"
"""The check refuses it, so that no row goes to buyers unfinished."""
_HEADINGS = ("编号", "标准问题", "相似问法", "答案", "分类", "备注")
_LINE = 60
"""Characters of a message that the list shows; a buyer may paste a page."""
_WIDTHS = (14, 30, 50, 60, 16, 40)
_KINDS = {MissKind.UNANSWERED: "没答上", MissKind.ASKED_TWICE: "连着反问两次", MissKind.CORRECTED: "答了又转人工"}
_USE_HEADINGS = ("编号", "标准问题", "答过几次", "答后转人工", "最近一次", "来源", "备注")


def learned_workbook(clusters: Sequence[MissCluster], titles: Mapping[str, str]) -> bytes:
    """An FAQ sheet, a row a cluster, ready to be finished and put into the shop's folder; personal data is masked."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "常见问题"
    sheet.append(_HEADINGS)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDEF", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    for cluster in clusters:
        sheet.append([_plain_cell(text) for text in _learned_row(cluster, titles)])
        for cell in sheet[sheet.max_row]:
            cell.data_type = "s"  # what buyers wrote is never run as a formula
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _learned_row(cluster: MissCluster, titles: Mapping[str, str]) -> tuple[str, ...]:
    kinds = "、".join(f"{_KINDS[kind]} {count} 次" for kind, count in cluster.kinds.items())
    others = f"；客服还答过：{' / '.join(map(mask_text, cluster.answers[1:3]))}" if len(cluster.answers) > 1 else ""
    return (
        cluster.row_id,
        mask_text(cluster.name),
        "|".join(mask_text(sample).replace("|", " ").replace("\n", " ") for sample in cluster.samples),
        mask_text(cluster.answers[0]) if cluster.answers else NO_ANSWER,
        titles.get(cluster.intent, ""),
        f"{kinds}，最近 {cluster.last_at:%Y-%m-%d}{others}",
    )


def _plain_cell(text: str) -> str:
    return str(ILLEGAL_CHARACTERS_RE.sub("", text))


def row_use_csv(uses: Sequence[RowUse]) -> str:
    """The use of each row as a table for Excel."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_USE_HEADINGS)
    for use in uses:
        writer.writerow(
            (
                use.entry.entry_id,
                use.entry.question,
                use.hits,
                use.handed_off,
                f"{use.last_at:%Y-%m-%d %H:%M}" if use.last_at else "",
                "学来的" if use.is_learned else "",
                "" if use.hits else "没有用到过，可以补相似问法或删掉",
            )
        )
    return "\ufeff" + text.getvalue()


def describe_cluster(cluster: MissCluster) -> str:
    """The cluster in one line."""
    answer = f"客服答过：{mask_text(cluster.answers[0])[:40]}" if cluster.answers else "客服没有答过"
    samples = "、".join(f"“{_clip_line(sample)}”" for sample in cluster.samples[:3])
    return f"{cluster.count} 次  “{_clip_line(cluster.name)}”{'，也说' + samples if samples else ''}；{answer}"


def _clip_line(text: str) -> str:
    """What a buyer wrote, masked, in one line that a terminal shows at a glance."""
    line = " ".join(mask_text(text).split())
    return line if len(line) <= _LINE else line[:_LINE] + "…"
