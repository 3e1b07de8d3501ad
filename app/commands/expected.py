"""Tries what a shop expects of itself, and tells where the answer is another."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import uuid4

from app.commands.trial import TrialReply, TrialShop
from app.domain.message import MessageContext
from app.shop.expectations import Expectation
from app.shop.faq import FaqRow
from app.shop.report import ProblemCollector, Severity

_ACTIONS = {"answer": "机器人答", "clarify": "反问", "handoff": "转人工", "silent": "不作声"}
_SHOWN = 60


async def try_expectations(
    trial: TrialShop,
    expected: Sequence[Expectation],
    rows: Sequence[FaqRow],
    titles: Mapping[str, str],
    problems: ProblemCollector,
) -> int:
    """Reports each expectation that is not met, as an error at its question; returns how many were met."""
    by_id = {row.entry.entry_id: row for row in rows}
    met = 0
    for each in expected:
        reply = await _ask_all(trial, each)
        lacks = list(_compare_reply(each, reply, by_id, titles))
        met += not lacks
        if lacks:
            got = f"实际{_describe(reply, by_id, titles)}：“{_clip(reply.reply)}”"
            told = f"买家问“{each.ask[-1]}”，{'；'.join(lacks)}。{got}。请改问答，或改这条测试。"
            problems.report_problem(Severity.ERROR, each.place, told, "expectation")
    return met


async def _ask_all(trial: TrialShop, each: Expectation) -> TrialReply:
    conversation, buyer = uuid4().hex, each.buyer or "trial"
    context = MessageContext(product_id=each.product or None, order_id=each.order or None)
    *before, last = each.ask
    for text in before:
        await trial.ask_text(text, conversation=conversation, buyer=buyer, context=context)
    return await trial.ask_text(last, conversation=conversation, buyer=buyer, context=context)


def _compare_reply(
    each: Expectation, reply: TrialReply, by_id: Mapping[str, FaqRow], titles: Mapping[str, str]
) -> Iterator[str]:
    if each.row and not _is_row(each.row, reply, by_id):
        yield f"应该答“{each.row}”这一条"
    if each.action and each.action != reply.action:
        yield f"应该{_ACTIONS[each.action]}"
    if each.intent and each.intent not in (reply.intent, titles.get(reply.intent)):
        yield f"应该按「{each.intent}」处理"
    for words in each.says:
        if words not in reply.reply:
            yield f"回复里应该有“{words}”"
    for words in each.never:
        if words in reply.reply:
            yield f"回复里不应该有“{words}”"


def _is_row(expected: str, reply: TrialReply, by_id: Mapping[str, FaqRow]) -> bool:
    told = by_id.get(reply.faq or "")
    return reply.action == "answer" and told is not None and expected in (told.entry.entry_id, told.entry.question)


def _describe(reply: TrialReply, by_id: Mapping[str, FaqRow], titles: Mapping[str, str]) -> str:
    told = by_id.get(reply.faq or "")
    what = f"（第 {told.row} 行“{told.entry.question}”）" if told else f"（{titles.get(reply.intent, reply.intent)}）"
    return f"{_ACTIONS.get(reply.action, reply.action)}{what}"


def _clip(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
