"""Explains in Chinese what a message got and why, for a shopkeeper who tries his shop."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.commands.trial import TrialReply
from app.domain.decision import Reason
from app.tenants.registry import OpenShop
from handoff.phrases import handoff_phrases

_ACTIONS = {"answer": "直接答", "clarify": "反问", "handoff": "转人工", "silent": "不作声"}
_LEAST = 0.01
_MOST = 3


def explain_reply(reply: TrialReply, opened: OpenShop, titles: Mapping[str, str]) -> Iterator[str]:
    """The lines for each request of the message: what was done, why, and what else was near."""
    for step in reply.steps:
        if len(reply.steps) > 1:
            yield f"  这一句：{step['text']}"
        yield f"  为什么：{_explain_step(step, opened, titles)}"
        rows = _list_candidates(step["faqs"], {key: entry.question for key, entry in opened.entries.items()})
        intents = _list_candidates(step["intents"], titles)
        yield f"  候选：问答 {rows or '没有'}；业务 {intents or '没有'}"
        if step.get("refused"):
            yield f"  没让说：{step['refused']}"


def _explain_step(step: Mapping[str, Any], opened: OpenShop, titles: Mapping[str, str]) -> str:
    zone, title = step["zone"], titles.get(step["intent"], step["intent"])
    sure = f"把握 {step['confidence']:.0%}"
    limits = opened.shop.settings.thresholds
    entry = opened.entries.get(step["faq"] or "")
    if zone == "answer" and entry:
        return f"答的是 {entry.source}“{entry.question}”，{sure}（够 {limits.answer:.0%} 就直接答）。"
    if zone == "answer":
        return f"按「{title}」的业务规则答，{sure}。{_list_facts(step['facts'])}"
    reason = _reason_words(step["reason"])
    if zone == "clarify":
        bounds = f"不到 {limits.answer:.0%}，或和第二名差不到 {limits.gap:.0%}"
        return f"{reason}，所以反问：最像「{title}」，{sure}，{bounds}。"
    return f"{_ACTIONS.get(zone, zone)}（{title}）：{reason}。"


def _reason_words(reason: str | None) -> str:
    return handoff_phrases().reasons[Reason(reason)] if reason else "没有别的原因"


def _list_facts(facts: Sequence[Mapping[str, Any]]) -> str:
    sources = dict.fromkeys(str(fact["source"]) for fact in facts)
    return f"依据：{'、'.join(sources)}。" if sources else ""


def _list_candidates(scores: Sequence[Sequence[Any]], names: Mapping[str, str]) -> str:
    near = [(names.get(key, key), sure) for key, sure in scores[:_MOST] if sure >= _LEAST]
    return "、".join(f"“{name}” {sure:.0%}" for name, sure in near)
