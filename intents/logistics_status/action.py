"""查物流: where the parcel stands, by the order's own state; what is wrong with it goes to people."""

from dataclasses import replace

from app.commerce.order_status import OrderStatus
from app.dialogue.reports import asks_together
from app.domain.catalogue import Order
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.message import MessageType
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.understanding import EntityKind
from intents._framework.contract import Case, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.forms import ORDER, CollectAction, FormState
from intents._kit.orders import OrderFound, OrdersFound, fetch_sku_facts, number_tail
from intents._kit.own_order import UNDER_WAY
from intents._kit.ship_by import fetch_order_status
from intents._kit.wording import day_word, shop_timezone, sku_full_name

note = load_notes(__file__)

PEOPLE_NEEDED = {
    "late": note("late"),
    "stuck": note("stuck"),
    "not_received": note("not_received"),
}

HAS_PARCEL = {OrderStatus.MOVING, OrderStatus.STUCK, OrderStatus.DELIVERED}


class LogisticsStatusAction(CollectAction):
    """Finds the order, asking once, and tells the parcel's state."""

    intent = "logistics_status"
    needs = (ORDER,)
    group = Group.INSALE
    wish = note("wish")

    async def gather_form(self, case: Case) -> FormState:
        """The one order that is under way, where several may be meant and none is said not to have come."""
        matter = await super().gather_form(case)
        orders = matter.search.orders if isinstance(matter.search, OrdersFound) else ()
        under_way = [order for order in orders if order.state in UNDER_WAY]
        if len(under_way) != 1 or self._claims_not_received(case):
            return matter
        fact = await case.facts.get_order(under_way[0].order_id)
        if fact.value is None:
            return matter
        number = fact.value.order_id
        found = OrderFound(fact.with_value(fact.value))
        return replace(matter, search=found, collected={**matter.collected, "order": number})

    async def answer_by_state(self, case: Case, matter: FormState) -> Outcome | None:
        """The state of the order found; a person where somebody must act."""
        if matter.sole_order is None:
            return None
        if self._names_address(case):
            return self._note_redirection(case, matter, matter.sole_order)
        together = await self._tell_together(case, matter, matter.sole_order)
        if together:
            return together
        state = await fetch_order_status(case, matter.sole_order)
        if state is OrderStatus.REFUNDING and case.hears_in_message("fills_number"):
            said = case.replies.render_reply("return_number", tail=number_tail(matter.sole_order.order_id))
            return self._compose_status_reply(case, matter, said, state)
        if state is OrderStatus.DELIVERED and self._claims_not_received(case):
            return self._compose_status_reply(case, matter, case.replies.render_reply("not_received"), "not_received")
        return self._compose_status_reply(case, matter, self._render_status(case, state, matter.sole_order), state)

    async def _tell_together(self, case: Case, matter: FormState, order: Order) -> Outcome | None:
        """What the order holds, to who asks whether something of it comes along; None where that is not asked."""
        goods = await fetch_sku_facts(case, order) if asks_together(case.asked) else ()
        if not goods:
            return None
        named = {str(each.value) for each in case.request.entities if each.kind is EntityKind.PRODUCT}
        held = {fact.value.product_id for fact in goods}
        words = {
            "tail": number_tail(order.order_id),
            "goods": "、".join(dict.fromkeys(sku_full_name(fact.value) for fact in goods)),
        }
        key = "not_along" if named and not named <= held else "in_one_parcel" if order.tracking_no else "in_one_order"
        said = case.replies.render_reply(key, **words)
        facts = (*matter.order_facts, *goods)
        return compose_reply(said, facts=facts, slots=self.order_slots(matter), memory={}, tried=note("told_together"))

    def _names_address(self, case: Case) -> bool:
        """A place and a telephone beside the order: the parcel is wanted there."""
        return bool(case.first_entity(EntityKind.PLACE) and case.first_entity(EntityKind.PHONE))

    def _note_redirection(self, case: Case, matter: FormState, order: Order) -> Outcome:
        said = case.replies.render_reply("redirection", tail=number_tail(order.order_id))
        wish = HandoffRequest(
            Reason.AFTER_SALES,
            wish=f"买家希望改送新地址（买家：{case.message.text.strip()[:80]}）",
            collected=self.describe_collected(matter),
            group=Group.INSALE,
        )
        return compose_reply(said, facts=matter.order_facts, slots=self.order_slots(matter), memory={}, handoff=wish)

    def _compose_status_reply(self, case: Case, matter: FormState, said: RenderedReply, trouble: str) -> Outcome:
        return compose_reply(
            said,
            facts=matter.order_facts,
            slots=self.order_slots(matter),
            memory={},
            handoff=self._escalate_parcel(case, matter, trouble) if trouble in PEOPLE_NEEDED else None,
            tried=note("told_status", tail=number_tail(matter.collected["order"])),
        )

    def _escalate_parcel(self, case: Case, matter: FormState, trouble: str) -> HandoffRequest:
        return HandoffRequest(
            reason=Reason.AFTER_SALES,
            wish=note("by_buyer", wish=PEOPLE_NEEDED[trouble], words=matter.wish[:80]),
            collected=self.describe_collected(matter),
            group=Group.INSALE,
            urgent=case.angry,
        )

    def _render_status(self, case: Case, state: OrderStatus, order: Order) -> RenderedReply:
        if state not in HAS_PARCEL:
            return case.replies.render_reply(state, tail=number_tail(order.order_id))
        if order.last_moved_at and order.last_place:
            seen = day_word(order.last_moved_at.astimezone(shop_timezone(case)).date(), case)
            return case.replies.render_reply(f"{state}_seen", **self._parcel_placeholders(case, order), seen=seen)
        return case.replies.render_reply(state, **self._parcel_placeholders(case, order))

    def _parcel_placeholders(self, case: Case, order: Order) -> dict[str, str]:
        """Courier, number and last place; a stranger's chat shows only the end of the number."""
        number = order.tracking_no or ""
        return {
            "tail": number_tail(order.order_id),
            "courier": order.courier or "",
            "number": number if order.buyer == case.buyer else note("order_tail", tail=number_tail(number)),
            "place": order.last_place or "",
        }

    def _claims_not_received(self, case: Case) -> bool:
        said = case.hears("not_received") or case.hears_in_message("not_received")
        told = any(each.startswith(note("told_status", tail="")) for each in case.conversation.tried[-2:])
        said = said or (told and case.hears_in_message("still_nothing"))
        return case.message.type is MessageType.TEXT and said
