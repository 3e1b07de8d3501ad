"""What several intents do alike: answer from the shop's policy, ask for what is missing, hand over what was given."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from app.domain.catalogue import FaqEntry, Order, OrderState
from app.domain.conversation import Conversation, Pending, SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact, FactKind
from app.domain.handoff import Group
from app.domain.message import MessageType
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.understanding import EntityKind
from intents._framework.contract import Case, IntentAction, RenderedReply
from intents._kit.orders import (
    OrderFound,
    OrderMissing,
    OrderSearch,
    OrdersFound,
    OrderUnknown,
    find_order,
    number_tail,
    order_options,
)

MATTER_FORGOTTEN_AFTER: Final = timedelta(hours=2)
NEAR_THRESHOLD_SHARE: Final = 0.9
_CALL: Final = re.compile("^(?:亲|您好)，")


def compose_reply(*parts: RenderedReply, **outcome: Any) -> Outcome:
    """An outcome that says the parts one after the other, calling the buyer once."""
    first, *rest = (part.text for part in parts)
    text = "".join([first, *(_CALL.sub("", later) for later in rest)])
    return Outcome(text=text, used_replies=tuple(part.variant for part in parts), **outcome)


def find_policy(case: Case) -> FaqEntry | None:
    """The shop's own answer that this request may mean and that stands under this intent's Chinese title.

    That intent and category agree carries an entry the ranking alone was not quite sure of.
    """
    least = case.shop.settings.thresholds.answer * NEAR_THRESHOLD_SHARE
    likely = {score.entry_id: score.confidence for score in case.request.faqs if score.confidence >= least}
    known = [entry for entry_id in likely if (entry := case.shop.entries.get(entry_id))]
    mine = [entry for entry in known if matches_category(entry.category, case.replies.intent_title)]
    return max(mine, key=lambda entry: likely[entry.entry_id], default=None)


def find_untold_policy(case: Case) -> FaqEntry | None:
    """The same, unless it was just told."""
    entry = find_policy(case)
    return entry if entry and not was_just_told(case.conversation, entry) else None


def find_best_entry(case: Case) -> FaqEntry | None:
    """The shop's own words where the ranking is sure of them, else its policy; not what was just told."""
    best = case.request.faqs[0] if case.request.faqs else None
    if best and best.confidence >= case.shop.settings.thresholds.answer:
        entry = case.shop.entries.get(best.entry_id)
        return entry if entry and not was_just_told(case.conversation, entry) else None
    return find_untold_policy(case)


def faq_tried_note(entry: FaqEntry) -> str:
    """How the brief says that the entry was told."""
    return f"按常见问题「{entry.question}」回答"


def was_just_told(conversation: Conversation, entry: FaqEntry) -> bool:
    """Whether this was among our last two answers: who comes back with the matter needs more than the same words."""
    return faq_tried_note(entry) in conversation.tried[-2:]


def matches_category(category: str, title: str) -> bool:
    """Whether a shop's own category means the intent: 退换货 and 质量问题 stand under 退换货/退款 and 质量/破损."""
    return bool(category) and any(part in category or category in part for part in title.split("/"))


def quote_faq_entry(case: Case, entry: FaqEntry) -> Outcome:
    """The shop's own words, quoted as a fact of the shop's folder."""
    as_of = case.shop.loaded_at or case.now
    fact = Fact(FactKind.CATALOGUE, entry, f"files {entry.source or entry.entry_id}", as_of)
    text = entry.answer.replace("{address}", case.shop.settings.tone.address)
    return Outcome(text=text, facts=(fact,), tried=faq_tried_note(entry), faq=entry.entry_id)


def build_pending(case: Case, slot: str, **options: Any) -> Pending:
    """Our question about `slot`, which the next message may answer."""
    return Pending(intent=case.intent, slot=slot, text=case.message.text, asked_at=case.now, **options)


def build_handoff(case: Case, reason: Reason, wish: str, **request: Any) -> HandoffRequest:
    """The wish for a person, with the buyer's own words in it."""
    return HandoffRequest(reason=reason, wish=f"{wish}（买家：{case.message.text.strip()[:80]}）", **request)


def current_memory(case: Case) -> dict[str, Any]:
    """This intent's memory while its matter is still the same one."""
    memory = case.intent_memory
    return {} if _is_memory_expired(memory, case) else memory


def _is_memory_expired(memory: Mapping[str, Any], case: Case) -> bool:
    opened = memory.get("at")
    return not opened or case.now - datetime.fromisoformat(opened) > MATTER_FORGOTTEN_AFTER


def find_awaited_slot(case: Case) -> str | None:
    """The slot this intent asked for in the turn before, if it still waits for it."""
    pending = case.conversation.pending
    return pending.slot if pending and pending.intent == case.intent else None


class PolicyAction(IntentAction):
    """Answers from the shop's FAQ, else with the intent's own `answer`, else gives the question to a person."""

    async def answer(self, case: Case) -> Outcome:
        """The policy's words, the general ones, or a handoff with the question."""
        entry = find_untold_policy(case)
        return quote_faq_entry(case, entry) if entry else self.answer_generally(case)

    def answer_generally(self, case: Case) -> Outcome:
        """What the intent can say without the shop's own words, once: who asks again needs a person."""
        if not case.replies.has_reply("answer") or current_memory(case):
            return self.escalate_unknown(case)
        return compose_reply(
            case.replies.render_reply("answer"), memory={"at": case.now.isoformat()}, tried="按通用说明回答"
        )

    def escalate_unknown(self, case: Case) -> Outcome:
        """Nothing known: say so kindly and give it to a person."""
        return compose_reply(
            case.replies.render_reply("unknown"),
            handoff=build_handoff(case, Reason.LOW_CONFIDENCE, "店铺资料里没有答案"),
            memory={},
        )


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing to ask for: its slot, its name for agents, and the key of the question."""

    slot: str
    title: str
    ask: str


ORDER: Final = FormField("order", "订单号", "ask_order")
PHOTO: Final = FormField("photo", "照片", "ask_photo")
WITH_BUYER: Final = frozenset({OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED, OrderState.REFUNDING})
TROUBLE: Final = frozenset({"quality_issue", "wrong_or_missing_item", "return_refund", "warranty_repair"})
DETAIL: Final = FormField("detail", "情况说明", "ask_detail")


@dataclass(frozen=True, slots=True)
class FormState:
    """What is known of the buyer's matter so far.

    Attributes:
        wish: the message that opened it. collected: by slot what was given. asked: slots asked for already.
        search: what looking for the order gave. fresh: nothing was asked in this matter before.
    """

    wish: str
    search: OrderSearch
    collected: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    fresh: bool = True

    @property
    def sole_order(self) -> Order | None:
        """The order, when exactly one was found."""
        return self.search.fact.value if isinstance(self.search, OrderFound) else None

    @property
    def order_facts(self) -> tuple[Fact[Any], ...]:
        """The order as a fact, or what several hold."""
        if isinstance(self.search, OrdersFound):
            return self.search.sku_facts
        return (self.search.fact,) if isinstance(self.search, OrderFound) else ()

    def to_memory(self, now: datetime, **changes: Any) -> dict[str, Any]:
        """The document the next turn reads."""
        kept = {"wish": self.wish, "collected": dict(self.collected), "asked": list(self.asked), "at": now.isoformat()}
        return kept | changes


class CollectAction(IntentAction):
    """Asks once for each thing a person will need, then hands over with all that was given."""

    needs: ClassVar[tuple[FormField, ...]] = (ORDER,)
    states: ClassVar[frozenset[OrderState]] = frozenset(OrderState)  # of the orders it is likely about
    kin: ClassVar[frozenset[str]] = frozenset()  # intents whose open matter may turn into this one
    reason: ClassVar[Reason] = Reason.AFTER_SALES
    group: ClassVar[Group | None] = None  # whose it is whatever the reason; None leaves it to the intent's own
    wish: ClassVar[str] = ""

    async def answer(self, case: Case) -> Outcome:
        """The next question, what the order's state calls for, or the handoff."""
        matter = await self.gather_form(case)
        special = await self.answer_by_state(case, matter)
        if special:
            return special
        missing = next((need for need in self.needs if self.should_ask(matter, need)), None)
        return self.ask_field(case, matter, missing) if missing else await self.submit_form(case, matter)

    async def answer_by_state(self, case: Case, matter: FormState) -> Outcome | None:
        """A different answer where the order's state calls for one."""
        del case, matter
        return None

    async def gather_form(self, case: Case) -> FormState:
        """What earlier turns collected, with what this message adds."""
        before = current_memory(case)
        kindred = {} if before.get("asked") else self._find_kin_memory(case)
        collected = {**kindred.get("collected", {}), **before.get("collected", {})}
        collected.update(self.extract_slots(case, find_awaited_slot(case)))
        search = await find_order(case, self.states)
        if isinstance(search, OrderMissing):
            search = await find_order(case)
        if isinstance(search, OrderFound):
            collected["order"] = search.fact.value.order_id
        return FormState(
            wish=before.get("wish") or _join_wishes(kindred.get("wish"), _wish_text(case)),
            search=search,
            collected=collected,
            asked=tuple(before.get("asked", ())),
            fresh=not before.get("asked"),
        )

    def _find_kin_memory(self, case: Case) -> Mapping[str, Any]:
        """What was collected for a related matter that is still open."""
        kept = (case.conversation.memory.get(intent, {}) for intent in sorted(self.kin - {case.intent}))
        return next((memory for memory in kept if memory.get("collected") and not _is_memory_expired(memory, case)), {})

    def extract_slots(self, case: Case, waiting: str | None) -> dict[str, str]:
        """What this message gives: a picture, or the words asked for."""
        if case.message.type is MessageType.IMAGE:
            return {"photo": "买家已发图片"}
        if waiting in {None, "order", "photo"}:
            return {}
        return {str(waiting): case.message.text.strip()}

    def should_ask(self, matter: FormState, need: FormField) -> bool:
        """Whether this is missing and was not asked for yet; a wrong number or an unclear choice is asked twice."""
        most = 2 if need is ORDER and isinstance(matter.search, OrderUnknown | OrdersFound) else 1
        return need.slot not in matter.collected and matter.asked.count(need.slot) < most

    def ask_field(self, case: Case, matter: FormState, need: FormField) -> Outcome:
        """The question for one need, after a first word on the matter itself."""
        opening = self.intro_replies(case, matter) if matter.fresh else ()
        question, options = self._render_question(case, matter, need)
        return compose_reply(
            *opening,
            question,
            facts=matter.order_facts,
            asks=build_pending(case, need.slot, **options),
            memory=matter.to_memory(case.now, asked=[*matter.asked, need.slot]),
            slots=self.order_slots(matter),
            tried=f"已询问{need.title}",
        )

    async def submit_form(self, case: Case, matter: FormState) -> Outcome:
        """Hand over with everything."""
        opening = self.intro_replies(case, matter) if matter.fresh else ()
        return compose_reply(
            *opening,
            case.replies.render_reply("recorded"),
            facts=matter.order_facts,
            handoff=self.build_form_handoff(case, matter),
            memory={},
            slots=self.order_slots(matter),
        )

    def intro_replies(self, case: Case, matter: FormState) -> tuple[RenderedReply, ...]:
        """The first word on the matter, before the first question."""
        del matter
        return (case.replies.render_reply("opening"),) if case.replies.has_reply("opening") else ()

    def build_form_handoff(self, case: Case, matter: FormState, **more: Any) -> HandoffRequest:
        """What a person gets."""
        del case
        wish = f"{self.wish}（买家：{matter.wish[:80]}）" if matter.wish else self.wish
        request = HandoffRequest(
            self.reason,
            wish,
            collected=self.describe_collected(matter),
            group=self.group,
        )
        return replace(request, **more)

    def describe_collected(self, matter: FormState) -> dict[str, str]:
        """What was collected, by its Chinese name."""
        given = {need.title: matter.collected[need.slot] for need in self.needs if need.slot in matter.collected}
        if isinstance(matter.search, OrderUnknown):
            given[ORDER.title] = f"{matter.search.number}（店铺里查不到）"
        return given

    def order_slots(self, matter: FormState) -> dict[str, str | None]:
        """The order is what is being talked about; a number nobody knows is forgotten."""
        if isinstance(matter.search, OrderUnknown):
            return {SlotName.ORDER: None}
        return {SlotName.ORDER: matter.sole_order.order_id} if matter.sole_order else {}

    def _render_question(self, case: Case, matter: FormState, need: FormField) -> tuple[RenderedReply, dict[str, Any]]:
        if need is ORDER and isinstance(matter.search, OrdersFound):
            options = order_options(matter.search.orders, case.intent, matter.search.goods_titles)
            listed = "、".join(option.label for option in options)
            return case.replies.render_reply("which_order", orders=listed), {"options": options}
        if need is ORDER and isinstance(matter.search, OrderUnknown):
            return case.replies.render_reply("order_unknown", tail=number_tail(matter.search.number)), {}
        return case.replies.render_reply(need.ask), {}


def _join_wishes(earlier: str | None, now: str) -> str:
    return "；".join(words for words in (earlier, now) if words)


def _wish_text(case: Case) -> str:
    """The buyer's words; a bare order number wishes nothing."""
    number, text = case.first_entity(EntityKind.ORDER_ID), case.message.text.strip()
    return "" if number and number.text == text else text
