"""Reads the files that belong to a shop once, so that every step sees the same bytes."""

import fnmatch
import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.shop.report import ProblemCollector
from app.shop.suggest import nearest_name
from app.shop.table import MAX_BYTES

SETTINGS = "shop.yml"
PROMOTIONS = ("promotions.yml", "promotions.yaml", "优惠活动.yml")
_TABLES = {
    "faq": ("faq*.csv", "faq*.xlsx", "常见问题*.csv", "常见问题*.xlsx"),
    "catalog": ("catalog.csv", "catalog.xlsx", "商品.csv", "商品.xlsx"),
    "corrections": ("corrections*.csv", "corrections*.xlsx", "更正*.csv", "更正*.xlsx"),
    "orders": ("orders.csv", "orders.xlsx", "订单.csv", "订单.xlsx"),
}
_OLD_EXCEL = (".xls", ".et", ".numbers")


@dataclass(frozen=True, slots=True)
class ShopFiles:
    """The shop's files by name, as read at one moment."""

    contents: Mapping[str, bytes]

    @property
    def content_version(self) -> str:
        """A hash of every name and content."""
        digest = hashlib.sha256()
        for name in sorted(self.contents):
            digest.update(f"{name}\0{len(self.contents[name])}\0".encode("utf-8", "backslashreplace"))
            digest.update(self.contents[name])
        return digest.hexdigest()[:16]

    def table_names(self, part: str) -> list[str]:
        """The names of the tables of one part: faq, catalog, orders or corrections."""
        return [name for name in self.contents if _matches_any(name, _TABLES[part])]

    def promotion_names(self) -> list[str]:
        """The names of the promotion files."""
        return [name for name in self.contents if name.lower() in PROMOTIONS]


def list_file_names(folder: Path) -> list[str]:
    """The names of the shop's files in a fixed order; empty when there is no such folder."""
    try:
        found = [path.name for path in folder.iterdir() if path.is_file()]
    except OSError:
        return []
    return sorted(name for name in found if _belongs_to_shop(name))


def read_files(folder: Path, problems: ProblemCollector) -> ShopFiles:
    """Reads every file of the shop and notes unreadable ones."""
    if not folder.is_dir():
        problems.add_error(folder.name, "没有这个店铺文件夹，请检查路径。")
        return ShopFiles({})
    try:
        _note_misnamed(folder, problems)
        _note_parent_folder(folder, problems)
    except OSError:
        problems.add_error(folder.name, "文件夹打不开，请检查读取权限。")
    contents = {
        name: content
        for name in list_file_names(folder)
        if (content := _read_file(folder / name, problems)) is not None
    }
    return ShopFiles(contents)


def _note_parent_folder(folder: Path, problems: ProblemCollector) -> None:
    """Notes that the folder of all shops was given, which is the most likely mistake."""
    inner = sorted(path.parent.name for path in folder.glob(f"*/{SETTINGS}"))
    if inner and not (folder / SETTINGS).exists():
        problems.add_warning(folder.name, f"这里面是一家家店铺的文件夹，请检查其中一家：{'、'.join(inner[:5])}。")


def _read_file(path: Path, problems: ProblemCollector) -> bytes | None:
    try:
        if path.stat().st_size > MAX_BYTES:
            problems.add_error(path.name, f"文件超过 {MAX_BYTES // 1_000_000} MB，请拆成几个文件。")
            return None
        return path.read_bytes()
    except OSError:
        problems.add_error(path.name, "文件打不开：可能正被别的程序占用，或没有读取权限。")
        return None


def _belongs_to_shop(name: str) -> bool:
    if name.startswith((".", "~$")):
        return False
    every = [pattern for patterns in _TABLES.values() for pattern in patterns]
    return name.lower() in {SETTINGS, *PROMOTIONS} or _matches_any(name, every)


def _matches_any(name: str, patterns: list[str] | tuple[str, ...]) -> bool:
    plain = unicodedata.normalize("NFC", name).lower()
    return not name.startswith(("~$", ".")) and any(fnmatch.fnmatchcase(plain, pattern) for pattern in patterns)


def _note_misnamed(folder: Path, problems: ProblemCollector) -> None:
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith((".", "~$")) or _belongs_to_shop(path.name):
            continue
        if path.suffix.lower() in _OLD_EXCEL:
            problems.add_error(path.name, "不支持这种格式，请在 Excel 里另存为 .xlsx 或“CSV UTF-8”。")
        elif path.suffix.lower() in {".csv", ".xlsx", ".yml", ".yaml"}:
            _note_unused(path.name, problems)


def _note_unused(name: str, problems: ProblemCollector) -> None:
    plain = [
        SETTINGS,
        "promotions.yml",
        "faq.csv",
        "catalog.csv",
        "orders.csv",
        "faq.xlsx",
        "catalog.xlsx",
        "orders.xlsx",
    ]
    guess = nearest_name(name.lower(), plain)
    hint = (
        f"是不是想写“{guess}”？"
        if guess
        else "店铺会读 shop.yml、faq*.csv、catalog.csv、orders.csv、promotions.yml（表格也可用 .xlsx）。"
    )
    problems.add_warning(name, f"这个文件不会用到。{hint}")
