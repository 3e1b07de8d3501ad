"""催发货/催派送: says what is true of the order and records the urge; who urges twice or is angry gets a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from app.commerce.order_status import OrderStatus
from app.domain.catalogue import Order, OrderState
from app.domain.commitment import CompensationKind
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.outcome import Effect, HandoffRequest, Outcome, RecordUrge
from intents._framework.contract import Case, IntentAction, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, build_pending, compose_reply, find_awaited_slot
from intents._kit.compensation import CompensationOffer, choose_compensation
from intents._kit.forms import MOST_ASKED_AGAIN, lacks_content
from intents._kit.orders import (
    OrderFound,
    OrderSearch,
    OrdersFound,
    OrderUnknown,
    fetch_sku_facts,
    find_order,
    number_tail,
    order_options,
)
from intents._kit.ship_by import fetch_order_status, promise_ship_by
from intents._kit.wording import format_month_day, format_yuan

note = load_notes(__file__)

BEFORE_PARCEL: Final = ((OrderState.PAID,), (OrderState.SHIPPED,), (OrderState.UNPAID,))
PARCEL_FIRST: Final = ((OrderState.SHIPPED,), (OrderState.DELIVERED,), (OrderState.PAID,), (OrderState.UNPAID,))
CLOSED: Final = (OrderStatus.UNPAID, OrderStatus.REFUNDING, OrderStatus.REFUNDED, OrderStatus.CANCELLED)
URGE_REASONS: Final[Mapping[OrderStatus, str]] = {
    OrderStatus.WAITING: note("reason_waiting"),
    OrderStatus.LATE: note("reason_late"),
    OrderStatus.MOVING: note("reason_moving"),
    OrderStatus.STUCK: note("reason_stuck"),
    OrderStatus.DELIVERED: note("reason_delivered"),
}


@dataclass(frozen=True, slots=True)
class OrderUrge:
    """One order being urged.

    Attributes:
        facts: the order first, then its SKUs.
        before: what this conversation urged already, as "order number/state".
    """

    fact: Fact[Order]
    state: OrderStatus
    facts: tuple[Fact[Any], ...]
    before: tuple[str, ...] = field(default=())

    @property
    def target_order(self) -> Order:
        """The order itself."""
        return self.fact.value

    @property
    def urge_key(self) -> str:
        """What this conversation remembers of the urge: a parcel that moved on is a new matter."""
        return f"{self.target_order.order_id}/{self.state}"

    @property
    def is_repeat(self) -> bool:
        """Whether the same was urged before."""
        return self.urge_key in self.before

    @property
    def urge_memory(self) -> dict[str, Any]:
        """The document the next turn reads."""
        return {"urged": list(dict.fromkeys((*self.before, self.urge_key)))[-10:]}


class DeliveryUrgingAction(IntentAction):
    """Soothes with what is true, and makes people act where only people can."""

    intent = "delivery_urging"

    async def answer(self, case: Case) -> Outcome:
        """By the order; asks for its number once, and once more where the answer gives nothing."""
        search = await _find_urged_order(case)
        if isinstance(search, OrderFound):
            return await self._answer_order_urge(case, search.fact)
        times = int(case.intent_memory.get("asked", 0)) if find_awaited_slot(case) == SlotName.ORDER else 0
        again = times < MOST_ASKED_AGAIN and lacks_content(case, SlotName.ORDER)
        if case.angry or (times and not again):
            return self._escalate_without_order(case)
        return replace(self._ask_for_order(case, search), memory={**case.intent_memory, "asked": times + 1})

    def _ask_for_order(self, case: Case, search: OrderSearch) -> Outcome:
        if isinstance(search, OrdersFound):
            options = order_options(search.orders, case.intent)
            said = case.replies.render_reply("which_order", orders="、".join(option.label for option in options))
            return compose_reply(
                said, asks=build_pending(case, SlotName.ORDER, options=options), tried=note("asked_which_order")
            )
        if isinstance(search, OrderUnknown):
            said = case.replies.render_reply("order_unknown", tail=number_tail(search.number))
            return compose_reply(
                said,
                asks=build_pending(case, SlotName.ORDER),
                slots={SlotName.ORDER: None},
                tried=note("order_not_found"),
            )
        return compose_reply(
            case.replies.render_reply("ask_order"), asks=build_pending(case, SlotName.ORDER), tried=note("asked_order")
        )

    def _escalate_without_order(self, case: Case) -> Outcome:
        """No order after asking, or an angry buyer: a person finds it."""
        reason = Reason.ANGRY if case.angry else Reason.AFTER_SALES
        wish = build_handoff(case, reason, note("unknown_order"), group=Group.INSALE, urgent=case.angry)
        return compose_reply(case.replies.render_reply("no_order"), handoff=wish, slots={SlotName.ORDER: None})

    async def _answer_order_urge(self, case: Case, fact: Fact[Order]) -> Outcome:
        facts: tuple[Fact[Any], ...] = (fact, *(await fetch_sku_facts(case, fact.value)))
        before = tuple(case.intent_memory.get("urged", ()))
        urge = OrderUrge(fact, await fetch_order_status(case, fact.value), facts, before)
        if urge.state in CLOSED:
            return self._compose_urge_reply(case, urge, self._render_urge(case, urge, urge.state))
        if case.angry or urge.is_repeat:
            return self._escalate_urge(case, urge)
        return self._answer_first_urge(case, urge)

    def _answer_first_urge(self, case: Case, urge: OrderUrge) -> Outcome:
        match urge.state:
            case OrderStatus.LATE:
                return self._answer_late_urge(case, urge)
            case OrderStatus.WAITING:
                return self._answer_waiting_urge(case, urge)
            case OrderStatus.STUCK:
                wish = self._build_urge_handoff(case, urge, Reason.AFTER_SALES, note("stuck"))
                return self._compose_urge_reply(
                    case, urge, self._render_urge(case, urge, "stuck"), effects=(_record_urge(urge),), handoff=wish
                )
            case OrderStatus.DELIVERED:
                wish = self._build_urge_handoff(case, urge, Reason.AFTER_SALES, note("not_received"))
                return self._compose_urge_reply(
                    case,
                    urge,
                    self._render_urge(case, urge, "not_received"),
                    effects=(_record_urge(urge),),
                    handoff=wish,
                )
            case _:
                return self._compose_urge_reply(
                    case, urge, self._render_moving(case, urge), effects=(_record_urge(urge),)
                )

    def _answer_waiting_urge(self, case: Case, urge: OrderUrge) -> Outcome:
        leaves = promise_ship_by(case, urge.target_order, urge.facts)
        if leaves is None:
            return self._compose_urge_reply(
                case, urge, self._render_urge(case, urge, "waiting_no_promise"), effects=(_record_urge(urge),)
            )
        said = case.replies.render_reply(
            leaves.key, tail=number_tail(urge.target_order.order_id), **leaves.day_placeholders(case)
        )
        return self._compose_urge_reply(
            case, urge, said, commitments=(leaves.commitment,), effects=(_record_urge(urge),)
        )

    def _answer_late_urge(self, case: Case, urge: OrderUrge) -> Outcome:
        """The apology and the warehouse's urge; the amends the shop allows, once, to the order's own buyer."""
        offer = choose_compensation(case, urge.target_order) if urge.target_order.buyer == case.buyer else None
        sorry = self._render_urge(case, urge, "late")
        if offer is None:
            return self._compose_urge_reply(case, urge, sorry, effects=(_record_urge(urge),))
        return self._compose_urge_reply(
            case,
            urge,
            sorry,
            _render_compensation(case, offer),
            commitments=(offer.commitment,),
            effects=(_record_urge(urge, offer), *offer.spends),
        )

    def _render_moving(self, case: Case, urge: OrderUrge) -> RenderedReply:
        order = urge.target_order
        if not (order.last_moved_at and order.last_place):
            return self._render_urge(case, urge, "moving")
        seen = format_month_day(order.last_moved_at, case.shop.settings.hours.zone)
        return self._render_urge(case, urge, "moving_seen", place=order.last_place, seen=seen)

    def _escalate_urge(self, case: Case, urge: OrderUrge) -> Outcome:
        reason = Reason.ANGRY if case.angry else Reason.AFTER_SALES
        wish = self._build_urge_handoff(case, urge, reason, note("angry") if case.angry else note("again"))
        said = self._render_urge(case, urge, "angry" if case.angry else "again")
        return self._compose_urge_reply(case, urge, said, effects=(_record_urge(urge),), handoff=wish)

    def _build_urge_handoff(self, case: Case, urge: OrderUrge, reason: Reason, wish: str) -> HandoffRequest:
        return build_handoff(
            case,
            reason,
            wish,
            notes=(note("status", status=URGE_REASONS[urge.state]),),
            collected={note("field_order"): urge.target_order.order_id},
            group=Group.INSALE,
            urgent=True,
        )

    def _render_urge(self, case: Case, urge: OrderUrge, key: str, **values: Any) -> RenderedReply:
        order = urge.target_order
        return case.replies.render_reply(
            key, tail=number_tail(order.order_id), courier=order.courier or note("some_courier"), **values
        )

    def _compose_urge_reply(self, case: Case, urge: OrderUrge, *said: RenderedReply, **more: Any) -> Outcome:
        del case
        return compose_reply(
            *said,
            facts=urge.facts,
            slots={SlotName.ORDER: urge.target_order.order_id},
            memory=urge.urge_memory,
            tried=note("soothed", tail=number_tail(urge.target_order.order_id)),
            **more,
        )


async def _find_urged_order(case: Case) -> OrderSearch:
    """The order most likely urged: by the words, waiting ones or those on their way first."""
    parcel = case.hears("urges_parcel") or case.hears_in_message("urges_parcel")
    order_of_states = PARCEL_FIRST if parcel else BEFORE_PARCEL
    for states in order_of_states:
        search = await find_order(case, states)
        if isinstance(search, OrderFound | OrdersFound | OrderUnknown):
            return search
    return search


def _record_urge(urge: OrderUrge, offer: CompensationOffer | None = None) -> Effect:
    """The line for operations; amends that were promised are theirs to pay."""
    order = urge.target_order
    why = (
        note("promised", reason=URGE_REASONS[urge.state], amount=_describe_compensation(offer))
        if offer
        else URGE_REASONS[urge.state]
    )
    return RecordUrge(order.order_id, order.lines[0].sku_id if order.lines else None, why)


def _describe_compensation(offer: CompensationOffer) -> str:
    made = offer.commitment
    return made.gift or note("plain_yuan", amount=format_yuan(made.amount))


def _render_compensation(case: Case, offer: CompensationOffer) -> RenderedReply:
    made = offer.commitment
    if made.kind is CompensationKind.GIFT:
        return case.replies.render_reply("amends_gift", gift=made.gift)
    return case.replies.render_reply(f"amends_{made.kind}", amount=format_yuan(made.amount))
