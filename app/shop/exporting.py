"""Writes a shop's FAQ as CSV, Excel or YAML; read again it is the same FAQ."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import yaml

from app.domain.catalogue import FaqEntry, MatchMode, SaleStage
from app.language.wordings import split_wordings
from app.shop.faq_columns import COLUMNS
from app.shop.table_format import TableFormat
from app.shop.template import TableSheet, write_workbook

_MODE_TITLES: Mapping[MatchMode, str] = {
    MatchMode.SMART: "",
    MatchMode.EXACT: "完全一致",
    MatchMode.CONTAINS: "包含",
    MatchMode.PATTERN: "正则",
}
_STAGE_TITLES: Mapping[SaleStage, str] = {
    SaleStage.PRESALE: "售前",
    SaleStage.INSALE: "售中",
    SaleStage.AFTERSALE: "售后",
}
_NAMES = [column.name for column in COLUMNS]


def write_faq(entries: Iterable[FaqEntry], form: TableFormat, categories: Sequence[str] = ()) -> bytes:
    """The entries as one file."""
    rows = [_write_cells(entry) for entry in entries]
    match form:
        case TableFormat.CSV:
            return _write_csv([[column.title for column in COLUMNS], *([row[name] for name in _NAMES] for row in rows)])
        case TableFormat.XLSX:
            cells = [[row[name] for name in _NAMES] for row in rows]
            return write_workbook([TableSheet("问答", "faq", COLUMNS, cells)], categories)
        case TableFormat.YAML:
            filled = [{name: text for name, text in row.items() if text} for row in rows]
            return yaml.safe_dump(filled, allow_unicode=True, sort_keys=False, width=1000).encode()


def _write_csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _write_cells(entry: FaqEntry) -> dict[str, str]:
    """The entry's cells by our names of the columns."""
    question, similar = _write_wordings(entry)
    stages = [_STAGE_TITLES[stage] for stage in SaleStage if stage in entry.stages]
    return {
        "id": entry.entry_id,
        "question": question,
        "similar_questions": similar,
        "not_matching": "\n".join(entry.not_matching),
        "answer": entry.answer,
        "category": entry.category,
        "products": "|".join(sorted(entry.products)),
        "valid_from": entry.valid_from.isoformat() if entry.valid_from else "",
        "valid_to": entry.valid_to.isoformat() if entry.valid_to else "",
        "match": _MODE_TITLES[entry.match],
        "stages": "|".join(stages),
        "then_people": "是" if entry.then_people else "",
        "images": "\n".join(entry.images),
        "links": "\n".join(entry.links),
        "confirmed": "是" if entry.confirmed else "",
    }


def _write_wordings(entry: FaqEntry) -> tuple[str, str]:
    """The cells of question and similar questions; a question that would be split takes the others beside it."""
    similar = entry.similar_questions
    if entry.match is not MatchMode.PATTERN and split_wordings(entry.question) != (entry.question,):
        return "\n".join((entry.question, *similar)), ""
    return entry.question, "\n".join(similar)
