"""Resolution before classification: the message in full, once the conversation is known."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.dialogue.ellipsis import (
    ObjectKind,
    Referent,
    drop_denied,
    drop_first_choice,
    keep_axis,
    put_object,
    resolve_fragment,
    split_correction,
)
from app.dialogue.focus import (
    item_words,
    load_offered,
    named_products,
    product_spoken_of,
)
from app.dialogue.listening import dialogue_cues
from app.dialogue.reference import goods_words, join_goods, name_titles, point_at_goods, point_at_offered
from app.dialogue.reports import tells_way_back
from app.dialogue.wanted import WantedGoods, wanted_words
from app.domain.acts import Act
from app.domain.conversation import Conversation, SlotName
from app.domain.intent_traits import ROLES_OF_GOODS, IntentRole
from app.domain.message import Message
from app.domain.understanding import DialogueContext, Entity, EntityKind, Request, Understanding
from app.language.destinations import is_destination
from app.language.doubts import restate_doubt, restate_worry
from app.language.fragments import (
    Fragment,
    FragmentKind,
    asks_sum_along,
    is_bare_sum,
    read_fragment,
    strip_joining,
    strip_preamble,
)
from app.language.looks import find_look_span, names_look
from app.language.taking import find_second_choice
from app.language.things import find_wanted_thing
from app.language.wishes import asks_bonus
from app.tenants.registry import OpenShop
from app.turns.focusing import change_wanted, load_focus, load_wanted, product_in_view
from app.turns.kept_view import keep_view
from app.turns.naming import name_described, name_goods, name_pointed_variant

LATER_ROW = 0.88
QUESTION_KEPT = timedelta(minutes=30)
"""How long a question can be asked again of another object."""
SEVERAL = 2
LONGEST_CARRIED = 8
"""Characters of a question that may leave out its matter."""
CLEARLY_BETTER = 0.15
SURELY_ALONE = 0.95
"""From here on a question is about another matter than the returns that are spoken of: 包邮吗, but not 那邮费呢."""
NAMED_OBJECTS = frozenset({SlotName.SKU, SlotName.PRODUCT, SlotName.QUANTITY, "option"})


def resolve_message(
    opened: OpenShop,
    conversation: Conversation,
    message: Message,
    understanding: Understanding,
    now: datetime,
) -> Understanding:
    """The message understood in full: denied matters put aside, fragments completed from the question before.

    A message that stands by itself comes back as it is.
    """
    view, sure = product_in_view(conversation, message, now), opened.shop.settings.thresholds.answer
    understanding = keep_view(understanding, view, opened.shop.products_by_id, opened.traits, sure)
    offered = load_offered(conversation.current_slot(SlotName.OFFERED, now))
    told = point_at_offered(understanding.normalised, offered, opened.shop.products_by_id)
    if told:
        full = _keep_intent(opened, understanding, _understand_full(opened, conversation, message, told, now))
        understanding = replace(full, text=understanding.text)
    return _complete_message(opened, conversation, message, understanding, now)


def _complete_message(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> Understanding:
    text = _correct_burst(opened, conversation, message, understanding, now)
    text = text or drop_denied(understanding.normalised, understanding.acts)
    text = text or strip_preamble(understanding.normalised)
    text = text or _keep_second_choice(opened, conversation, message, understanding, now)
    text = text or _complete_fragment(opened, conversation, message, understanding, now)
    carried = None if text else _carry_topic(opened, conversation, understanding, now)
    if carried:
        return carried
    named = None if text else _resolve_reference(opened, conversation, message, understanding, now)
    text = text or named or name_goods(opened, conversation, message, understanding, now)
    text = text or restate_doubt(understanding.normalised)
    worried = None if text else _understand_worry(opened, conversation, message, understanding, now)
    if worried:
        return worried
    if not text or text == understanding.normalised:
        return understanding
    full = _understand_full(opened, conversation, message, text, now)
    full = _keep_intent(opened, understanding, full) if named else full
    return replace(full, text=understanding.text)


def doubt_rows(
    opened: OpenShop, conversation: Conversation, understanding: Understanding, now: datetime
) -> Understanding:
    """The message where a question is under discussion: of the FAQ only what is nearly word for word is certain.

    Later turns ask mostly about what was said before, and resemble rows by chance: of the rows told below LATER_ROW in
    played conversations 11 of 15 were wrong, above it 7 of 43. What lies below is scaled to fall under the threshold.
    """
    least, question = opened.shop.settings.thresholds.answer, conversation.question
    if question is None or now - question.asked_at > QUESTION_KEPT:
        return understanding

    def doubt(request: Request) -> Request:
        if not any(least <= each.confidence < LATER_ROW for each in request.faqs):
            return request
        rows = [
            each
            if each.confidence >= LATER_ROW
            else replace(each, confidence=round(each.confidence * least / LATER_ROW, 4))
            for each in request.faqs
        ]
        return replace(request, faqs=tuple(rows))

    whole = understanding.whole and doubt(understanding.whole)
    return replace(understanding, requests=tuple(map(doubt, understanding.requests)), whole=whole)


def _understand_worry(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> Understanding | None:
    """A worry about goods as the question it stands for; None where that question is not surely one of goods."""
    worry = None if understanding.acts.has_any(Act.ASK, Act.REFUSE) else restate_worry(understanding.normalised)
    if worry is None:
        return None
    full = _understand_full(opened, conversation, message, worry, now)
    best = (full.whole or full.requests[0]).intents[0]
    thresholds, own = opened.shop.settings.thresholds, opened.traits.get(best.intent)
    least = thresholds.clarify if named_products(full.entities) else thresholds.answer
    meant = own is not None and (own.aftersale or own.role is IntentRole.GOODS_DETAILS)
    return replace(full, text=understanding.text) if meant and best.confidence >= least else None


def _understand_full(
    opened: OpenShop, conversation: Conversation, message: Message, text: str, now: datetime
) -> Understanding:
    """The full question; where it names no goods, its short names (墨绿, 大的) are those of the goods in view."""
    full = opened.understand(text, now, DialogueContext(), message.context.product_id)
    view = None if named_products(full.entities) else product_in_view(conversation, message, now)
    return opened.understand(text, now, DialogueContext(), view) if view else full


def _carry_topic(
    opened: OpenShop, conversation: Conversation, understanding: Understanding, now: datetime
) -> Understanding | None:
    """A short question with the matter put before it that is spoken of: 要多久 of 发票, 运费谁出 of 退货.

    Only where the shop has an answer to the whole and no other to the question alone, or where the whole is surely
    about the matter and the question alone is not surely about anything. Who is sending goods back stays with it,
    whatever other row answers the question alone: 邮费谁出 is no question of what an order costs to send. What asks of
    goods (多少钱) asks of them.
    """
    last = conversation.last_intent
    own, text = opened.traits.get(last or ""), understanding.normalised
    spoken_of = conversation.question or (conversation.pending if own and own.aftersale else None)
    if own is None or last is None or spoken_of is None or now - spoken_of.asked_at > QUESTION_KEPT:
        return None
    waits = conversation.pending is not None and not own.aftersale
    bound = waits or Act.ASK not in understanding.acts or named_products(understanding.entities)
    if not own.topic or own.topic in text or is_bare_sum(text) or len(text) > LONGEST_CARRIED or bound:
        return None
    of_way_back = own.aftersale and dialogue_cues().hears("asks_postage", text)
    names_other = any(each.topic and each.topic in text for each in opened.traits.values()) and not of_way_back
    names_other = names_other or find_wanted_thing(text) is not None
    if names_other or asks_bonus(text) or dialogue_cues().hears("nudges", text):
        return None
    typed = understanding.whole or understanding.requests[0]
    whole = opened.understand(f"{own.topic}{text}", now, DialogueContext())
    full = whole.whole or whole.requests[0]
    sure = opened.shop.settings.thresholds.answer
    rows = [
        each
        for each in full.faqs[:1]
        if opened.intent_of.get(each.entry_id) == last
        or (of_way_back and tells_way_back(opened.entries.get(each.entry_id)))
    ]
    other = next(
        (each.confidence for each in typed.faqs[:1] if each.entry_id not in {row.entry_id for row in rows}), None
    )
    least = sure if other is None or own.aftersale else max(sure, other + CLEARLY_BETTER)
    answered = bool(rows) and rows[0].confidence >= least
    alone = typed.intents[0].confidence if opened.traits.names_business(typed.intents[0].intent) else 0.0
    of_goods = any(opened.traits.holds_role(typed.intents[0].intent, role) for role in ROLES_OF_GOODS)
    vague, returning = alone < sure, opened.traits.holds_role(last, IntentRole.RETURNS) and not of_goods
    answered = answered and (vague or (returning and alone < SURELY_ALONE))
    unanswered = other is None or other < sure
    meant = vague and unanswered and full.intents[0].intent == last and full.intents[0].confidence >= sure
    return replace(whole, text=understanding.text, requests=(full,)) if answered or meant else None


def _keep_intent(opened: OpenShop, typed: Understanding, full: Understanding) -> Understanding:
    """Naming what a message points at changes its goods, not what it asks, where that was sure."""
    sure = opened.shop.settings.thresholds.answer
    best = (typed.whole or typed.requests[0]).intents
    if len(full.requests) > 1 or len(typed.requests) > 1 or best[0].confidence < sure:
        return full
    one = full.requests[0]
    rows = tuple(each for each in one.faqs if opened.intent_of.get(each.entry_id) == best[0].intent)
    kept = replace(one, intents=best, faqs=rows)
    return replace(full, requests=(kept,), whole=kept)


def _correct_burst(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> str | None:
    """The question as it was meant, when one message asks it and corrects it."""
    split = split_correction(understanding.normalised, understanding.acts)
    if split is None:
        return None
    question, fragment = split
    referent = _find_referent(opened, conversation, message, fragment, question, now)
    asked = opened.understand(question, now, product_id=message.context.product_id)
    return put_object(question, asked.entities, referent) if referent else None


def _keep_second_choice(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> str | None:
    """The message with the colour or size that is wanted where the first is not to be had: 没有灰的就白的吧."""
    view, products = product_in_view(conversation, message, now), opened.shop.products_by_id
    product = product_spoken_of(understanding.entities, products, view)
    if product is None or find_second_choice(understanding.normalised) is None:
        return None
    named = opened.find_entities(understanding.normalised, now, product.product_id)
    return drop_first_choice(understanding.normalised, named, product)


def _complete_fragment(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> str | None:
    """The question before, asked of what this message names."""
    question, fragment = conversation.question, read_fragment(understanding.normalised)
    if question is None or fragment is None or now - question.asked_at > QUESTION_KEPT:
        return None
    pending = conversation.pending
    adds = fragment.kind is FragmentKind.ADDS
    products = opened.shop.products_by_id
    adds = adds and (
        (pending is not None and pending.slot in NAMED_OBJECTS)
        or bool(change_wanted(conversation, message, understanding, products, now))
    )
    places = [(each.start, each.end) for each in understanding.entities if each.kind is EntityKind.PLACE]
    of_other_matter = is_destination(understanding.normalised, places)
    if adds or of_other_matter or dialogue_cues().hears("reminds_dispatch", understanding.normalised):
        return None
    referent = _find_referent(opened, conversation, message, fragment, question.text, now)
    if referent is None:
        return None
    asked = opened.understand(question.text, now, product_id=product_in_view(conversation, message, now))
    spoken_of = product_spoken_of(
        asked.entities, opened.shop.products_by_id, product_in_view(conversation, message, now)
    )
    entities = keep_axis(asked.entities, spoken_of, referent)
    return put_object(question.text, entities, referent, beside=fragment.kind is FragmentKind.ADDS)


def _resolve_reference(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> str | None:
    """The message with the goods named that it points at, adds to, or asks the sum of."""
    text, products = understanding.normalised, opened.shop.products_by_id
    stack = load_focus(conversation, now)
    named = named_products(understanding.entities)
    goods = load_wanted(conversation, now)
    changes = change_wanted(conversation, message, understanding, products, now)
    if changes and (goods.lines or WantedGoods.load_goods(changes[SlotName.WANTED]).is_several):
        return None
    rest = strip_joining(text) or (text if asks_sum_along(text) and len(named) == 1 else None)
    if rest and named and stack.items and named[0] != stack.items[-1].product_id:
        asked = _fresh_question(opened, conversation, message, now)
        rest = name_titles(text, understanding.entities, products)[len(text) - len(rest) :]
        return join_goods(rest, understanding, asked, item_words(stack.items[-1], products))
    if named or changes:
        return None
    asked = _fresh_question(opened, conversation, message, now) if goods.is_several else None
    of_several = asked is not None and len(named_products(asked.entities)) >= SEVERAL
    wanted = wanted_words(text, stack, goods, products, of_several=of_several)
    if wanted:
        return f"{wanted}{text}"
    if is_bare_sum(text):
        asked = _fresh_question(opened, conversation, message, now)
        named_before = goods_words(asked) if asked and len(named_products(asked.entities)) >= SEVERAL else ""
        return f"{named_before}{text}" if named_before else None
    offered = point_at_offered(text, load_offered(conversation.current_slot(SlotName.OFFERED, now)), products)
    return (
        offered
        or point_at_goods(text, stack, products)
        or name_pointed_variant(opened, conversation, message, understanding, now)
        or name_described(opened, conversation, message, understanding, now)
    )


def _fresh_question(
    opened: OpenShop, conversation: Conversation, message: Message, now: datetime
) -> Understanding | None:
    """The question under discussion as it was understood; None once it is old."""
    question = conversation.question
    if question is None or now - question.asked_at > QUESTION_KEPT:
        return None
    return opened.understand(question.text, now, product_id=product_in_view(conversation, message, now))


def _find_referent(
    opened: OpenShop, conversation: Conversation, message: Message, fragment: Fragment, question: str, now: datetime
) -> Referent | None:
    view = product_in_view(conversation, message, now)
    asked = opened.understand(question, now, product_id=view)
    products = _named_products(asked.entities) or ((view,) if view else ())
    whole = Fragment(fragment.kind, fragment.text, 0, len(fragment.text))
    found = opened.understand(fragment.text, now, product_id=products[0] if products else None)
    referent = resolve_fragment(whole, found.entities, opened.shop.products, products)
    if referent is None and names_look(fragment.text) and find_look_span(question):
        return Referent(ObjectKind.VARIANT, fragment.text.removesuffix("的"))
    return referent


def _named_products(entities: tuple[Entity, ...]) -> tuple[str, ...]:
    return tuple(str(each.value) for each in entities if each.kind is EntityKind.PRODUCT)
