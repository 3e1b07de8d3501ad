"""Reads what a shop's answer forbids or warns of (别放车里, 孕妇不要用), and who asks whether something may be done."""

import re
from collections.abc import Iterator

from app.language.clauses import split_sentences
from app.language.doubts import asks_whether, hopes_for_yes

_FORBIDS = re.compile(
    r"不能|不可(?!或缺|多得)|不要|不得(?!不)|禁止|严禁|勿|(?<![区分特差识级个性类])别(?![的人家处致墅墨克])|不建议|不推荐|不适合|不宜|"
    r"不合适|不支持|不让|不行|远离|远点|[有含][剧微]?毒|禁忌|慎用|危险|[撑承受扛吃]不[住了过]|[带放装用]不[了上]|没法|暂停|停发|不发(?!票)|不寄|[发寄送到]不了|"
    r"会(?!不)[^，,、。]{0,4}(?:炸|着火|起火|中毒|触电|烫伤|灼伤|刺激|冻伤|烫出|腐蚀|打滑|闷坏|化水|开裂|脱落|打坏|烧坏|弄坏|炸裂)|"
    r"(?:才能?|才可以)(?:用|吃|喝|穿|坐|玩|开|装)|超过[^，,。]{1,8}(?:就|会|不)|最多"
)
_CLAUSE = re.compile(r"[，,]")
_ASKS_MORE = re.compile(r"多[久少长大高重远]|怎么|咋|什么|啥|哪|几[个天号点时次层斤张]|为何|如何")
_MAY = re.compile(
    r"(?:能|可以|敢|会|行|ok|要紧)[^，,。]{0,12}?[吗么嘛不没]\s*[?？啊呀呢~]*(?:$|[，,。\s])|可不可以|能否|可否|行不"
)


def find_cautions(answer: str) -> Iterator[str]:
    """The parts of an answer that forbid, warn or set a bound, each with the clause before it, which may say of what.

    In 夏天车里热，别放 the first clause is the case and the second the rule.
    """
    for sentence in split_sentences(answer):
        before = ""
        for clause in _CLAUSE.split(sentence):
            ruled = _FORBIDS.search(clause)
            if ruled:
                yield f"{before}{clause}"
                yield from _list_cases(clause, ruled)
            before = "" if ruled else clause


def _list_cases(clause: str, ruled: re.Match[str]) -> Iterator[str]:
    """Each of several cases with the rule beside it: 蔫的不要放 of 刚换盆的、蔫的、冬天的都不要放."""
    first, *others = clause[: ruled.start()].split("、")
    for case in (first, *others) if others else ():
        yield f"{case}{clause[ruled.start() :]}"
    more = clause[ruled.end() :].split("、")
    for case in more if len(more) > 1 else ():
        yield f"{ruled.group()}{case}"


def has_caution(text: str) -> bool:
    """Whether a text forbids or warns of anything."""
    return _FORBIDS.search(text) is not None


def list_clauses(answer: str) -> Iterator[str]:
    """Every clause of an answer: what is to be left out may stand in any of them."""
    for sentence in split_sentences(answer):
        yield from _CLAUSE.split(sentence)


_LEAVES_OUT = re.compile(
    r"(?:不|没|免)(?![能会行要可影碍妨是管同]|打紧)(?:用|需要)?[^,，。\s不没]{1,8}[\s,，]*[^,，。]{0,8}?"
    r"(?:没事|没关系|没问题|不要紧|不影响|可以|能|行)"
)


def asks_to_leave_out(text: str) -> bool:
    """Whether it is asked if something need not be done: 不戴手套没事吧, 不开锅直接用行吗."""
    return asks_permission(text) and _LEAVES_OUT.search(text) is not None


def asks_permission(text: str) -> bool:
    """Whether it is asked if something may be done or does harm: 放车里行不, 空腹吃没事吧; not 能用多久."""
    if hopes_for_yes(text):
        return True
    return _ASKS_MORE.search(text) is None and (_MAY.search(text) is not None or asks_whether(text))
