"""Renders a measurement as one self-contained Chinese page: no script, no external files, light and dark."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from app.evaluation.charts import Curve, coverage_chart, reliability_chart
from app.evaluation.html import Html, join_html, tag
from app.evaluation.measured import Measurement, ReliabilityBin
from app.evaluation.metrics import IntentQuality, Mistake, PredictionQuality
from app.evaluation.outcomes import MessageOutcome, OutcomeShares
from app.evaluation.phrases import ZONE_TITLES, few_rows_warning, format_percent

_HEAD = (
    '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)
CONFUSIONS = 12
_INTENTS, _FAQ = ("意图", "one"), ("常见问题", "two")


def render_page(measured: Measurement) -> str:
    """Renders the page of a measurement."""
    return _html_document(
        f"{measured.shop} 的测评", _page_heading(measured), _number_cards(measured), _section_board(measured)
    )


def render_error_page(file: str, problems: Sequence[str]) -> str:
    """Renders the page of an unusable label file, with what to mend."""
    listed = tag("ol", *(tag("li", problem) for problem in problems))
    hint = tag("p", "改好后再运行一次 xiaoer evaluate。", class_="soft")
    section = tag("section", tag("h2", "请先改好这些地方"), hint, listed, class_="wide")
    return _html_document("测评没有完成", tag("h1", f"{file} 还不能测评"), Html("<br>"), section)


def _html_document(title: str, *inside: Html) -> str:
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    head = join_html(Html(_HEAD), tag("title", title), tag("style", Html(style)), Html("</head>"))
    return join_html(head, tag("body", tag("main", *inside)), Html("</html>\n"))


def _page_heading(measured: Measurement) -> Html:
    about = f"{measured.file}，{measured.rows} 条标注，{measured.at:%Y-%m-%d %H:%M}"
    left = f"有 {measured.unlabelled} 行还没有标注，没有计算在内。" if measured.unlabelled else ""
    warnings = [tag("p", warning, class_="warning") for warning in (left, few_rows_warning(measured.rows)) if warning]
    return join_html(tag("h1", f"店铺 {measured.shop}：机器人认得准不准"), tag("p", about, class_="soft"), *warnings)


def _number_cards(measured: Measurement) -> Html:
    report, zones = measured.report, measured.zones
    cards = [
        _number_card(
            "现在直接答复",
            format_percent(zones.answered),
            f"其中答对 {_share_or_dash(zones.precision, zones.answered)}",
        )
    ]
    if report.intents.rows:
        cards.append(
            _number_card(
                "意图准确率", format_percent(report.intents.accuracy), f"加上“也算对” {format_percent(report.lenient)}"
            )
        )
        cards.append(_number_card("宏平均 F1", f"{report.macro_f1:.2f}", "各意图一样重地平均"))
        cards.append(
            _number_card("意图把握的误差", f"{report.intents.calibration_error:.3f}", "ECE，越小越好，0.06 以内算可信")
        )
    if report.faq.rows:
        cards.append(
            _number_card(
                "常见问题首选命中", format_percent(report.faq.accuracy), f"前三个里有 {format_percent(report.faq_top3)}"
            )
        )
        cards.append(_number_card("问答把握的误差", f"{report.faq.calibration_error:.3f}", "ECE，越小越好"))
    return tag("div", *cards, class_="numbers")


def _number_card(name: str, value: str, note: str) -> Html:
    return tag("div", tag("small", name), tag("b", value), tag("small", note), class_="number")


def _share_or_dash(share: float, part: float) -> str:
    return format_percent(share) if part else "—"


def _section_board(measured: Measurement) -> Html:
    report = measured.report
    sections = [
        _outcomes_section(measured),
        _coverage_section(measured),
        _reliability_section("意图", "one", report.intents, measured.reliability),
        *([_reliability_section("常见问题", "two", report.faq, measured.faq_reliability)] if report.faq.rows else []),
        _confusions_section(measured),
        _intents_section(measured),
        _wrong_answers_section(measured),
        _mistakes_section(measured),
    ]
    return tag("div", *sections, class_="board")


def _outcomes_section(measured: Measurement) -> Html:
    zones, limits = measured.zones, measured.thresholds
    note = f"answer {limits.answer:g}，clarify {limits.clarify:g}，gap {limits.gap:g}；改它们用 xiaoer tune。"
    parts = _outcome_parts(zones)
    strip = tag("div", *(_strip_segment(css, name, share) for css, name, share, _ in parts if share), class_="strip")
    keys = [_legend_key(css, f"{name} {format_percent(share)}{more}") for css, name, share, more in parts]
    return _page_section("按现在的阈值，这些消息会怎样", note, strip, *keys, wide=True)


def _outcome_parts(zones: OutcomeShares) -> list[tuple[str, str, float, str]]:
    right, wrong = zones.answered * zones.precision, zones.answered * (1 - zones.precision)
    helpful = f"（选项里有对的 {format_percent(zones.helpful)}）" if zones.choices else ""
    return [
        ("c0", "直接答复，答对", right, ""),
        ("wrong", "直接答复，答错", wrong, ""),
        ("c1", ZONE_TITLES[MessageOutcome.CHOICES], zones.choices, helpful),
        ("c2", ZONE_TITLES[MessageOutcome.ASK], zones.asked, ""),
        ("c3", ZONE_TITLES[MessageOutcome.PEOPLE], zones.people, ""),
    ]


def _strip_segment(css: str, name: str, share: float) -> Html:
    return tag("i", class_=css, style=f"flex:{share:.4f}", title=f"{name} {format_percent(share)}")


def _legend_key(css: str, words: str) -> Html:
    return tag("span", tag("i", class_=css), words, class_="key")


def _coverage_section(measured: Measurement) -> Html:
    report = measured.report
    kinds = [(_INTENTS, report.intents), (_FAQ, report.faq)]
    curves: list[Curve] = [(title, css, kind.curve) for (title, css), kind in kinds if kind.rows]
    keys = [_legend_key("c1" if css == "one" else "c3", title) for title, css, _ in curves]
    note = "从最有把握的答起，答得越多，答对的比例越低。曲线越高越平越好；虚线是 95%。"
    return _page_section("答多少，对多少", note, *keys, coverage_chart(curves))


def _reliability_section(title: str, css: str, matching: PredictionQuality, bins: Sequence[ReliabilityBin]) -> Html:
    note = "圆点落在虚线上，说明“八成把握”真的对八成；在线下是太自信，在线上是太谨慎。圆点越大，消息越多。"
    if not matching.rows:
        return _page_section(f"{title}的把握可不可信", note, _empty_note("这份文件没有标注意图。"))
    return _page_section(f"{title}的把握可不可信", note, reliability_chart(bins, css))


def _intents_section(measured: Measurement) -> Html:
    note = "准：认成它的有多少真是它。全：真是它的有多少认出来了。F1：两者兼顾，满分 1。"
    ordered = sorted(measured.report.per_intent, key=lambda each: (-each.support, each.intent))
    if not ordered:
        return _page_section("各个意图", note, _empty_note("这份文件没有标注意图。"), wide=True)
    rows = [_intent_row(measured.names.describe_intent(each.intent), each) for each in ordered]
    return _page_section("各个意图", note, _html_table(("意图", "", "F1", "准", "全", "条数"), rows, left=2), wide=True)


def _intent_row(title: str, each: IntentQuality) -> Html:
    shares = (f"{each.f1:.2f}", format_percent(each.precision), format_percent(each.recall), str(each.support))
    meter = tag("td", _share_meter(each.f1), class_="spare", style="width:32%")
    return tag("tr", tag("td", title), meter, *(tag("td", share, class_="n") for share in shares))


def _share_meter(share: float) -> Html:
    return tag("span", tag("i", style=f"width:{share:.1%}"), class_="meter")


def _confusions_section(measured: Measurement) -> Html:
    pairs = measured.report.confusions[:CONFUSIONS]
    note = "同一对反复出现，就给这两个意图或问题补几句分得清的问法。"
    if not pairs:
        words = "没有认错的意图。" if measured.report.intents.rows else "这份文件没有标注意图。"
        return _page_section("最常混淆", note, _empty_note(words), wide=not measured.report.faq.rows)
    names, most = measured.names, pairs[0][2]
    rows = [
        tag(
            "tr",
            tag("td", names.describe_intent(one)),
            tag("td", names.describe_intent(two)),
            *_count_cells(count, most),
        )
        for one, two, count in pairs
    ]
    table = _html_table(("应该是", "认成了", "", "条数"), rows, left=3)
    return _page_section("最常混淆", note, table, wide=not measured.report.faq.rows)


def _count_cells(count: int, most: int) -> tuple[Html, Html]:
    return tag("td", _share_meter(count / most), class_="spare", style="width:24%"), tag("td", str(count), class_="n")


def _wrong_answers_section(measured: Measurement) -> Html:
    note = "按现在的阈值会直接答、却答错的，一条不漏。标注了问答的，要真的说了那一条才算对。"
    if not measured.wrong_answers:
        return _page_section("直接答错的", note, _empty_note("没有。"), wide=True)
    items = [
        _mistake_item(Mistake(wrong.text, wrong.expected, wrong.told, wrong.confidence), measured)
        for wrong in measured.wrong_answers
    ]
    return _page_section("直接答错的", note, tag("ol", *items), wide=True)


def _mistakes_section(measured: Measurement) -> Html:
    mistakes = measured.report.wrong_but_confident
    note = "把握 80% 以上仍然认错的，最值得看：要么标注有误，要么缺这种问法。"
    if not mistakes:
        return _page_section("很有把握却错了", note, _empty_note("没有。"), wide=True)
    return _page_section(
        "很有把握却错了", note, tag("ol", *(_mistake_item(each, measured) for each in mistakes)), wide=True
    )


def _mistake_item(mistake: Mistake, measured: Measurement) -> Html:
    sure = tag("span", f"把握 {format_percent(mistake.confidence)}", class_="sure")
    said = tag("div", mistake.text, class_="said")
    expected, predicted = (
        measured.names.describe_label(mistake.expected),
        measured.names.describe_label(mistake.predicted),
    )
    return tag("li", sure, said, tag("small", f"应该是「{expected}」，认成了「{predicted}」"))


def _page_section(title: str, note: str, *inside: Html, wide: bool = False) -> Html:
    return tag(
        "section", tag("h2", title), tag("p", note, class_="soft"), *inside, **({"class_": "wide"} if wide else {})
    )


def _html_table(headings: Sequence[str], rows: Iterable[Html], left: int) -> Html:
    cells = [tag("th", name, class_=_header_class(name, at < left)) for at, name in enumerate(headings)]
    return tag("div", tag("table", tag("tr", *cells), *rows), class_="scroll")


def _header_class(name: str, left: bool) -> str:  # noqa: FBT001  one of two sides
    return ("" if left else "n") if name else "spare"


def _empty_note(words: str) -> Html:
    return tag("p", words, class_="empty")
