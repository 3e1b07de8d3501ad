"""Words commitments as promises in Chinese and stores them as JSON documents."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.commitment import (
    BasketCommitment,
    Commitment,
    CompensationCommitment,
    CouponCommitment,
    DiscountCommitment,
    GiftCommitment,
    PostageCommitment,
    PriceCommitment,
    PromotionCommitment,
    ShipByCommitment,
    ShippingDaysCommitment,
    StackingCommitment,
    StockCommitment,
)
from app.shop.schema import Hours
from handoff.deadlines import date_time_phrase
from handoff.phrases import handoff_phrases

MOST_PROMISES = 12
"""Of a conversation; the oldest are forgotten first."""
KEPT_AFTER_TICKET = timedelta(days=15)
"""How long what a person promised without a date still binds once their ticket has ended: goods sent again, money
given back and their return are through by then, and who writes later begins anew."""
Promises = tuple[Mapping[str, Any], ...]


def promise_document(
    commitment: Commitment, now: datetime, hours: Hours, titles: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The document of one promise: kind, sentence, time made, time until which it is valid.

    `titles` names SKUs and promotions by id; without a title the id is shown.
    """
    until = getattr(commitment, "valid_until", None)
    text = promise_phrase(commitment, hours, titles or {})
    return {
        "kind": _commitment_kind(commitment),
        "text": text,
        "made_at": now.isoformat(),
        "valid_until": until.isoformat() if until else None,
    }


def promise_phrase(commitment: Commitment, hours: Hours, titles: Mapping[str, str]) -> str:
    """The commitment as one Chinese line."""
    text = _commitment_sentence(commitment, hours, titles)
    until = getattr(commitment, "valid_until", None)
    if until is None:
        return text
    spoken = date_time_phrase(until, hours, handoff_phrases().times)
    return handoff_phrases().promises["until"].format(text=text, until=spoken)


def keep_with_ticket(promise: Mapping[str, Any], ticket_id: str) -> dict[str, Any]:
    """A promise that a person made on a ticket: one without a date binds until a while after the ticket has ended."""
    return {**promise, "ticket": ticket_id, "dated": promise.get("valid_until") is not None}


def end_with_ticket(promises: Promises, ticket_id: str | None, ended_at: datetime) -> Promises:
    """The promises once that ticket has ended."""
    until = (ended_at + KEPT_AFTER_TICKET).isoformat()
    return _date_those_of(promises, ticket_id, until)


def resume_with_ticket(promises: Promises, ticket_id: str | None) -> Promises:
    """The promises once that ticket is open, also again."""
    return _date_those_of(promises, ticket_id, None)


def _date_those_of(promises: Promises, ticket_id: str | None, until: str | None) -> Promises:
    return tuple(
        {**made, "valid_until": until} if made.get("ticket") == ticket_id and made.get("dated") is False else made
        for made in promises
    )


def is_still_valid(promise: Mapping[str, Any], now: datetime) -> bool:
    """Whether a stored promise still binds at `now`; one without an end does."""
    until = promise.get("valid_until")
    return until is None or datetime.fromisoformat(str(until)) > now


def promise_text(promise: Mapping[str, Any]) -> str:
    """The sentence of a stored promise; a document without one is shown value by value."""
    if text := promise.get("text"):
        return str(text)
    return "，".join(f"{name}: {value}" for name, value in promise.items() if value is not None)


def _commitment_kind(commitment: Commitment) -> str:
    name = type(commitment).__name__.removesuffix("Commitment")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _commitment_sentence(commitment: Commitment, hours: Hours, titles: Mapping[str, str]) -> str:  # noqa: C901, PLR0911 - one return for each kind of commitment
    said = handoff_phrases().promises
    match commitment:
        case PriceCommitment(sku, quantity, unit, total):
            return said["price"].format(
                title=titles.get(sku, sku), quantity=quantity, unit_price=plain_amount(unit), total=plain_amount(total)
            )
        case BasketCommitment(total=total):
            return said["basket"].format(total=plain_amount(total))
        case PromotionCommitment(promotion):
            return said["promotion"].format(title=titles.get(promotion, promotion))
        case DiscountCommitment(sku, rate):
            return said["discount"].format(title=titles.get(sku, sku), fold=plain_amount(rate * 10))
        case CouponCommitment(_, amount, minimum):
            key = "coupon" if minimum else "coupon_any"
            return said[key].format(amount=plain_amount(amount), minimum_spend=plain_amount(minimum))
        case GiftCommitment(gift):
            return said["gift"].format(gift=gift)
        case ShipByCommitment(ship_by):
            return said["ship_by"].format(when=date_time_phrase(ship_by, hours, handoff_phrases().times))
        case ShippingDaysCommitment(first, last, ships):
            key = "shipping_days" if ships else "shipping_days_partly" if ships is None else "shipping_days_off"
            return said[key].format(first=f"{first:%m-%d}", last=f"{last:%m-%d}")
        case PostageCommitment(fee, place):
            return said["postage"].format(place=place or said["elsewhere"], fee=plain_amount(fee))
        case StackingCommitment(promotions):
            return said["stacking"].format(titles="、".join(titles.get(each, each) for each in promotions))
        case CompensationCommitment(kind, _, amount, gift):
            return said[f"compensation_{kind}"].format(amount=plain_amount(amount), gift=gift)
        case StockCommitment(sku, quantity, available):
            key = "stock_yes" if available else "stock_no"
            return said[key].format(title=titles.get(sku, sku), quantity=quantity)


def plain_amount(amount: Decimal) -> str:
    """Formats an amount without trailing zeros: 40, 39.9."""
    return f"{amount.normalize():f}"
