"""The shop's own row beside an action that knew no fact to tell: facts go first only where there are some."""

from dataclasses import replace

from app.domain.catalogue import FaqEntry
from app.domain.outcome import Outcome
from app.domain.understanding import Request
from app.guard.gate import find_expired_promises
from intents._framework.contract import Case
from intents._framework.policy import faq_tried_note, was_just_told

ASKED_SHARE = 0.85
"""Of the threshold: so sure a row has to be where the action would only ask something, and asks it still. By trial."""


def find_own_row(case: Case, outcome: Outcome) -> FaqEntry | None:
    """The row to tell with this outcome: one that surely answers the request, where the action told no fact.

    General words of an action give way only to a row of no category; of the others, the action has chosen itself.
    """
    least = case.shop.settings.thresholds.answer * (1.0 if outcome.asks is None else ASKED_SHARE)
    entry = _find_sure_row(case, least) if _lacks_facts(outcome) else None
    if entry is None or (entry.category and outcome.asks is None):
        return None
    return None if find_expired_promises(entry, case.shop, case.now) else entry


def tell_row(outcome: Outcome, entry: FaqEntry, answer: str) -> Outcome:
    """The row's answer, and the action's question after it; general words of the action's own give way to it."""
    told = replace(outcome, tried=faq_tried_note(entry), faq=entry.entry_id)
    if outcome.asks is None:
        return replace(told, text=answer, commitments=(), used_replies=())
    return replace(told, text=f"{answer}\n{outcome.text}")


def _find_sure_row(case: Case, least: float) -> FaqEntry | None:
    """The row that answers with at least this confidence, unless it was just told or the buyer answers our question."""
    gap = case.shop.settings.thresholds.gap
    if case.conversation.pending is not None or not _is_row_sure(case.request, least, gap):
        return None
    entry = case.shop.entries.get(case.request.faqs[0].entry_id)
    return None if entry is None or was_just_told(case.conversation, entry) else entry


def _is_row_sure(request: Request, least: float, gap: float) -> bool:
    """Whether the best row is sure enough and clear of the next."""
    best, *others = [each.confidence for each in request.faqs] or [0.0]
    return best >= least and best - max(others, default=0.0) >= gap


def _lacks_facts(outcome: Outcome) -> bool:
    """Whether an action told nothing of goods or orders and moved nothing on: it only asks, or speaks generally."""
    if outcome.facts or outcome.effects or outcome.handoff or outcome.faq or outcome.withdraws:
        return False
    return outcome.asks is not None or outcome.memory is None
