"""退换货: the shop's policy, then order, reason and photos for the after-sales people; a refund is never promised."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from app.domain.acts import Act
from app.domain.catalogue import Order, OrderState
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.text import normalise
from intents._framework.contract import Case, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import (
    build_pending,
    compose_reply,
    current_memory,
    find_awaited_slot,
    find_best_entry,
    quote_faq_entry,
)
from intents._kit.exchange import answer_exchange
from intents._kit.forms import DETAIL, ORDER, PHOTO, WITH_BUYER, CollectAction, FormField, FormState
from intents._kit.hypothetical import is_hypothetical, state_damage_policy
from intents._kit.orders import (
    OrderFound,
    OrderMissing,
    OrderSearch,
    OrdersFound,
    find_order,
    number_tail,
    resolve_order_number,
)
from intents._kit.return_window import ReturnWindow, find_return_window
from intents._kit.unmet_rule import hold_against_rules, read_told_states, tells_state
from intents._kit.wording import format_yuan

note = load_notes(__file__)

NOT_WITH_BUYER: Final = {
    OrderState.PAID: ("not_sent_noted", Group.INSALE, note("not_sent")),
    OrderState.SHIPPED: ("on_its_way", Group.AFTERSALE, note("under_way")),
}
IN_PROGRESS: Final = {OrderState.REFUNDING: "refunding", OrderState.REFUNDED: "refunded"}
FOR_PEOPLE: Final = {"partial_refund": "买家要求退一部分，请按订单实付核算", "price_difference": "买家询问差价"}
"""Cues of what people work out, each with the note they get; each is also the key of its reply."""
WAY_BACK: Final = {"asks_address": note("told_address"), "asks_freight": note("told_freight")}
"""Cues of what any platform's page answers where the shop has no words of its own, each also the key of its reply."""
PERHAPS_MEANT: Final = WITH_BUYER | {OrderState.PAID}


class ReturnRefundAction(CollectAction):
    """Policy for who asks about it; collecting for who wants it done."""

    intent = "return_refund"
    needs = (ORDER, DETAIL, PHOTO)
    states = WITH_BUYER
    wish = note("wish")

    async def answer(self, case: Case) -> Outcome:
        """The order's own state, else the shop's words to a question, else what a person will need."""
        recorded = (
            await self._tell_how_if(case) or await self._hold_against_rules(case) or self._answer_of_exchange(case)
        )
        recorded = recorded or await self._record_for_people(case)
        if recorded:
            return recorded
        if current_memory(case).get("asked"):
            told = self._answer_side_question(case)
            return told or await super().answer(case)
        if is_hypothetical(case.message.text):
            return state_damage_policy(case) or await super().answer(case)
        misfit = case.hears_in_message("misfit") and Act.ASK not in case.acts  # told, not asked: of what came
        mine = misfit or case.hears_in_message("about_mine") or case.hears_in_message("asks_progress")
        told = self._explain_way_back(case)
        if told:
            return told
        own = await self._answer_own_order(case) if mine else None
        damaged = case.hears_in_message("damaged") and case.hears_in_message("may_return")
        entry = None if damaged and not case.hears_in_message("asks_how") else find_best_entry(case)
        if own or case.hears_in_message("wants_it"):
            return own or await super().answer(case)
        return quote_faq_entry(case, entry) if entry else await self._tell_days(case) or await super().answer(case)

    async def _tell_how_if(self, case: Case) -> Outcome | None:
        """How goods go back, to who asks what would be if he gave them back: nothing is recorded for him."""
        if not case.hears_in_message("supposes_return") or Act.ASK not in case.acts:
            return None
        matter = await self.gather_form(case)
        if matter.sole_order and matter.sole_order.state in {*IN_PROGRESS, *NOT_WITH_BUYER}:
            return None
        entry = find_best_entry(case)
        told = quote_faq_entry(case, entry) if entry else None
        told = told or self._explain_way_back(case) or compose_reply(case.replies.render_reply("if_returned"))
        awaited = find_awaited_slot(case)
        return replace(told, asks=build_pending(case, awaited), memory=case.intent_memory) if awaited else told

    async def _hold_against_rules(self, case: Case) -> Outcome | None:
        """The rule that the goods do not meet, to who tells of their state or wants them back or exchanged."""
        asked = any(map(case.hears_in_message, ("may_return", "wants_it", "wants_exchange")))
        aside = any(map(case.hears_in_message, ("asks_how", "asks_progress", "exchange_time")))
        if not read_told_states(case) or aside or not (asked or tells_state(case)):
            return None
        matter = await self.gather_form(case)
        order = matter.sole_order
        if case.cues.hears("damaged", matter.wish) or (order and order.state in {*IN_PROGRESS, *NOT_WITH_BUYER}):
            return None
        return hold_against_rules(case, dated=order is not None and order.delivered_at is not None)

    async def _tell_days(self, case: Case) -> Outcome | None:
        """The days within which goods may go back, to who asks before buying; who has bought is helped with it."""
        promise = case.shop.settings.authority.shipping
        asks = Act.ASK in case.acts and case.hears_in_message("may_return")
        if (
            not asks
            or case.hears_in_message("has_happened")
            or promise is None
            or not promise.returns_days
            or case.first_entity(EntityKind.ORDER_ID)
        ):
            return None
        matter = await self.gather_form(case)
        if not isinstance(matter.search, OrderMissing):
            return None
        return compose_reply(
            case.replies.render_reply("days_rule", days=promise.returns_days), tried=note("told_days_rule")
        )

    def _answer_of_exchange(self, case: Case) -> Outcome | None:
        """How long an exchange takes, and that goods as they came may go back."""
        if case.hears("exchange_time"):
            return compose_reply(case.replies.render_reply("exchange_time"), tried=note("told_exchange_time"))
        if case.hears_in_message("as_it_came") and not find_awaited_slot(case) and Act.ASK not in case.acts:
            return compose_reply(case.replies.render_reply("as_it_came"), tried=note("told_as_it_came"))
        return None

    async def _record_for_people(self, case: Case) -> Outcome | None:
        """What only people can work out: a part of the money, a difference in price, a parcel sent back."""
        key = case.cues.first_heard([*FOR_PEOPLE], normalise(case.message.text))
        returned = case.first_entity(EntityKind.TRACKING_NO)
        if key is None and returned is None:
            return None
        matter = await self.gather_form(case)
        order, notes = matter.sole_order, (FOR_PEOPLE[key],) if key else ("买家已寄回商品",)
        paid = (f"订单实付 {format_yuan(order.total_amount)} 元",) if order else ()
        given = {"退货单号": str(returned.value)} if returned else {}
        request = self.build_form_handoff(case, matter, notes=(*notes, *paid))
        request = replace(request, collected={**request.collected, **given})
        said = case.replies.render_reply(key or "sent_back")
        return compose_reply(said, facts=matter.order_facts, handoff=request, memory={}, slots=self.order_slots(matter))

    def _answer_side_question(self, case: Case) -> Outcome | None:
        """What a question of the shop's rules in the middle of the matter is told: 运费谁出, 多久退钱."""
        if Act.ASK not in case.acts or case.hears_in_message("wants_it"):
            return None
        reasons = find_awaited_slot(case) is not None and case.hears_in_message("gives_reason")
        entry = None if reasons else find_best_entry(case)
        return quote_faq_entry(case, entry) if entry else self._explain_way_back(case)

    def _explain_way_back(self, case: Case) -> Outcome | None:
        """Where goods are sent back to and who pays for it, where the shop has no row for it."""
        key = case.cues.first_heard([*WAY_BACK], normalise(case.message.text))
        if key is None or Act.ASK not in case.acts or find_best_entry(case):
            return None
        return compose_reply(case.replies.render_reply(key), tried=WAY_BACK[key])

    async def _answer_own_order(self, case: Case) -> Outcome | None:
        """What the buyer's own order says to it; whether it may go back is asked of one order."""
        matter = await self.gather_form(case)
        special = await self.answer_by_state(case, matter)
        whose = matter.sole_order or isinstance(matter.search, OrdersFound)
        return special or (await super().answer(case) if whose and case.hears_in_message("asks_only_that") else None)

    async def gather_form(self, case: Case) -> FormState:
        """With the order whose refund is asked about, and no old order alone while a newer one may be meant."""
        matter = await super().gather_form(case)
        states = _states_to_search(case, matter)
        search = await find_order(case, states) if states and not resolve_order_number(case) else OrderMissing()
        return matter if isinstance(search, OrderMissing) else _replace_search(matter, search)

    async def answer_by_state(self, case: Case, matter: FormState) -> Outcome | None:
        """A refund under way, goods not sent yet, or days past the promise: no more questions."""
        order, text = matter.sole_order, matter.wish
        if order is None or case.cues.hears("asks_how", text):
            return None
        if order.state in IN_PROGRESS:
            return self._report_refund_progress(case, matter, order)
        if order.state is OrderState.CANCELLED and order.paid_at is None:
            said = case.replies.render_reply("nothing_paid", tail=number_tail(order.order_id))
            return compose_reply(
                said,
                facts=matter.order_facts,
                memory={},
                slots=self.order_slots(matter),
                tried=note("told_never_paid"),
            )
        exchanged = await self._answer_exchange(case, matter) or self._record_change(case, matter, order)
        if exchanged:
            return exchanged
        if not (case.cues.hears("may_mine_return", text) or case.cues.hears("wants_it", text)):
            return None
        return self._answer_undelivered(case, matter, order) or self._escalate_past_window(case, matter, order)

    async def _answer_exchange(self, case: Case, matter: FormState) -> Outcome | None:
        """Another size or colour of whole goods: what to do, and whether it is there; asked again, people see to it."""
        found = matter.search.fact if isinstance(matter.search, OrderFound) else None
        text = f"{matter.wish}，{case.message.text}"
        meant = case.cues.hears("wants_exchange", text) or case.cues.hears("misfit", text)
        back = case.cues.hears("wants_money", text) and not case.cues.hears("wants_exchange", case.message.text)
        refused = back or case.cues.hears("damaged", text)
        told = await answer_exchange(case, found.value, found) if found and meant and not refused else None
        if told is None or told.asks is None:
            return told
        return replace(told, memory=matter.to_memory(case.now, asked=[*matter.asked, told.asks.slot]))

    def _record_change(self, case: Case, matter: FormState, order: Order) -> Outcome | None:
        """Another variant of an order that has not left yet: people change it before it does."""
        if order.state is not OrderState.PAID or not case.cues.hears("wants_exchange", matter.wish):
            return None
        request = self.build_form_handoff(case, matter, notes=(note("change_unsent"),), group=Group.INSALE)
        said = case.replies.render_reply("change_unsent", tail=number_tail(order.order_id))
        return compose_reply(said, facts=matter.order_facts, handoff=request, memory={}, slots=self.order_slots(matter))

    def _report_refund_progress(self, case: Case, matter: FormState, order: Order) -> Outcome:
        """Where the refund stands; people see to it for who presses or asks again."""
        asks_way = case.hears_in_message("asks_refund_way")
        pressed = case.hears_in_message("presses_refund") or Act.COMPLAIN in case.acts or case.angry
        told = current_memory(case).get("told") == order.state and not asks_way
        if not (pressed or told):
            key = "refund_amount" if case.hears_in_message("asks_amount") else f"{IN_PROGRESS[order.state]}_told"
            paid = format_yuan(order.total_amount)
            said = case.replies.render_reply(key, tail=number_tail(order.order_id), paid=paid)
            return compose_reply(
                said,
                facts=matter.order_facts,
                memory=matter.to_memory(case.now, told=order.state),
                slots=self.order_slots(matter),
                tried=note("told_refund_progress"),
            )
        request = self.build_form_handoff(case, matter, notes=(note("refund_progress"),))
        said = case.replies.render_reply(IN_PROGRESS[order.state], tail=number_tail(order.order_id))
        return compose_reply(said, facts=matter.order_facts, handoff=request, memory={}, slots=self.order_slots(matter))

    def _answer_undelivered(self, case: Case, matter: FormState, order: Order) -> Outcome | None:
        """Money back before the parcel arrives: how the buyer can do it, and people where it is wanted done."""
        if order.state not in NOT_WITH_BUYER or "换" in matter.wish or case.cues.hears("damaged", matter.wish):
            return None
        if order.state is OrderState.PAID and not case.cues.hears("wants_it", matter.wish):
            said = case.replies.render_reply("not_sent", tail=number_tail(order.order_id))
            return compose_reply(
                said,
                facts=matter.order_facts,
                memory={},
                slots=self.order_slots(matter),
                tried=note("told_refund_before_sending"),
            )
        key, group, wish = NOT_WITH_BUYER[order.state]
        request = self.build_form_handoff(
            case, matter, wish=note("by_buyer", wish=wish, words=matter.wish[:80]), group=group
        )
        said = case.replies.render_reply(key, tail=number_tail(order.order_id))
        return compose_reply(said, facts=matter.order_facts, handoff=request, memory={}, slots=self.order_slots(matter))

    def _escalate_past_window(self, case: Case, matter: FormState, order: Order) -> Outcome | None:
        window = find_return_window(case, order)
        if window is None or not window.is_over or case.cues.hears("damaged", matter.wish):
            return None
        said = case.replies.render_reply(
            "past_window", tail=number_tail(order.order_id), day=window.received_on, days=window.days
        )
        request = self.build_form_handoff(case, matter, notes=(note("past_window", days=window.days),))
        return compose_reply(said, facts=matter.order_facts, handoff=request, memory={}, slots=self.order_slots(matter))

    def intro_replies(self, case: Case, matter: FormState) -> tuple[RenderedReply, ...]:
        """A first word with the return days the shop has promised, to who wants to return whole goods."""
        if not (case.cues.hears("wants_it", matter.wish) or case.cues.hears("may_return", matter.wish)):
            return (case.replies.render_reply("opening_progress"),)
        promise = case.shop.settings.authority.shipping
        if promise is None or not promise.returns_days or case.cues.hears("damaged", matter.wish):
            return super().intro_replies(case, matter)
        window = find_return_window(case, matter.sole_order)
        if window and matter.sole_order and not window.is_over:
            return (self._render_inside_window(case, matter.sole_order, window),)
        return (case.replies.render_reply("opening_days", days=promise.returns_days),)

    def _render_inside_window(self, case: Case, order: Order, window: ReturnWindow) -> RenderedReply:
        return case.replies.render_reply(
            "inside_window", tail=number_tail(order.order_id), day=window.received_on, days=window.days
        )

    def should_ask(self, case: Case, matter: FormState, need: FormField) -> bool:
        """The reason is asked when none was given; photos are for what is damaged."""
        words = matter.wish + matter.collected.get("detail", "")
        if need is DETAIL and case.cues.hears("gives_reason", words):
            return False
        if need is PHOTO and not case.cues.hears("damaged", words):
            return False
        return super().should_ask(case, matter, need)


def _states_to_search(case: Case, matter: FormState) -> Collection[OrderState]:
    """The states to look among anew."""
    if case.cues.hears("asks_progress", matter.wish):
        return {*IN_PROGRESS, OrderState.CANCELLED}
    window = find_return_window(case, matter.sole_order)
    return PERHAPS_MEANT if window and window.is_over else ()


def _replace_search(matter: FormState, search: OrderSearch) -> FormState:
    collected = {slot: words for slot, words in matter.collected.items() if slot != "order"}
    if isinstance(search, OrderFound):
        collected["order"] = search.fact.value.order_id
    return replace(matter, search=search, collected=collected)
