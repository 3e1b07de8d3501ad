"""What a supervisor is told: the buyer's number, the margin, what was given, an answer to send."""

from datetime import datetime
from decimal import Decimal

from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest
from app.guard.authority import lowest_unit_price
from intents._kit.goods import money
from intents._kit.wording import full_name, zone_of
from intents.bargaining.negotiation import Table, offer_of, price_words


def wish_for(table: Table, reason: Reason, wish: str) -> HandoffRequest:
    """What the supervisor needs: the buyer's number, the margin, what was given, an answer to send."""
    target, words = table.target, table.case.message.text.strip()[:60]
    number = f"，买家出价共 {money(target)} 元" if target is not None else ""
    return HandoffRequest(
        reason,
        wish=f"{wish}：{full_name(table.sku)} {table.quantity} 件{number}（买家：{words}）",
        suggested=suggested_replies(table),
        notes=margin_notes(table, target),
        collected={"商品": full_name(table.sku), "数量": str(table.quantity)},
        group=Group.SUPERVISOR,
    )


def suggested_replies(table: Table) -> tuple[str, ...]:
    """The answer a supervisor could send as it is."""
    room = table.room
    if not room.improves(room.lowest_unit):
        return (table.case.replies.say("suggested_hold", title=full_name(table.sku)).text,)
    offer = offer_of(table, room.lowest_unit, table.quantity)
    return (table.case.replies.say("suggested_price", **price_words(table, offer)).text,)


def margin_notes(table: Table, target: Decimal | None) -> tuple[str, ...]:
    """What only people may know: the floor, the margin, what was given."""
    sku, public = table.sku, table.room.public
    lines = [f"标价 {money(sku.price)} 元/件，公开活动到手共 {money(public.total)} 元"]
    lines += (
        _floor_lines(table, sku.floor_price, target) if sku.floor_price is not None else ["没有设底价，机器人不议价"]
    )
    lines += [
        f"已报价：{offer.quantity} 件共 {money(offer.total)} 元，有效至 {_stamp(offer.until, table)}"
        for offer in table.talk.offers
    ]
    lines += [f"已给优惠券：{money(coupon.amount)} 元" for coupon in table.talk.coupons]
    return tuple(lines)


def _floor_lines(table: Table, floor: Decimal, target: Decimal | None) -> list[str]:
    """The margin: to the floor, to what the bot may give, and from the buyer's number."""
    sku, quantity, public = table.sku, table.quantity, table.room.public
    lowest = lowest_unit_price(sku, quantity, table.room.policy) * quantity
    room = money(public.total - floor * quantity)
    lines = [f"底价 {money(floor)} 元/件，{quantity} 件从公开到手价到底价还有 {room} 元余地"]
    if lowest >= public.total:
        lines.append("公开到手价已经不高于机器人的授权价，机器人没有再让的权限")
    else:
        lines.append(f"机器人最多可给到共 {money(lowest)} 元")
    if target is not None:
        lines.append(f"买家出价比底价{_compared(target - floor * quantity)}")
    return lines


def _stamp(moment: datetime, table: Table) -> str:
    """A date that still holds when the note is read tomorrow."""
    return f"{moment.astimezone(zone_of(table.case)):%m月%d日%H:%M}"


def _compared(difference: Decimal) -> str:
    if difference >= 0:
        return f"高 {money(difference)} 元"
    return f"低 {money(-difference)} 元"
