"""What the conversation itself adds to a message: remembered slots, and the answer to our own question. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.dialogue.act_moves import CONFIRM_SLOT
from app.dialogue.listening import dialogue_cues
from app.dialogue.policy import LIKELY_ROW, NAMED_GOODS, asks_availability, mask_goods_names
from app.domain.acts import Act, DialogueActs
from app.domain.conversation import Conversation, Pending, SlotName
from app.domain.decision import Option
from app.domain.intent_traits import IntentDirectory, IntentRole, IntentTraits
from app.domain.message import MessageContext
from app.domain.understanding import Entity, EntityKind, Request, Understanding, opens_own_subject
from app.language.asides import is_goods_choice
from app.language.bids import find_bid
from app.language.choices import ChoiceKind, read_choice
from app.language.doubts import asks_remedy

QUESTION_KEPT = timedelta(minutes=30)

OPTION_SLOT = "option"
PHOTO_SLOT = "photo"
# Who does one of these tells us nothing more of the question.
DISMISSING = (Act.DENY, Act.REFUSE, Act.THANK, Act.DEFER, Act.CLOSE, Act.AFFIRM, Act.WITHDRAW)
FEWEST_WORDS = 4
LONGEST_REMEDY = 8
"""Characters of a question of what is done that names no matter of its own."""
ASKED_BY_NAME = frozenset({SlotName.ORDER, SlotName.PRODUCT, SlotName.SKU})
"""What we ask for that a buyer gives by its number or name, never by a question."""


@dataclass(frozen=True, slots=True)
class PendingAnswer:
    """The message answers our question: run `intent` again, or take the chosen `option`.

    `filled` is true when the message holds the very thing that was asked for; then the first text is the request.
    `assumed` is true when it is but taken for the answer, because nothing else was certain.
    """

    pending: Pending
    filled: bool
    option: Option | None = None
    assumed: bool = False


def match_pending_answer(
    conversation: Conversation,
    understanding: Understanding,
    context: MessageContext,
    traits: IntentDirectory,
    *,
    certain: float,
    now: datetime,
) -> PendingAnswer | None:
    """Whether the message answers the question we asked last; None when it opens a subject of its own.

    An intent that names no business has no subject of its own: after our question it is the answer.
    """
    pending = conversation.pending
    if pending is None or now - pending.asked_at > QUESTION_KEPT or _is_answered_elsewhere(pending, understanding):
        return None
    if pending.slot == OPTION_SLOT:
        option = (
            pick_option(pending.options, understanding.normalised)
            or _confirm_reading(pending.options, understanding.acts)
            or _take_added_detail(pending.options, understanding, traits)
        )
        return PendingAnswer(pending, filled=True, option=option) if option else None
    best = understanding.requests[0].intents[0]
    offered = {pending.intent, *(option.intent for option in pending.options)}
    if _fills_slot(pending.slot, understanding, context):
        ours = best.intent in offered or not traits.names_business(best.intent)
        asks_otherwise = not ours and opens_own_subject(pending.slot, best.confidence)
        return None if asks_otherwise else PendingAnswer(pending, filled=True)
    of_photo = _is_of_photo(pending, understanding, traits) or _asks_what_is_done(pending, understanding, traits)
    agreed = traits.holds_role(pending.intent, IntentRole.NEGOTIATION) and _agrees(understanding.acts)
    otherwise = _gives_thanks(understanding.acts) or _has_own_answer(pending, understanding, certain)
    otherwise = (otherwise and not (agreed or of_photo)) or (
        pending.slot == SlotName.SKU and Act.ASK in understanding.acts and best.intent not in offered
    )
    if otherwise:
        return None
    lacks = understanding.acts.has_only(Act.LACK, Act.DENY, Act.TELL) and Act.LACK in understanding.acts
    if agreed or of_photo or lacks or not traits.names_business(best.intent) or best.intent in offered:
        return PendingAnswer(pending, filled=False)
    return PendingAnswer(pending, filled=False, assumed=True) if best.confidence < certain else None


def _is_of_photo(pending: Pending, understanding: Understanding, traits: IntentDirectory) -> bool:
    """Whether it is about the photo that we wait for, or one that an after-sales form will want after the order."""
    if pending.slot == PHOTO_SLOT:
        return dialogue_cues().hears("speaks_of_photo", understanding.normalised)
    of_form = pending.slot == SlotName.ORDER and traits.is_aftersale(pending.intent)
    return of_form and dialogue_cues().hears("asks_of_photo", understanding.normalised)


def _asks_what_is_done(pending: Pending, understanding: Understanding, traits: IntentDirectory) -> bool:
    """Whether it is but asked what happens now, while an after-sales form waits: 怎么处理."""
    named = any(entity.kind is EntityKind.PRODUCT for entity in understanding.entities)
    text = understanding.normalised
    return traits.is_aftersale(pending.intent) and not named and asks_remedy(text) and len(text) <= LONGEST_REMEDY


def _asks_other_matter(request: Request) -> bool:
    """Whether a question has a row that likely answers it: 有展厅吗 gives no order's number."""
    return Act.ASK in request.acts and bool(request.faqs) and request.faqs[0].confidence >= LIKELY_ROW


def _is_answered_elsewhere(pending: Pending, understanding: Understanding) -> bool:
    """Whether a yes is awaited, or a variant and a question names its goods: 冬枣三斤多少钱 chooses nothing."""
    named = any(entity.kind is EntityKind.PRODUCT for entity in understanding.entities)
    asks = named and Act.ASK in understanding.acts
    return pending.slot == CONFIRM_SLOT or (pending.slot == SlotName.SKU and asks)


def _confirm_reading(options: tuple[Option, ...], acts: DialogueActs) -> Option | None:
    """The one reading we asked about, where the buyer says yes."""
    return options[0] if len(options) == 1 and _agrees(acts) and Act.ASK not in acts else None


def _take_added_detail(
    options: tuple[Option, ...], understanding: Understanding, traits: IntentDirectory
) -> Option | None:
    """The likeliest option, to who tells more instead of choosing: 收到就这样 is no thanks for the question."""
    text, best = understanding.normalised, understanding.requests[0].intents[0].intent
    dismisses = understanding.acts.has_any(*DISMISSING) or dialogue_cues().hears("reports_purchase", text)
    tells = traits.holds_role(best, IntentRole.RECEIPT) and len(text) >= FEWEST_WORDS and not dismisses
    return options[0] if tells and len(options) > 1 else None


def _has_own_answer(pending: Pending, understanding: Understanding, certain: float) -> bool:
    """Whether the shop has an answer to this very message: then it is a question of its own.

    Where we asked for a story, an address, a choice in the buyer's words, it must sound like a question, too. What is
    given by its number or name is not given by a question, either, that has a likely reading of its own; nor an order's
    number by who corrects us: 不是，我问的是….
    """
    first = understanding.requests[0]
    known = bool(first.faqs) and first.faqs[0].confidence >= certain
    corrects = Act.CORRECT in understanding.acts and Act.ASK in understanding.acts
    if pending.slot == SlotName.ORDER and corrects:
        return True
    if pending.slot in ASKED_BY_NAME and first.intents[0].confidence < certain and _asks_other_matter(first):
        return True
    return known and (pending.slot in set(SlotName) or Act.ASK in understanding.acts)


# What a fragment may carry on with: "多少钱" … "那大号的呢", "包邮吗" … "那西藏呢", or the number an answer asked for.
FOLLOW_UP_KINDS = frozenset({EntityKind.PLACE, EntityKind.COURIER})
ORDERS = frozenset({EntityKind.ORDER_ID})
TIMES = frozenset({EntityKind.DATE, EntityKind.TIME})
SPANS = TIMES | {EntityKind.DURATION}


def conversation_subject(conversation: Conversation, traits: IntentDirectory) -> str | None:
    """The intent of the turn before, where it had a subject of its own."""
    last = conversation.last_intent
    return last if last and traits.names_business(last) else None


def continue_subject(conversation: Conversation, request: Request, traits: IntentDirectory) -> str | None:
    """The same, when this request is a fragment that only changes what it was about.

    A size, a colour or a number of the goods in view, and no more, is asked for where nothing else was that it could
    change.
    """
    kinds = {entity.kind for entity in request.entities}
    named = EntityKind.PRODUCT in kinds or SlotName.SKU in conversation.slots
    settled = EntityKind.SKU in kinds or (EntityKind.QUANTITY in kinds and named)
    picks = settled and is_goods_choice(mask_goods_names(request))
    last = conversation_subject(conversation, traits)
    own = traits.get(last) if last else None
    if kinds & TIMES and dialogue_cues().hears("supposes_otherwise", request.text):
        pays = dialogue_cues().hears("pays_then", request.text)
        if own and own.about_times:
            return last
        if pays and own is None:
            return traits.find_holder(IntentRole.DISPATCH)
    asks_restock = own is not None and own.role is IntentRole.AVAILABILITY
    asks_restock = asks_restock and dialogue_cues().hears("asks_restock", request.text)
    if asks_restock or (own and own.about_times and dialogue_cues().hears("pays_now", request.text)):
        return last
    if not traits.holds_role(request.intents[0].intent, IntentRole.ASKS_MEANING) and not picks:
        return None
    if own and kinds & _follow_up_kinds(own) and not (picks and own.role is IntentRole.GOODS_DETAILS):
        return last
    chosen = picks and SlotName.ORDER not in conversation.slots
    return traits.find_holder(IntentRole.AVAILABILITY) if chosen else None


def _follow_up_kinds(own: IntentTraits) -> frozenset[EntityKind]:
    return (
        FOLLOW_UP_KINDS
        | (NAMED_GOODS if own.about_goods else frozenset())
        | (ORDERS if own.about_orders else frozenset())
        | (TIMES if own.about_times else frozenset())
    )


def likely_subject(
    conversation: Conversation, request: Request, traits: IntentDirectory, *, least: float, certain: float
) -> str | None:
    """The subject of the turn before, when this request may well go on with it and is sure of nothing else.

    What may be a question of goods is one of those in view. What the shop surely has a row for is none.
    """
    last, best = conversation_subject(conversation, traits), request.intents[0]
    row = request.faqs[0].confidence if request.faqs else 0.0
    if max(best.confidence, row) >= certain or asks_availability(request):
        return None
    details = traits.holds_role(best.intent, IntentRole.GOODS_DETAILS) and not request.acts.has_only(Act.TELL)
    if details and best.confidence >= least and SlotName.PRODUCT in conversation.slots:
        return best.intent
    if last is not None and traits[last].about_times and SPANS & {entity.kind for entity in request.entities}:
        return last
    if last is None or (traits.names_business(best.intent) and best.intent != last):
        return None
    if not traits[last].about_orders and Act.DENY in request.acts and request.acts.has_only(Act.DENY, Act.TELL):
        return None
    likely = next((score.confidence for score in request.intents if score.intent == last), 0.0)
    return last if likely >= max(least, row if row >= LIKELY_ROW else 0.0) else None


def read_counter_offer(conversation: Conversation, request: Request, traits: IntentDirectory) -> Request | None:
    """A bare number in a negotiation ("100", "那105呢", "一百一拿") read as the price the buyer now names."""
    haggling = traits.holds_role(conversation.last_intent, IntentRole.NEGOTIATION)
    bid = find_bid(request.text) if haggling else None
    if bid is None:
        return None
    offer = Entity(EntityKind.OFFERED_PRICE, *bid)
    return replace(request, entities=(*request.entities, offer))


def _fills_slot(slot: str, understanding: Understanding, context: MessageContext) -> bool:
    kinds = {entity.kind for entity in understanding.entities}
    if slot == SlotName.ORDER:
        return EntityKind.ORDER_ID in kinds or bool(context.order_id)
    if slot == SlotName.SKU:
        return bool(kinds & {EntityKind.SKU, EntityKind.ATTRIBUTE}) or bool(context.sku_id)
    if slot == SlotName.PRODUCT:
        return EntityKind.PRODUCT in kinds or bool(context.product_id)
    if slot == SlotName.QUANTITY:
        return EntityKind.QUANTITY in kinds
    return False


def pick_option(options: tuple[Option, ...], text: str) -> Option | None:
    """The option a buyer picked by its number (2, 第二个) or by its words."""
    chosen = read_choice(text, len(options), [option.label for option in options])
    if chosen is None or chosen.kind is not ChoiceKind.INDEX or chosen.index is None or not chosen.whole:
        return None
    return options[chosen.index]


def _agrees(acts: DialogueActs) -> bool:
    """A yes to our offer, whatever is asked beside it: 行，那怎么付."""
    return Act.AFFIRM in acts and not acts.has_any(Act.REFUSE, Act.DENY, Act.DEFER, Act.THANK)


def _gives_thanks(acts: DialogueActs) -> bool:
    """Thanks and no more answer no question, whatever we asked for."""
    return Act.THANK in acts and acts.has_only(Act.THANK, Act.AFFIRM)
