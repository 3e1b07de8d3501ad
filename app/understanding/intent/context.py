"""What the conversation adds to the words: the question we asked, the last subject, the order's state."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import OrderState
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import NO_CONTEXT, DialogueContext, Entity, EntityKind, opens_own_subject
from app.language.terms import asks_what_is_had

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
_VARIANTS = frozenset({EntityKind.ATTRIBUTE, EntityKind.SKU})
_SURE = 0.62
_SHORT = 12
"""Characters of a question that can ask for little else."""


@dataclass(frozen=True, slots=True)
class ContextPrior:
    """Where the conversation moves probability to; columns are the model's, None for an intent it was not trained on.

    Attributes:
        columns: each intent's column.
        unclear: of what means nothing without the conversation.
        availability: of the question whether goods can be had.
        about_variants: intents that a size or a colour can belong to.
        subjectless: columns of what names no business: courtesies, what is unclear or unknown.
        likely_when: by the state of the order in view, the columns it makes likelier.
    """

    columns: Mapping[str, int]
    unclear: int | None
    availability: int | None
    about_variants: frozenset[str]
    subjectless: frozenset[int]
    likely_when: Mapping[str, Sequence[int]]

    @classmethod
    def from_traits(cls, traits: IntentDirectory, columns: Mapping[str, int]) -> "ContextPrior":
        """The prior of these intents for a model with these columns."""
        return cls(
            columns,
            columns.get(traits.find_holder(IntentRole.ASKS_MEANING) or ""),
            columns.get(traits.find_holder(IntentRole.AVAILABILITY) or ""),
            frozenset(intent for intent, own in traits.items() if own.about_variants),
            frozenset(column for intent, column in columns.items() if not _opens_subject(traits, intent)),
            {
                state: [columns[name] for name, own in traits.items() if state in own.likely_when and name in columns]
                for state in OrderState
            },
        )


def apply_context(
    probabilities: Floats,
    prior: ContextPrior,
    text: str,
    entities: Collection[Entity],
    context: DialogueContext,
) -> Floats:
    """The probabilities once the conversation is known; unchanged without one."""
    if context == NO_CONTEXT:
        return probabilities
    asked = prior.columns.get(context.asked_intent or "")
    answers = asked is not None and is_slot_answer(text, entities, context.asked_slot)
    if asked is not None and answers and not _asks_otherwise(probabilities, prior, asked, context):
        return _raise_to_answer(probabilities, asked)
    if prior.availability is not None and _is_variant_question(text, entities, context) and probabilities.max() < _SURE:
        return _raise_to_answer(probabilities, prior.availability)
    after = probabilities.copy()
    last = None if _is_turn_to_goods(entities, context, prior) else prior.columns.get(context.last_intent or "")
    for column, share in ((asked, _PENDING_QUESTION_SHARE), (last, _LAST_SUBJECT_SHARE)):
        if prior.unclear is not None and column is not None and column != prior.unclear:
            moved = after[prior.unclear] * np.float32(share)
            after[column] += moved
            after[prior.unclear] -= moved
            break
    for column in prior.likely_when.get(context.order_state or "", ()):
        after[column] *= np.float32(_LIKELIER)
    normal: Floats = after / after.sum()
    return normal


def _opens_subject(traits: IntentDirectory, intent: str) -> bool:
    return traits.names_business(intent) and not traits.holds_role(intent, IntentRole.ASKS_MEANING)


def _asks_otherwise(probabilities: Floats, prior: ContextPrior, asked: int, context: DialogueContext) -> bool:
    """小号茶盘多少钱, after our question which one is asked to be had."""
    best = int(probabilities.argmax())
    ours = best == asked or best in prior.subjectless
    return not ours and opens_own_subject(context.asked_slot, float(probabilities[best]))


def _is_turn_to_goods(entities: Collection[Entity], context: DialogueContext, prior: ContextPrior) -> bool:
    """A size or a colour after talk that no size changes: 能开发票吗 … 中号."""
    named = any(entity.kind in _VARIANTS for entity in entities)
    return bool(context.product_id and named and context.last_intent not in prior.about_variants)


def _is_variant_question(text: str, entities: Collection[Entity], context: DialogueContext) -> bool:
    """米白有吗, of a product in view."""
    named = any(entity.kind in _VARIANTS for entity in entities)
    return bool(context.product_id and named and len(text) <= _SHORT and asks_what_is_had(text))


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
