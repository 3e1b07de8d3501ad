"""What a supervisor is told: the buyer's number, the margin, what was given, an answer to send."""

from datetime import datetime
from decimal import Decimal

from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest
from app.guard.authority import lowest_unit_price
from intents._kit.wording import format_yuan, shop_timezone, sku_full_name
from intents.bargaining.negotiation import Negotiation, make_offer, offer_placeholders


def build_supervisor_request(table: Negotiation, reason: Reason, wish: str) -> HandoffRequest:
    """What the supervisor needs: the buyer's number, the margin, what was given, an answer to send."""
    target, words = table.target_total, table.case.message.text.strip()[:60]
    number = f"，买家出价共 {format_yuan(target)} 元" if target is not None else ""
    return HandoffRequest(
        reason,
        wish=f"{wish}：{sku_full_name(table.target_sku)} {table.quantity} 件{number}（买家：{words}）",
        suggested=draft_supervisor_replies(table),
        notes=margin_notes(table, target),
        collected={"商品": sku_full_name(table.target_sku), "数量": str(table.quantity)},
        group=Group.SUPERVISOR,
    )


def draft_supervisor_replies(table: Negotiation) -> tuple[str, ...]:
    """The answer a supervisor could send as it is."""
    room = table.price_range
    if not room.is_improvement(room.lowest_unit):
        return (table.case.replies.render_reply("suggested_hold", title=sku_full_name(table.target_sku)).text,)
    offer = make_offer(table, room.lowest_unit, table.quantity)
    return (table.case.replies.render_reply("suggested_price", **offer_placeholders(table, offer)).text,)


def margin_notes(table: Negotiation, target: Decimal | None) -> tuple[str, ...]:
    """What only people may know: the floor, the margin, what was given."""
    sku, public = table.target_sku, table.price_range.public
    lines = [f"标价 {format_yuan(sku.price)} 元/件，公开活动到手共 {format_yuan(public.total)} 元"]
    lines += (
        _floor_notes(table, sku.floor_price, target) if sku.floor_price is not None else ["没有设底价，机器人不议价"]
    )
    lines += [
        f"已报价：{offer.quantity} 件共 {format_yuan(offer.total)} 元，有效至 {_format_expiry(offer.until, table)}"
        for offer in table.history.offers
    ]
    lines += [f"已给优惠券：{format_yuan(coupon.amount)} 元" for coupon in table.history.coupons]
    return tuple(lines)


def _floor_notes(table: Negotiation, floor: Decimal, target: Decimal | None) -> list[str]:
    """The margin: to the floor, to what the bot may give, and from the buyer's number."""
    sku, quantity, public = table.target_sku, table.quantity, table.price_range.public
    lowest = lowest_unit_price(sku, quantity, table.price_range.policy) * quantity
    room = format_yuan(public.total - floor * quantity)
    lines = [f"底价 {format_yuan(floor)} 元/件，{quantity} 件从公开到手价到底价还有 {room} 元余地"]
    if lowest >= public.total:
        lines.append("公开到手价已经不高于机器人的授权价，机器人没有再让的权限")
    else:
        lines.append(f"机器人最多可给到共 {format_yuan(lowest)} 元")
    if target is not None:
        lines.append(f"买家出价比底价{_describe_difference(target - floor * quantity)}")
    return lines


def _format_expiry(moment: datetime, table: Negotiation) -> str:
    """A date that still holds when the note is read tomorrow."""
    return f"{moment.astimezone(shop_timezone(table.case)):%m月%d日%H:%M}"


def _describe_difference(difference: Decimal) -> str:
    if difference >= 0:
        return f"高 {format_yuan(difference)} 元"
    return f"低 {format_yuan(-difference)} 元"
