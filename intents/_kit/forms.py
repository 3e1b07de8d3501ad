"""What several intents do alike: answer from the shop's policy, ask for what is missing, hand over what was given."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final

from app.dialogue.listening import dialogue_cues
from app.dialogue.reports import hurries
from app.domain.acts import Act
from app.domain.catalogue import FaqEntry, Order, OrderState
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.message import MessageType
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.understanding import EntityKind
from app.language.changes import holds_address
from app.language.text import normalise
from intents._framework.contract import Case, IntentAction, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import (
    build_pending,
    compose_reply,
    current_memory,
    find_awaited_slot,
    find_verbatim_entry,
    is_memory_expired,
    quote_faq_entry,
)
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

note = load_notes(__file__)


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing to ask for: its slot, its name for agents, and the key of the question."""

    slot: str
    title: str
    ask: str


ORDER: Final = FormField("order", note("field_order"), "ask_order")
PHOTO: Final = FormField("photo", note("field_photo"), "ask_photo")
WITH_BUYER: Final = frozenset({OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED, OrderState.REFUNDING})
MOST_ASKED_AGAIN: Final = 2
"""How often one thing is asked for at most, when the answers say nothing."""
LEAST_TOLD: Final = 6
"""Characters of a story from which on what is wrong needs no asking."""
TOLD: Final = "told"
"""Stands in the memory of a matter whose story was told before its form began."""
ASIDE: Final = "aside"
"""Stands among what was asked for once what comes after the photo was told."""
MORE: Final = "more"
"""Stands among what was asked for once more of the story was heard instead of the photo."""
_EMPTY: Final = (Act.WAIT, Act.ASK, Act.GREET, Act.DEFER)
_NO_MORE: Final = (Act.ASK, Act.LACK, Act.REFUSE, Act.CHOOSE, Act.WAIT, Act.DEFER, Act.AFFIRM)
DETAIL: Final = FormField("detail", note("field_detail"), "ask_detail")


@dataclass(frozen=True, slots=True)
class FormState:
    """What is known of the buyer's matter so far.

    Attributes:
        wish: the message that opened it. collected: by slot what was given. asked: slots asked for already.
        search: what looking for the order gave. fresh: nothing was asked in this matter before.
        told_before: whether the buyer told of the matter in an earlier message, which a row of the shop answered.
    """

    wish: str
    search: OrderSearch
    collected: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    fresh: bool = True
    told_before: bool = False

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


def remember_report(words: str, now: datetime) -> dict[str, Any]:
    """The memory of a matter that was told and answered by a row of the shop: a form does not ask for it again."""
    return {"wish": words, TOLD: True, "at": now.isoformat()}


class CollectAction(IntentAction):
    """Asks once for each thing a person will need, then hands over with all that was given."""

    needs: ClassVar[tuple[FormField, ...]] = (ORDER,)
    states: ClassVar[frozenset[OrderState]] = frozenset(OrderState)  # of the orders it is likely about
    reason: ClassVar[Reason] = Reason.AFTER_SALES
    group: ClassVar[Group | None] = None  # whose it is whatever the reason; None leaves it to the intent's own
    wish: ClassVar[str] = ""

    async def answer(self, case: Case) -> Outcome:
        """The next question, what the order's state calls for, or the handoff."""
        matter = await self.gather_form(case)
        written = self._find_written_answer(case, matter)
        if written:
            return replace(quote_faq_entry(case, written), memory=matter.to_memory(case.now))
        special = await self.answer_by_state(case, matter)
        if special:
            return special
        aside = self._answer_aside(case, matter)
        if aside:
            return aside
        more = self._hear_more(case, matter)
        if more:
            return more
        missing = self._find_unanswered(case, matter) or next(
            (need for need in self.needs if self.should_ask(case, matter, need)), None
        )
        return self.ask_field(case, matter, missing) if missing else await self.submit_form(case, matter)

    def _find_written_answer(self, case: Case, matter: FormState) -> FaqEntry | None:
        """The shop's own words to its own wording, from a buyer whose order we do not see; an order says more."""
        return find_verbatim_entry(case) if matter.fresh and isinstance(matter.search, OrderMissing) else None

    def _answer_aside(self, case: Case, matter: FormState) -> Outcome | None:
        """What comes after the photo we wait for, to who asks instead of sending one: once, and we go on waiting.

        Who asks about the photo while the order is waited for (拍什么照片) is told what it is to show.
        """
        slot = find_awaited_slot(case)
        waits = slot == PHOTO.slot and PHOTO.slot not in matter.collected
        of_photo = slot == ORDER.slot and PHOTO in self.needs
        of_photo = of_photo and dialogue_cues().hears("asks_of_photo", case.message.text)
        asks = Act.ASK in case.acts and Act.WAIT not in case.acts
        if slot is None or not (waits or of_photo) or not asks or ASIDE in matter.asked:
            return None
        return compose_reply(
            case.replies.render_reply("after_photo" if waits else PHOTO.ask),
            facts=matter.order_facts,
            asks=build_pending(case, slot),
            memory=matter.to_memory(case.now, asked=[*matter.asked, ASIDE]),
            slots=self.order_slots(matter),
            tried=note("told_after_photo"),
        )

    def _hear_more(self, case: Case, matter: FormState) -> Outcome | None:
        """More of the story from who is asked for a photo: it is noted, and the photo still waited for, once."""
        waits = case.message.text and find_awaited_slot(case) == PHOTO.slot and PHOTO.slot not in matter.collected
        tells = not case.acts.has_any(*_NO_MORE) and bool(case.slot_value(SlotName.OWNED))
        of_photo = dialogue_cues().hears("speaks_of_photo", case.message.text)
        if not waits or not tells or of_photo or hurries(case.message.text) or MORE in matter.asked:
            return None
        told = replace(matter, wish=_join_wishes(matter.wish, case.message.text.strip()))
        return compose_reply(
            case.replies.render_reply("noted_more"),
            facts=matter.order_facts,
            asks=build_pending(case, PHOTO.slot),
            memory=told.to_memory(case.now, asked=[*matter.asked, MORE]),
            slots=self.order_slots(matter),
        )

    def _find_unanswered(self, case: Case, matter: FormState) -> FormField | None:
        """What we asked for and this message does not answer: 稍等, 查到没, ? give nothing, and nothing is recorded."""
        waiting = find_awaited_slot(case)
        need = next((need for need in self.needs if need.slot == waiting), None)
        if need is None or need.slot in matter.collected or matter.asked.count(need.slot) >= MOST_ASKED_AGAIN:
            return None
        return need if lacks_content(case, need.slot) else None

    async def answer_by_state(self, case: Case, matter: FormState) -> Outcome | None:
        """A different answer where the order's state calls for one."""
        del case, matter
        return None

    async def gather_form(self, case: Case) -> FormState:
        """What earlier turns collected, with what this message adds."""
        before = current_memory(case)
        kindred = {} if before.get("asked") else _find_kin_memory(case)
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
            told_before=bool(before.get(TOLD)),
        )

    def extract_slots(self, case: Case, waiting: str | None) -> dict[str, str]:
        """What this message gives: a picture, or the words asked for."""
        shown = {"photo": note("photo_sent")} if case.slot_value(SlotName.SHOWN_PHOTO) else {}
        if case.message.type is MessageType.IMAGE:
            return {"photo": note("photo_sent")}
        if waiting in {None, "order", "photo"} or lacks_content(case, str(waiting)):
            return shown
        return shown | {str(waiting): case.message.text.strip()}

    def should_ask(self, case: Case, matter: FormState, need: FormField) -> bool:
        """Whether this is missing and was not asked for yet; a wrong number or an unclear choice is asked twice."""
        if need is DETAIL and (matter.told_before or _find_kin_memory(case).get("wish")):
            return False
        most = 2 if need is ORDER and isinstance(matter.search, OrderUnknown | OrdersFound) else 1
        return need.slot not in matter.collected and matter.asked.count(need.slot) < most

    def ask_field(self, case: Case, matter: FormState, need: FormField) -> Outcome:
        """The question for one need, after a first word on the matter itself."""
        opening = self.intro_replies(case, matter) if matter.fresh else ()
        question, options = self._render_question(case, matter, need)
        if need is PHOTO and PHOTO.slot in _find_kin_memory(case).get("asked", ()):
            opening, question = (), case.replies.render_reply("after_photo")
        return compose_reply(
            *opening,
            question,
            facts=matter.order_facts,
            asks=build_pending(case, need.slot, **options),
            memory=matter.to_memory(case.now, asked=[*matter.asked, need.slot]),
            slots=self.order_slots(matter),
            tried=note("asked_field", field=need.title),
        )

    async def submit_form(self, case: Case, matter: FormState) -> Outcome:
        """Hand over with everything."""
        opening = self.intro_replies(case, matter) if matter.fresh else ()
        return compose_reply(
            *opening,
            self.closing_reply(case, matter),
            facts=matter.order_facts,
            handoff=self.build_form_handoff(case, matter),
            memory={},
            slots=self.order_slots(matter),
        )

    def closing_reply(self, case: Case, matter: FormState) -> RenderedReply:
        """The last word, with the handoff."""
        del matter
        return case.replies.render_reply("recorded")

    def intro_replies(self, case: Case, matter: FormState) -> tuple[RenderedReply, ...]:
        """The first word on the matter, before the first question."""
        del matter
        return (case.replies.render_reply("opening"),) if case.replies.has_reply("opening") else ()

    def build_form_handoff(self, case: Case, matter: FormState, **more: Any) -> HandoffRequest:
        """What a person gets."""
        del case
        wish = note("by_buyer", wish=self.wish, words=matter.wish[:80]) if matter.wish else self.wish
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
            given[ORDER.title] = note("order_not_known", number=matter.search.number)
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


def is_told_in_story(case: Case, matter: FormState) -> bool:
    """Whether what is wrong was told at some length among what a buyer says of goods he has."""
    return bool(case.slot_value(SlotName.OWNED)) and len(matter.wish) >= LEAST_TOLD


def lacks_content(case: Case, slot: str) -> bool:
    """Whether the message gives nothing of what was asked for; who says that there is none has answered."""
    if case.message.type is MessageType.IMAGE:
        return False
    if not normalise(case.message.text).strip(" ?!.~,"):
        return True
    if case.acts.has_any(Act.LACK, Act.REFUSE, Act.DENY):
        return False
    if slot == ORDER.slot and case.acts.has_only(Act.AFFIRM):
        return True
    if slot == "address" and not holds_address(case.message.text):
        return True
    return case.acts.has_any(*_EMPTY) and Act.TELL not in case.acts


def _find_kin_memory(case: Case) -> Mapping[str, Any]:
    """What was collected for a related matter that is still open."""
    kept = (case.conversation.memory.get(intent, {}) for intent in sorted(case.kin))
    return next(
        (
            memory
            for memory in kept
            if (memory.get("collected") or memory.get("wish")) and not is_memory_expired(memory, case)
        ),
        {},
    )


def _join_wishes(earlier: str | None, now: str) -> str:
    return "；".join(words for words in (earlier, now) if words)


def _wish_text(case: Case) -> str:
    """The buyer's words; a bare order number wishes nothing."""
    number, text = case.first_entity(EntityKind.ORDER_ID), case.message.text.strip()
    return "" if number and number.text == text else text
