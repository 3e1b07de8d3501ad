"""Checks FAQ rows beside each other and beside what the shop is: categories, dates, copies of a packaged shop."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from app.domain.catalogue import FaqEntry, Product
from app.language.segment import Segmenter
from app.shop.contents import FolderContents
from app.shop.faq import FaqRow
from app.shop.report import ProblemCollector, Severity

_FAR_YEARS = 10
_MANY_WORDINGS = 100
_SHORTEST_TYPO = 3  # characters; shorter words differ by one in earnest
_ALIKE = 80  # of 100; answers so alike are one text with a few words changed
_SHORTEST_WORD = 2
_NO_QUESTION = re.compile(r"[\d\s.,:/\-+%]+|true|false", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SampleShop:
    """A packaged shop, whose rows people copy to begin with."""

    name: str
    entries: Sequence[FaqEntry]
    products: Sequence[Product]


def check_rows(contents: FolderContents, titles: Mapping[str, str], problems: ProblemCollector) -> None:
    """Reports categories that are typos, dates too far off and rows with too many wordings.

    `titles` are the intents' titles by id.
    """
    parts = {title: tuple(title.split("/")) for title in titles.values()}
    for row in contents.rows:
        _check_question(row, problems)
        _check_category(row, parts, titles, problems)
        _check_far_date(row, contents.calendar.today, problems)
        _check_wording_count(row, problems)


def _check_question(row: FaqRow, problems: ProblemCollector) -> None:
    """A number or TRUE in the place of a question is what Excel made of something else, or a cell in a wrong column."""
    question = row.entry.question
    if _NO_QUESTION.fullmatch(question):
        told = (
            f"标准问题是“{question}”，不像买家会问的话，像是填错了列，或被 Excel 改成了数字。"
            "机器人听到这个数字就会答这一条。请写买家会问的一句话。"
        )
        problems.report_problem(Severity.WARNING, row.locate_cell("question"), told, "no_question")


def _check_category(
    row: FaqRow, parts: Mapping[str, tuple[str, ...]], titles: Mapping[str, str], problems: ProblemCollector
) -> None:
    category = row.entry.category
    if len(category) < _SHORTEST_TYPO or category in titles or category in parts:
        return
    meant = next((title for title, own in parts.items() if _is_typo(category, (title, *own))), None)
    if meant:
        told = (
            f"没有“{category}”这个分类，像是“{meant}”写错了。分类写错，转人工时会分到别的组，业务意图也找不到这一条。"
            f"请写“{meant}”。"
        )
        problems.report_problem(Severity.WARNING, row.locate_cell("category"), told, "category_typo")


def _is_typo(category: str, names: Sequence[str]) -> bool:
    return any(len(name) >= _SHORTEST_TYPO and Levenshtein.distance(category, name) == 1 for name in names)


def _check_far_date(row: FaqRow, today: date, problems: ProblemCollector) -> None:
    for column, day in (("valid_from", row.entry.valid_from), ("valid_to", row.entry.valid_to)):
        if day and day.year > today.year + _FAR_YEARS:
            told = (
                f"{day} 是 {day.year - today.year} 年以后，像是年份写错了，这一条到时候不会按您想的停用。"
                "请核对年份；长期有效就留空。"
            )
            problems.report_problem(Severity.WARNING, row.locate_cell(column), told, "far_date")


def _check_wording_count(row: FaqRow, problems: ProblemCollector) -> None:
    count = len(row.entry.similar_questions)
    if count > _MANY_WORDINGS:
        told = (
            f"这一条有 {count} 个相似问法，会把别的条目的问题也吸过来，学得也慢。"
            "二三十个不同的说法就够了，请删掉只差一两个字的。"
        )
        problems.report_problem(Severity.WARNING, row.locate_cell("similar_questions"), told, "many_wordings")


def check_copies(contents: FolderContents, samples: Sequence[SampleShop], problems: ProblemCollector) -> None:
    """Reports rows copied from a packaged shop that speak of goods this shop does not have."""
    own = _goods_text(contents.products)
    for sample in samples:
        words = _goods_words(sample.products, own)
        if not words:
            continue
        answers = {entry.answer: entry for entry in sample.entries}
        for row in contents.rows:
            if row.entry.confirmed or not _is_copied(row.entry, answers):
                continue
            foreign = _find_foreign(row.entry, words)
            if foreign:
                told = (
                    f"这一条像是从{sample.name}复制来的，说到“{foreign}”，商品表里却没有这样的商品，"
                    "买家会听到别家店的话。请改成自己的商品，或删掉这一行。"
                )
                problems.report_problem(Severity.ERROR, row.locate_cell("answer"), told, "foreign_goods")


def _goods_text(products: Sequence[Product]) -> str:
    """All that a catalogue says of its goods."""
    return "\n".join(text for product in products for text in _texts_of(product))


def _texts_of(product: Product) -> Iterator[str]:
    yield product.title
    yield from product.keywords
    yield from (value for _, value in product.details)
    yield from (attribute for sku in product.skus for attribute in sku.attributes)


def _goods_words(products: Sequence[Product], own: str) -> frozenset[str]:
    """The words for a sample's goods that a shop's own catalogue does not hold."""
    cut = Segmenter().cut_words
    named = {word for product in products for word in (product.title, *product.keywords, *cut(product.title))}
    return frozenset(word for word in named if len(word) >= _SHORTEST_WORD and word not in own)


def _is_copied(entry: FaqEntry, answers: Mapping[str, FaqEntry]) -> bool:
    if entry.answer in answers:
        return True
    return any(fuzz.ratio(entry.answer, answer, score_cutoff=_ALIKE) for answer in answers)


def _find_foreign(entry: FaqEntry, words: frozenset[str]) -> str | None:
    said = f"{entry.question}\n{entry.answer}"
    return max((word for word in words if word in said), key=len, default=None)
