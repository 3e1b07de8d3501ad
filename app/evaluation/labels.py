"""Reads a shopkeeper's labelled messages from TSV, CSV or Excel, and says in Chinese what is wrong in which row."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.evaluation.measured import Names
from app.evaluation.metrics import Labelled, LabelsError
from app.evaluation.phrases import printable
from app.shop.suggest import did_you_mean
from app.shop.table import Row, Table, UnreadableTableError, decode, read_table, tidy_heading

TEXT = ("text", "文本", "消息", "买家消息", "买家的话")
INTENT = ("intent", "意图")
ALSO = ("also_accept", "也算对")
FAQ = ("faq", "entry", "问题编号", "编号", "标准问题")
SHOWN = 20
_BETWEEN = re.compile(r"[|｜、;；]")
_NEEDED = "需要一列“text”（或“消息”），以及“intent”（或“意图”）、“faq”（或“问题编号”）中的至少一列。"


@dataclass(frozen=True, slots=True)
class Labels:
    """The labelled rows of a file, and how many rows had a message but no label yet."""

    rows: tuple[Labelled, ...]
    unlabelled: int = 0


def read_labels(file: Path, known: Names) -> Labels:
    """Every labelled row, intents and entries by their id or Chinese name; LabelsError has all problems, one a line."""
    table = _table(file)
    if not _column(table, TEXT) or not (_column(table, INTENT) or _column(table, FAQ)):
        raise LabelsError(f"{printable(file.name)} 第1行：{_NEEDED}")
    return _Reader(printable(file.name), table, known).read()


def _table(file: Path) -> Table:
    try:
        content = file.read_bytes()
        return _plain_tabs(file.name, content) or read_table(file.name, content, known=(*TEXT, *INTENT, *ALSO, *FAQ))
    except UnreadableTableError as error:
        raise LabelsError(_place(printable(file.name), error.row) + str(error)) from error
    except FileNotFoundError as error:
        raise LabelsError(f"{printable(file.name)}：没有这个文件，请检查路径。") from error
    except OSError as error:
        raise LabelsError(f"{printable(file.name)}：打不开，请检查它是不是一个文件、有没有读的权限。") from error


def _plain_tabs(name: str, content: bytes) -> Table | None:
    """Tab-separated text as it stands, quotes included, when every line has the heading's number of cells."""
    if name.lower().endswith(".xlsx"):
        return None
    lines = [line.split("\t") for line in re.split(r"\r\n|\n|\r", decode(content))]
    filled = [Row(number, cells) for number, cells in enumerate(lines, start=1) if any(map(str.strip, cells))]
    if not filled or {len(row.cells) for row in filled} != {len(filled[0].cells)} or len(filled[0].cells) == 1:
        return None
    return Table(tuple(map(tidy_heading, filled[0].cells)), tuple(_unquoted(row) for row in filled[1:]))


def _unquoted(row: Row) -> Row:
    """Without the quotes a spreadsheet puts around a cell that holds quotes itself."""
    return Row(row.number, [_bare(cell) for cell in row.cells])


def _bare(cell: str) -> str:
    inner = cell[1:-1]
    wrapped = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if wrapped else cell


class _Reader:
    """Turns rows into labels and keeps what is wrong in them."""

    def __init__(self, file: str, table: Table, known: Names) -> None:
        self._file, self._table, self._known = file, table, known
        self._problems: list[str] = []
        self._intents = {name: name for name in known.intents} | {title: name for name, title in known.intents.items()}
        self._entries = {name: name for name in known.entries} | {text: name for name, text in known.entries.items()}

    def read(self) -> Labels:
        """Every label, or LabelsError."""
        labels = [label for row in self._table.rows if (label := self._label(row))]
        if self._table.broken:
            self._note(self._table.broken.row, str(self._table.broken))
        rows = tuple(label for label in labels if label.intents or label.faq)
        if not rows and not self._problems:
            self._note(None, "没有一行标注：请写表头一行，下面每行一条买家的消息和它的意图或问题编号。")
        if self._problems:
            raise LabelsError("\n".join(_first(self._problems)))
        return Labels(rows, len(labels) - len(rows))

    def _label(self, row: Row) -> Labelled | None:
        text = self._cell(row, TEXT)
        if not text:
            self._note(row.number, "“text”（消息）是空的，请填买家说的话，或删掉这一行。")
            return None
        return Labelled(text, self._ids(row, INTENT), self._ids(row, ALSO), self._entry(row))

    def _cell(self, row: Row, names: Iterable[str]) -> str:
        at = next((self._table.headings.index(name) for name in names if name in self._table.headings), None)
        return row.cells[at].strip() if at is not None and at < len(row.cells) else ""

    def _ids(self, row: Row, names: Iterable[str]) -> frozenset[str]:
        cell = self._cell(row, names)
        said = [cell] if cell in self._intents else [part.strip() for part in _BETWEEN.split(cell) if part.strip()]
        for word in said:
            if word not in self._intents:
                self._unknown(row, f"没有意图“{_short(word)}”", did_you_mean(word, self._intents))
        return frozenset(self._intents[word] for word in said if word in self._intents)

    def _entry(self, row: Row) -> str:
        said = self._cell(row, FAQ)
        if said and said not in self._entries:
            self._unknown(row, f"店铺的常见问题里没有“{_short(said)}”", did_you_mean(said, self._entries))
        return self._entries.get(said, "")

    def _unknown(self, row: Row, sentence: str, guess: str) -> None:
        self._note(row.number, f"{sentence}。{guess or '请对照店铺的文件改正，或留空。'}")

    def _note(self, row: int | None, sentence: str) -> None:
        self._problems.append(_place(self._file, row) + sentence)


def _first(problems: list[str]) -> list[str]:
    more = len(problems) - SHOWN
    return [*problems[:SHOWN], *([f"……还有 {more} 处，先改好上面的再试一次。"] if more > 0 else [])]


def _column(table: Table, names: Iterable[str]) -> bool:
    return any(name in table.headings for name in names)


def _place(file: str, row: int | None) -> str:
    return f"{file} 第{row}行：" if row else f"{file}："


def _short(word: str) -> str:
    plain = printable(word)
    return plain if len(plain) <= SHOWN else plain[:SHOWN] + "…"
