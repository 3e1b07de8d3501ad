"""Reads a yes-or-no question (能放洗碗机吗, 防不防水) and judges by a written sentence what its answer is."""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.language.ages import judge_age
from app.language.text import content_letters
from app.language.wishes import split_clauses


class Modal(StrEnum):
    """What kind of yes is asked for; the words of the answer go by it."""

    CAN = "can"
    WILL = "will"
    HAVE = "have"
    BE = "be"
    NEED = "need"
    SUPPORT = "support"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class WhetherQuestion:
    """A yes-or-no question.

    Attributes:
        modal: the kind of yes.
        subject: what stands before the verb, 孕妇 of 孕妇能用吗; may be empty.
        matter: what is asked, 放洗碗机; never empty.
    """

    modal: Modal
    subject: str
    matter: str


_VERBS = {
    Modal.CAN: "能不能|可不可以|可以不可以|能否|可否|可以|能",
    Modal.WILL: "会不会|会",
    Modal.HAVE: "有没有|有木有|带不带|含不含|送不送|包不包含|包括|包含|附带|附送|自带|有|带|含|送|配",
    Modal.BE: "是不是|是否|是",
    Modal.NEED: "要不要|需不需要|用不用|需要|得|要",
    Modal.SUPPORT: "支不支持|支持",
}
_BOTH_WAYS = re.compile(
    "能不能|可不可以|可以不可以|能否|可否|会不会|有没有|有木有|带不带|含不含|送不送|包不包含|是不是|是否|要不要|需不需要|用不用|支不支持"
)
_ENDING = (
    r"(?P<end>的?(?:吗|么|嘛|不行|不能|行不行|行吗|可以吗|不可以|不会|没有|不|没|吧)|[?？])?[啊呀呢哦的?？!！~。.\s]*$"
)
_WITH_VERB = re.compile(
    rf"^(?P<subject>[^,，。?？]{{0,10}}?)(?P<verb>{'|'.join(_VERBS.values())})(?P<matter>[^,，。?？]{{1,14}}?){_ENDING}"
)
_BOTH = re.compile(
    r"^(?P<subject>[^,，。?？]{0,10}?)(?P<verb>[\u4e00-\u9fff])[不没](?P=verb)(?P<rest>[^,，。?？吗么]{0,8})[?？]*$"
)
_BARE = re.compile(rf"^(?P<matter>[^,，。?？]{{1,10}}?){_ENDING}")
_LEAD = re.compile(
    r"^(?:亲|请问|问下|问一下|你好|您好|那么?|还|都|就|这[个款件种]?|那[个款件种]|它|他|她|你们?家?|您|的|一般|平时|可以说|到底|另外|老板|店家)+"
)
_SUFFIX = re.compile(r"(?<=[\u4e00-\u9fff])[性的了着]$")
_WORDS = re.compile(r"[a-z]+")
_FIGURES = re.compile(r"\d+")
_FROM_ON = re.compile(r"以后|以上|及以后|起")
_NEGATION = re.compile(
    r"不(?!锈|干胶|倒翁|同|错|仅|光|少|只|等|限|一样)|没有?|无(?!线|缝|极|论|限|纺)|未|非(?!常|洲|凡)|勿|别(?!致)|禁|忌|慎"
)
_FOR_AN_AGE = frozenset({Modal.CAN, Modal.PLAIN})
"""Kinds of yes by which it is asked whether goods are for somebody of an age."""
_OF_CONTENTS = re.compile(r"^(?:另|还)?(?:含|有|带|附|配|送|赠|包含|包括|内含|自带)|附送|附赠|随货|附")
_AFFIRMS = re.compile(r"^(?:都|均|全部|完全)?(?:可以?|能|支持|有|是|会|适合|需要?|要)")
_NEEDS = re.compile(r"[需须]|要|得|请|建议|先|应")
"""Without one of these, a clause that only shares a letter with what is asked says not that it has to be: 木蜡油."""
_DEGREE = re.compile(r"(?:很|太|偏|有一?点|比较|特别|非常|过|更)*(?P<sign>[大小重轻长短高矮厚薄紧松宽窄])")
"""What goods are more or less: no detail answers it with a yes by sharing a letter."""
_WARDS_OFF = re.compile(r"(?:[抗防免拒]|防止[^,，。]{0,3}|避免[^,，。]{0,3})$")
"""Before what may happen: 抗起球 says that it does not."""
_SAID_IN_FULL = 2
"""Letters of a meaning that must stand together in both to make them about the same thing."""
_MISSING = 1
"""Letters of the question's subject that a sentence may lack."""
_USES = frozenset("用充连穿吃喝装放接配戴洗敷")
"""Verbs of use that a sentence need not say: 笔记本（65W以内） answers 充笔记本."""


def read_whether(text: str) -> WhetherQuestion | None:
    """The first yes-or-no question of a plain text; None where none is asked."""
    clauses = (part for part in re.split(r"[,，。;；!！]|\s+", text) if part)
    return next((found for part in clauses if (found := _read_clause(part)) is not None), None)


def _read_clause(text: str) -> WhetherQuestion | None:
    bare = _LEAD.sub("", text)
    both = _BOTH.match(bare)
    if both and not _BOTH_WAYS.search(bare):
        return WhetherQuestion(Modal.PLAIN, both["subject"], both["verb"] + both["rest"])
    found = _WITH_VERB.match(bare)
    if found and (found["end"] or _BOTH_WAYS.fullmatch(found["verb"])):
        return WhetherQuestion(_modal_of(found["verb"]), _LEAD.sub("", found["subject"]), _trim(found["matter"]))
    plain = _BARE.match(bare)
    return WhetherQuestion(Modal.PLAIN, "", _trim(plain["matter"])) if plain and plain["end"] else None


def _trim(matter: str) -> str:
    return _SUFFIX.sub("", matter) or matter


def _modal_of(verb: str) -> Modal:
    return next(modal for modal, words in _VERBS.items() if verb in words.split("|"))


def judge_written(question: WhetherQuestion, name: str, value: str, *, contents: bool = False) -> bool | None:
    """The answer by what is written under a name; None where it tells none, or now this and now that.

    Args:
        question: what is asked.
        name: of the detail, which alone may be what is asked: 登机.
        value: its words, in clauses.
        contents: whether the detail lists what the goods hold; only such a one says that something is there at all.
    """
    clauses = split_clauses(value.lower())
    found = (_judge_clause(question, name, clause, contents=contents) for clause in clauses)
    told = {answer for answer in found if answer is not None}
    if told or not clauses:
        return told.pop() if len(told) == 1 else None
    wanted = content_letters(f"{question.subject}{question.matter}")
    return _judge_by_name(clauses[0]) if wanted and wanted <= content_letters(name) else None


def _judge_clause(question: WhetherQuestion, name: str, clause: str, *, contents: bool) -> bool | None:
    """By the age that is asked about, where ages are written; else by the words."""
    whole = f"{question.subject}{question.matter}"
    fits = judge_age(whole, name, clause) if question.modal in _FOR_AN_AGE else None
    return _judge_words(question, clause, contents=contents) if fits is None else fits


def _judge_words(question: WhetherQuestion, clause: str, *, contents: bool) -> bool | None:
    degree = _DEGREE.fullmatch(question.matter)
    if degree:
        return _judge_degree(degree["sign"], clause)
    if question.modal is Modal.WILL and len(question.matter) >= _SAID_IN_FULL:
        at = clause.find(question.matter.lower())
        if at < 0 or _WARDS_OFF.search(clause[:at]):
            return None if at < 0 else False
    whole = f"{question.subject}{question.matter}".lower()
    wanted, words = content_letters(whole), set(_WORDS.findall(whole))
    if not wanted and not words:
        return None
    shared = _find_shared(whole, clause)
    if not words <= set(_WORDS.findall(clause)) or not _agree_in_figures(whole, clause):
        return None
    if shared and _tells_matter(question, clause):
        return _judge_shared(question, clause, shared, contents=contents)
    return _NEGATION.search(clause) is None if words and not wanted - content_letters(clause) else None


def _judge_degree(sign: str, clause: str) -> bool | None:
    """Whether goods are 重 or 大, by a clause that says so of them: 承重20公斤 says nothing of it."""
    found = re.search(rf"(?P<how>偏|很|较|稍|略|不)(?:会|算|太|怎么)?{sign}", clause)
    if found is None:
        return None
    return found["how"] != "不" and _NEGATION.search(clause[: found.start()]) is None


def _tells_matter(question: WhetherQuestion, clause: str) -> bool:
    """Whether the clause says all that is asked, but for a verb that any use of goods may be called by."""
    known = content_letters(clause) | _USES
    subject = content_letters(question.subject.lower()) - known
    return content_letters(question.matter.lower()) <= known and len(subject) <= _MISSING


def _judge_shared(question: WhetherQuestion, clause: str, shared: str, *, contents: bool) -> bool | None:
    at = clause.find(shared)
    before, after = clause[:at], clause[at + len(shared) :]
    if _NEGATION.search(before) or _NEGATION.search(shared):
        return False
    if question.matter[-1] not in shared:
        denied = _NEGATION.search(after)
        if denied:
            return False if question.matter[-1] in after[denied.start() :] else None
    if question.modal is Modal.NEED and len(shared) < _SAID_IN_FULL and not _NEEDS.search(clause):
        return None
    if question.modal is Modal.HAVE and not (contents or _OF_CONTENTS.search(clause)):
        return True if after == "" and len(clause) <= len(shared) + 2 else None
    return True


def _judge_by_name(clause: str) -> bool | None:
    """By a clause that but affirms or denies what its detail's name says."""
    denied = _NEGATION.search(clause)
    if denied and denied.start() == 0:
        return False
    return True if _AFFIRMS.match(clause) else None


def _find_shared(question: str, clause: str) -> str:
    """The longest piece of both; a single letter counts only where the question means no more than it."""
    for length in range(len(question), 0, -1):
        for at in range(len(question) - length + 1):
            piece = question[at : at + length]
            letters = content_letters(piece)
            if piece in clause and letters and (len(letters) >= _SAID_IN_FULL or letters == content_letters(question)):
                return piece
    return ""


def _agree_in_figures(question: str, clause: str) -> bool:
    asked, written = set(_FIGURES.findall(question)), set(_FIGURES.findall(clause))
    return not asked or not written or bool(asked & written) or _FROM_ON.search(clause) is not None


_APART = re.compile(
    r"(?:要不要|用不用|需不需要|是不是要|需要|还要|还得|得|要|用)?(?:另外?|单独|自己|额外)再?(?:去)?(?:买|配|购买|购|准备|备)"
    r"(?P<thing>[^,，。?？\s]{0,8}?)(?:吗|么|嘛|不|呢|吧|啊|呀)*[?？]*$"
)
_BEFORE_APART = re.compile(r"(?P<thing>[^,，。?？\s]{1,8})$")
_ASKS_APART = re.compile(r"要不要|用不用|需不需要|是不是|[吗么嘛不吧?？][啊呀呢]*$")


def find_bought_apart(text: str) -> str | None:
    """The thing of which it is asked if it has to be bought beside the goods: 内胎 of 要不要另外买内胎."""
    found = _APART.search(text)
    if found is None or _ASKS_APART.search(text) is None:
        return None
    if found["thing"]:
        return found["thing"]
    before = _BEFORE_APART.search(text[: found.start()])
    return _LEAD.sub("", before["thing"]) or None if before else None


def judge_apart(thing: str, value: str) -> bool | None:
    """Whether the thing has to be bought apart, by what is written to come along; None where it is not spoken of."""
    for clause in split_clauses(value):
        if thing in clause:
            return _NEGATION.search(clause[: clause.find(thing)]) is not None
    return None
