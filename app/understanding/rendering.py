"""Shows an evaluation to a shopkeeper: as text, as JSON and as one HTML page with charts drawn inline."""

import html
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from app.understanding.evaluation import CurvePoint, Matching, Report, Tuned

_WIDTH, _HEIGHT, _EDGE = 560, 300, 40
_POINTS = 200
"""Points kept of a long curve."""
_BAR = 18
_STYLE = (
    "body{font:15px/1.6 system-ui,'PingFang SC','Microsoft YaHei',sans-serif;max-width:60em;margin:2em auto;"
    "padding:0 1em;"
    "color:#222}table{border-collapse:collapse;width:100%}th,td{padding:.25em .6em;border-bottom:1px solid #ddd;"
    "text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto}"
    "svg text{font-size:12px;fill:#555}"
)


def as_text(report: Report, tuned: Tuned | None = None) -> str:
    """A short report for a terminal."""
    rows = [*_summary(report), *([_tuned(tuned)] if tuned else [])]
    if report.per_intent:
        rows += ["", "各意图（精确率 召回率 F1 条数）"]
        rows += [f"  {q.intent:24}{q.precision:6.2f}{q.recall:8.2f}{q.f1:6.2f}{q.support:7}" for q in report.per_intent]
    if report.confusions:
        rows += ["", "最常混淆（应为 → 判为：次数）"]
        rows += [f"  {right} → {wrong}：{count}" for right, wrong, count in report.confusions[:15]]
    if report.wrong_but_confident:
        rows += ["", "错得很有把握的"]
        rows += [
            f"  {m.confidence:.2f} {m.text}（应为 {m.expected}，判为 {m.predicted}）"
            for m in report.wrong_but_confident
        ]
    return "\n".join(rows)


def as_json(report: Report, tuned: Tuned | None = None) -> str:
    """Everything measured, for other programs; long curves thinned."""
    written: dict[str, Any] = asdict(report)
    for part, matching in (("intents", report.intents), ("faq", report.faq)):
        written[part]["curve"] = [asdict(point) for point in _thinned(matching.curve)]
    if tuned:
        written["tuned"] = asdict(tuned)
    return json.dumps(written, ensure_ascii=False, indent=2)


def as_html(report: Report, tuned: Tuned | None = None, *, title: str = "理解效果评测") -> str:
    """One self-contained page."""
    body = [f"<h1>{html.escape(title)}</h1>", *(f"<p>{html.escape(row)}</p>" for row in _summary(report))]
    if tuned:
        body.append(f"<p><strong>{html.escape(_tuned(tuned))}</strong></p>")
    for name, matching in (("意图", report.intents), ("FAQ", report.faq)):
        if matching.rows:
            body += [f"<h2>{name}：答得越多，对得越少</h2>", _curve_chart(matching)]
    if report.per_intent:
        body += ["<h2>各意图的 F1</h2>", _bar_chart([(q.intent, q.f1, q.support) for q in report.per_intent])]
        quality = [
            (q.intent, f"{q.precision:.2f}", f"{q.recall:.2f}", f"{q.f1:.2f}", q.support) for q in report.per_intent
        ]
        body.append(_table(("意图", "精确率", "召回率", "F1", "条数"), quality))
    if report.confusions:
        body += ["<h2>最常混淆</h2>", _table(("应为", "判为", "次数"), report.confusions)]
    if report.wrong_but_confident:
        wrong = [(m.text, m.expected, m.predicted, f"{m.confidence:.2f}") for m in report.wrong_but_confident]
        body += ["<h2>错得很有把握的</h2>", _table(("买家说", "应为", "判为", "把握"), wrong)]
    page = "\n".join(body)
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{page}</body></html>"
    )


def _summary(report: Report) -> list[str]:
    rows: list[str] = []
    if report.intents.rows:
        rows.append(
            f"意图：{report.intents.rows} 条，准确率 {report.intents.accuracy:.1%}（宽松 {report.lenient:.1%}），"
            f"宏平均 F1 {report.macro_f1:.3f}，校准误差 {report.intents.calibration_error:.3f}"
        )
    if report.faq.rows:
        rows.append(
            f"FAQ：{report.faq.rows} 条，首位正确 {report.faq.accuracy:.1%}，前三位 {report.faq_top3:.1%}，"
            f"校准误差 {report.faq.calibration_error:.3f}"
        )
    return rows or ["没有可评测的标注"]


def _tuned(tuned: Tuned) -> str:
    if not tuned.reached:
        return "没有哪个阈值能达到要求的准确率：先补充例句或相似问法，再试一次"
    return (
        f"把回答阈值设为 {tuned.threshold:.2f}：会自动回答 {tuned.share:.1%} 的消息，其中 {tuned.precision:.1%} 答得对"
    )


def _thinned(curve: Sequence[CurvePoint]) -> list[CurvePoint]:
    step = max(1, len(curve) // _POINTS)
    return [point for at, point in enumerate(curve) if at % step == 0 or at == len(curve) - 1]


def _curve_chart(matching: Matching) -> str:
    points = " ".join(f"{_x(point.share):.1f},{_y(point.precision):.1f}" for point in _thinned(matching.curve))
    lines = [
        f'<line x1="{_EDGE}" y1="{_y(level):.1f}" x2="{_WIDTH}" y2="{_y(level):.1f}" stroke="#eee"/>'
        f'<text x="4" y="{_y(level) + 4:.1f}">{level:.0%}</text>'
        for level in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    ]
    marks = [f'<text x="{_x(share) - 10:.1f}" y="{_HEIGHT - 8}">{share:.0%}</text>' for share in (0.25, 0.5, 0.75, 1.0)]
    return (
        f'<svg viewBox="0 0 {_WIDTH + 10} {_HEIGHT}" role="img" aria-label="横轴：自动回答的比例；纵轴：答对的比例">'
        f"{''.join(lines)}{''.join(marks)}"
        f'<polyline points="{points}" fill="none" stroke="#1677ff" stroke-width="2"/></svg>'
        "<p>横轴：自动回答的比例；纵轴：其中答对的比例</p>"
    )


def _x(share: float) -> float:
    return _EDGE + share * (_WIDTH - _EDGE)


def _y(precision: float) -> float:
    return 10 + (1 - max(precision, 0.5)) * 2 * (_HEIGHT - _EDGE)


def _bar_chart(bars: Sequence[tuple[str, float, int]]) -> str:
    drawn = [
        f'<text x="0" y="{at * _BAR + 13}">{html.escape(name)}</text>'
        f'<rect x="190" y="{at * _BAR + 3}" width="{value * 300:.1f}" height="{_BAR - 5}" fill="#1677ff"/>'
        f'<text x="{196 + value * 300:.1f}" y="{at * _BAR + 13}">{value:.2f}（{count} 条）</text>'
        for at, (name, value, count) in enumerate(sorted(bars, key=lambda bar: -bar[1]))
    ]
    box = f"0 0 {_WIDTH + 40} {len(bars) * _BAR + 6}"
    return f'<svg viewBox="{box}" role="img" aria-label="各意图的 F1">{"".join(drawn)}</svg>'


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{html.escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
