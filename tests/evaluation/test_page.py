"""The page and the terminal tables, which show what strangers typed."""

import io
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from rich.cells import cell_len
from rich.console import Console

from app.evaluation.measured import LabelledRequest, Measurement
from app.evaluation.page import render_error_page, render_page
from app.evaluation.terminal import print_measurement
from tests.evaluation.builders import a_label, a_reading, a_request, measured, readings

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>&amp;[/red]\x1b[2J\u202e:smile:'
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "div", "section", "small", "b", "i",
    "span", "table", "tr", "th", "td", "ol", "li", "br", "svg", "desc", "line", "text", "polyline", "circle", "rect",
}  # fmt: skip


class Tags(HTMLParser):
    """Every element and attribute of a page, and its text."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def a_mistake(text: str) -> LabelledRequest:
    return a_reading(a_label(text, "bargaining"), a_request("stock", 0.9))


def only_entries() -> Measurement:
    read = a_request("stock", 0.5, faq="F1", faq_sure=0.9)
    return measured([a_reading(a_label(intent="", faq=faq), read) for faq in ("F1", "F2")])


def on_terminal(measurement: Measurement, width: int = 80) -> str:
    written = io.StringIO()
    print_measurement(Console(file=written, width=width, markup=False, emoji=False, highlight=False), measurement)
    return written.getvalue()


def test_what_a_buyer_typed_is_text_and_never_markup() -> None:
    tags = Tags(render_page(measured([a_mistake(HOSTILE)])))

    assert tags.names <= ALLOWED
    assert not {name for name in tags.attributes if name.startswith("on") or name in {"src", "href"}}
    assert "<script>alert(1)</script>" in tags.text
    assert "\x1b" not in tags.text


def test_a_hostile_file_name_and_problem_are_text_on_the_error_page() -> None:
    tags = Tags(render_error_page(HOSTILE, [f"第2行：没有意图“{HOSTILE}”。"]))

    assert tags.names <= ALLOWED
    assert tags.text.count("<script>") == 3 - 1


def test_the_page_loads_nothing() -> None:
    content = render_page(measured(readings(right=30, wrong=4)))

    assert not re.search(r"https?://|url\(|@import|<script|<link", content)
    assert "default-src 'none'" in content


def test_the_charts_are_well_formed_and_keep_inside_their_frame() -> None:
    charts = re.findall(r"<svg.*?</svg>", render_page(measured(readings(right=30, wrong=4))), re.DOTALL)

    assert len(charts) == 2
    for chart in map(ET.fromstring, charts):
        _, _, width, height = map(float, chart.attrib["viewBox"].split())
        for circle in chart.iter("circle"):
            assert 0 <= float(circle.attrib["cx"]) <= width
            assert 0 <= float(circle.attrib["cy"]) <= height


@pytest.mark.parametrize("sure", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize(("right", "wrong"), [(1, 0), (0, 1), (1, 1), (300, 3)])
def test_any_number_of_rows_makes_a_page_and_tables(sure: float, right: int, wrong: int) -> None:
    measurement = measured(readings(right, wrong, sure, sure))

    assert Tags(render_page(measurement)).names <= ALLOWED
    assert f"{right + wrong} 条标注" in on_terminal(measurement)


def test_a_file_of_entries_only_says_that_intents_are_not_labelled() -> None:
    tags = Tags(render_page(only_entries()))

    assert "没有标注意图" in tags.text
    assert "常见问题首选命中50.0%" in tags.text
    assert "F2 能便宜点吗" in on_terminal(only_entries())


def test_a_file_of_intents_only_shows_no_empty_entry_charts() -> None:
    text = Tags(render_page(measured(readings(3, 1)))).text

    assert "常见问题的把握" not in text
    assert "常见问题首选命中" not in text


def test_few_labels_and_rows_left_out_are_said_on_both() -> None:
    few = measured(readings(3, 1), unlabelled=7)

    for shown in (Tags(render_page(few)).text, on_terminal(few)):
        assert "少于 200 条" in shown
        assert "有 7 行还没有标注" in shown


def test_enough_labels_are_not_warned_of() -> None:
    assert "少于" not in Tags(render_page(measured(readings(200, 0)))).text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_chinese_columns_line_up_at_any_width(width: int) -> None:
    shown = on_terminal(measured([*readings(9, 2), a_mistake("这个能不能再便宜一点点呀" * 5)]), width)

    assert max(map(cell_len, shown.splitlines())) <= width
    rows = [line for line in shown.splitlines() if line.strip().startswith(("库存", "议价")) and "%" in line]
    assert len({cell_len(line) for line in rows}) == 1


def test_a_terminal_is_not_moved_by_what_a_buyer_typed() -> None:
    shown = on_terminal(measured([a_mistake(HOSTILE)]), width=300)

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[/red]" in shown
    assert ":smile:" in shown
