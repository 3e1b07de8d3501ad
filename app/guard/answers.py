"""Judges FAQ answers before any buyer hears them: what they promise, and how they are worded."""

from collections.abc import Sequence

from app.domain.catalogue import FaqEntry, Product, Promotion
from app.guard.gate import find_faq_promises
from app.shop.checks.answer import AnswerProblem, review_answer
from app.shop.report import Severity
from app.shop.schema import ShopSettings


def judge_answer(
    entry: FaqEntry, settings: ShopSettings, products: Sequence[Product], promotions: Sequence[Promotion]
) -> Sequence[AnswerProblem]:
    """Everything wrong with the answer: promises without authority first."""
    promises = find_faq_promises(entry, settings, products, promotions)
    found = [AnswerProblem("promise", Severity.ERROR, message) for message in promises]
    return [*found, *review_answer(entry, settings.own_sites)]
