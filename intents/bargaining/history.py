"""What a haggle remembers between turns: rounds, arguments already answered, offers made and how long they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

FORGOTTEN_AFTER: Final = timedelta(days=7)
MOST_TALKS: Final = 5
MOST_ARGUMENTS: Final = 20


@dataclass(frozen=True, slots=True)
class PriceOffer:
    """A price given for so many pieces, honoured until then."""

    quantity: int
    unit: Decimal
    total: Decimal
    until: datetime

    def to_document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "quantity": self.quantity,
            "unit": str(self.unit),
            "total": str(self.total),
            "until": self.until.isoformat(),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "PriceOffer":
        """From JSON."""
        return cls(
            quantity=int(document["quantity"]),
            unit=Decimal(document["unit"]),
            total=Decimal(document["total"]),
            until=datetime.fromisoformat(document["until"]),
        )


@dataclass(frozen=True, slots=True)
class GivenCoupon:
    """A coupon given in this conversation; it can be used on anything."""

    coupon_id: str
    amount: Decimal
    until: datetime

    def to_document(self) -> dict[str, Any]:
        """As JSON."""
        return {"id": self.coupon_id, "amount": str(self.amount), "until": self.until.isoformat()}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "GivenCoupon":
        """From JSON."""
        return cls(str(document["id"]), Decimal(document["amount"]), datetime.fromisoformat(document["until"]))


@dataclass(frozen=True, slots=True)
class BargainHistory:
    """The haggle over one SKU.

    Attributes:
        rounds: how many of our rounds are used up. arguments: those answered already, in the order they came.
        conceded: those that something was given for. offers: prices still standing, the last one last.
        coupons: coupons given in this conversation, whatever they were given for, still valid.
    """

    rounds: int = 0
    arguments: tuple[str, ...] = ()
    conceded: tuple[str, ...] = ()
    offers: tuple[PriceOffer, ...] = ()
    coupons: tuple[GivenCoupon, ...] = ()
    quantity: int = 1

    def lowest_offer(self, quantity: int) -> PriceOffer | None:
        """The lowest price still standing for this quantity."""
        found = [offer for offer in self.offers if offer.quantity == quantity]
        return min(found, key=lambda offer: offer.total, default=None)

    def record_answer(self, argument: str, quantity: int, *, round_used: bool = True) -> "BargainHistory":
        """After answering the argument without giving anything."""
        arguments = (*self.arguments, argument)[-MOST_ARGUMENTS:]
        return replace(self, rounds=self.rounds + round_used, arguments=arguments, quantity=quantity)

    def record_concession(self, argument: str, given: PriceOffer | GivenCoupon, quantity: int) -> "BargainHistory":
        """After giving something for the argument."""
        after = self.record_answer(argument, quantity)
        conceded = (*self.conceded, argument)[-MOST_ARGUMENTS:]
        if isinstance(given, PriceOffer):
            return replace(after, conceded=conceded, offers=(*self.offers, given))
        return replace(after, conceded=conceded, coupons=(*self.coupons, given))


def load_history(memory: Mapping[str, Any], sku_id: str, now: datetime) -> BargainHistory:
    """The haggle over this SKU as remembered, without what has expired."""
    if "at" in memory and now - datetime.fromisoformat(memory["at"]) > FORGOTTEN_AFTER:
        return BargainHistory()
    coupons = tuple(GivenCoupon.from_document(each) for each in memory.get("coupons", ()))
    found = memory.get("talks", {}).get(sku_id, {})
    offers = tuple(PriceOffer.from_document(each) for each in found.get("offers", ()))
    return BargainHistory(
        rounds=int(found.get("rounds", 0)),
        arguments=tuple(found.get("arguments", ())),
        conceded=tuple(found.get("conceded", ())),
        offers=tuple(offer for offer in offers if offer.until > now),
        coupons=tuple(coupon for coupon in coupons if coupon.until > now),
        quantity=int(found.get("quantity", 1)),
    )


def dump_history(memory: Mapping[str, Any], sku_id: str, history: BargainHistory, now: datetime) -> dict[str, Any]:
    """The memory with this haggle in it."""
    talks = {name: document for name, document in memory.get("talks", {}).items() if name != sku_id}
    talks[sku_id] = {
        "rounds": history.rounds,
        "arguments": list(history.arguments),
        "conceded": list(history.conceded),
        "offers": [offer.to_document() for offer in history.offers],
        "quantity": history.quantity,
    }
    kept = dict(list(talks.items())[-MOST_TALKS:])
    return {
        "talks": kept,
        "coupons": [coupon.to_document() for coupon in history.coupons],
        "last": sku_id,
        "at": now.isoformat(),
    }


def last_offered_sku(memory: Mapping[str, Any], now: datetime) -> str | None:
    """The SKU haggled over last, while an offer on it still stands."""
    sku_id = memory.get("last")
    return str(sku_id) if sku_id and load_history(memory, str(sku_id), now).offers else None
