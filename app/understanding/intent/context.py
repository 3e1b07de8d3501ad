"""What the conversation adds to the words: the question we asked, the last subject, the order's state."""

import re
from collections.abc import Callable, Collection, Mapping

import numpy as np
import numpy.typing as npt

from app.domain.understanding import NO_CONTEXT, DialogueContext, Entity, EntityKind, opens_own_subject

Floats = npt.NDArray[np.float32]

_ANSWERS: Mapping[str, frozenset[EntityKind]] = {
    "order": frozenset({EntityKind.ORDER_ID, EntityKind.TRACKING_NO, EntityKind.PHONE}),
    "order_id": frozenset({EntityKind.ORDER_ID, EntityKind.TRACKING_NO, EntityKind.PHONE}),
    "product": frozenset({EntityKind.PRODUCT, EntityKind.SKU}),
    "sku": frozenset({EntityKind.SKU, EntityKind.ATTRIBUTE, EntityKind.PRODUCT}),
    "quantity": frozenset({EntityKind.QUANTITY}),
    "offered_price": frozenset({EntityKind.OFFERED_PRICE, EntityKind.REDUCTION, EntityKind.DISCOUNT_RATE}),
    "address": frozenset({EntityKind.PLACE, EntityKind.PHONE}),
    "phone": frozenset({EntityKind.PHONE}),
    "place": frozenset({EntityKind.PLACE}),
    "date": frozenset({EntityKind.DATE, EntityKind.TIME}),
}
_NUMBER_SLOTS = frozenset({"quantity", "offered_price", "order", "order_id"})
_SLOT_ANSWER_CONFIDENCE = 0.95
"""Confidence in the pending intent when the message holds what we asked for and little else."""
_PENDING_QUESTION_SHARE = 0.85
"""Share of what needs context that goes to the question we are waiting on."""
_LAST_SUBJECT_SHARE = 0.4
"""The same for the subject of the last turn."""
_LIKELIER = 1.25
_SUBJECTLESS = ("unclear", "acknowledgement", "other", "greeting")
_VARIANTS = frozenset({EntityKind.ATTRIBUTE, EntityKind.SKU})
_GOODS_INTENTS = frozenset(
    {"stock", "price_question", "bargaining", "promotion", "product_question", "how_to_buy", "modify_order"}
    | {"shipping_time", "shipping_fee", "wrong_or_missing_item", "quality_issue", "return_refund"}
)
_STOCK_QUESTION = re.compile("^(?:还有|有没有|有)|还?有(?:吗|么|没|不|货|现货)")
_SURE = 0.62
_SHORT = 12
"""Characters of a question that can ask for little else."""
_LIKELY_BY_ORDER_STATE: Mapping[str, Collection[str]] = {
    "unpaid": ("payment", "bargaining", "promotion", "how_to_buy", "modify_order"),
    "paid": ("shipping_time", "delivery_urging", "modify_order", "cancel_order"),
    "shipped": ("logistics_status", "arrival_time", "delivery_urging"),
    "delivered": ("return_refund", "quality_issue", "wrong_or_missing_item", "review"),
    "completed": ("return_refund", "quality_issue", "warranty_repair", "review"),
    "refunding": ("return_refund",),
    "refunded": ("return_refund",),
}


def apply_context(
    probabilities: Floats,
    place: dict[str, int],
    text: str,
    entities: Collection[Entity],
    context: DialogueContext,
) -> Floats:
    """The probabilities once the conversation is known; unchanged without one. `place` is each intent's column."""
    if context == NO_CONTEXT:
        return probabilities
    answers = is_slot_answer(text, entities, context.asked_slot) and not _asks_otherwise(probabilities, place, context)
    if context.asked_intent in place and answers:
        return _raise_to_answer(probabilities, place[context.asked_intent])
    if _is_variant_question(text, entities, context) and probabilities.max() < _SURE:
        return _raise_to_answer(probabilities, place["stock"])
    after = probabilities.copy()
    last = None if _is_turn_to_goods(entities, context) else context.last_intent
    for intent, share in ((context.asked_intent, _PENDING_QUESTION_SHARE), (last, _LAST_SUBJECT_SHARE)):
        if intent in place and intent != "unclear":
            moved = after[place["unclear"]] * np.float32(share)
            after[place[intent]] += moved
            after[place["unclear"]] -= moved
            break
    for intent in _LIKELY_BY_ORDER_STATE.get(context.order_state or "", ()):
        after[place[intent]] *= np.float32(_LIKELIER)
    normal: Floats = after / after.sum()
    return normal


def _asks_otherwise(probabilities: Floats, place: dict[str, int], context: DialogueContext) -> bool:
    """小号茶盘多少钱, after our question which one is asked to be had."""
    best = int(probabilities.argmax())
    ours = {place[name] for name in (context.asked_intent or "", *_SUBJECTLESS) if name in place}
    return best not in ours and opens_own_subject(context.asked_slot, float(probabilities[best]))


def _is_turn_to_goods(entities: Collection[Entity], context: DialogueContext) -> bool:
    """A size or a colour after talk that no size changes: 能开发票吗 … 中号."""
    named = any(entity.kind in _VARIANTS for entity in entities)
    return bool(context.product_id and named and context.last_intent not in _GOODS_INTENTS)


def _is_variant_question(text: str, entities: Collection[Entity], context: DialogueContext) -> bool:
    """米白有吗, of a product in view."""
    named = any(entity.kind in _VARIANTS for entity in entities)
    return bool(context.product_id and named and len(text) <= _SHORT and _STOCK_QUESTION.search(text))


def is_slot_answer(text: str, entities: Collection[Entity], slot: str | None) -> bool:
    """Whether the message is the answer to a question about the slot: it holds such a thing and asks nothing else."""
    wanted = _ANSWERS.get(slot or "", frozenset())
    held = [entity for entity in entities if entity.kind in wanted]
    if slot in _NUMBER_SLOTS and _is_bare_value(text, str.isdigit):
        return True
    if not held:
        return False
    named = sum(entity.end - entity.start for entity in held)
    return len(text) - named <= max(_SMALL_TALK, named)


_SMALL_TALK = 8
"""Characters around an answer that are no request: 订单号是, 就这个, 谢谢."""


def _is_bare_value(text: str, kind: Callable[[str], bool]) -> bool:
    core = text.strip(" .,!?~个件元块")
    return bool(core) and kind(core)


def _raise_to_answer(probabilities: Floats, column: int) -> Floats:
    after = probabilities * np.float32((1 - _SLOT_ANSWER_CONFIDENCE) / max(1 - float(probabilities[column]), 1e-6))
    after[column] = np.float32(max(_SLOT_ANSWER_CONFIDENCE, float(probabilities[column])))
    normal: Floats = after / after.sum()
    return normal
