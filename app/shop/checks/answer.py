"""Judges one FAQ answer by its words alone; the same for the shop that loads and for the checker."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.catalogue import FaqEntry
from app.language.clauses import split_sentences
from app.language.numbers import normalise_width
from app.shop.checks.wordings import WordingProblem, blank_sites, find_wordings
from app.shop.faq import question_key
from app.shop.report import Severity

_LONG_ANSWER = 500
_FEWEST_TOLD = 2
_SALUTATION = re.compile(r"(?:亲爱的|亲亲?|您好|你好|在的|在呢|[哈呀哦呢的~～,，。!！\s])+")
_BARE = frozenset({"没有", "没", "不行", "不能", "不可以", "不知道", "不清楚", "不会", "无", "不是", "不", "否"})
_DENIES = re.compile("[没不无否]")
"""Every bare word holds one of these."""
_VAGUE = re.compile(r"可能|也许|大概|大约会|应该(?:会|是|能|可以)?吧?|说不定|没准|或许|估计|不一定")
_OWN_DOING = re.compile(
    r"上新|补货|有货|到货|发货|发出|寄出|出库|降价|活动|优惠|退款|退货|换货|补发|处理|回复|开票|涨价|参加|上架"
)
_ASKED_OF = re.compile(r"为准|物流|快递|天气|大促|高峰|请以")


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """Something wrong with an answer: the check's name, how bad it is, and a message in Chinese."""

    rule: str
    severity: Severity
    message: str


def review_answer(entry: FaqEntry, own_sites: Sequence[str] = ()) -> Iterator[AnswerProblem]:
    """Everything its words have against them; a confirmed answer is heard on what may not be confirmed only."""
    for found in find_wordings(blank_sites(entry.answer, own_sites)):
        if not (entry.confirmed and found.may_confirm):
            yield _answer_problem(found)
    yield from _find_emptiness(entry)
    if not entry.confirmed:
        yield from _find_manners(entry.answer)


def _answer_problem(found: WordingProblem) -> AnswerProblem:
    return AnswerProblem(found.rule, found.severity, found.message)


def _find_emptiness(entry: FaqEntry) -> Iterator[AnswerProblem]:
    """Answers that say nothing: a salutation, or the question again."""
    if _SALUTATION.fullmatch(entry.answer) and not _SALUTATION.fullmatch(entry.question):
        yield AnswerProblem(
            "cut_short",
            Severity.ERROR,
            f"答案只有“{entry.answer}”，没有内容。多半是文字里的英文逗号把格子拆开了，买家只会收到这几个字。"
            "请用 Excel 打开看后面几格，把英文逗号 , 改成中文逗号 ，，再把答案补全。",
        )
    elif len(entry.question) > _FEWEST_TOLD and question_key(entry.question) == question_key(entry.answer):
        yield AnswerProblem(
            "same_as_question", Severity.ERROR, "答案和问题一样，买家等于没有得到回答。请写要对买家说的话。"
        )


def _find_manners(answer: str) -> Iterator[AnswerProblem]:
    if len(answer) > _LONG_ANSWER:
        yield AnswerProblem(
            "long_answer",
            Severity.WARNING,
            f"答案有 {len(answer)} 字，买家在聊天窗口里很难读完，平台也会截断。建议缩短到 {_LONG_ANSWER} 字以内。",
        )
    if _DENIES.search(answer) and _SALUTATION.sub("", normalise_width(answer)).strip("。.!~ ") in _BARE:
        yield AnswerProblem(
            "rude",
            Severity.WARNING,
            f"答案只有“{answer}”，太生硬，买家会给差评。请写完整，并说说还能怎么办。",
        )
    vague = next((words for sentence in split_sentences(answer) if (words := _find_vagueness(sentence))), None)
    if vague:
        yield AnswerProblem(
            "vague",
            Severity.WARNING,
            f"“{vague}”说的是店铺自己的事，却没有准数，买家会接着追问。请写确定的说法，例如“上新会在店铺首页通知”。",
        )


def _find_vagueness(sentence: str) -> str | None:
    if not _OWN_DOING.search(sentence) or _ASKED_OF.search(sentence):
        return None
    found = _VAGUE.search(sentence)
    return found.group() if found else None
