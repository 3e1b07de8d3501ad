"""Whether what the shop forbids or warns of concerns a request: then that row is told before a yes or 没有写."""

from app.domain.catalogue import FaqEntry
from app.domain.conversation import SlotName
from app.domain.decision import Answer, Decision
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import EntityKind, FaqScore, Request
from app.guard.gate import find_expired_promises
from app.language.repeats import repeats_question
from app.turns.readings import names_foreign
from app.turns.scene import Scene
from app.turns.shop_rows import CHECK_SLOT, is_missed
from intents._framework.policy import was_just_told

SURELY_CONCERNS = 0.6
"""How like a question a caution must be to be told before anything else; of played questions 15 of 17 were right."""
LIKELY_CONCERNS = 0.55
"""The same where goods are known and we would else say that nothing is written of it."""
PLAINLY_CONCERNS = 0.8
"""The same to be told before what facts tell of a place, or a row of all goods does."""
SURE_OF_OTHER = 0.9
"""How sure another row must be to be told instead."""
_OPEN_SLOTS = frozenset({CHECK_SLOT, SlotName.PRODUCT})
"""Questions of ours which a new question of the buyer's may leave unanswered."""


def find_limit(scene: Scene, request: Request, decision: Decision, traits: IntentDirectory) -> FaqEntry | None:
    """The row to tell instead of what was decided; None where no caution surely concerns what is asked.

    What is decided of orders stands, and so does another row that is surely meant or was said in its own words.
    """
    limit = request.limit
    if limit is None or limit.confidence < SURELY_CONCERNS or not _may_replace(scene, request, limit, decision, traits):
        return None
    if isinstance(decision, Answer) and decision.faq:
        other = next((each for each in request.faqs if each.entry_id == decision.faq), None)
        if decision.faq == limit.entry_id or other is None:
            return None
        if (other.is_verbatim or other.confidence >= SURE_OF_OTHER) and not _is_exception(scene, limit, other):
            return None
    return _find_told(scene, request, limit)


def find_near_limit(scene: Scene, request: Request) -> FaqEntry | None:
    """The row of the goods in question that likely concerns what is asked, where nothing else would be told."""
    limit = request.limit
    entry = scene.opened.entries.get(limit.entry_id) if limit else None
    if limit is None or entry is None or not entry.products or limit.confidence < LIKELY_CONCERNS:
        return None
    return None if was_just_told(scene.conversation, entry) else _find_told(scene, request, limit)


def _is_exception(scene: Scene, limit: FaqScore, other: FaqScore) -> bool:
    """Whether a limit of the goods in question plainly goes against what a row says of all goods."""
    entries = scene.opened.entries
    own = limit.confidence >= PLAINLY_CONCERNS and bool(entries[limit.entry_id].products)
    return own and other.entry_id in entries and not entries[other.entry_id].products


def _may_replace(scene: Scene, request: Request, limit: FaqScore, decision: Decision, traits: IntentDirectory) -> bool:
    """Whether the decision is about goods, about nothing we understood, or of the limit's own matter, but no return."""
    pending = scene.conversation.pending
    if pending is not None and pending.slot not in _OPEN_SLOTS:
        return False
    if not isinstance(decision, Answer):
        return is_missed(decision)
    own, row = traits.get(decision.intent), scene.opened.intent_of[limit.entry_id]
    of_goods = traits.holds_role(row, IntentRole.GOODS_DETAILS)
    if own is None or own.reads_details or not own.names_business:
        return True
    if own.complaint or traits.holds_role(decision.intent, IntentRole.PERSON):
        return False
    if limit.confidence >= PLAINLY_CONCERNS and any(each.kind is EntityKind.PLACE for each in request.entities):
        return not (own.aftersale or own.of_orders_alone)
    likely = next((each.confidence for each in request.intents if each.intent == decision.intent), decision.confidence)
    return of_goods and (own.aftersale or likely < scene.opened.shop.settings.thresholds.answer)


def _find_told(scene: Scene, request: Request, limit: FaqScore) -> FaqEntry | None:
    """The limit's row, unless goods are asked of that the shop does not sell, or it was told to this or must not be."""
    entry, shop = scene.opened.entries.get(limit.entry_id), scene.opened.shop
    if entry is None or names_foreign(scene, request) or find_expired_promises(entry, shop, scene.now):
        return None
    question = scene.conversation.question
    again = question is not None and repeats_question(request.text, question.text)
    return None if again and was_just_told(scene.conversation, entry) else entry
