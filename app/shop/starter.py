"""Writes a small honest shop of one trade: what it says follows from what the shopkeeper promised, and nothing else."""

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from app.domain.clock import utc_now
from app.shop import goods
from app.shop.faq_columns import COLUMNS as FAQ_COLUMNS
from app.shop.folder import SETTINGS, ShopFiles
from app.shop.headings import tidy_heading
from app.shop.loader import parse_shop
from app.shop.report import ProblemCollector
from app.shop.template import TEMPLATE_FILE, TRADES, TableSheet, write_template, write_workbook

_BY_TITLE = {tidy_heading(column.title): at for at, column in enumerate(FAQ_COLUMNS)}
_HEADER = """# 店铺设置。改了存盘就生效；没写的权限就是不允许。每一项怎么写：faq/README.md 的“店铺设置 shop.yml”。
# 缩进用空格，英文冒号后面空一格；写错了 xiaoer check 会说是哪一行。
"""
_SHIPPING_EXAMPLES = """    # 下面这些还没有承诺；要承诺就去掉开头的 # 和一个空格，改成您的：
    # free_from: 59              # 满多少元包邮
    # fee: 8                     # 不满收多少运费
    # remote_places: [新疆, 西藏]  # 偏远地区，另收运费
    # remote_fee: 20
"""
_KEPT_FOR_PEOPLE = ("投诉", "转人工")
_ANY_TRADE = "other"
_NO_TRADES = frozenset({"common", "columns"})


@dataclass(frozen=True, slots=True)
class ShopPromises:
    """What a new shop promises; None or empty is no promise.

    Attributes:
        ship_hours: paid orders leave within so many hours.
        cut_off: what is paid before this time leaves the same day, 16:00.
        returns_days: days after delivery in which goods may be returned without a reason.
        couriers, ships_from: who carries the parcels, and from where.
        opens, closes: opening hours of its people, 09:00.
    """

    ship_hours: int | None = None
    cut_off: str = ""
    returns_days: int | None = None
    couriers: tuple[str, ...] = ()
    ships_from: str = ""
    opens: str = "09:00"
    closes: str = "22:00"

    @property
    def values(self) -> Mapping[str, str]:
        """The promises that were made, as rows quote them."""
        given = {
            "hours": self.ship_hours,
            "returns": self.returns_days if self.ship_hours else None,
            "couriers": "、".join(self.couriers) if self.ship_hours else "",
            "from": self.ships_from if self.ship_hours else "",
        }
        return {name: str(value) for name, value in given.items() if value not in (None, "")}


def list_trades() -> dict[str, str]:
    """The trades by id, with their Chinese names; the one for all others is the last."""
    files = sorted(
        (path for path in TRADES.glob("*.yml") if path.stem not in _NO_TRADES),
        key=lambda path: (path.stem == _ANY_TRADE, path.stem),
    )
    return {path.stem: str(_load_trade(path.stem)["name"]) for path in files}


def write_shop(name: str, trade: str, promises: ShopPromises, categories: Sequence[str]) -> dict[str, bytes]:
    """The files of the new shop by name: shop.yml, faq.xlsx, catalog.xlsx and the template."""
    rows = [*_list_rows("common", promises), *_list_rows(trade, promises)]
    faq = TableSheet("问答", "faq", FAQ_COLUMNS, rows)
    return {
        SETTINGS: write_settings(name, promises).encode(),
        "faq.xlsx": write_workbook([faq], categories),
        "catalog.xlsx": write_workbook([TableSheet("商品", "catalog", goods.COLUMNS)]),
        TEMPLATE_FILE: write_template(categories),
    }


def find_refused_promises(name: str, promises: ShopPromises) -> list[tuple[str, str]]:
    """The keys of shop.yml that cannot be what was given, each with the reason; empty: it can be written."""
    problems = ProblemCollector()
    files = ShopFiles({SETTINGS: write_settings(name, promises).encode()})
    report = parse_shop(files, Path(), utc_now(), problems).report
    return [(problem.field.rpartition(".")[2], problem.message) for problem in report.errors]


def _load_trade(trade: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((TRADES / f"{trade}.yml").read_text(encoding="utf-8"))
    return found


def _list_rows(trade: str, promises: ShopPromises) -> Iterator[list[str]]:
    """The trade's rows; one that quotes a promise which was not made is left out."""
    for item in _load_trade(trade)["faq"]:
        if _list_fields(item["答案"]) <= promises.values.keys():
            yield _write_row(item, promises.values)


def _list_fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def _write_row(item: Mapping[str, Any], values: Mapping[str, str]) -> list[str]:
    cells = [""] * len(FAQ_COLUMNS)
    for heading, value in item.items():
        text = "|".join(value) if isinstance(value, list) else str(value)
        cells[_BY_TITLE[tidy_heading(heading)]] = text.format(**values) if heading == "答案" else text
    return cells


def write_settings(name: str, promises: ShopPromises) -> str:
    """shop.yml with the promises that were made."""
    hours = {"opens": promises.opens, "closes": promises.closes}
    settings: dict[str, Any] = {"name": name, "tone": {"address": "亲"}, "hours": hours}
    shipping: dict[str, Any] = {
        "within_hours": promises.ship_hours,
        "cut_off": promises.cut_off,
        "couriers": list(promises.couriers),
        "ships_from": promises.ships_from,
        "returns_days": promises.returns_days,
    }
    authority: dict[str, Any] = {"always_people": {"intents": list(_KEPT_FOR_PEOPLE)}}
    if promises.ship_hours:
        authority["shipping"] = {key: value for key, value in shipping.items() if value not in (None, "", [])}
    settings["authority"] = authority
    written = _HEADER + yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    return written + _SHIPPING_EXAMPLES if "shipping" in authority else written
