"""What a conversation speaks of after a message: the goods in view, what was chosen, and what is wanted at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from app.dialogue.focus import FocusStack, product_spoken_of, settle_variant, update_focus
from app.dialogue.listening import dialogue_cues
from app.dialogue.owned import note_owned
from app.dialogue.slots import set_slots
from app.dialogue.wanted import Told, WantedGoods, note_wanted
from app.domain.acts import Act
from app.domain.catalogue import Product
from app.domain.conversation import Conversation, SlotName
from app.domain.message import Message
from app.domain.understanding import Understanding
from app.language.english import speaks_english
from app.tenants.registry import OpenShop

ENGLISH = "en"


def settle_focus(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> tuple[Understanding, Conversation]:
    """The message with the SKU it settles on, and the conversation with what it speaks of on top of the focus."""
    products = opened.shop.products_by_id
    view = product_in_view(conversation, message, now)
    stack = load_focus(conversation, now)
    product = product_spoken_of(understanding.entities, products, view)
    settled = settle_variant(understanding, product, stack.chosen_values(product.product_id) if product else ())
    focus = update_focus(stack, understanding.entities, products, view)
    owned = conversation.current_slot(SlotName.OWNED, now)
    told = note_owned(owned, understanding)
    known = conversation.current_slot(SlotName.LANGUAGE, now)
    english = speaks_english(message.text, before=known is not None)
    changes: dict[str, str | None] = {SlotName.FOCUS: focus.dump_stack()} if focus != stack else {}
    changes |= {SlotName.OWNED: told} if told != owned else {}
    changes |= change_wanted(conversation, message, understanding, products, now)
    changes |= {SlotName.LANGUAGE: ENGLISH if english else None} if english != (known is not None) else {}
    if owned and told is None and conversation.pending and opened.traits.is_aftersale(conversation.pending.intent):
        conversation = replace(conversation, pending=None)
    return settled, set_slots(conversation, changes, now) if changes else conversation


def change_wanted(
    conversation: Conversation,
    message: Message,
    understanding: Understanding,
    products: Mapping[str, Product],
    now: datetime,
) -> dict[str, str | None]:
    """The slot of the goods wanted together, where this message changes them; what is ordered is wanted no more."""
    wanted, stack, text = load_wanted(conversation, now), load_focus(conversation, now), understanding.normalised
    if wanted.lines and dialogue_cues().hears("reports_purchase", text):
        return {SlotName.WANTED: None}
    counted = max(1, int(conversation.current_slot(SlotName.QUANTITY, now) or 1))
    told = Told(text, understanding.entities, asks=Act.ASK in understanding.acts, counted=counted)
    lines = note_wanted(wanted, stack, told, products, product_in_view(conversation, message, now))
    if lines == wanted.lines:
        return {}
    return {SlotName.WANTED: WantedGoods(lines, message.id).dump_goods()}


def load_wanted(conversation: Conversation, now: datetime) -> WantedGoods:
    """The goods that the buyer wants at once."""
    return WantedGoods.load_goods(conversation.current_slot(SlotName.WANTED, now))


def load_focus(conversation: Conversation, now: datetime) -> FocusStack:
    """What was spoken of."""
    return FocusStack.load_stack(conversation.current_slot(SlotName.FOCUS, now))


def product_in_view(conversation: Conversation, message: Message, now: datetime) -> str | None:
    """The product that the message is shown beside, else the one spoken of."""
    return message.context.product_id or conversation.current_slot(SlotName.PRODUCT, now)
