"""Slots of a conversation: what entities and cards fill, and for how long each is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.conversation import Conversation, Slot, SlotName
from app.domain.message import MessageContext
from app.domain.understanding import DialogueContext, Entity, EntityKind

GOODS_KEPT = timedelta(hours=2)  # a buyer looking at goods comes back the same evening


ORDER_KEPT = timedelta(hours=24)  # an order is talked about for a day


ORDER_STATE_KEPT = timedelta(hours=2)  # it moves on; a guess of what is likelier bears some age


PHOTO_SENT = "sent"
PHOTO_KEPT = timedelta(minutes=30)  # a picture sent before its words


KEPT_BY_NAME: Mapping[str, timedelta] = {
    SlotName.PRODUCT: GOODS_KEPT,
    SlotName.SKU: GOODS_KEPT,
    SlotName.FOCUS: GOODS_KEPT,
    SlotName.WANTED: GOODS_KEPT,
    SlotName.OFFERED: GOODS_KEPT,
    SlotName.UNSOLD: GOODS_KEPT,
    SlotName.LANGUAGE: GOODS_KEPT,
    SlotName.QUANTITY: GOODS_KEPT,
    SlotName.OFFERED_PRICE: GOODS_KEPT,
    SlotName.ORDER: ORDER_KEPT,
    SlotName.SHOWN_ORDER: ORDER_KEPT,
    SlotName.SHOWN_PHOTO: PHOTO_KEPT,
    SlotName.ORDER_STATE: ORDER_STATE_KEPT,
    SlotName.CONDITION: ORDER_KEPT,
    SlotName.OWNED: ORDER_KEPT,
}


SLOT_BY_ENTITY = {
    EntityKind.PRODUCT: SlotName.PRODUCT,
    EntityKind.SKU: SlotName.SKU,
    EntityKind.ORDER_ID: SlotName.ORDER,
    EntityKind.QUANTITY: SlotName.QUANTITY,
    EntityKind.OFFERED_PRICE: SlotName.OFFERED_PRICE,
}


def dialogue_context(conversation: Conversation, now: datetime) -> DialogueContext:
    """What understanding may know of the conversation: our open question, the subject, the goods and the order."""
    pending = conversation.pending
    return DialogueContext(
        asked_intent=pending.intent if pending else None,
        asked_slot=pending.slot if pending else None,
        last_intent=conversation.last_intent,
        product_id=conversation.current_slot(SlotName.PRODUCT, now),
        sku_id=conversation.current_slot(SlotName.SKU, now),
        order_id=conversation.current_slot(SlotName.ORDER, now),
        order_state=conversation.current_slot(SlotName.ORDER_STATE, now),
    )


def remember_entities(
    conversation: Conversation,
    found: Iterable[Entity],
    context: MessageContext,
    now: datetime,
    *,
    pictured: bool = False,
    view: str | None = None,
) -> Conversation:
    """The conversation with what this message names, or shows in a picture, put into its slots.

    A product of `view` stays in view whatever others are named.
    """
    named: dict[str, str | None] = {
        SLOT_BY_ENTITY[entity.kind]: str(entity.value) for entity in found if entity.kind in SLOT_BY_ENTITY
    }
    named |= {SlotName.PRODUCT: view} if view else {}
    named.update(_context_slots(context))
    if pictured:
        named[SlotName.SHOWN_PHOTO] = PHOTO_SENT
    return set_slots(conversation, named, now) if named else conversation


def is_newer(slots: Mapping[str, Slot], name: str, other: str) -> bool:
    """Whether the first slot was filled no earlier than the second; both are filled."""
    if name not in slots or other not in slots:
        return False
    filled = {each: slots[each].expires_at - KEPT_BY_NAME.get(each, GOODS_KEPT) for each in (name, other)}
    return filled[name] >= filled[other]


def set_slots(conversation: Conversation, values: Mapping[str, str | None], now: datetime) -> Conversation:
    """The conversation with these slots set."""
    return replace(conversation, slots=update_slots(conversation.slots, values, now))


def update_slots(before: Mapping[str, Slot], values: Mapping[str, str | None], now: datetime) -> Mapping[str, Slot]:
    """Slots set (or forgotten, for None).

    Another product forgets the SKU of the one before and what was done to it, another order its state.
    """
    slots = {name: slot for name, slot in before.items() if slot.expires_at > now}
    product, seen = values.get(SlotName.PRODUCT), slots.get(SlotName.PRODUCT)
    if product and (seen is None or seen.value != product):
        slots.pop(SlotName.SKU, None)
        if seen is not None:  # told before any goods were named, it is of those named now
            slots.pop(SlotName.CONDITION, None)
    order = values.get(SlotName.ORDER)
    if order and slots.get(SlotName.ORDER, Slot("", now)).value != order:
        slots.pop(SlotName.ORDER_STATE, None)
    for name, value in values.items():
        if value is None:
            slots.pop(name, None)
        else:
            slots[name] = Slot(value, now + KEPT_BY_NAME.get(name, GOODS_KEPT))
    return slots


def _context_slots(context: MessageContext) -> dict[str, str]:
    given = {
        SlotName.PRODUCT: context.product_id,
        SlotName.SKU: context.sku_id,
        SlotName.ORDER: context.order_id,
        SlotName.SHOWN_ORDER: context.order_id,
    }
    return {name: value for name, value in given.items() if value}
