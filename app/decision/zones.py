"""The zones: which of answer, clarify and handoff a request falls in. Pure; thresholds come from the shop."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from app.domain.decision import Answer, Clarify, Decision, Handoff, Option, Reason
from app.domain.understanding import EntityKind, FaqScore, Request
from app.shop.schema import Thresholds

MOST_OPTIONS = 3
LEAST_LIKELY = 0.15  # an absurd option hurts more than an open question
FEWEST_OPTIONS = 2  # one option is no choice: then we ask openly
MISSES_BEFORE_HANDOFF = 2
# A courtesy is answered on less certainty: a needless 在的呢 costs nothing, a needless question annoys.
COURTESIES = frozenset({"greeting", "acknowledgement"})
COURTESY_FROM = 0.5
# Who names one of these wants something, however polite the words around it.
BUSINESS = frozenset(
    {
        EntityKind.PRODUCT,
        EntityKind.SKU,
        EntityKind.QUANTITY,
        EntityKind.OFFERED_PRICE,
        EntityKind.REDUCTION,
        EntityKind.DISCOUNT_RATE,
        EntityKind.ORDER_ID,
    }
)
# These name no business: they are never offered as an option.
NO_OPTION = COURTESIES | {"other", "unclear"}


@dataclass(frozen=True, slots=True)
class IntentManner:
    """How one intent is answered.

    `facts_first`: its action knows better than an FAQ entry, because it looks at live facts.
    `about_orders`: an order number by itself carries it on. `about_goods`: a product, a size, a quantity does.
    """

    title: str
    facts_first: bool = False
    about_orders: bool = False
    about_goods: bool = True


class Candidate(NamedTuple):
    """An intent or an FAQ entry that could answer, on one scale."""

    intent: str
    confidence: float
    faq: FaqScore | None = None


def decide(
    request: Request,
    thresholds: Thresholds,
    manners: Mapping[str, IntentManner],
    *,
    misses: int,
    mapped: Mapping[str, str],
) -> Decision:
    """One request's decision.

    Args:
        request: what was understood; its intents are not empty.
        thresholds: the shop's zones.
        manners: every known intent.
        misses: unanswered turns in a row before this one.
        mapped: FAQ entry id to the intent it belongs to, for the trace and for routing.
    """
    ranking = rank(request, thresholds, manners, mapped)
    best = ranking[0]
    if best.intent in COURTESIES and best.faq is None and best.confidence >= COURTESY_FROM and not _names(request):
        return _answer(best)
    if best.intent == "unclear":
        return _missed(best, (), misses, Reason.LOW_CONFIDENCE)
    if best.confidence >= thresholds.answer and _leads(ranking, thresholds.gap):
        return _answer(best)
    reason = Reason.AMBIGUOUS if best.confidence >= thresholds.answer else Reason.LOW_CONFIDENCE
    options = _options(ranking, manners) if best.confidence >= thresholds.clarify else ()
    return _missed(best, options if len(options) >= FEWEST_OPTIONS else (), misses, reason)


def _names(request: Request) -> bool:
    return any(entity.kind in BUSINESS for entity in request.entities)


def rank(
    request: Request, thresholds: Thresholds, manners: Mapping[str, IntentManner], mapped: Mapping[str, str]
) -> tuple[Candidate, ...]:
    """Intents and FAQ entries in one order, best first.

    Both confidences are calibrated, so they compare. An intent that answers from live facts goes before any FAQ
    entry once it is certain; otherwise the shop's own words go before the intent's general ones.
    """
    top = request.intents[0]
    intents = [Candidate(score.intent, score.confidence) for score in request.intents]
    faqs = [Candidate(mapped.get(score.entry_id) or top.intent, score.confidence, score) for score in request.faqs]
    manner = manners.get(top.intent)
    if manner and manner.facts_first and top.confidence >= thresholds.answer:
        return (*intents, *faqs)
    if faqs and faqs[0].confidence >= thresholds.answer:
        return (*faqs, *intents)
    return tuple(sorted([*intents, *faqs], key=lambda candidate: -candidate.confidence))


def _answer(candidate: Candidate) -> Answer:
    return Answer(candidate.intent, candidate.confidence, candidate.faq.entry_id if candidate.faq else None)


def _leads(ranking: tuple[Candidate, ...], gap: float) -> bool:
    """Whether the first is clear of the next of its own kind; the two kinds may agree without harm."""
    best = ranking[0]
    rivals = (other for other in ranking[1:] if (other.faq is None) == (best.faq is None))
    rival = next(rivals, None)
    return rival is None or best.confidence - rival.confidence >= gap


def _options(ranking: tuple[Candidate, ...], manners: Mapping[str, IntentManner]) -> tuple[Option, ...]:
    options: list[Option] = []
    likely = max(LEAST_LIKELY, ranking[0].confidence / 3)
    for candidate in sorted(ranking, key=lambda each: -each.confidence):
        option = _option(candidate, manners)
        if option is None or candidate.confidence < likely or len(options) == MOST_OPTIONS:
            continue
        if not any(_same(option, other) for other in options):
            options.append(option)
    return tuple(options)


def _option(candidate: Candidate, manners: Mapping[str, IntentManner]) -> Option | None:
    if candidate.faq:
        return Option(candidate.faq.question, candidate.intent, candidate.faq.entry_id)
    manner = manners.get(candidate.intent)
    return Option(manner.title, candidate.intent) if manner and candidate.intent not in NO_OPTION else None


def _same(option: Option, other: Option) -> bool:
    """Two labels alike, or an intent beside an FAQ entry that belongs to it."""
    return option.label == other.label or (option.intent == other.intent and None in (option.faq, other.faq))


def _missed(best: Candidate, options: tuple[Option, ...], misses: int, reason: Reason) -> Decision:
    faq = best.faq.entry_id if best.faq else None
    if misses + 1 >= MISSES_BEFORE_HANDOFF:
        return Handoff(Reason.REPEATED_MISS, best.intent, best.confidence, faq)
    return Clarify(options, best.intent, best.confidence, reason)
