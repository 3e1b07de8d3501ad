"""The state of one conversation between turns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from app.domain.decision import Option
from app.domain.message import ConversationKey


class Owner(StrEnum):
    """Who speaks to the buyer."""

    BOT = "bot"
    QUEUE = "queue"
    AGENT = "agent"
    CLOSED = "closed"


class SlotName(StrEnum):
    """What a conversation remembers about its subject."""

    PRODUCT = "product"
    SKU = "sku"
    ORDER = "order"
    FOCUS = "focus"  # the goods spoken of, the latest last, with what was chosen of each
    WANTED = "wanted"  # the goods that the buyer wants to have at once, with their number of pieces
    OFFERED = "offered"  # the goods that were proposed or compared last, in the order they were told
    UNSOLD = "unsold"  # the thing that the shop was last told not to sell
    LANGUAGE = "language"  # set while the buyer writes English
    QUANTITY = "quantity"
    OFFERED_PRICE = "offered_price"
    SHOWN_ORDER = "shown_order"  # an order that the platform attached, not one the buyer typed
    ORDER_STATE = "order_state"  # the state in which the order in view was last seen
    BODY = "body"  # the height and the weight of who is going to wear it
    CONDITION = "condition"  # the state the buyer told his goods to be in: opened, worn, for how many days his
    OWNED = "owned"  # that the buyer told of goods he has from here, and of which, until he turns to buying
    USERS = "users"  # the kinds of users that were named last: a child, a dog
    SHOWN_PHOTO = "shown_photo"  # that a picture came, perhaps before the words


COMPENSATION_CHOICE: Final = "amends"
"""The slot of our question whether the buyer accepts an offered compensation; until then nobody has to pay it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A remembered value; forgotten after `expires_at` (aware UTC)."""

    value: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """A question we asked that the buyer has not answered yet.

    `slot` names what was asked for (an order number, a SKU); `options` are the choices offered.
    `text` is the buyer's message that led to the question, so that its answer can resume it.
    """

    intent: str
    slot: str
    text: str
    asked_at: datetime
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """The question under discussion: the buyer's last one that was answered, in full words."""

    text: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class RatingInvitation:
    """The buyer was asked how they were served on a ticket; what they write until then may be the answer."""

    ticket_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """The state that the next turn starts from; `version` grows by one with every write.

    Attributes:
        misses: unanswered turns in a row. missed: the request that was not understood last.
        question: what a fragment (竹的呢) asks again of another object.
        used_replies: ids of the reply variants already said, oldest first.
        memory: by intent, a JSON document that only this intent reads.
        promises: commitments made and still valid, as JSON documents for people to read.
        handoff_id: the open ticket, while people own the conversation.
        queue_acknowledged: whether the buyer was told, once, that what is added reaches people.
        queue_matters: intents that the waiting buyer was told people take care of, beside the ticket's own.
        invitation: the open question how people served the buyer.
    """

    key: ConversationKey
    version: int = 0
    owner: Owner = Owner.BOT
    buyer: str = ""
    slots: Mapping[str, Slot] = field(default_factory=dict)
    pending: Pending | None = None
    misses: int = 0
    missed: str = ""
    last_intent: str | None = None
    question: Question | None = None
    used_replies: tuple[str, ...] = ()
    memory: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    promises: tuple[Mapping[str, Any], ...] = ()
    tried: tuple[str, ...] = ()
    handoff_id: str | None = None
    queue_acknowledged: bool = False
    queue_matters: tuple[str, ...] = ()
    invitation: RatingInvitation | None = None

    def current_slot(self, name: str, now: datetime) -> str | None:
        """The slot's value, or None once it has expired."""
        found = self.slots.get(name)
        return found.value if found and found.expires_at > now else None


@dataclass(frozen=True, slots=True)
class HeldByBot:
    """A conversation that no person has; `text` is the last thing its buyer wrote, `at` when it last moved."""

    key: ConversationKey
    buyer: str
    text: str
    at: datetime
