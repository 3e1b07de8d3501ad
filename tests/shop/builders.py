"""Builds shop folders for the tests: a small sound one, of which a test spoils one file."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import openpyxl

NOW = datetime(2026, 1, 10, 4, 30, tzinfo=UTC)  # 12:30 in Shanghai

SHOP = 'name: 小店\nauthority:\n  shipping: {within_hours: 48, cut_off: "16:00"}\n'
FAQ = [["编号", "标准问题", "相似问法", "答案"], ["1", "怎么洗", "如何清洗|能用水洗吗", "亲，用清水冲洗后擦干就可以。"]]
CATALOG = [
    ["商品编号", "规格编号", "标题", "规格", "价格", "底价", "库存"],
    ["M1", "M1-1", "茶盘", "颜色:原木色", "39.9", "35", "12"],
]
ORDERS = [
    ["订单号", "买家", "规格编号", "数量", "金额", "状态", "付款时间"],
    ["8001", "b1", "M1-1", "1", "39.9", "待发货", "今天 08:00"],
]
PROMOTIONS = (
    "promotions:\n  - {id: a, title: 满减, kind: threshold, begins: 今天, ends: 今天+3天, over: 99, minus: 10}\n"
)

Content = str | bytes | Sequence[Sequence[object]] | None


def csv_bytes(rows: Sequence[Sequence[object]], encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(rows: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def as_bytes(name: str, content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    return xlsx_bytes(content or []) if name.endswith(".xlsx") else csv_bytes(content or [])


def write(folder: Path, files: Mapping[str, Content]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        if content is None:
            (folder / name).unlink(missing_ok=True)
        else:
            (folder / name).write_bytes(as_bytes(name, content))
    return folder


SOUND: dict[str, Content] = {
    "shop.yml": SHOP,
    "faq.csv": FAQ,
    "catalog.csv": CATALOG,
    "orders.csv": ORDERS,
    "promotions.yml": PROMOTIONS,
}
