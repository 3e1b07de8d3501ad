"""Renders the report's charts as inline SVG, coloured by the page's style; shapes have their numbers as titles."""

import math
from collections.abc import Iterable, Sequence

from app.evaluation.document import thin_curve
from app.evaluation.html import Html, join_html, tag
from app.evaluation.measured import ReliabilityBin
from app.evaluation.metrics import CurvePoint
from app.evaluation.phrases import format_percent

WIDTH, HEIGHT = 400, 270
LEFT, RIGHT, TOP, BOTTOM = 38, 18, 28, 40
BIGGEST = 9
TARGET = 0.95
Curve = tuple[str, str, Sequence[CurvePoint]]


def coverage_chart(curves: Sequence[Curve]) -> Html:
    """Chart of precision over the share answered, most confident first; `curves` are (title, CSS class, points)."""
    points = [(css, title, thin_curve(_skip_unstable_start(curve))) for title, css, curve in curves]
    lowest = min((point.precision for _, _, curve in points for point in curve), default=0.0)
    floor = min(math.floor(lowest * 10) / 10, 0.8)
    frame = _chart_frame(
        "答得越多，越容易错", "直接答的占全部消息", _axis_ticks(0, 1), "其中答对", _axis_ticks(floor, 1)
    )
    target = tag(
        "line", class_="target", x1=LEFT, x2=WIDTH - RIGHT, y1=_y_position(TARGET, floor), y2=_y_position(TARGET, floor)
    )
    label = tag("text", "95%", class_="tick", x=WIDTH - RIGHT, y=_y_position(TARGET, floor) - 4, text_anchor="end")
    return _svg_chart(
        "覆盖率与准确率", frame, target, label, *(_curve_line(css, title, curve, floor) for css, title, curve in points)
    )


def _skip_unstable_start(curve: Sequence[CurvePoint]) -> Sequence[CurvePoint]:
    """Drops the first hundredth of the messages, where one mistake swings the line."""
    return [point for point in curve if point.share >= 0.01] or curve  # noqa: PLR2004  the hundredth


def _curve_line(css: str, title: str, curve: Sequence[CurvePoint], floor: float) -> Html:
    path = " ".join(f"{_x_position(point.share):.1f},{_y_position(point.precision, floor):.1f}" for point in curve)
    dots = [_curve_dot(css, title, point, floor) for point in thin_curve(curve, 12)]
    return join_html(tag("polyline", class_=f"line {css}", points=path), *dots)


def _curve_dot(css: str, title: str, point: CurvePoint, floor: float) -> Html:
    share, precision = format_percent(point.share), format_percent(point.precision)
    said = f"{title}：把握 {point.threshold:.2f} 以上，答 {share}，对 {precision}"
    shape = {"cx": _x_position(point.share), "cy": _y_position(point.precision, floor), "r": 3}
    return tag("circle", tag("title", said), class_=f"dot {css}", **shape)


def reliability_chart(bins: Sequence[ReliabilityBin], css: str) -> Html:
    """Chart of accuracy over confidence; a calibrated model lies on the diagonal."""
    frame = _chart_frame("把握几成，就该对几成", "机器人的把握", _axis_ticks(0, 1), "实际答对", _axis_ticks(0, 1))
    diagonal = tag("line", class_="target", x1=_x_position(0), y1=_y_position(0), x2=_x_position(1), y2=_y_position(1))
    most = max((each.rows for each in bins), default=1)
    return _svg_chart(
        "把握与实际",
        frame,
        *(_bin_bar(each, css) for each in bins),
        diagonal,
        *(_bin_dot(each, most, css) for each in bins),
    )


def _bin_bar(each: ReliabilityBin, css: str) -> Html:
    width = _x_position(each.high) - _x_position(each.low) - 2
    return tag(
        "rect",
        class_=f"bar {css}",
        x=_x_position(each.low) + 1,
        y=_y_position(each.accuracy),
        width=width,
        height=_y_position(0) - _y_position(each.accuracy),
    )


def _bin_dot(each: ReliabilityBin, most: int, css: str) -> Html:
    stretch = f"把握 {each.low:.2f}～{each.high:.2f}"
    said = f"{stretch}：{each.rows} 条，平均把握 {format_percent(each.confidence)}，对 {format_percent(each.accuracy)}"
    radius = 2.5 + (BIGGEST - 2.5) * math.sqrt(each.rows / most)
    return tag(
        "circle",
        tag("title", said),
        class_=f"dot {css}",
        cx=_x_position(each.confidence),
        cy=_y_position(each.accuracy),
        r=radius,
    )


def _chart_frame(title: str, across: str, columns: Iterable[float], up: str, rows: Sequence[float]) -> Html:
    floor = rows[0]
    marks = [_gridline(value, floor) for value in rows] + [_column_label(value) for value in columns]
    below = tag("text", across, class_="axis", x=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 6, text_anchor="middle")
    above = tag("text", up, class_="axis", x=0, y=12)
    return join_html(tag("desc", title), *marks, below, above)


def _gridline(value: float, floor: float) -> Html:
    y = _y_position(value, floor)
    number = tag("text", f"{value:.0%}", class_="tick", x=LEFT - 5, y=y + 4, text_anchor="end")
    return join_html(tag("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y), number)


def _column_label(value: float) -> Html:
    return tag(
        "text", f"{value:.0%}", class_="tick", x=_x_position(value), y=HEIGHT - BOTTOM + 15, text_anchor="middle"
    )


def _axis_ticks(low: float, high: float) -> list[float]:
    step = 0.05 if high - low <= 0.2 + 1e-9 else 0.1 if high - low <= 0.5 + 1e-9 else 0.2
    return [high - at * step for at in range(int((high - low) / step + 1e-9), -1, -1)]


def _x_position(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y_position(share: float, floor: float = 0.0) -> float:
    return TOP + (1 - share) / (1 - floor) * (HEIGHT - TOP - BOTTOM)


def _svg_chart(name: str, *inside: Html) -> Html:
    return tag("svg", *inside, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=name)
