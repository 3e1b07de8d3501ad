"""Finds what an answer should not say: contacts elsewhere, advertising law's words, codes and unfinished texts.

The rules are in wordings.yml.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from app.language.clauses import split_marks
from app.language.identities import IdentityKind, find_identities
from app.language.numbers import normalise_width
from app.language.phrases import PhraseBook
from app.shop.report import Severity

_FILE = Path(__file__).with_name("wordings.yml")
_SHOWN = 24  # characters quoted of what was found
_DENYING = "denying"
_KEPT = 4096  # answers; a reloaded shop has almost all of them again
_JOINTS = re.compile(r"(?<=[^\x00-\x20,。!?;])[\s.·•*_~|/\\\-]+(?=[^\x00-\x20])")
_MAY_ADDRESS = re.compile("[路街道巷号栋室楼省市区县镇村]|收[件货]人|联系人")
_ADDRESSEE = re.compile(
    r"(?:收件人|收货人|联系人|签收人)[:是为]?\s*[\u4e00-\u9fff]{2,4}|(?<=[,。;\s栋室号楼])(?![^收]{0,3}[部组仓店处司方请签])[\u4e00-\u9fff]{2,3}(?:先生|女士|小姐)?收(?=$|[,。;!\s])"
)


@dataclass(frozen=True, slots=True)
class WordingProblem:
    """Something an answer should not say.

    Attributes:
        rule: the rule's name.
        message: what is wrong, why it matters and what to write, in Chinese.
        words: what was found.
        may_confirm: whether the shop may say that it is meant.
    """

    rule: str
    severity: Severity
    message: str
    words: str
    may_confirm: bool


@dataclass(frozen=True, slots=True)
class _WordingRule:
    name: str
    severity: Severity
    may: re.Pattern[str]
    may_confirm: bool
    denied: bool
    squeezed: bool
    excused: bool
    sentence: str

    def explain_hit(self, words: str) -> WordingProblem:
        """The problem that these words are."""
        shown = words if len(words) <= _SHOWN else words[:_SHOWN] + "…"
        message = self.sentence.replace("{words}", shown)
        return WordingProblem(self.name, self.severity, message, words, self.may_confirm)


def _load_rules() -> tuple[tuple[_WordingRule, ...], PhraseBook]:
    given: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    rules = given["rules"].items()
    phrases = {_DENYING: given["denying"]}
    phrases |= {_said(name): rule["said"] for name, rule in rules}
    phrases |= {_unless(name): rule["unless"] for name, rule in rules if "unless" in rule}
    return tuple(_read_rule(name, rule) for name, rule in rules), PhraseBook(phrases)


def _read_rule(name: str, given: dict[str, Any]) -> _WordingRule:
    return _WordingRule(
        name,
        Severity(given["level"]),
        re.compile(given["may"]),
        may_confirm=given["confirm"],
        denied=given.get("denied", False),
        squeezed=given.get("squeezed", False),
        excused="unless" in given,
        sentence=f"答案里的{given['what']}。{given['why']}。{given['write']}。",
    )


def _said(name: str) -> str:
    return f"{name}.said"


def _unless(name: str) -> str:
    return f"{name}.unless"


_RULES, _PHRASES = _load_rules()


def blank_sites(answer: str, sites: Sequence[str]) -> str:
    """The answer without links to these websites."""
    for site in sites:
        if site in answer.lower():
            link = rf"(?:https?://)?(?<![A-Za-z0-9@-])(?:[A-Za-z0-9-]+\.)*{re.escape(site)}(?![A-Za-z0-9.-])[^\s\u4e00-\u9fff,，。]*"
            answer = re.sub(link, " ", answer, flags=re.IGNORECASE)
    return answer


@lru_cache(maxsize=_KEPT)
def find_wordings(answer: str) -> tuple[WordingProblem, ...]:
    """Everything the answer should not say, once a rule, in the order of the rules."""
    plain = normalise_width(answer)
    squeezed = _JOINTS.sub("", plain)  # without the signs that hide a word between its characters: 微.信, V 信
    possible = [rule for rule in _RULES if rule.may.search(squeezed if rule.squeezed else plain)]
    found = [_apply_rule(rule, plain, squeezed) for rule in possible]
    return (*(problem for problem in found if problem), *_find_private_numbers(plain))


def _apply_rule(rule: _WordingRule, plain: str, squeezed: str) -> WordingProblem | None:
    """The rule's first hit, in the text as it stands before the squeezed one."""
    texts = (plain, squeezed) if rule.squeezed and squeezed != plain else (plain,)
    hits = (_find_hit(rule, clause) for text in texts for clause in split_marks(text))
    words = next((hit for hit in hits if hit), None)
    return rule.explain_hit(words) if words else None


def _find_hit(rule: _WordingRule, clause: str) -> str | None:
    words = _PHRASES.first_hit(_said(rule.name), clause)
    if words is None or (rule.excused and _PHRASES.is_in(_unless(rule.name), clause)):
        return None
    at = _PHRASES.first_place(_said(rule.name), clause)
    return None if rule.denied and _PHRASES.is_in(_DENYING, clause[:at]) else words.strip()


_PRIVATE = {
    IdentityKind.MOBILE: ("phone", Severity.ERROR, "手机号", True),
    IdentityKind.LANDLINE: ("phone", Severity.WARNING, "电话号码", True),
    IdentityKind.IDENTITY_CARD: ("private", Severity.ERROR, "身份证号", False),
    IdentityKind.BANK_CARD: ("private", Severity.ERROR, "银行卡号", False),
}
_PRIVATE_REASONS = {
    "phone": "这是个人信息，每个来问的人都会看到，平台也把它判为引流。请删去，改成“有问题在这里留言就可以”；"
    "不是电话，请在前面写明它是什么（货号、批号），或在这一行的“确认”一格写“是”。",
    "private": "这是个人信息，每个来问的人都会看到，会被冒用。请删去；付款请让买家在平台里下单。",
}


def _find_private_numbers(text: str) -> Iterator[WordingProblem]:
    for found in find_identities(text):
        rule, severity, name, may_confirm = _PRIVATE[found.kind]
        message = f"答案里的「{found.text}」像是{name}。{_PRIVATE_REASONS[rule]}"
        yield WordingProblem(rule, severity, message, found.text, may_confirm)
    addressee = _ADDRESSEE.search(text) if _MAY_ADDRESS.search(text) else None
    if addressee:
        words = addressee.group().strip()
        message = (
            f"答案里的「{words}」是收件人姓名。这是个人信息，每个来问的人都会看到。"
            "请改成“退货地址在售后页面里，按页面上的地址寄”，或只写仓库名称。"
        )
        yield WordingProblem("private", Severity.WARNING, message, words, may_confirm=True)
