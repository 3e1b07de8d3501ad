"""Reads labelled messages from TSV, CSV or Excel; reports problems by row, in Chinese."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.evaluation.measured import LabelTitles
from app.evaluation.metrics import LabelledMessage, LabelsError
from app.evaluation.phrases import printable_text
from app.shop.headings import tidy_heading
from app.shop.raw_table import RawTable, TableRow, UnreadableTableError
from app.shop.suggest import suggest_sentence
from app.shop.table import decode_text, read_table

TEXT = ("text", "文本", "消息", "买家消息", "买家的话")
INTENT = ("intent", "意图")
ALSO = ("also_accept", "也算对")
FAQ = ("faq", "entry", "问题编号", "编号", "标准问题")
SHOWN = 20
_SEPARATOR = re.compile(r"[|｜、;；]")
_NEEDED = "需要一列“text”（或“消息”），以及“intent”（或“意图”）、“faq”（或“问题编号”）中的至少一列。"


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The labelled rows of a file, and the number of rows without a label."""

    rows: tuple[LabelledMessage, ...]
    unlabelled: int = 0


def read_labels(file: Path, known: LabelTitles) -> LabelSet:
    """Reads every labelled row; intents and entries go by id or Chinese name. LabelsError lists all problems."""
    table = _load_table(file)
    if not _has_column(table, TEXT) or not (_has_column(table, INTENT) or _has_column(table, FAQ)):
        raise LabelsError(f"{printable_text(file.name)} 第1行：{_NEEDED}")
    return _LabelParser(printable_text(file.name), table, known).parse_labels()


def _load_table(file: Path) -> RawTable:
    try:
        content = file.read_bytes()
        return _parse_plain_tsv(file.name, content) or read_table(
            file.name, content, known=(*TEXT, *INTENT, *ALSO, *FAQ)
        )
    except UnreadableTableError as error:
        raise LabelsError(_row_prefix(printable_text(file.name), error.row) + str(error)) from error
    except FileNotFoundError as error:
        raise LabelsError(f"{printable_text(file.name)}：没有这个文件，请检查路径。") from error
    except OSError as error:
        raise LabelsError(f"{printable_text(file.name)}：打不开，请检查它是不是一个文件、有没有读的权限。") from error


def _parse_plain_tsv(name: str, content: bytes) -> RawTable | None:
    """Reads tab-separated text literally, quotes included, if every line has as many cells as the heading."""
    if name.lower().endswith(".xlsx"):
        return None
    lines = [line.split("\t") for line in re.split(r"\r\n|\n|\r", decode_text(content))]
    filled = [TableRow(number, cells) for number, cells in enumerate(lines, start=1) if any(map(str.strip, cells))]
    if not filled or {len(row.cells) for row in filled} != {len(filled[0].cells)} or len(filled[0].cells) == 1:
        return None
    return RawTable(tuple(map(tidy_heading, filled[0].cells)), tuple(_unquote_row(row) for row in filled[1:]))


def _unquote_row(row: TableRow) -> TableRow:
    """Removes the quotes that a spreadsheet puts around cells with quotes."""
    return TableRow(row.number, [_unquote_cell(cell) for cell in row.cells])


def _unquote_cell(cell: str) -> str:
    inner = cell[1:-1]
    wrapped = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if wrapped else cell


class _LabelParser:
    """Parses rows into labels and collects problems."""

    def __init__(self, file: str, table: RawTable, known: LabelTitles) -> None:
        self._file, self._table, self._known = file, table, known
        self._problems: list[str] = []
        self._has_listed_intents = False
        self._intents = {name: name for name in known.intents} | {title: name for name, title in known.intents.items()}
        self._entries = {name: name for name in known.entries} | {text: name for name, text in known.entries.items()}

    def parse_labels(self) -> LabelSet:
        """All labels; raises LabelsError."""
        labels = [label for row in self._table.rows if (label := self._parse_label(row))]
        if self._table.broken:
            self._add_problem(self._table.broken.row, str(self._table.broken))
        rows = tuple(label for label in labels if label.intents or label.faq)
        if not rows and not self._problems:
            self._add_problem(None, "没有一行标注：请写表头一行，下面每行一条买家的消息和它的意图或问题编号。")
        if self._problems:
            raise LabelsError("\n".join(_limit_problems(self._problems)))
        return LabelSet(rows, len(labels) - len(rows))

    def _parse_label(self, row: TableRow) -> LabelledMessage | None:
        text = self._label_cell(row, TEXT)
        if not text:
            self._add_problem(row.number, "“text”（消息）是空的，请填买家说的话，或删掉这一行。")
            return None
        return LabelledMessage(
            text, self._parse_intents(row, INTENT), self._parse_intents(row, ALSO), self._parse_faq_entry(row)
        )

    def _label_cell(self, row: TableRow, names: Iterable[str]) -> str:
        at = next((self._table.headings.index(name) for name in names if name in self._table.headings), None)
        return row.cells[at].strip() if at is not None and at < len(row.cells) else ""

    def _parse_intents(self, row: TableRow, names: Iterable[str]) -> frozenset[str]:
        cell = self._label_cell(row, names)
        said = [cell] if cell in self._intents else [part.strip() for part in _SEPARATOR.split(cell) if part.strip()]
        for word in said:
            if word not in self._intents:
                guess = suggest_sentence(word, self._intents) or self._list_intents()
                self._report_unknown(row, f"没有意图“{_clip_word(word)}”", guess)
        return frozenset(self._intents[word] for word in said if word in self._intents)

    def _parse_faq_entry(self, row: TableRow) -> str:
        said = self._label_cell(row, FAQ)
        if said and said not in self._entries:
            self._report_unknown(
                row, f"店铺的常见问题里没有“{_clip_word(said)}”", suggest_sentence(said, self._entries)
            )
        return self._entries.get(said, "")

    def _list_intents(self) -> str:
        """What may be written, told once a file."""
        if self._has_listed_intents:
            return "可以写的见上面，也可以留空。"
        self._has_listed_intents = True
        return f"可以写：{'、'.join(self._known.intents.values())}；拿不准就留空。"

    def _report_unknown(self, row: TableRow, sentence: str, guess: str) -> None:
        self._add_problem(row.number, f"{sentence}。{guess or '请对照店铺的文件改正，或留空。'}")

    def _add_problem(self, row: int | None, sentence: str) -> None:
        self._problems.append(_row_prefix(self._file, row) + sentence)


def _limit_problems(problems: list[str]) -> list[str]:
    more = len(problems) - SHOWN
    return [*problems[:SHOWN], *([f"……还有 {more} 处，先改好上面的再试一次。"] if more > 0 else [])]


def _has_column(table: RawTable, names: Iterable[str]) -> bool:
    return any(name in table.headings for name in names)


def _row_prefix(file: str, row: int | None) -> str:
    return f"{file} 第{row}行：" if row else f"{file}："


def _clip_word(word: str) -> str:
    plain = printable_text(word)
    return plain if len(plain) <= SHOWN else plain[:SHOWN] + "…"
