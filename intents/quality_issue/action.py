"""质量/破损: an apology, order and photos; small amends within the shop's authority, everything else for people."""

from dataclasses import replace
from typing import Final

from app.domain.acts import Act
from app.domain.catalogue import FaqEntry, OrderState
from app.domain.commitment import CompensationKind
from app.domain.conversation import COMPENSATION_CHOICE
from app.domain.decision import Option
from app.domain.message import MessageType
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import (
    build_pending,
    compose_reply,
    current_memory,
    find_awaited_slot,
    quote_faq_entry,
    was_just_told,
)
from intents._kit.before_buying import answer_fault_before_buying
from intents._kit.compensation import CompensationOffer, choose_compensation
from intents._kit.forms import (
    DETAIL,
    ORDER,
    PHOTO,
    WITH_BUYER,
    CollectAction,
    FormField,
    FormState,
    is_told_in_story,
)
from intents._kit.hypothetical import DAMAGE_POLICY_TOLD, continues_hypothetical, is_hypothetical, state_damage_policy
from intents._kit.wording import format_yuan

note = load_notes(__file__)

HAS_GOODS: Final = {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED}
STEPS_TRIED: Final = "tried"
"""The slot of what came of the steps that the shop wrote for a device that fails."""
ALTERNATIVES: Final = (Option(note("option_accept"), "quality_issue"), Option(note("option_return"), "return_refund"))


class QualityIssueAction(CollectAction):
    """With order and photo in hand it may offer amends once; the buyer's choice then goes to people."""

    intent = "quality_issue"
    needs = (ORDER, DETAIL, PHOTO)
    states = WITH_BUYER
    wish = note("wish")

    async def answer(self, case: Case) -> Outcome:
        """The answer to our offer, the shop's rule to who only supposes damage, else the next thing to collect."""
        if find_awaited_slot(case) == COMPENSATION_CHOICE:
            return self._record_choice(case, await self.gather_form(case))
        if find_awaited_slot(case) == STEPS_TRIED and _will_try(case):
            said = case.replies.render_reply("try_first")
            return compose_reply(said, asks=build_pending(case, STEPS_TRIED), memory=case.intent_memory)
        usable = await self._tell_whether_usable(case)
        if usable:
            return usable
        fresh = not current_memory(case) and case.message.type is MessageType.TEXT
        told = (self._answer_hypothetical(case) or await self._tell_steps(case)) if fresh else None
        told = told or (await answer_fault_before_buying(case) if fresh else None)
        return told or await super().answer(case)

    async def _tell_whether_usable(self, case: Case) -> Outcome | None:
        """That goods be left alone until their photo was looked at, to who asks whether they may still be used."""
        if not current_memory(case) or find_awaited_slot(case) == COMPENSATION_CHOICE or not case.hears("asks_usable"):
            return None
        matter = await self.gather_form(case)
        slot = find_awaited_slot(case) or PHOTO.slot
        asked = matter.asked if slot in matter.asked else (*matter.asked, slot)
        return compose_reply(
            case.replies.render_reply("leave_alone"),
            facts=matter.order_facts,
            asks=build_pending(case, slot),
            memory=matter.to_memory(case.now, asked=list(asked)),
            slots=self.order_slots(matter),
        )

    async def _tell_steps(self, case: Case) -> Outcome | None:
        """What the shop wrote to try first with a device that fails; who has tried it goes on to people."""
        entry = find_fault_entry(case) if case.hears_in_message("fails") else None
        if entry is None:
            return None
        matter = await self.gather_form(case)
        told = quote_faq_entry(case, entry)
        asks = build_pending(case, STEPS_TRIED)
        return replace(told, memory=matter.to_memory(case.now), slots=self.order_slots(matter), asks=asks)

    def _answer_hypothetical(self, case: Case) -> Outcome | None:
        """The rule, and a kind word to who then says more and still reports nothing."""
        if is_hypothetical(case.message.text):
            return state_damage_policy(case)
        if continues_hypothetical(case) and not case.first_entity(EntityKind.ORDER_ID):
            key = "if_damaged" if Act.ASK in case.acts else "if_damaged_noted"
            return compose_reply(case.replies.render_reply(key), tried=DAMAGE_POLICY_TOLD)
        return None

    def should_ask(self, case: Case, matter: FormState, need: FormField) -> bool:
        """What is wrong is asked only when it was not said."""
        if need is DETAIL and (is_told_in_story(case, matter) or case.cues.hears("says_what", matter.wish)):
            return False
        return super().should_ask(case, matter, need)

    def extract_slots(self, case: Case, waiting: str | None) -> dict[str, str]:
        """The answer to the offer is no detail of the damage."""
        return super().extract_slots(case, None if waiting == COMPENSATION_CHOICE else waiting)

    async def submit_form(self, case: Case, matter: FormState) -> Outcome:
        """The offer where the shop allows one, else the handoff."""
        offer = self._choose_offer(case, matter)
        return self._propose_compensation(case, matter, offer) if offer else await super().submit_form(case, matter)

    def _choose_offer(self, case: Case, matter: FormState) -> CompensationOffer | None:
        order = matter.sole_order
        if order is None or order.buyer != case.buyer or order.state not in HAS_GOODS:
            return None
        if case.angry or "photo" not in matter.collected or current_memory(case).get("offered"):
            return None
        if not case.cues.hears("slight", matter.wish + matter.collected.get("detail", "")):
            return None
        return choose_compensation(case, order)

    def _propose_compensation(self, case: Case, matter: FormState, offer: CompensationOffer) -> Outcome:
        made = offer.commitment
        words = _name_compensation(offer)
        key = f"offer_{made.kind}"
        said = case.replies.render_reply(key, amount=format_yuan(made.amount), gift=made.gift)
        return compose_reply(
            said,
            commitments=(made,),
            effects=offer.spends,
            facts=matter.order_facts,
            asks=build_pending(case, COMPENSATION_CHOICE, options=ALTERNATIVES),
            memory=matter.to_memory(case.now, offered=words),
            slots=self.order_slots(matter),
            tried=note("proposed", amends=words),
        )

    def _record_choice(self, case: Case, matter: FormState) -> Outcome:
        words = current_memory(case).get("offered", note("amends"))
        accepted = _accepts_amends(case)
        choice = (
            note("accepted", amends=words)
            if accepted
            else note("declined", amends=words, words=case.message.text.strip()[:60])
        )
        request = self.build_form_handoff(case, matter)
        request = replace(request, collected={**request.collected, note("field_choice"): choice})
        said = case.replies.render_reply("accepted" if accepted else "not_accepted")
        declined = frozenset() if accepted else frozenset({"compensation"})
        return compose_reply(
            said,
            facts=matter.order_facts,
            handoff=request,
            memory={},
            slots=self.order_slots(matter),
            withdraws=declined,
        )


def _will_try(case: Case) -> bool:
    """Whether the buyer is off to try what the shop wrote."""
    agrees = case.acts.has_any(Act.AFFIRM, Act.DEFER, Act.WAIT, Act.CLOSE, Act.THANK)
    return agrees and not case.hears_in_message("still_fails") and not case.hears_in_message("fails")


def find_fault_entry(case: Case) -> FaqEntry | None:
    """The shop's own words for such a fault: an entry one of whose wordings tells of one, that may be meant."""
    least = case.shop.settings.thresholds.clarify
    likely = [case.shop.entries.get(score.entry_id) for score in case.request.faqs if score.confidence >= least]
    return next(
        (
            entry
            for entry in likely
            if entry and not was_just_told(case.conversation, entry)
            if any(case.cues.hears("fails", wording) for wording in (entry.question, *entry.similar_questions))
        ),
        None,
    )


def _accepts_amends(case: Case) -> bool:
    """Whether the buyer takes what we offered; who refuses it, doubts it or would rather return the goods does not."""
    takes = Act.AFFIRM in case.acts or case.hears_in_message("takes_amends")
    return takes and not (case.acts.has_any(Act.REFUSE, Act.DENY, Act.DEFER) or case.hears_in_message("wants_return"))


def _name_compensation(offer: CompensationOffer) -> str:
    made = offer.commitment
    names = {
        CompensationKind.CASH: note("cash"),
        CompensationKind.COUPON: note("coupon"),
        CompensationKind.GIFT: note("gift"),
    }
    return names[made.kind] + (made.gift or note("plain_yuan", amount=format_yuan(made.amount)))
