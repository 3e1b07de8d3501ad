"""Names the goods that a message means without their name: a variant of those in view, a description, a price."""

from datetime import datetime

from app.dialogue.ellipsis import find_described_product, name_owner
from app.dialogue.focus import load_offered, named_products
from app.dialogue.variants import find_meant_sku
from app.dialogue.wanted import SEVERAL, count_own, find_owner
from app.domain.catalogue import Product
from app.domain.conversation import Conversation, SlotName
from app.domain.message import Message
from app.domain.understanding import EntityKind, Understanding
from app.language.fragments import find_described, strip_filler, strip_joining
from app.language.kinds import strip_use
from app.language.variant_words import find_pointed_variant
from app.tenants.registry import OpenShop
from app.turns.focusing import load_focus, load_wanted, product_in_view

LONGEST_PICK = 8
"""Characters of an answer that but picks one of the goods we named."""


def name_pointed_variant(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> str | None:
    """The message with the goods in view and their variant in place of its price or its rank: 109那个, 便宜点的."""
    text, pointed = understanding.normalised, find_pointed_variant(understanding.normalised)
    product = opened.shop.products_by_id.get(product_in_view(conversation, message, now) or "")
    if pointed is None or product is None or understanding.entities:
        return None
    sku = find_meant_sku(product, pointed, load_focus(conversation, now).chosen_values(product.product_id))
    return f"{text[: pointed.start]}{product.title}{''.join(sku.attributes)}{text[pointed.end :]}" if sku else None


def name_described(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> str | None:
    """The message with the title of the product in place of its description: 竹的那个多少钱."""
    text, fragment = understanding.normalised, find_described(understanding.normalised)
    view = product_in_view(conversation, message, now)
    if fragment is None or view is None or understanding.entities:
        return None
    words = strip_filler(fragment.text)
    described = find_described_product(words, opened.shop.products, (view,)) if words else None
    if described is None:
        return None
    told, own = f"{text[: fragment.start]}{described.title}{text[fragment.end :]}", opened.shop.products_by_id.get(view)
    return f"{own.title}{told}" if own and strip_joining(told) else told


def name_goods(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> str | None:
    """The message with the product named that a variant belongs to."""
    view = product_in_view(conversation, message, now)
    known = (view,) if view else ()
    text, entities, products = understanding.normalised, understanding.entities, opened.shop.products_by_id
    wanted = load_wanted(conversation, now).product_ids
    if len(wanted) >= SEVERAL and not named_products(entities):
        owner = find_owner({each: opened.find_entities(text, now, each) for each in wanted}, products)
        if owner is not None:
            return None if owner.product_id == view else f"{owner.title}{text}"
    picked = None if entities else _pick_told(opened, conversation, text, now)
    if picked:
        return picked.title
    seen = None if named_products(entities) else _find_seen_owner(opened, conversation, text, view, now)
    if seen:
        own = opened.find_entities(text, now, seen.product_id)
        at = next(each.start for each in own if each.kind is EntityKind.ATTRIBUTE)
        return f"{text[:at]}{seen.title}{text[at:]}"
    return name_owner(text, entities, opened.shop.products, known)


def _pick_told(opened: OpenShop, conversation: Conversation, text: str, now: datetime) -> Product | None:
    """The one of several goods told last, none of them in view, that is picked by a part of its name or its use.

    高筋的 after our question which is meant, 吃面的 after the bowls there are.
    """
    pending = conversation.pending
    of_several = pending is None and conversation.current_slot(SlotName.PRODUCT, now) is None
    asked = pending is not None and pending.slot == SlotName.PRODUCT
    if not (asked or of_several) or len(text) > LONGEST_PICK:
        return None
    products = opened.shop.products_by_id
    told = load_offered(conversation.current_slot(SlotName.OFFERED, now))
    words = strip_use(strip_filler(text))
    return find_described_product(words, [products[each] for each in told if each in products], ())


def _find_seen_owner(
    opened: OpenShop, conversation: Conversation, text: str, view: str | None, now: datetime
) -> Product | None:
    """Of the goods told or spoken of before the one that alone comes in what is named, where those in view do not."""
    told = load_offered(conversation.current_slot(SlotName.OFFERED, now)) if view is None else ()
    spoken_of = (each.product_id for each in load_focus(conversation, now).items)
    products = opened.shop.products_by_id
    seen = [each for each in dict.fromkeys((*told, *spoken_of)) if each in products]
    if set(seen) <= {view}:
        return None
    looked_at = dict.fromkeys(each for each in (*seen, view or "") if each in products)
    owners = {each: count_own(products[each], opened.find_entities(text, now, each)) for each in looked_at}
    fitting = [each for each, own in owners.items() if own]
    return products[fitting[0]] if len(fitting) == 1 and fitting[0] != view else None
