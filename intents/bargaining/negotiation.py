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
from intents._framework.contract import Case, RenderedReply
from intents._framework.policy import compose_reply
from intents._kit.wording import format_yuan, moment_word, sku_full_name
from intents.bargaining.history import BargainHistory, PriceOffer, dump_history
from intents.bargaining.price_range import PriceRange
from intents.bargaining.reading import PriceRequest


@dataclass(frozen=True, slots=True)
class Negotiation:
    """What lies on the table: who asks for what, how far it may go, and the facts it rests on."""

    case: Case
    price_request: PriceRequest
    price_range: PriceRange
    facts: tuple[Fact[Any], ...]

    @property
    def target_sku(self) -> Sku:
        """What is haggled over."""
        return self.price_range.sku

    @property
    def history(self) -> BargainHistory:
        """What was said before."""
        return self.price_range.history

    @property
    def quantity(self) -> int:
        """How many pieces."""
        return self.price_range.quantity

    @property
    def max_rounds(self) -> int:
        """How many rounds the shop allows."""
        return self.price_range.policy.rounds if self.price_range.policy else 0

    @property
    def target_total(self) -> Decimal | None:
        """What the buyer would pay."""
        return self.price_request.compute_target(self.target_sku)

    @property
    def was_conceded(self) -> bool:
        """Whether something was given for this very argument before."""
        return self.price_request.memory_key in self.history.conceded

    def build_outcome(self, *said: RenderedReply, history: BargainHistory, **more: Any) -> Outcome:
        """The reply with its facts and what is remembered of it."""
        facts = more.pop("facts", self.facts)
        return compose_reply(
            *said,
            facts=facts,
            slots={
                SlotName.PRODUCT: self.target_sku.product_id,
                SlotName.SKU: self.target_sku.sku_id,
                **price_slots(self.case),
            },
            memory=dump_history(self.case.intent_memory, self.target_sku.sku_id, history, self.case.now),
            **more,
        )


def price_slots(case: Case) -> dict[SlotName, str]:
    """The price this message names, bare numbers in a haggle too, for who takes over."""
    offered = case.first_entity(EntityKind.OFFERED_PRICE)
    return {SlotName.OFFERED_PRICE: str(offered.value)} if offered else {}


def offer_placeholders(negotiation: Negotiation, offer: PriceOffer) -> dict[str, Any]:
    """An offer's words: goods, quantity, unit, total and until when."""
    return {
        "title": sku_full_name(negotiation.target_sku),
        "quantity": offer.quantity,
        "unit": format_yuan(offer.unit),
        "total": format_yuan(offer.total),
        "until": moment_word(offer.until, negotiation.case),
    }


def make_offer(negotiation: Negotiation, unit: Decimal, quantity: int) -> PriceOffer:
    """An offer of so many pieces at this unit price, from now on."""
    return PriceOffer(quantity, unit, unit * quantity, offer_expiry(negotiation))


def offer_expiry(negotiation: Negotiation) -> datetime:
    """Until when an offer made now stands."""
    policy = negotiation.price_range.policy
    return negotiation.case.now + timedelta(hours=policy.offer_valid_hours if policy else 1)


def price_commitment(negotiation: Negotiation, offer: PriceOffer) -> PriceCommitment:
    """What an offer binds the shop to."""
    return PriceCommitment(negotiation.target_sku.sku_id, offer.quantity, offer.unit, offer.total, offer.until)


def promotions_from_facts(negotiation: Negotiation) -> tuple[Promotion, ...]:
    """Every promotion the table's facts know."""
    found: tuple[Promotion, ...] = negotiation.facts[1].value
    return found
