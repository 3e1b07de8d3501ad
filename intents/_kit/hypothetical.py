"""Damage spoken of before there is any: 裂了包退吗 asks for the shop's rule and reports nothing."""

import re
from typing import Final

from app.domain.catalogue import FaqEntry
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.policy import compose_reply, find_best_entry, quote_faq_entry

DAMAGED: Final = re.compile("[坏破裂碎漏漆霉]|瑕疵|质量|划痕|异味|色差")
_SUPPOSES: Final = re.compile("如果|要是|万一|假如|假设|倘若")
_RULE: Final = re.compile("包[退换赔]|算谁|谁(负责|承担|赔)|[管赔]不[管赔]|你们[管赔]|负责吗")
_OTHER_TOPIC: Final = re.compile("运费|邮费|地址|寄[到给回]")
_HAPPENED: Final = re.compile("我的|我[买收拍]|刚|[今昨前]天|已经|照片|怎么[会是]|上次|图")
DAMAGE_POLICY_TOLD: Final = "已说明收到有问题的商品怎么处理"


def is_hypothetical(text: str) -> bool:
    """Whether the text only supposes the damage it speaks of, and asks what is done then."""
    if not DAMAGED.search(text) or _OTHER_TOPIC.search(text):
        return False
    return bool(_SUPPOSES.search(text)) or bool(_RULE.search(text) and not _HAPPENED.search(text))


def continues_hypothetical(case: Case) -> bool:
    """Whether the rule was just told and this reports nothing either: 我在东北，家里有暖气."""
    told = any(line == DAMAGE_POLICY_TOLD or is_hypothetical(line) for line in case.conversation.tried[-1:])
    return told and not DAMAGED.search(case.message.text)


def state_damage_policy(case: Case) -> Outcome | None:
    """The shop's rule in its own words, else in general ones, once: who comes back has damage to report."""
    if DAMAGE_POLICY_TOLD in case.conversation.tried[-2:]:
        return None
    entry = find_best_entry(case)
    if entry and _is_damage_policy(entry):
        return quote_faq_entry(case, entry)
    return compose_reply(case.replies.render_reply("if_damaged"), tried=DAMAGE_POLICY_TOLD)


def _is_damage_policy(entry: FaqEntry) -> bool:
    """收到破损怎么办 is answered with an apology, which nobody has earned yet."""
    return any(map(is_hypothetical, (entry.question, *entry.similar_questions)))
