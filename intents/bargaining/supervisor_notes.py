"""What a supervisor is told: the buyer's number, the margin, what was given, an answer to send."""

from datetime import datetime
from decimal import Decimal

from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest
from app.guard.authority import lowest_unit_price
from intents._framework.notes import load_notes
from intents._kit.wording import format_yuan, shop_timezone, sku_full_name
from intents.bargaining.negotiation import Negotiation, make_offer, offer_placeholders

note = load_notes(__file__)


def build_supervisor_request(negotiation: Negotiation, reason: Reason, wish: str) -> HandoffRequest:
    """What the supervisor needs: the buyer's number, the margin, what was given, an answer to send."""
    target, words = negotiation.target_total, negotiation.case.message.text.strip()[:60]
    number = note("offered_total", total=format_yuan(target)) if target is not None else ""
    return HandoffRequest(
        reason,
        wish=note(
            "wish_line",
            wish=wish,
            title=sku_full_name(negotiation.target_sku),
            quantity=negotiation.quantity,
            offer=number,
            words=words,
        ),
        suggested=draft_supervisor_replies(negotiation),
        notes=offer_notes(negotiation),
        margins=floor_margins(negotiation, target),
        collected={
            note("field_goods"): sku_full_name(negotiation.target_sku),
            note("field_quantity"): str(negotiation.quantity),
        },
        group=Group.SUPERVISOR,
    )


def draft_supervisor_replies(negotiation: Negotiation) -> tuple[str, ...]:
    """The answer a supervisor could send as it is."""
    room = negotiation.price_range
    if not room.is_improvement(room.lowest_unit):
        return (
            negotiation.case.replies.render_reply("suggested_hold", title=sku_full_name(negotiation.target_sku)).text,
        )
    offer = make_offer(negotiation, room.lowest_unit, negotiation.quantity)
    return (negotiation.case.replies.render_reply("suggested_price", **offer_placeholders(negotiation, offer)).text,)


def offer_notes(negotiation: Negotiation) -> tuple[str, ...]:
    """What anybody at the desk may know: the listed price, what the bot may give, what it gave."""
    sku, public = negotiation.target_sku, negotiation.price_range.public
    lines = [note("public_price", price=format_yuan(sku.price), total=format_yuan(public.total))]
    lines.append(note("no_floor_no_bargain") if sku.floor_price is None else _bot_limit(negotiation))
    lines += [
        note(
            "offered",
            quantity=offer.quantity,
            total=format_yuan(offer.total),
            until=_format_expiry(offer.until, negotiation),
        )
        for offer in negotiation.history.offers
    ]
    lines += [note("coupon_given", amount=format_yuan(coupon.amount)) for coupon in negotiation.history.coupons]
    return tuple(lines)


def floor_margins(negotiation: Negotiation, target: Decimal | None) -> tuple[str, ...]:
    """What tells the floor: the room above it, and how far the buyer's number is from it."""
    floor, quantity = negotiation.target_sku.floor_price, negotiation.quantity
    if floor is None:
        return ()
    room = format_yuan(negotiation.price_range.public.total - floor * quantity)
    lines = [note("room", floor=format_yuan(floor), quantity=quantity, room=room)]
    if target is not None:
        lines.append(note("against_floor", difference=_describe_difference(target - floor * quantity)))
    return tuple(lines)


def _bot_limit(negotiation: Negotiation) -> str:
    sku, quantity = negotiation.target_sku, negotiation.quantity
    lowest = lowest_unit_price(sku, quantity, negotiation.price_range.policy) * quantity
    if lowest >= negotiation.price_range.public.total:
        return note("no_room")
    return note("lowest", total=format_yuan(lowest))


def _format_expiry(moment: datetime, negotiation: Negotiation) -> str:
    """A date that still holds when the note is read tomorrow."""
    return f"{moment.astimezone(shop_timezone(negotiation.case)):%m月%d日%H:%M}"


def _describe_difference(difference: Decimal) -> str:
    if difference >= 0:
        return note("above", amount=format_yuan(difference))
    return note("below", amount=format_yuan(-difference))
