"""What lies on the table of a haggle, and an offer made over it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.catalogue import Promotion, Sku
from app.domain.commitment import (
    PriceCommitment,
)
from app.domain.conversation import SlotName
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from intents._framework.contract import Case, Said
from intents._kit.forms import reply
from intents._kit.goods import money
from intents._kit.wording import full_name, moment_word
from intents.bargaining.history import PriceOffer, Talk, remember
from intents.bargaining.price_range import Room
from intents.bargaining.reading import Ask


@dataclass(frozen=True, slots=True)
class Table:
    """What lies on the table: who asks for what, how far it may go, and the facts it rests on."""

    case: Case
    ask: Ask
    room: Room
    facts: tuple[Fact[Any], ...]

    @property
    def sku(self) -> Sku:
        """What is haggled over."""
        return self.room.sku

    @property
    def talk(self) -> Talk:
        """What was said before."""
        return self.room.talk

    @property
    def quantity(self) -> int:
        """How many pieces."""
        return self.room.quantity

    @property
    def rounds(self) -> int:
        """How many rounds the shop allows."""
        return self.room.policy.rounds if self.room.policy else 0

    @property
    def target(self) -> Decimal | None:
        """What the buyer would pay."""
        return self.ask.target(self.sku)

    @property
    def repeated(self) -> bool:
        """Whether something was given for this very argument before."""
        return self.ask.name in self.talk.conceded

    def told(self, *said: Said, talk: Talk, **more: Any) -> Outcome:
        """The reply with its facts and what is remembered of it."""
        facts = more.pop("facts", self.facts)
        return reply(
            *said,
            facts=facts,
            slots={SlotName.PRODUCT: self.sku.product_id, SlotName.SKU: self.sku.sku_id, **offered_slot(self.case)},
            memory=remember(self.case.memory, self.sku.sku_id, talk, self.case.now),
            **more,
        )


def offered_slot(case: Case) -> dict[SlotName, str]:
    """The price this message names, bare numbers in a haggle too, for who takes over."""
    offered = case.entity(EntityKind.OFFERED_PRICE)
    return {SlotName.OFFERED_PRICE: str(offered.value)} if offered else {}


def price_words(table: Table, offer: PriceOffer) -> dict[str, Any]:
    """An offer's words: goods, quantity, unit, total and until when."""
    return {
        "title": full_name(table.sku),
        "quantity": offer.quantity,
        "unit": money(offer.unit),
        "total": money(offer.total),
        "until": moment_word(offer.until, table.case),
    }


def offer_of(table: Table, unit: Decimal, quantity: int) -> PriceOffer:
    """An offer of so many pieces at this unit price, from now on."""
    return PriceOffer(quantity, unit, unit * quantity, offer_until(table))


def offer_until(table: Table) -> datetime:
    """Until when an offer made now stands."""
    policy = table.room.policy
    return table.case.now + timedelta(hours=policy.offer_valid_hours if policy else 1)


def price_commitment(table: Table, offer: PriceOffer) -> PriceCommitment:
    """What an offer binds the shop to."""
    return PriceCommitment(table.sku.sku_id, offer.quantity, offer.unit, offer.total, offer.until)


def promotions_of(table: Table) -> tuple[Promotion, ...]:
    """Every promotion the table's facts know."""
    found: tuple[Promotion, ...] = table.facts[1].value
    return found
