"""What was read in a turn: entities, and ranked intents and FAQ entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class EntityKind(StrEnum):
    """What a stretch of text names."""

    ORDER_ID = "order_id"
    TRACKING_NO = "tracking_no"
    PHONE = "phone"
    QUANTITY = "quantity"  # value: int
    OFFERED_PRICE = "offered_price"  # "50卖不卖": the price the buyer names, 元
    REDUCTION = "reduction"  # "便宜10块": how much less, 元
    DISCOUNT_RATE = "discount_rate"  # "打8折": share still paid, 0.8
    PRODUCT = "product"  # value: product_id
    SKU = "sku"  # value: sku_id
    ATTRIBUTE = "attribute"  # a colour or size of the catalogue
    COURIER = "courier"
    PLACE = "place"
    DATE = "date"  # value: ISO date, or the word as said when it has no calendar date
    TIME = "time"


EntityValue = str | int | Decimal


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of the normalised text and what it stands for; `start` and `end` are character offsets."""

    kind: EntityKind
    text: str
    value: EntityValue
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class IntentScore:
    """An intent's id with its calibrated confidence, 0 to 1."""

    intent: str
    confidence: float


@dataclass(frozen=True, slots=True)
class FaqScore:
    """An FAQ entry's id and standard question with the calibrated confidence, 0 to 1, that it answers the request.

    `has_category` tells whether the shop sorted it under one, by which an intent's action finds it.
    """

    entry_id: str
    question: str
    confidence: float
    has_category: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked in a message; a message may hold several.

    Attributes:
        text: the part of the normalised message that asks it.
        intents: best first; never empty.
        faqs: best first; may be empty.
        entities: those of this part, offsets into the whole normalised message.
    """

    text: str
    intents: tuple[IntentScore, ...]
    faqs: tuple[FaqScore, ...] = ()
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Understanding:
    """One pass over one message (or one burst of messages).

    `whole` reads the message as one request, for measuring and for what concerns all of it.
    """

    text: str
    normalised: str
    entities: tuple[Entity, ...]
    requests: tuple[Request, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    whole: Request | None = None


@dataclass(frozen=True, slots=True)
class DialogueContext:
    """What the conversation already knows, given to understanding as a prior.

    Attributes:
        asked_intent: the intent whose question the bot asked last and still waits for, if any.
        asked_slot: the slot that question was about.
        last_intent: the intent of the last answered turn.
        product_id, sku_id, order_id: what is being talked about.
        order_state: state of that order, if known.
    """

    asked_intent: str | None = None
    asked_slot: str | None = None
    last_intent: str | None = None
    product_id: str | None = None
    sku_id: str | None = None
    order_id: str | None = None
    order_state: str | None = None


NO_CONTEXT = DialogueContext()


class Utterance(NamedTuple):
    """A message, and what is known around it: the conversation, the shop's day, the product in view."""

    text: str
    context: DialogueContext = NO_CONTEXT
    today: date | None = None
    product_id: str | None = None
