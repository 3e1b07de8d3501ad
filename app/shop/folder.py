"""Reads the files that belong to a shop once, so that every step sees the same bytes."""

import fnmatch
import hashlib
import shutil
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.shop.report import ProblemCollector
from app.shop.suggest import nearest_name
from app.shop.table import MAX_BYTES

SETTINGS = "shop.yml"
FAQ_NAMES = ("faq", "常见问题", "问答")
PROMOTIONS = ("promotions.yml", "promotions.yaml", "优惠活动.yml")
_TABLES = {
    "faq": tuple(f"{name}*.{ending}" for name in FAQ_NAMES for ending in ("csv", "xlsx", "yml", "yaml")),
    "catalog": ("catalog.csv", "catalog.xlsx", "商品.csv", "商品.xlsx"),
    "corrections": ("corrections*.csv", "corrections*.xlsx", "更正*.csv", "更正*.xlsx"),
    "phrases": ("phrases*.csv", "phrases*.xlsx", "短语*.csv", "短语*.xlsx"),
    "orders": ("orders.csv", "orders.xlsx", "订单.csv", "订单.xlsx"),
    "checks": ("checks.csv", "checks.xlsx", "checks.yml", "checks.yaml", "测试.csv", "测试.xlsx", "测试.yml"),
}
_REPLACED_PREFIX = ".replaced-"  # hidden, so that no check takes it for a table
TEMPLATE_PREFIX = "模板"
_TABLE_NAMES = {
    "faq": (*FAQ_NAMES, "话术", "客服", "知识库", "快捷短语"),
    "catalog": ("catalog", "商品", "宝贝", "sku"),
    "orders": ("orders", "订单"),
}
_USUAL_NAMES = (SETTINGS, "promotions.yml", *(f"{part}{end}" for part in _TABLE_NAMES for end in (".csv", ".xlsx")))
_READABLE = (".csv", ".xlsx", ".yml", ".yaml", ".txt", ".json", ".tsv")
_SAVE_AS = "请在 Excel 里另存为 .xlsx 或“CSV UTF-8”。"
_ADVICE = {
    ".xls": f"不支持这种旧格式，没有读。{_SAVE_AS}",
    ".et": f"不支持 WPS 的这种格式，没有读。{_SAVE_AS}",
    ".numbers": "不支持 Numbers 的格式，没有读。请在 Numbers 里“导出为 Excel”（.xlsx）。",
    ".xlsm": f"带宏的 Excel 文件不读。{_SAVE_AS}",
    ".xlsb": f"不支持这种格式，没有读。{_SAVE_AS}",
    ".ods": f"不支持这种格式，没有读。{_SAVE_AS}",
    ".doc": "Word 文件不读。请把问题和答案复制到 Excel 的两列，表头写“标准问题”“答案”，存成 faq.xlsx。",
    ".docx": "Word 文件不读。请把问题和答案复制到 Excel 的两列，表头写“标准问题”“答案”，存成 faq.xlsx。",
    ".pdf": "PDF 文件不读。请把问题和答案复制到 Excel 的两列，表头写“标准问题”“答案”，存成 faq.xlsx。",
    ".zip": "压缩包不读。请先解压，把里面的表格放进来。",
    ".rar": "压缩包不读。请先解压，把里面的表格放进来。",
}
_LISTED = 3


@dataclass(frozen=True, slots=True)
class ShopFiles:
    """The shop's files by name, as read at one moment."""

    contents: Mapping[str, bytes]

    @property
    def content_version(self) -> str:
        """A hash of every name and content."""
        return self._hash_files(self.contents)

    def hash_tables(self, part: str) -> str:
        """A hash of every name and content of one part's tables."""
        return self._hash_files(self.table_names(part))

    def _hash_files(self, names: Iterable[str]) -> str:
        digest = hashlib.sha256()
        for name in sorted(names):
            digest.update(f"{name}\0{len(self.contents[name])}\0".encode("utf-8", "backslashreplace"))
            digest.update(self.contents[name])
        return digest.hexdigest()[:16]

    def table_names(self, part: str) -> list[str]:
        """The names of the tables of one part: faq, catalog, orders, corrections, phrases or checks."""
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


def find_author(folder: Path) -> str:
    """The account that owns the file changed last; empty where the system does not tell."""
    try:
        latest = max((folder / name for name in list_file_names(folder)), key=lambda path: path.stat().st_mtime_ns)
        return latest.owner()
    except (OSError, KeyError, ValueError, NotImplementedError):
        return ""


def restore_folder(folder: Path, files: Mapping[str, bytes], stamp: str) -> Path | None:
    """Puts these files in the place of the shop's; returns the hidden folder with those they replaced, or None.

    Each file is swapped whole, so that a reader never finds half of one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    replaced = list_file_names(folder)
    kept = folder / f"{_REPLACED_PREFIX}{stamp}"
    for name in replaced:
        kept.mkdir(exist_ok=True)
        shutil.copy2(folder / name, kept / name)
    for name, content in files.items():
        fresh = folder / f".{name}.new"
        fresh.write_bytes(content)
        fresh.replace(folder / name)
    for name in set(replaced) - set(files):
        (folder / name).unlink()
    return kept if replaced else None


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
        if path.name.startswith((".", "~$", "__")) or _is_template(path.name):
            continue
        if path.is_dir():
            _note_inner_folder(path, problems)
        elif not _belongs_to_shop(path.name):
            _note_unused(path.name, problems)


def _is_template(name: str) -> bool:
    return unicodedata.normalize("NFC", name).startswith(TEMPLATE_PREFIX)


def _note_inner_folder(path: Path, problems: ProblemCollector) -> None:
    """Notes tables that lie a folder too deep, where nothing reads them."""
    inner = sorted(each.name for each in path.iterdir() if _belongs_to_shop(each.name))
    if inner:
        listed = "、".join(inner[:_LISTED])
        problems.add_warning(
            path.name, f"子文件夹里的文件不会用到。要用请把 {listed} 移到上一层，和 shop.yml 放在一起。"
        )


def _note_unused(name: str, problems: ProblemCollector) -> None:
    plain = unicodedata.normalize("NFC", name).lower()
    ending = Path(plain).suffix
    real = plain.removesuffix(".txt")
    if ending in _ADVICE and _reads_like_table(plain):
        problems.leave_out_file(name, _ADVICE[ending])
    elif ending in _ADVICE:
        problems.add_warning(name, _ADVICE[ending])
    elif ending == ".txt" and _belongs_to_shop(real):
        cure = f"请改名为“{name[: -len('.txt')]}”（Windows 请先显示扩展名）。"
        problems.leave_out_file(name, f"文件名多了 .txt，没有读。{cure}")
    elif ending in _READABLE or _reads_like_table(plain):
        problems.add_warning(name, f"这个文件不会用到。{_suggest_file(plain)}")


def _reads_like_table(name: str) -> bool:
    return any(name.startswith(word) for words in _TABLE_NAMES.values() for word in words)


def _suggest_file(name: str) -> str:
    """What to call the file, or what is read."""
    guess = nearest_name(name, _USUAL_NAMES)
    if guess:
        return f"是不是想写“{guess}”？"
    part = next((part for part, words in _TABLE_NAMES.items() if any(word in name for word in words)), None)
    if part:
        is_table = name.endswith((".csv", ".xlsx"))
        cure = f"请改名为“{part}{Path(name).suffix}”" if is_table else f"请用 Excel 存成“{part}.xlsx”"
        return f"要用{cure}；店铺里已经有这张表的话，请把内容合在一起。"
    return "店铺会读 shop.yml、faq*.csv、catalog.csv、orders.csv、promotions.yml（表格也可用 .xlsx）。"
