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
from intents._framework.contract import Case, IntentAction, Said
from intents._kit.orders import (
    OrderFound,
    OrderMissing,
    OrderSearch,
    OrdersFound,
    OrderUnknown,
    find_order,
    order_options,
    tail,
)

MATTER_FORGOTTEN_AFTER: Final = timedelta(hours=2)
NEARLY: Final = 0.9
_CALL: Final = re.compile("^(?:亲|您好)，")


def reply(*parts: Said, **outcome: Any) -> Outcome:
    """An outcome that says the parts one after the other, calling the buyer once."""
    first, *rest = (part.text for part in parts)
    text = "".join([first, *(_CALL.sub("", later) for later in rest)])
    return Outcome(text=text, used_replies=tuple(part.variant for part in parts), **outcome)


def policy_of(case: Case) -> FaqEntry | None:
    """The shop's own answer that this request may mean and that stands under this intent's Chinese title.

    That intent and category agree carries an entry the ranking alone was not quite sure of.
    """
    least = case.shop.settings.thresholds.answer * NEARLY
    likely = {score.entry_id: score.confidence for score in case.request.faqs if score.confidence >= least}
    known = [entry for entry_id in likely if (entry := case.shop.entries.get(entry_id))]
    mine = [entry for entry in known if stands_under(entry.category, case.replies.title)]
    return max(mine, key=lambda entry: likely[entry.entry_id], default=None)


def untold_policy(case: Case) -> FaqEntry | None:
    """The same, unless it was just told."""
    entry = policy_of(case)
    return entry if entry and not just_told(case.conversation, entry) else None


def best_entry(case: Case) -> FaqEntry | None:
    """The shop's own words where the ranking is sure of them, else its policy; not what was just told."""
    best = case.request.faqs[0] if case.request.faqs else None
    if best and best.confidence >= case.shop.settings.thresholds.answer:
        entry = case.shop.entries.get(best.entry_id)
        return entry if entry and not just_told(case.conversation, entry) else None
    return untold_policy(case)


def told_line(entry: FaqEntry) -> str:
    """How the brief says that the entry was told."""
    return f"按常见问题「{entry.question}」回答"


def just_told(conversation: Conversation, entry: FaqEntry) -> bool:
    """Whether this was among our last two answers: who comes back with the matter needs more than the same words."""
    return told_line(entry) in conversation.tried[-2:]


def stands_under(category: str, title: str) -> bool:
    """Whether a shop's own category means the intent: 退换货 and 质量问题 stand under 退换货/退款 and 质量/破损."""
    return bool(category) and any(part in category or category in part for part in title.split("/"))


def from_policy(case: Case, entry: FaqEntry) -> Outcome:
    """The shop's own words, quoted as a fact of the shop's folder."""
    as_of = case.shop.loaded_at or case.now
    fact = Fact(FactKind.CATALOGUE, entry, f"files {entry.source or entry.entry_id}", as_of)
    text = entry.answer.replace("{address}", case.shop.settings.tone.address)
    return Outcome(text=text, facts=(fact,), tried=told_line(entry), faq=entry.entry_id)


def asking(case: Case, slot: str, **options: Any) -> Pending:
    """Our question about `slot`, which the next message may answer."""
    return Pending(intent=case.intent, slot=slot, text=case.message.text, asked_at=case.now, **options)


def handing_over(case: Case, reason: Reason, wish: str, **request: Any) -> HandoffRequest:
    """The wish for a person, with the buyer's own words in it."""
    return HandoffRequest(reason=reason, wish=f"{wish}（买家：{case.message.text.strip()[:80]}）", **request)


def remembered(case: Case) -> dict[str, Any]:
    """This intent's memory while its matter is still the same one."""
    memory = case.memory
    return {} if _forgotten(memory, case) else memory


def _forgotten(memory: Mapping[str, Any], case: Case) -> bool:
    opened = memory.get("at")
    return not opened or case.now - datetime.fromisoformat(opened) > MATTER_FORGOTTEN_AFTER


def awaited(case: Case) -> str | None:
    """The slot this intent asked for in the turn before, if it still waits for it."""
    pending = case.conversation.pending
    return pending.slot if pending and pending.intent == case.intent else None


class PolicyAction(IntentAction):
    """Answers from the shop's FAQ, else with the intent's own `answer`, else gives the question to a person."""

    async def answer(self, case: Case) -> Outcome:
        """The policy's words, the general ones, or a handoff with the question."""
        entry = untold_policy(case)
        return from_policy(case, entry) if entry else self.general(case)

    def general(self, case: Case) -> Outcome:
        """What the intent can say without the shop's own words, once: who asks again needs a person."""
        if not case.replies.has("answer") or remembered(case):
            return self.unknown(case)
        return reply(case.replies.say("answer"), memory={"at": case.now.isoformat()}, tried="按通用说明回答")

    def unknown(self, case: Case) -> Outcome:
        """Nothing known: say so kindly and give it to a person."""
        return reply(
            case.replies.say("unknown"),
            handoff=handing_over(case, Reason.LOW_CONFIDENCE, "店铺资料里没有答案"),
            memory={},
        )


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to ask for: its slot, its name for agents, and the key of the question."""

    slot: str
    title: str
    ask: str


ORDER: Final = Need("order", "订单号", "ask_order")
PHOTO: Final = Need("photo", "照片", "ask_photo")
WITH_BUYER: Final = frozenset({OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED, OrderState.REFUNDING})
TROUBLE: Final = frozenset({"quality_issue", "wrong_or_missing_item", "return_refund", "warranty_repair"})
DETAIL: Final = Need("detail", "情况说明", "ask_detail")


@dataclass(frozen=True, slots=True)
class Matter:
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
    def order(self) -> Order | None:
        """The order, when exactly one was found."""
        return self.search.fact.value if isinstance(self.search, OrderFound) else None

    @property
    def facts(self) -> tuple[Fact[Any], ...]:
        """The order as a fact, or what several hold."""
        if isinstance(self.search, OrdersFound):
            return self.search.facts
        return (self.search.fact,) if isinstance(self.search, OrderFound) else ()

    def memory(self, now: datetime, **changes: Any) -> dict[str, Any]:
        """The document the next turn reads."""
        kept = {"wish": self.wish, "collected": dict(self.collected), "asked": list(self.asked), "at": now.isoformat()}
        return kept | changes


class CollectAction(IntentAction):
    """Asks once for each thing a person will need, then hands over with all that was given."""

    needs: ClassVar[tuple[Need, ...]] = (ORDER,)
    states: ClassVar[frozenset[OrderState]] = frozenset(OrderState)  # of the orders it is likely about
    kin: ClassVar[frozenset[str]] = frozenset()  # intents whose open matter may turn into this one
    reason: ClassVar[Reason] = Reason.AFTER_SALES
    group: ClassVar[Group | None] = None  # whose it is whatever the reason; None leaves it to the intent's own
    wish: ClassVar[str] = ""

    async def answer(self, case: Case) -> Outcome:
        """The next question, what the order's state calls for, or the handoff."""
        matter = await self.gather(case)
        special = await self.by_state(case, matter)
        if special:
            return special
        missing = next((need for need in self.needs if self.lacks(matter, need)), None)
        return self.ask(case, matter, missing) if missing else await self.finish(case, matter)

    async def by_state(self, case: Case, matter: Matter) -> Outcome | None:
        """A different answer where the order's state calls for one."""
        del case, matter
        return None

    async def gather(self, case: Case) -> Matter:
        """What earlier turns collected, with what this message adds."""
        before = remembered(case)
        kindred = {} if before.get("asked") else self._kindred(case)
        collected = {**kindred.get("collected", {}), **before.get("collected", {})}
        collected.update(self.read(case, awaited(case)))
        search = await find_order(case, self.states)
        if isinstance(search, OrderMissing):
            search = await find_order(case)
        if isinstance(search, OrderFound):
            collected["order"] = search.fact.value.order_id
        return Matter(
            wish=before.get("wish") or _both(kindred.get("wish"), _wish(case)),
            search=search,
            collected=collected,
            asked=tuple(before.get("asked", ())),
            fresh=not before.get("asked"),
        )

    def _kindred(self, case: Case) -> Mapping[str, Any]:
        """What was collected for a related matter that is still open."""
        kept = (case.conversation.memory.get(intent, {}) for intent in sorted(self.kin - {case.intent}))
        return next((memory for memory in kept if memory.get("collected") and not _forgotten(memory, case)), {})

    def read(self, case: Case, waiting: str | None) -> dict[str, str]:
        """What this message gives: a picture, or the words asked for."""
        if case.message.type is MessageType.IMAGE:
            return {"photo": "买家已发图片"}
        if waiting in {None, "order", "photo"}:
            return {}
        return {str(waiting): case.message.text.strip()}

    def lacks(self, matter: Matter, need: Need) -> bool:
        """Whether this is missing and was not asked for yet; a wrong number or an unclear choice is asked twice."""
        most = 2 if need is ORDER and isinstance(matter.search, OrderUnknown | OrdersFound) else 1
        return need.slot not in matter.collected and matter.asked.count(need.slot) < most

    def ask(self, case: Case, matter: Matter, need: Need) -> Outcome:
        """The question for one need, after a first word on the matter itself."""
        opening = self.opening(case, matter) if matter.fresh else ()
        question, options = self._question(case, matter, need)
        return reply(
            *opening,
            question,
            facts=matter.facts,
            asks=asking(case, need.slot, **options),
            memory=matter.memory(case.now, asked=[*matter.asked, need.slot]),
            slots=self.slots(matter),
            tried=f"已询问{need.title}",
        )

    async def finish(self, case: Case, matter: Matter) -> Outcome:
        """Hand over with everything."""
        opening = self.opening(case, matter) if matter.fresh else ()
        return reply(
            *opening,
            case.replies.say("recorded"),
            facts=matter.facts,
            handoff=self.request(case, matter),
            memory={},
            slots=self.slots(matter),
        )

    def opening(self, case: Case, matter: Matter) -> tuple[Said, ...]:
        """The first word on the matter, before the first question."""
        del matter
        return (case.replies.say("opening"),) if case.replies.has("opening") else ()

    def request(self, case: Case, matter: Matter, **more: Any) -> HandoffRequest:
        """What a person gets."""
        del case
        wish = f"{self.wish}（买家：{matter.wish[:80]}）" if matter.wish else self.wish
        request = HandoffRequest(
            self.reason,
            wish,
            collected=self.in_words(matter),
            group=self.group,
        )
        return replace(request, **more)

    def in_words(self, matter: Matter) -> dict[str, str]:
        """What was collected, by its Chinese name."""
        given = {need.title: matter.collected[need.slot] for need in self.needs if need.slot in matter.collected}
        if isinstance(matter.search, OrderUnknown):
            given[ORDER.title] = f"{matter.search.number}（店铺里查不到）"
        return given

    def slots(self, matter: Matter) -> dict[str, str | None]:
        """The order is what is being talked about; a number nobody knows is forgotten."""
        if isinstance(matter.search, OrderUnknown):
            return {SlotName.ORDER: None}
        return {SlotName.ORDER: matter.order.order_id} if matter.order else {}

    def _question(self, case: Case, matter: Matter, need: Need) -> tuple[Said, dict[str, Any]]:
        if need is ORDER and isinstance(matter.search, OrdersFound):
            options = order_options(matter.search.orders, case.intent, matter.search.names)
            listed = "、".join(option.label for option in options)
            return case.replies.say("which_order", orders=listed), {"options": options}
        if need is ORDER and isinstance(matter.search, OrderUnknown):
            return case.replies.say("order_unknown", tail=tail(matter.search.number)), {}
        return case.replies.say(need.ask), {}


def _both(earlier: str | None, now: str) -> str:
    return "；".join(words for words in (earlier, now) if words)


def _wish(case: Case) -> str:
    """The buyer's words; a bare order number wishes nothing."""
    number, text = case.entity(EntityKind.ORDER_ID), case.message.text.strip()
    return "" if number and number.text == text else text
