"""Reads a shop's quick phrases: what its people say many times a day."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from app.domain.catalogue import FaqEntry
from app.domain.phrase import Phrase
from app.shop.checks.answer import AnswerProblem
from app.shop.report import ProblemCollector
from app.shop.schema import ShopSettings
from app.shop.sheet import Column, Sheet, SheetRecord
from app.shop.variables import QuoteContext, check_variables, fill_variables

COLUMNS = (
    Column("id", "编号"),
    Column("title", "标题", ("名称", "短语名称", "快捷编码"), required=True),
    Column("text", "内容", ("短语", "话术", "短语内容", "回复内容"), required=True),
    Column("note", "备注", ("说明", "分组")),
)


@dataclass(frozen=True, slots=True)
class PlacedPhrase:
    """A phrase and its row."""

    phrase: Phrase
    record: SheetRecord


def read_phrase_sheets(sheets: Iterable[Sheet]) -> Sequence[PlacedPhrase]:
    """Every phrase with a title and a text; of one title the first."""
    found: dict[str, PlacedPhrase] = {}
    for record in [record for sheet in sheets for record in sheet.iter_records()]:
        title, text = record.require_text("title"), record.require_text("text")
        if not title or not text:
            continue
        phrase = Phrase(record.read_cell("id") or title, title, text)
        placed = PlacedPhrase(phrase, record)
        earlier = found.setdefault(title, placed)
        if earlier is not placed:
            record.note_error(
                "title", f"标题“{title}”和{record.describe_row(earlier.record)}重复，请换一个，或只留一行。"
            )
    return tuple(found.values())


def check_phrases(
    placed: Sequence[PlacedPhrase],
    settings: ShopSettings,
    judge: Callable[[FaqEntry], Sequence[AnswerProblem]],
    problems: ProblemCollector,
) -> None:
    """Notes every name that nothing fills, and every promise the shop has not authorised, as in an FAQ's answers."""
    for each in placed:
        cell = each.record.place.locate_cell("text")
        check_variables(each.phrase.text, settings, partial(problems.report_error, cell))
        for found in judge(phrase_entry(each.phrase, settings)):
            problems.report_problem(found.severity, cell, found.message, found.rule)


def phrase_entry(phrase: Phrase, settings: ShopSettings) -> FaqEntry:
    """The phrase as the checks of answers read it."""
    entry = FaqEntry(phrase.id, phrase.title, phrase.text)
    return replace(entry, answer=fill_variables(entry.answer, QuoteContext(settings)))
