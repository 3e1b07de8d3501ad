"""When a second reader is asked about a request, and the choices it is given."""

from app.domain.decision import Decision, Handoff, Reason, Silent
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.second_reading import Choice
from app.domain.understanding import Request
from app.language.codes import is_wordless
from app.shop.schema import ShopSettings

MOST_INTENTS = 8
MOST_ENTRIES = 5


def is_unsure(
    request: Request, decision: Decision, settings: ShopSettings, traits: IntentDirectory, *, assumed: bool = False
) -> bool:
    """Whether the decision hangs on a confidence under `answer`, or is `assumed` because nothing else was certain.

    What goes to people whatever is said, a courtesy and the answer to our own question do not: they are decided with
    full confidence, or by an intent that nothing may lead away from.
    """
    if isinstance(decision, Silent) or (decision.confidence >= settings.thresholds.answer and not assumed):
        return False
    if isinstance(decision, Handoff) and decision.reason is not Reason.REPEATED_MISS:
        return False
    best = request.intents[0].intent
    guarded = traits.reserved_intents(settings.authority.always_people.chosen_intents)
    kept = best in guarded or traits.holds_role(best, IntentRole.PERSON)
    return not (kept or traits.is_courtesy(best) or is_bare_mention(request))


def is_bare_mention(request: Request) -> bool:
    """Whether the request is a number or a name and nothing else: there is nothing to read in it."""
    text = request.text.strip()
    if is_wordless(text) or not any(map(str.isalpha, text)):
        return True
    return any(entity.text == text for entity in request.entities)


def list_intents(request: Request, traits: IntentDirectory) -> tuple[Choice, ...]:
    """The best intents, then what cannot be told and what is none of ours, which the reader may always say."""
    unclear = traits.get_holder(IntentRole.ASKS_MEANING)
    other = next((intent for intent, own in traits.items() if own.unknown and intent != unclear), unclear)
    best = [score.intent for score in request.intents[:MOST_INTENTS] if score.intent not in {unclear, other}]
    return tuple(Choice(intent, describe_intent(intent, traits)) for intent in dict.fromkeys((*best, unclear, other)))


def list_entries(request: Request) -> tuple[Choice, ...]:
    """The best entries."""
    return tuple(Choice(score.entry_id, score.question) for score in request.faqs[:MOST_ENTRIES])


def describe_intent(intent: str | None, traits: IntentDirectory) -> str:
    """The intent's title; empty for none."""
    own = traits.get(intent or "")
    return own.title if own else ""
