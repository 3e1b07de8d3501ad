"""The report's charts as inline SVG, coloured by the page's style; shapes carry their numbers as titles."""

import math
from collections.abc import Iterable, Sequence

from app.evaluation.document import thinned
from app.evaluation.html import Html, join, tag
from app.evaluation.measured import Bin
from app.evaluation.metrics import CurvePoint
from app.evaluation.phrases import percent

WIDTH, HEIGHT = 400, 270
LEFT, RIGHT, TOP, BOTTOM = 38, 18, 28, 40
BIGGEST = 9
TARGET = 0.95
Curve = tuple[str, str, Sequence[CurvePoint]]


def coverage_chart(curves: Sequence[Curve]) -> Html:
    """Precision over the share answered, surest first; `curves` are (title, CSS class, points)."""
    points = [(css, title, thinned(_settled(curve))) for title, css, curve in curves]
    lowest = min((point.precision for _, _, curve in points for point in curve), default=0.0)
    floor = min(math.floor(lowest * 10) / 10, 0.8)
    frame = _frame("答得越多，越容易错", "直接答的占全部消息", _ticks(0, 1), "其中答对", _ticks(floor, 1))
    target = tag("line", class_="target", x1=LEFT, x2=WIDTH - RIGHT, y1=_y(TARGET, floor), y2=_y(TARGET, floor))
    label = tag("text", "95%", class_="tick", x=WIDTH - RIGHT, y=_y(TARGET, floor) - 4, text_anchor="end")
    return _svg(
        "覆盖率与准确率", frame, target, label, *(_line(css, title, curve, floor) for css, title, curve in points)
    )


def _settled(curve: Sequence[CurvePoint]) -> Sequence[CurvePoint]:
    """Without the first hundredth of the messages, where one mistake moves the line up and down."""
    return [point for point in curve if point.share >= 0.01] or curve  # noqa: PLR2004  the hundredth


def _line(css: str, title: str, curve: Sequence[CurvePoint], floor: float) -> Html:
    path = " ".join(f"{_x(point.share):.1f},{_y(point.precision, floor):.1f}" for point in curve)
    dots = [_dot(css, title, point, floor) for point in thinned(curve, 12)]
    return join(tag("polyline", class_=f"line {css}", points=path), *dots)


def _dot(css: str, title: str, point: CurvePoint, floor: float) -> Html:
    said = f"{title}：把握 {point.threshold:.2f} 以上，答 {percent(point.share)}，对 {percent(point.precision)}"
    shape = {"cx": _x(point.share), "cy": _y(point.precision, floor), "r": 3}
    return tag("circle", tag("title", said), class_=f"dot {css}", **shape)


def reliability_chart(bins: Sequence[Bin], css: str) -> Html:
    """How often a confidence is right, over the confidence; on the diagonal it means what it says."""
    frame = _frame("把握几成，就该对几成", "机器人的把握", _ticks(0, 1), "实际答对", _ticks(0, 1))
    diagonal = tag("line", class_="target", x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1))
    most = max((each.rows for each in bins), default=1)
    return _svg(
        "把握与实际", frame, *(_bar(each, css) for each in bins), diagonal, *(_ball(each, most, css) for each in bins)
    )


def _bar(each: Bin, css: str) -> Html:
    width = _x(each.high) - _x(each.low) - 2
    return tag(
        "rect",
        class_=f"bar {css}",
        x=_x(each.low) + 1,
        y=_y(each.accuracy),
        width=width,
        height=_y(0) - _y(each.accuracy),
    )


def _ball(each: Bin, most: int, css: str) -> Html:
    stretch = f"把握 {each.low:.2f}～{each.high:.2f}"
    said = f"{stretch}：{each.rows} 条，平均把握 {percent(each.confidence)}，对 {percent(each.accuracy)}"
    radius = 2.5 + (BIGGEST - 2.5) * math.sqrt(each.rows / most)
    return tag(
        "circle", tag("title", said), class_=f"dot {css}", cx=_x(each.confidence), cy=_y(each.accuracy), r=radius
    )


def _frame(title: str, across: str, columns: Iterable[float], up: str, rows: Sequence[float]) -> Html:
    floor = rows[0]
    marks = [_row(value, floor) for value in rows] + [_column(value) for value in columns]
    below = tag("text", across, class_="axis", x=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 6, text_anchor="middle")
    above = tag("text", up, class_="axis", x=0, y=12)
    return join(tag("desc", title), *marks, below, above)


def _row(value: float, floor: float) -> Html:
    y = _y(value, floor)
    number = tag("text", f"{value:.0%}", class_="tick", x=LEFT - 5, y=y + 4, text_anchor="end")
    return join(tag("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y), number)


def _column(value: float) -> Html:
    return tag("text", f"{value:.0%}", class_="tick", x=_x(value), y=HEIGHT - BOTTOM + 15, text_anchor="middle")


def _ticks(low: float, high: float) -> list[float]:
    step = 0.05 if high - low <= 0.2 + 1e-9 else 0.1 if high - low <= 0.5 + 1e-9 else 0.2
    return [high - at * step for at in range(int((high - low) / step + 1e-9), -1, -1)]


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float, floor: float = 0.0) -> float:
    return TOP + (1 - share) / (1 - floor) * (HEIGHT - TOP - BOTTOM)


def _svg(name: str, *inside: Html) -> Html:
    return tag("svg", *inside, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=name)
