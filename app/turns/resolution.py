"""Resolution before classification: the message in full, once the conversation is known."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.dialogue.ellipsis import Referent, drop_denied, name_owner, put_object, resolve_fragment, split_correction
from app.domain.conversation import Conversation, SlotName
from app.domain.message import Message
from app.domain.understanding import DialogueContext, Entity, EntityKind, Understanding
from app.language.doubts import restate_doubt
from app.language.fragments import Fragment, FragmentKind, read_fragment
from app.tenants.registry import OpenShop

QUESTION_KEPT = timedelta(minutes=30)
"""How long a question can be asked again of another object."""
NAMED_OBJECTS = frozenset({SlotName.SKU, SlotName.PRODUCT, SlotName.QUANTITY, "option"})


def resolve_message(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> Understanding:
    """The message understood in full: denied matters put aside, fragments completed from the question before.

    A message that stands by itself comes back as it is.
    """
    text = _correct_burst(opened, conversation, message, understanding, now)
    text = text or drop_denied(understanding.normalised, understanding.acts)
    text = text or _complete_fragment(opened, conversation, message, understanding, now)
    text = text or _name_goods(opened, conversation, message, understanding, now)
    text = text or restate_doubt(understanding.normalised)
    if not text or text == understanding.normalised:
        return understanding
    full = opened.understand(text, now, DialogueContext(), message.context.product_id)
    return replace(full, text=understanding.text)


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


def _complete_fragment(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> str | None:
    """The question before, asked of what this message names."""
    question, fragment = conversation.question, read_fragment(understanding.normalised)
    if question is None or fragment is None or now - question.asked_at > QUESTION_KEPT:
        return None
    pending = conversation.pending
    if pending and pending.slot in NAMED_OBJECTS and fragment.kind is FragmentKind.ADDS:
        return None
    referent = _find_referent(opened, conversation, message, fragment, question.text, now)
    if referent is None:
        return None
    asked = opened.understand(question.text, now, product_id=_product_in_view(conversation, message, now))
    return put_object(question.text, asked.entities, referent, beside=fragment.kind is FragmentKind.ADDS)


def _name_goods(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> str | None:
    """The message with the product named that a variant belongs to."""
    view = _product_in_view(conversation, message, now)
    known = (view,) if view else ()
    return name_owner(understanding.normalised, understanding.entities, opened.shop.products, known)


def _find_referent(
    opened: OpenShop, conversation: Conversation, message: Message, fragment: Fragment, question: str, now: datetime
) -> Referent | None:
    view = _product_in_view(conversation, message, now)
    asked = opened.understand(question, now, product_id=view)
    products = _named_products(asked.entities) or ((view,) if view else ())
    whole = Fragment(fragment.kind, fragment.text, 0, len(fragment.text))
    found = opened.understand(fragment.text, now, product_id=products[0] if products else None)
    return resolve_fragment(whole, found.entities, opened.shop.products, products)


def _named_products(entities: tuple[Entity, ...]) -> tuple[str, ...]:
    return tuple(str(each.value) for each in entities if each.kind is EntityKind.PRODUCT)


def _product_in_view(conversation: Conversation, message: Message, now: datetime) -> str | None:
    return message.context.product_id or conversation.current_slot(SlotName.PRODUCT, now)
