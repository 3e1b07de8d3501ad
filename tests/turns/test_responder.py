"""The way of a message, with small parts in place of the real ones."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from app.dialogue.signals import SignalDetector
from app.domain.conversation import Conversation, Owner, Pending, Slot
from app.domain.decision import Decision, Reason
from app.domain.events import TurnAnswered
from app.domain.intent_traits import IntentDirectory, IntentTraits
from app.domain.message import ConversationKey, Message, MessageContext, MessageType, Sender
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.step import Step
from app.domain.ticket import Ticket
from app.domain.understanding import DialogueContext, IntentScore, Request, Understanding, Utterance
from app.domain.written_turn import Turn
from app.errors import NotFoundError, StorageUnavailableError
from app.observability.metrics import Metrics
from app.observability.telemetry import MetricTelemetry
from app.shop.schema import ShopSettings
from app.shop.shop import Shop
from app.storage.ports import BudgetExhaustedError, ConversationMovedError, RepeatedDeliveryError, StoredAnswer
from app.tenants.registry import OpenShop, OpenShops
from app.turns.debounce import merge_messages
from app.turns.planner import TurnPlanner
from app.turns.responder import Responder
from app.turns.scene import Scene
from tests.handoff.builders import a_ticket

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
KEY = ConversationKey("demo", "webhook", "c-1")


def a_message(text: str = "有货吗", message_id: str = "m-1", **more: Any) -> Message:
    return Message(message_id, KEY, Sender("b-1"), text, NOW, NOW, **more)


class Reader:
    """Reads everything as a question about stock, and remembers what it was told of the conversation."""

    def __init__(self) -> None:
        self.contexts: list[DialogueContext] = []

    def recall_understanding(self, asked: Utterance) -> None:
        """Everything is new to it."""

    def understand_all(self, asked: Sequence[Utterance]) -> list[Understanding]:
        self.contexts += [each.context for each in asked]
        return [
            Understanding(each.text, each.text, (), (Request(each.text, (IntentScore("stock", 0.9),)),))
            for each in asked
        ]


@dataclass
class Store:
    """Keeps turns in memory; `refusals` are raised first, one a commit."""

    refusals: list[Exception] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    waiting: tuple[Message, ...] = ()
    owner: Owner = Owner.BOT
    begun: Conversation | None = None

    async def begin_turn(self, message: Message) -> Conversation | StoredAnswer:
        for turn in self.turns:
            if message.id in [answered.id for answered in turn.messages]:
                return StoredAnswer(turn.body)
        return self.state()

    def state(self) -> Conversation:
        first = self.begun or Conversation(KEY, owner=self.owner)
        last = self.turns[-1].conversation if self.turns else first
        return replace(last, version=len(self.turns))

    async def commit(self, turn: Turn) -> Mapping[str, Any]:
        if self.refusals:
            raise self.refusals.pop(0)
        self.turns.append(turn)
        return turn.body

    async def load_pending_messages(self, key: ConversationKey) -> tuple[Message, ...]:
        return self.waiting

    async def load_conversation(self, key: ConversationKey) -> Conversation | None:
        return self.state()


@dataclass
class Performer:
    """Says the same to everything, and remembers how it was asked."""

    scenes: list[Scene] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    takes: float = 0.0

    async def execute_decision(self, scene: Scene, request: Request, decision: Decision) -> Step:
        self.scenes.append(scene)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.takes)
        self.at_once -= 1
        return Step(request, decision, Outcome("有的"))


def a_responder(
    store: Store, performer: Performer | None = None, *, reader: Reader | None = None, desk: Any = None
) -> Responder:
    shop = Shop("demo", Path(), ShopSettings(name="店"))
    opened = OpenShop(shop, reader or Reader(), None, SignalDetector(), {}, {})  # type: ignore[arg-type]  # no facts are asked
    ids = count()
    return Responder(
        shops=OpenShops({"demo": opened}),
        store=store,  # type: ignore[arg-type]  # as much of a store as these tests need
        actions=performer or Performer(),  # type: ignore[arg-type]  # the same
        desk=desk,
        telemetry=MetricTelemetry(Metrics()),
        planner=TurnPlanner(IntentDirectory({"stock": IntentTraits("库存", facts_first=True)})),
        clock=lambda: NOW,
        new_id=lambda: f"id-{next(ids)}",
    )


async def test_a_message_is_answered_and_written_once() -> None:
    store = Store()

    body = await a_responder(store).respond(a_message())

    assert [reply["text"] for reply in body["replies"]] == ["有的"]
    assert [turn.expected_version for turn in store.turns] == [0]


async def test_the_same_message_gets_the_stored_body() -> None:
    responder = a_responder(store := Store())

    first = await responder.respond(a_message())
    second = await responder.respond(a_message())

    assert second == {**first, "duplicate": True}
    assert len(store.turns) == 1


async def test_a_turn_that_lost_is_computed_again() -> None:
    performer = Performer()
    store = Store(refusals=[ConversationMovedError(), ConversationMovedError()])

    await a_responder(store, performer).respond(a_message())

    assert len(performer.scenes) == 3
    assert len(store.turns) == 1


async def test_an_empty_budget_is_told_to_the_action_when_it_runs_again() -> None:
    performer = Performer()
    store = Store(refusals=[BudgetExhaustedError("coupon:5"), BudgetExhaustedError("cash")])

    await a_responder(store, performer).respond(a_message())

    assert [scene.exhausted for scene in performer.scenes] == [set(), {"coupon:5"}, {"coupon:5", "cash"}]


async def test_a_repeated_delivery_gets_the_answer_of_its_first_message() -> None:
    responder = a_responder(store := Store())
    first = await responder.respond(a_message(message_id="m-1"))
    store.refusals = [RepeatedDeliveryError("m-1")]

    second = await responder.respond(a_message(message_id="m-2"))

    assert second == {**first, "duplicate": True}


async def test_a_conversation_that_never_rests_is_an_error_and_not_a_loss() -> None:
    store = Store(refusals=[ConversationMovedError() for _ in range(50)])

    with pytest.raises(StorageUnavailableError):
        await a_responder(store).respond(a_message())

    assert store.turns == []


async def test_an_unknown_shop_is_refused_before_anything_is_read() -> None:
    message = replace(a_message(), key=ConversationKey("nowhere", "webhook", "c"))

    with pytest.raises(NotFoundError):
        await a_responder(Store()).respond(message)


@pytest.mark.parametrize("owner", [Owner.AGENT])
async def test_while_a_person_owns_the_conversation_the_bot_is_silent(owner: Owner) -> None:
    performer = Performer()

    store = Store(owner=owner)

    body = await a_responder(store, performer).respond(a_message())

    assert (body["replies"], body["decision"]["action"], body["owner"]) == ([], "silent", "agent")
    assert [event.kind for event in store.turns[0].events] == ["message.received", "turn.answered", "buyer.wrote"]
    assert performer.scenes == []


async def test_a_closed_conversation_is_the_bots_again() -> None:
    body = await a_responder(Store(owner=Owner.CLOSED)).respond(a_message())

    assert (body["owner"], body["decision"]["action"]) == ("bot", "answer")


async def test_messages_of_one_conversation_are_answered_one_after_the_other() -> None:
    performer = Performer(takes=0.01)
    responder = a_responder(store := Store(), performer)

    await asyncio.gather(*(responder.respond(a_message(message_id=f"m-{number}")) for number in range(5)))

    assert performer.most_at_once == 1
    assert [turn.expected_version for turn in store.turns] == [0, 1, 2, 3, 4]


async def test_a_burst_is_one_turn_over_every_waiting_message() -> None:
    burst = (a_message("在吗", "m-1"), a_message("茶盘", "m-2"), a_message("有货吗", "m-3"))
    store = Store(waiting=burst)

    await a_responder(store).catch_up(KEY)

    (turn,) = store.turns
    assert turn.messages == burst
    (answered,) = turn.events  # each message was told of when it came
    assert isinstance(answered, TurnAnswered)
    assert answered.message_ids == ("m-1", "m-2", "m-3")
    assert not answered.in_response
    assert turn.understanding is not None
    assert turn.understanding.normalised == "在吗，茶盘，有货吗"


async def test_catching_up_with_nothing_waiting_writes_nothing() -> None:
    store = Store()

    await a_responder(store).catch_up(KEY)

    assert store.turns == []


def test_a_burst_keeps_its_picture_and_every_id_it_names() -> None:
    one = merge_messages(
        (
            a_message("", "m-1", type=MessageType.IMAGE, context=MessageContext(order_id="8800100001")),
            a_message("坏了", "m-2", context=MessageContext(product_id="M101")),
        )
    )

    assert (one.id, one.text, one.type) == ("m-2", "坏了", MessageType.IMAGE)
    assert one.context == MessageContext(product_id="M101", order_id="8800100001")


def test_one_message_is_not_rewritten() -> None:
    message = a_message(" 有货吗 ")

    assert merge_messages((message,)) is message


@pytest.mark.parametrize("placeholder", ["[图片]", " 【照片】 ", "[image]"])
def test_a_line_that_stands_for_a_picture_counts_as_one(placeholder: str) -> None:
    alone = merge_messages((a_message(placeholder, "m-1"),))
    among = merge_messages((a_message("杯子碎了", "m-1"), a_message(placeholder, "m-2")))

    assert (alone.type, alone.text) == (MessageType.IMAGE, "")
    assert (among.type, among.text) == (MessageType.IMAGE, "杯子碎了")


def test_reordered_messages_are_read_as_they_were_sent() -> None:
    late = replace(a_message("有货吗", "m-2"), sent_at=NOW + timedelta(seconds=1))

    assert merge_messages((a_message("茶盘", "m-1"), late)).text == "茶盘，有货吗"


async def test_a_message_is_read_in_the_light_of_what_was_spoken_of_and_asked() -> None:
    reader, store = Reader(), Store()
    asked = Pending("delivery_urging", "order", "怎么还不发货", NOW)
    slots = {"product": Slot("K", NOW + timedelta(hours=1)), "order": Slot("8800", NOW + timedelta(hours=1))}
    store.begun = Conversation(KEY, last_intent="stock", pending=asked, slots=slots)

    await a_responder(store, reader=reader).respond(a_message())

    assert reader.contexts[0] == DialogueContext(
        asked_intent="delivery_urging", asked_slot="order", last_intent="stock", product_id="K", order_id="8800"
    )


class Desk:
    """Takes over with one sentence."""

    async def escalate(self, scene: Scene, steps: tuple[Step, ...]) -> tuple[Ticket, str]:
        return a_ticket(), "我帮您转给同事~"


class InTurn(Performer):
    """Answers the requests of a message one after the other with the outcomes it is given."""

    def __init__(self, *outcomes: Outcome) -> None:
        super().__init__()
        self._outcomes = iter(outcomes)

    async def execute_decision(self, scene: Scene, request: Request, decision: Decision) -> Step:
        return Step(request, decision, next(self._outcomes))


class TwoRequests(Reader):
    """Reads every message as two requests."""

    def understand_all(self, asked: Sequence[Utterance]) -> list[Understanding]:
        return [
            replace(each, requests=each.requests * 2, whole=each.requests[0]) for each in super().understand_all(asked)
        ]


QUESTION = Outcome("请问是哪一款呢", asks=Pending("stock", "sku", "有货吗", NOW))
WISH = Outcome("这个我查不到", handoff=HandoffRequest(Reason.AFTER_SALES))


@pytest.mark.parametrize("outcomes", [(QUESTION, WISH), (WISH, QUESTION)])
async def test_a_question_of_ours_does_not_stand_beside_a_handoff(outcomes: tuple[Outcome, ...]) -> None:
    store = Store()

    body = await a_responder(store, InTurn(*outcomes), reader=TwoRequests(), desk=Desk()).respond(a_message())

    assert [reply["text"] for reply in body["replies"]] == ["这个我查不到\n我帮您转给同事~"]
    after = store.turns[0].conversation
    assert (after.owner, after.pending) == (Owner.QUEUE, None)


async def test_an_answer_stays_beside_a_handoff() -> None:
    performer = InTurn(Outcome("有货的"), WISH)

    body = await a_responder(Store(), performer, reader=TwoRequests(), desk=Desk()).respond(a_message())

    assert body["replies"][0]["text"].startswith("有货的\n这个我查不到")


async def test_a_message_that_people_have_to_answer_starts_the_clock_of_its_ticket() -> None:
    store = Store()
    store.begun = Conversation(KEY, owner=Owner.AGENT, handoff_id="t-1")

    await a_responder(store).respond(a_message())

    wait = store.turns[0].wait
    assert wait is not None
    assert (wait.ticket_id, wait.since, wait.due) == ("t-1", NOW, NOW + timedelta(minutes=3))


async def test_the_turn_that_opens_a_ticket_starts_its_clock_and_is_named_by_it() -> None:
    store = Store()

    await a_responder(store, InTurn(WISH), desk=Desk()).respond(a_message())

    (turn,) = store.turns
    assert turn.ticket is not None
    assert turn.wait is not None
    assert (turn.wait.ticket_id, turn.ticket.trace_id) == (turn.ticket.id, turn.trace_id)


@pytest.mark.parametrize("begun", [Conversation(KEY), Conversation(KEY, owner=Owner.AGENT)])
async def test_where_the_bot_answers_or_no_ticket_is_open_nobody_is_waited_for(begun: Conversation) -> None:
    store = Store()
    store.begun = begun

    await a_responder(store).respond(a_message())

    assert store.turns[0].wait is None
