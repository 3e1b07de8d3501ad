"""What understanding reads in a message: entities, and ranked intents and FAQ entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from app.domain.acts import NO_ACTS, DialogueActs


class EntityKind(StrEnum):
    """The kind of an entity."""

    ORDER_ID = "order_id"
    TRACKING_NO = "tracking_no"
    PHONE = "phone"
    QUANTITY = "quantity"  # value: int
    OFFERED_PRICE = "offered_price"  # "50卖不卖": the price the buyer offers, 元
    REDUCTION = "reduction"  # "便宜10块": the reduction asked for, 元
    DISCOUNT_RATE = "discount_rate"  # "打8折": the share to pay, 0.8
    PRODUCT = "product"  # value: product_id
    SKU = "sku"  # value: sku_id
    ATTRIBUTE = "attribute"  # a colour or size of the catalogue
    COURIER = "courier"
    PLACE = "place"  # value: the province, or the name of a region of several
    DATE = "date"  # value: ISO date, or the words as said where they name no one day
    TIME = "time"  # of day; value: the words as said
    DURATION = "duration"  # "等了四天"; value: hours


EntityValue = str | int | Decimal


@dataclass(frozen=True, slots=True)
class Entity:
    """A span of the normalised text and its value; `start` and `end` are character offsets."""

    kind: EntityKind
    text: str
    value: EntityValue
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class IntentScore:
    """An intent and its calibrated confidence, 0 to 1."""

    intent: str
    confidence: float


@dataclass(frozen=True, slots=True)
class FaqScore:
    """An FAQ entry's id and standard question with the calibrated confidence, 0 to 1, that it answers the request.

    `has_category` tells whether the shop sorted it under one, by which an intent's action finds it; `is_verbatim`
    whether one of its own wordings was said, character for character once both are normalised. `nearness`, 0 to 1, is
    how likely it answers once its answer is read, too, which is done where no entry is sure.
    """

    entry_id: str
    question: str
    confidence: float
    has_category: bool = True
    is_verbatim: bool = False
    nearness: float = 0.0


@dataclass(frozen=True, slots=True)
class DetailScore:
    """The name of a product's detail, and how alike what is asked and what is written there are, 0 to 1."""

    product_id: str
    name: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a message; a message may hold several.

    Attributes:
        text: its part of the normalised message.
        intents: best first; never empty.
        faqs: best first; may be empty.
        entities: those of this part, offsets into the whole normalised message.
        acts: what this part does beside asking: agrees, denies, thanks.
        names: what the message calls goods, the longest first; what is but a part of one is not said.
        limit: the row whose answer forbids or bounds what is asked, with how alike they are; None where none is near.
        detail: what is written of the one product in question that is most like what is asked; None where nothing is.
    """

    text: str
    intents: tuple[IntentScore, ...]
    faqs: tuple[FaqScore, ...] = ()
    entities: tuple[Entity, ...] = ()
    acts: DialogueActs = NO_ACTS
    names: tuple[str, ...] = ()
    limit: FaqScore | None = None
    detail: DetailScore | None = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was read in one message, or in one burst of messages.

    `whole` is the message read as one request, for evaluation and for decisions about the whole message.
    `uncorrected` is its likeliest intent before the shop's corrections had a say, where they had one.
    """

    text: str
    normalised: str
    entities: tuple[Entity, ...]
    requests: tuple[Request, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    whole: Request | None = None
    uncorrected: IntentScore | None = None

    @property
    def acts(self) -> DialogueActs:
        """What the message as a whole does."""
        whole = self.whole or next(iter(self.requests), None)
        return whole.acts if whole else NO_ACTS

    @property
    def names(self) -> tuple[str, ...]:
        """What the message calls goods."""
        whole = self.whole or next(iter(self.requests), None)
        return whole.names if whole else ()


@dataclass(frozen=True, slots=True)
class DialogueContext:
    """What the conversation knows before the message; understanding uses it as a prior.

    Attributes:
        asked_intent: the intent of the bot's open question, if any.
        asked_slot: the slot that question was about.
        last_intent: the intent of the last answered turn.
        product_id, sku_id, order_id: the product, SKU and order in view.
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
    """A message to understand, with its conversation, the shop's date and the product in view."""

    text: str
    context: DialogueContext = NO_CONTEXT
    today: date | None = None
    product_id: str | None = None


_SURE_OF_GOODS = 0.6
_SURE_OF_ORDER = 0.93
_GOODS_SLOTS = frozenset({"sku", "product"})


def opens_own_subject(slot: str | None, confidence: float) -> bool:
    """Whether a message that holds what we asked for (the slot) asks another thing of itself: 小号茶盘多少钱.

    `confidence` is that of its likeliest intent, another than ours. An order's number is told in the very words of
    buyers who look for their parcel (我的单号是 …), so more is wanted there.
    """
    if slot == "offered_price":  # an offer reads as haggling whoever asked for it
        return False
    return confidence >= (_SURE_OF_GOODS if slot in _GOODS_SLOTS else _SURE_OF_ORDER)
