"""The zones: which of answer, clarify and handoff a request falls in. Pure; thresholds come from the shop."""

from collections.abc import Mapping
from typing import NamedTuple

from app.dialogue.listening import dialogue_cues
from app.domain.acts import Act
from app.domain.decision import Answer, Clarify, Decision, Handoff, Option, Reason
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import EntityKind, FaqScore, Request
from app.language.asides import is_availability_question
from app.language.looks import find_look_span
from app.shop.schema import Thresholds

MOST_OPTIONS = 3
LEAST_LIKELY = 0.15  # an absurd option hurts more than an open question
CLOSE = 0.5  # of the likeliest's confidence: what is less likely is no reading to offer beside it
LIKELY_ROW = 0.4  # an FAQ entry is offered from here on: of what it is no wording of, its confidence says little
LIKELY_TOLD = 0.25  # a row of the goods in view is told from here on to who tells something of their use
CONFIRMED_FROM = 0.35  # one reading is asked about by itself (您是想问…吗) from here on; below we ask openly
MISSES_BEFORE_HANDOFF = 2
ALMOST_VERBATIM = 0.97  # the confidence of an FAQ entry that was said nearly word for word
# A courtesy is answered on less certainty: a needless 在的呢 costs nothing, a needless question annoys.
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
NAMED_GOODS = frozenset({EntityKind.PRODUCT, EntityKind.SKU, EntityKind.ATTRIBUTE, EntityKind.QUANTITY})


class AnswerCandidate(NamedTuple):
    """An intent or an FAQ entry that could answer, on one scale."""

    intent: str
    confidence: float
    faq: FaqScore | None = None


def decide_request(
    request: Request,
    thresholds: Thresholds,
    traits: IntentDirectory,
    *,
    misses: int,
    mapped: Mapping[str, str],
    implausible: frozenset[str] = frozenset(),
) -> Decision:
    """One request's decision.

    Args:
        request: what was understood; its intents are not empty.
        thresholds: the shop's zones.
        traits: those of every known intent.
        misses: unanswered turns in a row before this one.
        mapped: FAQ entry id to the intent it belongs to, for the trace and for routing.
        implausible: intents that are no reading to offer here, as those about an order where none is spoken of.
    """
    best = _best_candidate(request, thresholds, traits, mapped)
    if (
        traits.is_courtesy(best.intent)
        and best.faq is None
        and best.confidence >= COURTESY_FROM
        and not _names_business(request)
    ):
        return make_answer(best)
    if best.faq is None and traits.holds_role(best.intent, IntentRole.ASKS_MEANING):
        return _clarify_or_handoff(best, (), misses, Reason.LOW_CONFIDENCE)
    if best.confidence >= thresholds.answer and _has_clear_lead(best, request, thresholds.gap):
        return make_answer(best)
    if best.faq is None and best.confidence >= thresholds.clarify and _speaks_of_money(best, request, traits):
        return Answer(_offers_intent(request, traits) or best.intent, best.confidence)
    details = traits.find_holder(IntentRole.GOODS_DETAILS)
    if details and best.faq is None and _names_one_product(request) and _wants_details(best, request, details, traits):
        return Answer(details, best.confidence)
    reason = Reason.AMBIGUOUS if best.confidence >= thresholds.answer else Reason.LOW_CONFIDENCE
    options = _clarify_options(best, request, traits, mapped, implausible)
    if best.confidence < thresholds.clarify or (len(options) == 1 and not _may_confirm(options[0], best, request)):
        options = ()
    return _clarify_or_handoff(best, options, misses, reason)


def _may_confirm(option: Option, best: AnswerCandidate, request: Request) -> bool:
    """Whether one reading is worth a question of its own: the likeliest, and if it is a row, one of that intent."""
    agreed = option.faq is None or option.intent == request.intents[0].intent
    return agreed and best.confidence >= CONFIRMED_FROM


def _names_business(request: Request) -> bool:
    return any(entity.kind in BUSINESS for entity in request.entities)


def _wants_details(best: AnswerCandidate, request: Request, details: str, traits: IntentDirectory) -> bool:
    """Whether the buyer likely asks of the goods themselves, or asks nothing of them: 我要装修，想买几块隔板."""
    own = traits.get(best.intent)
    interested = own is not None and own.about_goods and Act.ASK not in request.acts
    return best.intent == details or interested


def _speaks_of_money(best: AnswerCandidate, request: Request, traits: IntentDirectory) -> bool:
    """Whether a reduction, a share or a gift is named, and a matter of price is likeliest meant: 现在八五折对吧."""
    own = traits.get(best.intent)
    named = any(each.kind in {EntityKind.DISCOUNT_RATE, EntityKind.REDUCTION} for each in request.entities)
    named = named or dialogue_cues().hears("asks_gift", request.text)
    return named and own is not None and (own.asks_price or own.tells_offers)


def _offers_intent(request: Request, traits: IntentDirectory) -> str | None:
    """The intent that tells which promotions run, where the buyer checks one: 不是打八五折吗."""
    checks = dialogue_cues().hears("checks_offer", request.text)
    return next((intent for intent, own in traits.items() if own.tells_offers), None) if checks else None


def _names_one_product(request: Request) -> bool:
    return len({entity.value for entity in request.entities if entity.kind is EntityKind.PRODUCT}) == 1


def asks_availability(request: Request) -> bool:
    """Whether the request asks for goods by name and for nothing else; a model that reads past names cannot know."""
    return is_availability_question(mask_goods_names(request))


def mask_goods_names(request: Request) -> str:
    """The request's text without spaces, a # for each name of goods, each size, colour and number of pieces.

    So for a colour or a material that no goods of the shop have.
    """
    text = request.text.replace("#", "")
    for name in sorted({each.text for each in request.entities if each.kind in NAMED_GOODS}, key=len, reverse=True):
        text = text.replace(name, "#")
    look = find_look_span(text)
    text = f"{text[: look[0]]}#{text[look[1] :]}" if look else text
    return "".join(text.split())


def _best_candidate(
    request: Request, thresholds: Thresholds, traits: IntentDirectory, mapped: Mapping[str, str]
) -> AnswerCandidate:
    """The first of the intents or of the FAQ entries.

    Both confidences are calibrated, so they compare. A wording of the shop's own that belongs elsewhere goes first. The
    wish for a person and an intent that answers from live facts go before any other entry once they are certain;
    otherwise the shop's own words go before the intent's general ones.
    """
    own_words = find_own_words(request, traits, mapped)
    if own_words:
        return own_words
    availability = traits.find_holder(IntentRole.AVAILABILITY)
    if availability and asks_availability(request):
        return AnswerCandidate(availability, 1.0)
    top = request.intents[0]
    own = traits.get(top.intent)
    certain = top.confidence >= thresholds.answer
    if certain and traits.holds_role(top.intent, IntentRole.PERSON):
        return AnswerCandidate(top.intent, top.confidence)
    if not request.faqs or (certain and own is not None and own.facts_first):
        return AnswerCandidate(top.intent, top.confidence)
    entry = request.faqs[0]
    if entry.confidence >= thresholds.answer or entry.confidence > top.confidence:
        return _faq_candidate(entry, request, mapped)
    return AnswerCandidate(top.intent, top.confidence)


def find_own_words(request: Request, traits: IntentDirectory, mapped: Mapping[str, str]) -> AnswerCandidate | None:
    """The entry one of whose wordings was said, or nearly and of nothing that facts tell, where no action knows more.

    An action that looks at live facts is asked first about what stands under its own category. A row that stands under
    none may be about anything: where goods are named or the matter is an order, the facts are asked first, too.
    """
    if not request.faqs:
        return None
    best, top = request.faqs[0], request.intents[0].intent
    own = traits.get(top)
    elsewhere = not best.has_category or mapped.get(best.entry_id) != top
    factual = own is not None and (own.about_orders or _names_business(request))
    if not best.is_verbatim and (factual or best.confidence < ALMOST_VERBATIM):
        return None
    if own is not None and own.facts_first and (not elsewhere or (factual and not best.has_category)):
        return None
    return _faq_candidate(best, request, mapped)


def _faq_candidate(score: FaqScore, request: Request, mapped: Mapping[str, str]) -> AnswerCandidate:
    return AnswerCandidate(mapped.get(score.entry_id) or request.intents[0].intent, score.confidence, score)


def make_answer(candidate: AnswerCandidate) -> Answer:
    """The decision to answer with this intent or entry."""
    return Answer(candidate.intent, candidate.confidence, candidate.faq.entry_id if candidate.faq else None)


def _has_clear_lead(best: AnswerCandidate, request: Request, gap: float) -> bool:
    """Whether the first is clear of the next of its own kind; the two kinds may agree without harm."""
    rivals = request.faqs[1:2] if best.faq else request.intents[1:2]
    return all(best.confidence - rival.confidence >= gap for rival in rivals)


def _clarify_options(
    best: AnswerCandidate,
    request: Request,
    traits: IntentDirectory,
    mapped: Mapping[str, str],
    implausible: frozenset[str],
) -> tuple[Option, ...]:
    intents = [
        AnswerCandidate(score.intent, score.confidence) for score in request.intents if score.intent not in implausible
    ]
    entries = [_faq_candidate(score, request, mapped) for score in request.faqs]
    candidates = [*entries, *intents] if best.faq else [*intents, *entries]
    options: list[Option] = []
    likely = max(LEAST_LIKELY, best.confidence * CLOSE)
    for candidate in sorted(candidates, key=lambda each: -each.confidence):
        option = _make_option(candidate, traits)
        least = max(likely, LIKELY_ROW) if candidate.faq else likely
        if option is None or candidate.confidence < least or len(options) == MOST_OPTIONS:
            continue
        if not any(_is_same_option(option, other) for other in options):
            options.append(option)
    return tuple(options)


def _make_option(candidate: AnswerCandidate, traits: IntentDirectory) -> Option | None:
    if candidate.faq:
        return Option(candidate.faq.question, candidate.intent, candidate.faq.entry_id)
    own = traits.get(candidate.intent)
    asked = own and own.names_business and not own.complaint and own.role is not IntentRole.PERSON
    return Option(own.asked_as or own.title, candidate.intent) if own and asked else None


def _is_same_option(option: Option, other: Option) -> bool:
    """Two labels alike, or an intent beside an FAQ entry that belongs to it."""
    return option.label == other.label or (option.intent == other.intent and None in (option.faq, other.faq))


def _clarify_or_handoff(best: AnswerCandidate, options: tuple[Option, ...], misses: int, reason: Reason) -> Decision:
    faq = best.faq.entry_id if best.faq else None
    if misses + 1 >= MISSES_BEFORE_HANDOFF:
        return Handoff(Reason.REPEATED_MISS, best.intent, best.confidence, faq)
    return Clarify(options, best.intent, best.confidence, reason)
