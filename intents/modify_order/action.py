"""改订单: what is to be changed is collected and given to people before the parcel leaves."""

from dataclasses import replace
from typing import Final

from app.domain.acts import Act
from app.domain.catalogue import OrderState
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.changes import find_changes, trim_address
from intents._framework.contract import Case, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply, current_memory
from intents._kit.before_buying import answer_wish_before_buying
from intents._kit.exchange import answer_exchange
from intents._kit.forms import ORDER, CollectAction, FormField, FormState
from intents._kit.orders import OrderFound

note = load_notes(__file__)

ADDRESS: Final = FormField("address", note("field_address"), "ask_address")
PHONE: Final = FormField("phone", note("field_phone"), "ask_phone")
VARIANT: Final = FormField("variant", note("field_variant"), "ask_variant")
REMARK: Final = FormField("remark", note("field_remark"), "ask_remark")
FIELDS_BY_CUE: Final = {"address": ADDRESS, "phone": PHONE, "variant": VARIANT}
MOST_ASKED: Final = 2
GONE: Final = {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED}
CLOSED: Final = {OrderState.REFUNDING, OrderState.REFUNDED, OrderState.CANCELLED}


class ModifyOrderAction(CollectAction):
    """Order first, then the new words; a parcel already gone goes to people at once, unpaid ones to the buyer."""

    intent = "modify_order"
    states = frozenset({OrderState.UNPAID, OrderState.PAID, OrderState.SHIPPED})
    needs = (ORDER, ADDRESS, PHONE, VARIANT, REMARK)
    group = Group.INSALE
    wish = note("wish")

    async def answer(self, case: Case) -> Outcome:
        """Who has not bought the goods in view yet chooses among them; anybody else has an order to be changed."""
        fresh = not current_memory(case).get("asked")
        return (await answer_wish_before_buying(case) if fresh else None) or await super().answer(case)

    async def answer_by_state(self, case: Case, matter: FormState) -> Outcome | None:
        """Gone or closed orders need no more questions."""
        if Act.WITHDRAW in case.acts or case.hears_in_message("leaves_it"):
            return compose_reply(case.replies.render_reply("withdrawn"), memory={}, tried=note("withdrawn"))
        order = matter.sole_order
        if order is None:
            return None
        if order.state in GONE:
            exchanged = await self._answer_exchange(case, matter)
            if exchanged:
                return exchanged
            received = order.state is not OrderState.SHIPPED
            request = self.build_form_handoff(case, matter, notes=(note("received") if received else note("sent"),))
            said = case.replies.render_reply("received" if received else "already_gone")
            return compose_reply(
                said, facts=matter.order_facts, handoff=request, memory={}, slots=self.order_slots(matter)
            )
        if order.state in CLOSED:
            return compose_reply(
                case.replies.render_reply("closed"), facts=matter.order_facts, memory={}, slots=self.order_slots(matter)
            )
        return None

    async def _answer_exchange(self, case: Case, matter: FormState) -> Outcome | None:
        """Another colour or size of goods that were received is no change of the order any more."""
        found = matter.search.fact if isinstance(matter.search, OrderFound) else None
        named = any(each.kind in {EntityKind.ATTRIBUTE, EntityKind.SKU} for each in case.request.entities)
        another = found and (named or _wanted_change(case, matter) is VARIANT)
        told = await answer_exchange(case, found.value, found) if found and another else None
        if told is None or told.asks is None:
            return told
        return replace(told, memory=matter.to_memory(case.now, asked=[*matter.asked, told.asks.slot]))

    def should_ask(self, case: Case, matter: FormState, need: FormField) -> bool:
        """Only the order and the one thing to be changed are needed; an address that is none is asked for again."""
        if need not in {ORDER, _wanted_change(case, matter)} or (need is REMARK and _is_told(case, matter)):
            return False
        again = need is ADDRESS and need.slot not in matter.collected and matter.asked.count(need.slot) < MOST_ASKED
        return again or super().should_ask(case, matter, need)

    def closing_reply(self, case: Case, matter: FormState) -> RenderedReply:
        """What was not given is not said to be noted down."""
        wanted = _wanted_change(case, matter)
        given = wanted.slot in matter.collected or (wanted is REMARK and _is_told(case, matter))
        return super().closing_reply(case, matter) if given else case.replies.render_reply("passed_on")

    def extract_slots(self, case: Case, waiting: str | None) -> dict[str, str]:
        """The words asked for, or those the message brings along."""
        given = super().extract_slots(case, waiting)
        if given.get("address", "").isdigit():
            del given["address"]
        phone = case.first_entity(EntityKind.PHONE)
        if phone:
            given["phone"] = str(phone.value)
        if any(each.kind in {EntityKind.ATTRIBUTE, EntityKind.SKU} for each in case.request.entities):
            given.setdefault(VARIANT.slot, case.message.text.strip())
        if given.get(REMARK.slot) and _change_in_message(case) and Act.ASK in case.acts:
            del given[REMARK.slot]
        read = find_changes(case.message.text.strip()) | given
        if "address" in read:
            read["address"] = trim_address(read["address"])
        return read


def _is_told(case: Case, matter: FormState) -> bool:
    """Whether what is to be changed was said: another variant, or in the words that opened the matter."""
    return VARIANT.slot in matter.collected or not (matter.wish and case.cues.hears("names_no_change", matter.wish))


def _wanted_change(case: Case, matter: FormState) -> FormField:
    """What is to be changed: what this message names, else the one that opened the matter."""
    return _change_in_message(case) or _named_change(case, matter.wish) or REMARK


def _change_in_message(case: Case) -> FormField | None:
    return _named_change(case, case.message.text)


def _named_change(case: Case, words: str) -> FormField | None:
    return next((need for cue, need in FIELDS_BY_CUE.items() if case.cues.hears(cue, words)), None)
