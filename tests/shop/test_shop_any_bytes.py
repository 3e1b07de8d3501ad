"""Whatever bytes a shop's files hold, there is a report and never an exception."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.commerce.undercut import find_promotions_under_floor
from app.guard.answers import judge_answer
from app.shop.checker import check_shop, render_report
from app.shop.loader import read_shop
from app.shop.report import FolderReport
from tests.shop.builders import CATALOG, FAQ, NOW, ORDERS, SOUND, Content, as_bytes, csv_bytes, write, xlsx_bytes

CALM = settings(deadline=None, derandomize=True)  # a busy machine is no failure

NAMES = [
    "shop.yml",
    "faq.csv",
    "faq.xlsx",
    "catalog.csv",
    "catalog.xlsx",
    "orders.csv",
    "orders.xlsx",
    "promotions.yml",
]
SAMPLES = {name: as_bytes(name, content) for name, content in SOUND.items()} | {
    "faq.xlsx": xlsx_bytes(FAQ),
    "catalog.xlsx": xlsx_bytes(CATALOG),
    "orders.xlsx": xlsx_bytes(ORDERS),
}
ODD_MARKS = ["\ufeff", "\x00", "|||", '"', "０", "½", "Ⅳ", "٣", "௧", "²", "-", "+", "￥", ",", "\ud7ff", "😀😀"]
ODD_NUMBERS = ["=1+1", "@x", "-1", "1e9", "NaN", "Infinity", "46027", "1.2E+19", "#REF!"]
ODD_DAYS = ["今天+99999天", "-99999d", "2026-02-30", "9999-12-31", "今天", "现在", "是"]
NASTY = st.sampled_from([*ODD_MARKS, *ODD_NUMBERS, *ODD_DAYS])
CELLS = NASTY | st.text(max_size=12) | st.sampled_from(["M1", "M1-1", "8001", "待发货", "已发货", "39.9", "3", "今天"])


def check(files: dict[str, Content]) -> FolderReport:
    """The report of a sound shop with these files put in; opening it must agree with the report."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {
            name: content
            for name, content in SOUND.items()
            if name.split(".")[0] not in {n.split(".")[0] for n in files}
        }
        shop = write(Path(folder) / "shop", {**kept, **files})
        report = check_shop(shop, NOW, judge_answer, goods_check=find_promotions_under_floor)
        render_report(report).encode()
        assert (read_shop(shop, NOW, judge_answer).shop is not None) is report.can_open(strict=False)
        return report


@settings(CALM)
@given(st.sampled_from(NAMES), st.binary(max_size=300))
def test_any_bytes_in_any_file_give_a_report(name: str, content: bytes) -> None:
    check({name: content})


@settings(CALM, max_examples=150)
@given(st.sampled_from(NAMES), st.data())
def test_a_spoilt_file_gives_a_report(name: str, data: st.DataObject) -> None:
    content = SAMPLES[name]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 20)))

    check({name: content[:start] + data.draw(st.binary(max_size=8)) + content[end:]})


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_off_anywhere_gives_a_report(name: str) -> None:
    content = SAMPLES[name]

    for end in range(0, len(content), max(1, len(content) // 60)):
        check({name: content[:end]})


@settings(CALM, max_examples=150)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@given(st.sampled_from([("faq", FAQ), ("catalog", CATALOG), ("orders", ORDERS)]), st.data())
def test_any_cells_under_the_right_headings_give_a_report(
    ending: str, table: tuple[str, list[list[str]]], data: st.DataObject
) -> None:
    part, (headings, *_) = table
    rows = data.draw(st.lists(st.lists(CELLS, max_size=len(headings) + 2), max_size=4))

    if ending == "xlsx":
        clean = [["".join(mark for mark in cell if mark.isprintable()) for cell in row] for row in rows]
        check({f"{part}.xlsx": xlsx_bytes([headings, *clean])})
    else:
        check({f"{part}.csv": csv_bytes([headings, *rows])})


SETTINGS_KEYS = (
    "name tone hours opens days timezone authority shipping closed bargaining rounds max_discount bulk_tiers rate "
    "coupons id cash sources stock type http url groups thresholds answer"
)
PROMOTION_KEYS = "promotions id title kind begins ends over minus products x 亲 *a &a"
KEYS = st.sampled_from([*SETTINGS_KEYS.split(), *PROMOTION_KEYS.split()])
VALUES = st.recursive(
    CELLS
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.sampled_from(["threshold", "percent", "files", "16:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def as_yaml(value: object) -> str:
    """Flow style, written by hand so that odd keys and scalars stay as odd as they are."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_yaml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    return "null" if value is None else str(value)


@settings(CALM, max_examples=150)
@given(st.sampled_from(["shop.yml", "promotions.yml"]), st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_tree_of_keys_and_values_gives_a_report(name: str, value: dict[str, object]) -> None:
    lines = "\n".join(f"{key}: {as_yaml(part)}" for key, part in value.items())

    check({name: lines.encode("utf-8", "replace")})


@settings(CALM, max_examples=150)
@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_any_promotion_gives_a_report(value: dict[str, object]) -> None:
    check({"promotions.yml": f"promotions: [{as_yaml(value)}]".encode("utf-8", "replace")})
