"""What a buyer reports instead of asking: a device that fails, a thing that is missing, a parcel nobody looks after."""

from app.dialogue.listening import dialogue_cues
from app.domain.acts import Act
from app.domain.conversation import Pending
from app.domain.decision import Answer, Decision
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import EntityKind, Request
from app.shop.schema import Thresholds

_GOODS = frozenset({EntityKind.PRODUCT, EntityKind.SKU})


def report_intent(
    whole: Request, pending: Pending | None, traits: IntentDirectory, thresholds: Thresholds, *, in_view: bool
) -> str | None:
    """The intent that takes the report, where no other matter is surely meant; None where nothing is reported.

    Args:
        whole: the message as one request.
        pending: our open question; what fills an after-sales form is no new report.
        traits: those of every known intent.
        thresholds: the shop's zones.
        in_view: whether goods or an order are spoken of already.
    """
    best = whole.intents[0]
    own, asked = traits.get(best.intent), traits.get(pending.intent) if pending else None
    if (asked and asked.aftersale) or (own and own.aftersale and best.confidence >= thresholds.answer):
        return None
    cues, named = dialogue_cues(), any(each.kind in _GOODS for each in whole.entities)
    if cues.hears("untended_delivery", whole.text):
        return traits.find_holder(IntentRole.URGING)
    if (named or in_view) and cues.hears("tells_fault", whole.text):
        return traits.find_holder(IntentRole.FAULT)
    if best.confidence < thresholds.answer and cues.hears("tells_missing", whole.text):
        return traits.find_holder(IntentRole.MISSING)
    came = Act.ASK not in whole.acts and Act.COMPLAIN not in whole.acts and cues.hears("reports_receipt", whole.text)
    return traits.find_holder(IntentRole.RECEIPT) if came else None


def await_result(request: Request, decision: Decision, traits: IntentDirectory) -> Decision:
    """The decision without the shop's general words, where the buyer waits for the end of a matter in hand."""
    own = traits.get(decision.intent) if isinstance(decision, Answer) and decision.faq else None
    waits = own is not None and (own.aftersale or own.about_orders)
    if isinstance(decision, Answer) and waits and dialogue_cues().hears("awaits_result", request.text):
        return Answer(decision.intent, decision.confidence)
    return decision
