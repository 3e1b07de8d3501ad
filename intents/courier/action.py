"""快递公司: who carries the shop's parcels, and who carries this one."""

from decimal import Decimal

from app.commerce.shipping import remote_region
from app.domain.catalogue import FaqEntry, OrderState
from app.domain.commitment import PostageCommitment
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import (
    PolicyAction,
    build_handoff,
    compose_reply,
    current_memory,
    find_best_entry,
    find_verbatim_entry,
    quote_faq_entry,
    was_just_told,
)
from intents._kit.destination import named_places
from intents._kit.orders import AnotherAccountError, OrderFound, find_order, find_sole_order, number_tail
from intents._kit.own_order import is_about_own_order
from intents._kit.wording import format_yuan

note = load_notes(__file__)


class CourierAction(PolicyAction):
    """Names the shop's carriers; a wish for another one is heard once and then given to a person."""

    intent = "courier"

    async def answer(self, case: Case) -> Outcome:
        """The carrier asked for, the parcel's own, or all of them."""
        asked = case.first_entity(EntityKind.COURIER)
        written = find_verbatim_entry(case)
        if written and not case.hears("unwanted") and not is_about_own_order(case):
            return quote_faq_entry(case, written)
        if asked:
            paid = await self._note_for_warehouse(case, asked.text)
            return paid or await self._answer_about_courier(case, asked.text)
        try:
            search = await find_order(case, {OrderState.SHIPPED})
        except AnotherAccountError:
            return await self._list_couriers(case)
        if isinstance(search, OrderFound) and search.fact.value.courier:
            order = search.fact.value
            said = case.replies.render_reply("carried_by", tail=number_tail(order.order_id), courier=order.courier)
            return compose_reply(
                said, facts=(search.fact,), slots={"order": order.order_id}, tried=note("told_courier")
            )
        return await self._list_couriers(case)

    async def _list_couriers(self, case: Case) -> Outcome:
        entry, ours = find_best_entry(case), _shop_couriers(case)
        reached = None if case.hears("asks_which") else _tell_remote_place(case)
        if reached:
            return reached
        if entry:
            return quote_faq_entry(case, entry)
        if case.hears("beyond_mainland"):
            return self.escalate_unknown(case)
        if not ours:
            return await super().answer(case)
        return compose_reply(case.replies.render_reply("list", couriers="、".join(ours)), tried=note("told_couriers"))

    async def _answer_about_courier(self, case: Case, asked: str) -> Outcome:
        ours = _shop_couriers(case)
        named = [each for each in ours if asked in each or each in asked]
        if case.hears("unwanted") and ours:
            return self._avoid_courier(case, named[0] if named else asked)
        if named:
            return compose_reply(
                case.replies.render_reply("ours", courier=named[0]), tried=note("told_has_courier", courier=asked)
            )
        entry = _find_courier_entry(case, asked[:2])
        if entry:
            return quote_faq_entry(case, entry)
        if not ours:
            return await super().answer(case)
        if current_memory(case):
            wish = build_handoff(
                case, Reason.AUTHORITY_EXCEEDED, note("wants_courier", courier=asked), group=Group.INSALE
            )
            return compose_reply(case.replies.render_reply("wish_noted", courier=asked), handoff=wish, memory={})
        named_here = [each.text for each in case.request.entities if each.kind is EntityKind.COURIER]
        others = "、".join(dict.fromkeys(each for each in named_here if not any(each in own for own in ours)))
        said = case.replies.render_reply("not_ours", courier=others or asked, couriers="、".join(ours))
        return compose_reply(
            said, memory={"at": case.now.isoformat(), "asked": asked}, tried=note("told_couriers_only")
        )

    async def _note_for_warehouse(self, case: Case, asked: str) -> Outcome | None:
        """A wish for an order that is paid: a remark is too late, people tell the warehouse."""
        paid = await find_sole_order(case, {OrderState.PAID}) if is_about_own_order(case) else None
        if paid is None or paid.value.state is not OrderState.PAID:
            return None
        courier = next((each for each in _shop_couriers(case) if asked in each), asked)
        key, wish = ("own_without", "不发") if case.hears("unwanted") else ("own_by", "发")
        said = case.replies.render_reply(key, tail=number_tail(paid.value.order_id), courier=courier)
        request = build_handoff(
            case, Reason.AFTER_SALES, f"已付款订单希望{wish}{courier}，请告知仓库", group=Group.INSALE
        )
        return compose_reply(said, facts=(paid,), slots={"order": paid.value.order_id}, handoff=request)

    def _avoid_courier(self, case: Case, unwanted: str) -> Outcome:
        """One of ours does not suit: the others, and a remark for the warehouse."""
        others = "、".join(each for each in _shop_couriers(case) if each != unwanted)
        key = "avoid" if others else "avoid_only"
        return compose_reply(
            case.replies.render_reply(key, courier=unwanted, couriers=others),
            tried=note("told_avoidable", courier=unwanted),
        )


def _find_courier_entry(case: Case, asked: str) -> FaqEntry | None:
    """What the shop wrote of this courier: the row that is likely meant, else the one whose question names it."""
    likely = find_best_entry(case)
    if likely and asked in likely.question + likely.answer:
        return likely
    today = case.now.astimezone(case.shop.settings.hours.zone).date()
    named = (each for each in case.shop.faq if asked in each.question and each.is_in_force(today, ()))
    return next((each for each in named if not was_just_told(case.conversation, each)), None)


def _tell_remote_place(case: Case) -> Outcome | None:
    """That the shop sends to the remote place asked of and for how much; None where no such place is named."""
    promise = case.shop.settings.authority.shipping
    place = remote_region(promise, named_places(case)) if promise else None
    if promise is None or place is None:
        return None
    fee = promise.remote_fee
    key = "reaches_by_page" if fee is None else "reaches" if fee else "reaches_free"
    return compose_reply(
        case.replies.render_reply(key, place=place, fee=format_yuan(fee or Decimal(0))),
        commitments=() if fee is None else (PostageCommitment(fee, place),),
        tried=note("told_reaches", place=place),
    )


def _shop_couriers(case: Case) -> tuple[str, ...]:
    promise = case.shop.settings.authority.shipping
    return promise.couriers if promise else ()
