"""The input of a brief: the conversation, its facts and the order in question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.conversation import Conversation, SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.message import Message
from app.domain.outcome import HandoffRequest
from app.shop.schema import ShopSettings
from handoff.order_fields import (
    WordingContext,
    question_fields,
)
from handoff.order_in_question import (
    OrderInQuestion,
    find_order_in_question,
    skus_in,
)
from handoff.phrases import handoff_phrases
from handoff.snapshot import titles_by_id


@dataclass(frozen=True, slots=True)
class HandoffContext:
    """Everything a turn knows when it hands the conversation to people.

    Attributes:
        names_business: whether the intent's title tells an agent anything.
        group: the intent's own group; the reason and the request may choose another.
        conversation: with its slots, tried lines and promises as they stand after this turn.
        facts: those read in this turn; they become the snapshots.
        of_orders: whether the buyer speaks of an order, so that their order in progress is the one in question.
        buyer_orders: the number of the buyer's orders; None when they could not be read.
        goods: those in the buyer's other orders, used for names and dates only.
        said: the bot's text in this turn, without the acknowledgement.
        names: names of the things in the facts, by id.
        speaking, matter, about: the context of wording, the order in question, and its template fields.
    """

    ticket_id: str
    reason: Reason
    intent: str
    intent_title: str
    group: Group
    confidence: float
    conversation: Conversation
    message: Message
    settings: ShopSettings
    now: datetime
    names_business: bool = True
    request: HandoffRequest | None = None
    facts: tuple[Fact[Any], ...] = ()
    of_orders: bool = False
    buyer_orders: int | None = None
    goods: tuple[Fact[Any], ...] = ()
    said: str = ""
    names: Mapping[str, str] = field(init=False)
    speaking: WordingContext = field(init=False)
    matter: OrderInQuestion = field(init=False)
    about: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Computes what every part of the brief needs."""
        object.__setattr__(self, "names", titles_by_id(self.facts))
        object.__setattr__(self, "speaking", self._make_wording_context())
        object.__setattr__(self, "matter", self._find_order_in_question())
        object.__setattr__(self, "about", question_fields(self.matter, self.speaking))

    def _make_wording_context(self) -> WordingContext:
        known = (*self.goods, *self.facts)
        short = {sku_id: sku.title for sku_id, sku in skus_in(known).items()}
        return WordingContext(self.now, self.settings.hours, {**titles_by_id(self.goods), **self.names}, short)

    def _find_order_in_question(self) -> OrderInQuestion:
        """Finds the order; one mentioned earlier does not count when the buyer now asks about goods to buy."""
        given = self.request.collected.get(handoff_phrases().slots[SlotName.ORDER]) if self.request else None
        spoken_of = self.conversation.current_slot(SlotName.ORDER, self.now) if self.of_orders else None
        facts = (*self.facts, *self.goods)
        return find_order_in_question(facts, spoken_of or given, self.settings, self.now, of_orders=self.of_orders)
