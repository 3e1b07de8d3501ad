"""Reads a shop's FAQ files and finds contradicting and repeated entries."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.catalogue import FaqEntry, MatchMode, SaleStage
from app.language.wordings import split_wordings
from app.shop.faq_columns import MATCH_MODES, MATCH_WORDS, SALE_STAGES, STAGE_WORDS
from app.shop.goods import ShopCatalogue
from app.shop.headings import sheet_category
from app.shop.patterns import explain_pattern
from app.shop.report import CellPlace, ProblemCollector
from app.shop.sheet import Sheet, SheetLayout, SheetRecord, describe_sheet, describe_worksheet

_FEWEST_COPIED = 5
_CONFIRMED = "「已确认」"
"""A mark behind an answer, where the table has no column for it; buyers do not see it."""


@dataclass(frozen=True, slots=True)
class FaqRow:
    """An FAQ entry with its row in a sheet."""

    entry: FaqEntry
    layout: SheetLayout
    row: int

    @property
    def file(self) -> str:
        """The name of its file."""
        return self.layout.file

    @property
    def sheet(self) -> str:
        """The name of its worksheet; empty for a CSV file."""
        return self.layout.sheet

    def locate_cell(self, column: str) -> CellPlace:
        """The place of one of its cells, by our name of the column."""
        return self.layout.locate_cell(self.row, column)


def read_faq(sheets: Sequence[Sheet]) -> list[FaqRow]:
    """Reads every complete row as an entry and notes the others.

    Rows without a category are about the title of their sheet; numbers that several sheets count rows with are no ids.
    """
    numbered = _find_numbered_sheets(sheets)
    return [
        row
        for sheet in sheets
        for record in sheet.iter_records()
        if (row := _read_faq_entry(record, sheet.layout, is_numbered=sheet.layout in numbered)) is not None
    ]


def _find_numbered_sheets(sheets: Sequence[Sheet]) -> list[SheetLayout]:
    """The layouts of sheets whose ids only count their rows: the same numbers stand in another sheet, too."""
    numbers = [(sheet.layout, ids) for sheet in sheets if (ids := _read_row_numbers(sheet))]
    times = Counter(number for _, ids in numbers for number in ids)
    return [layout for layout, ids in numbers if any(times[number] > 1 for number in ids)]


def _read_row_numbers(sheet: Sheet) -> set[str]:
    """The ids of a sheet if they are all plain numbers, else none."""
    at = sheet.layout.positions.get("id")
    if at is None:
        return set()
    ids = {row.cells[at].strip() for row in sheet.rows if at < len(row.cells)} - {""}
    return ids if all(map(str.isdigit, ids)) else set()


def _read_faq_entry(record: SheetRecord, layout: SheetLayout, *, is_numbered: bool) -> FaqRow | None:
    asked, written = record.require_text("question"), record.require_text("answer")
    answer = written.removesuffix(_CONFIRMED).rstrip()
    question, *others = split_wordings(asked) or ("",)
    _check_texts(record, asked)
    begins, ends = record.read_date("valid_from"), record.read_date("valid_to")
    _check_validity_dates(record, begins, ends)
    match = _read_match_mode(record)
    wordings = (question, *others, *_read_similar_questions(record))
    if match is MatchMode.PATTERN:
        asked_as = _read_patterns(record)
        question, wordings = asked_as[0] if asked_as else "", asked_as
    elif question and not _has_words(question):
        record.note_error("question", f"“{question}”里没有文字，机器人认不出来，请写成一句买家会说的话。")
    stages, images, links = _read_stages(record), _read_urls(record, "images"), _read_urls(record, "links")
    then_people = record.is_marked("then_people")
    if not question or not answer:
        return None
    entry = FaqEntry(
        entry_id=(not is_numbered and record.read_identifier("id")) or _derive_entry_id(record),
        question=question,
        answer=answer,
        similar_questions=wordings[1:],
        not_matching=record.read_wordings("not_matching"),
        category=record.read_cell("category") or sheet_category(layout.sheet),
        products=frozenset(record.read_codes("products")),
        valid_from=begins,
        valid_to=ends,
        source=f"{layout.file} {describe_worksheet(layout)}第 {record.row} 行",
        match=match,
        stages=stages,
        then_people=then_people,
        images=images,
        links=links,
        confirmed=answer != written or record.is_marked("confirmed"),
    )
    return FaqRow(entry, layout, record.row)


def _read_similar_questions(record: SheetRecord) -> tuple[str, ...]:
    """The other wordings, without those that hold no word: to a reader they are as empty as a picture."""
    wordings = record.read_wordings("similar_questions")
    for wording in wordings:
        if not _has_words(wording):
            record.note_warning("similar_questions", f"“{wording}”里没有文字，机器人认不出来，这一句不会用到。")
    return tuple(filter(_has_words, wordings))


def _has_words(wording: str) -> bool:
    """Whether anything is left of a wording without marks and emoji."""
    return any(map(str.isalnum, wording))


def _read_match_mode(record: SheetRecord) -> MatchMode:
    word = record.read_cell("match").lower()
    mode = MATCH_MODES.get(word)
    if mode is None:
        hint = record.suggest_value(word, MATCH_MODES)
        record.note_error("match", f"看不懂匹配方式“{word}”，请从这些里选一个：{MATCH_WORDS}。{hint}")
    return mode or MatchMode.SMART


def _read_patterns(record: SheetRecord) -> tuple[str, ...]:
    """The question and every line of the similar ones as regular expressions: a | belongs to the expression."""
    patterns = (record.read_cell("question"), *record.read_cell("similar_questions").split("\n"))
    found = tuple(dict.fromkeys(filter(None, map(str.strip, patterns))))
    for pattern in found:
        wrong = explain_pattern(pattern)
        if wrong:
            record.note_error("question", f"正则“{pattern[:40]}”{wrong}")
    return found


def _read_stages(record: SheetRecord) -> frozenset[SaleStage]:
    words = record.read_codes("stages")
    for word in words:
        if word not in SALE_STAGES:
            hint = record.suggest_value(word, SALE_STAGES)
            record.note_error("stages", f"看不懂适用阶段“{word}”，请从这些里选：{STAGE_WORDS}；都适用就留空。{hint}")
    return frozenset(SALE_STAGES[word] for word in words if word in SALE_STAGES)


def _read_urls(record: SheetRecord, column: str) -> tuple[str, ...]:
    urls = record.read_words(column)
    for url in urls:
        if not url.startswith(("https://", "http://")):
            record.note_error(column, f"“{url[:40]}”不是网址，请写以 https:// 开头的地址，几个用换行分开。")
    return urls


def _derive_entry_id(record: SheetRecord) -> str:
    """Derives an id that stays the same when rows move, so that stored conversations still name the same entry.

    It includes products, dates and stages: the same question may have another answer for other goods or days.
    """
    parts = [record.read_cell("question"), record.read_cell("products")]
    parts += [text for column in ("valid_from", "valid_to", "stages") if (text := record.read_cell(column))]
    return "q-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]


def _check_texts(record: SheetRecord, question: str) -> None:
    for column in ("question", "similar_questions", "answer"):
        record.refuse_formula(column)
    if len(split_wordings(question)) > 1:
        record.note_warning("question", "标准问题只写一句，其他说法请放到“相似问法”里。")


def _check_validity_dates(record: SheetRecord, begins: date | None, ends: date | None) -> None:
    if begins and ends and begins > ends:
        record.note_error("valid_to", f"失效日期 {ends} 早于生效日期 {begins}，请把两个日期对调或改正。")


def check_faq_rows(
    rows: Sequence[FaqRow], goods: ShopCatalogue | None, problems: ProblemCollector, today: date
) -> Sequence[FaqRow]:
    """Checks ids, scopes, dates and wordings across all FAQ files; `goods` is None without a catalogue.

    Returns the rows without those of files that repeat another one.
    """
    rows = _drop_copied_files(rows, problems)
    _check_ids(rows, problems)
    _warn_expired(rows, problems, today)
    if goods is not None:
        _check_scope(rows, goods, problems)
    _check_wordings(rows, problems)
    return rows


def _drop_copied_files(rows: Sequence[FaqRow], problems: ProblemCollector) -> Sequence[FaqRow]:
    """Drops files that repeat another one (faq - 副本.csv), which would be reported at every wording."""
    by_file: dict[str, set[str]] = {}
    for row in rows:
        by_file.setdefault(row.file, set()).add(question_key(row.entry.question))
    if len(by_file) == 1:
        return rows
    kept: dict[str, set[str]] = {}
    for file, asked in by_file.items():
        shared = {other: len(asked & questions) for other, questions in kept.items()}
        most = max(shared, key=lambda other: shared[other], default="")
        if shared.get(most, 0) < max(_FEWEST_COPIED, len(asked) / 2):
            kept[file] = asked
        else:
            told = f"和 {most} 有 {shared[most]} 条问题相同，像是同一张表的副本，请把其中一个文件移到别处。"
            problems.leave_out_file(file, told)
    return [row for row in rows if row.file in kept]


def _check_ids(rows: Sequence[FaqRow], problems: ProblemCollector) -> None:
    first: dict[str, FaqRow] = {}
    for row in rows:
        earlier = first.setdefault(row.entry.entry_id, row)
        if earlier is not row and not row.entry.entry_id.startswith("q-"):
            told = f"编号“{row.entry.entry_id}”和{_describe_row(earlier, row)}重复，请换一个编号。"
            problems.report_error(row.locate_cell("id"), told)


def _warn_expired(rows: Sequence[FaqRow], problems: ProblemCollector, today: date) -> None:
    for row in rows:
        if row.entry.valid_to and row.entry.valid_to < today:
            told = f"{row.entry.valid_to} 已经过期，这一条不会再用，可以删掉或改日期。"
            problems.report_warning(row.locate_cell("valid_to"), told)


def _check_scope(rows: Sequence[FaqRow], goods: ShopCatalogue, problems: ProblemCollector) -> None:
    titles = {product.title: product.product_id for product in goods.products}
    for row in rows:
        for product in sorted(row.entry.products - goods.product_ids):
            meant = titles.get(product)
            hint = f"请写它的商品编号“{meant}”。" if meant else problems.suggest_name(product, goods.product_ids)
            cure = hint or "请填商品表里的“商品编号”，几个商品用 | 分开；适用全店就留空。"
            problems.report_error(row.locate_cell("products"), f"商品表里没有编号“{product}”。{cure}")


def _check_wordings(rows: Sequence[FaqRow], problems: ProblemCollector) -> None:
    heard: dict[str, FaqRow] = {}
    repeated: dict[str, list[FaqRow]] = {}  # few share one: the rest of a hundred thousand rows need no list
    for row in rows:
        own = _map_own_wordings(row.entry)
        _check_counterexamples(row, own, problems)
        for plain, wording in own.items():
            first = heard.setdefault(plain, row)
            if first is not row:
                others = repeated.setdefault(plain, [first])
                _check_clash(row, wording, others, problems)
                others.append(row)


def _map_own_wordings(entry: FaqEntry) -> dict[str, str]:
    """The entry's wordings by their key; the standard question wins over a similar one with the same key."""
    return {question_key(wording): wording for wording in reversed((entry.question, *entry.similar_questions))}


def _check_clash(row: FaqRow, wording: str, others: Sequence[FaqRow], problems: ProblemCollector) -> None:
    clash = next((other for other in others if _scopes_overlap(row.entry, other.entry)), None)
    if clash is not None:
        column = "question" if wording == row.entry.question else "similar_questions"
        cure = "机器人分不清该用哪个答案。请删掉其中一处，或用“适用商品”分开。"
        told = f"“{wording}”和{_describe_row(clash, row)}的问法相同，{cure}"
        problems.report_error(row.locate_cell(column), told)


def _scopes_overlap(one: FaqEntry, other: FaqEntry) -> bool:
    """Whether two entries can answer the same buyer; of a general and a product's own answer the narrower wins."""
    if bool(one.products) != bool(other.products):
        return False
    if one.products and not one.products & other.products:
        return False
    if bool(one.stages) != bool(other.stages) or (one.stages and not one.stages & other.stages):
        return False
    begins = max(one.valid_from or date.min, other.valid_from or date.min)
    return begins <= min(one.valid_to or date.max, other.valid_to or date.max)


def _check_counterexamples(row: FaqRow, own: Mapping[str, str], problems: ProblemCollector) -> None:
    for wording in row.entry.not_matching:
        if question_key(wording) in own:
            told = f"“{wording}”同时写在相似问法和不匹配问法里，请删掉一处。"
            problems.report_error(row.locate_cell("not_matching"), told)


def _describe_row(other: FaqRow, row: FaqRow) -> str:
    return f"{describe_sheet(other.layout, row.layout)}第 {other.row} 行"


_MARKS = re.compile(r"[\s?!.,~。、…]+")


def question_key(wording: str) -> str:
    """The key of a wording: a reader takes two wordings with one key for the same question."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", wording))
    lower = plain.lower()
    return plain if lower == plain else lower  # the same object where nothing changed halves the memory
