"""What a turn tells the shop's callback."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.delivery.callback_events import CallbackEvents
from app.delivery.payloads import OutboxWriter
from app.domain.commitment import (
    CompensationCommitment,
    CompensationKind,
    CouponCommitment,
    PromotionCommitment,
    StockCommitment,
)
from app.domain.conversation import COMPENSATION_CHOICE, Conversation, Owner, Pending
from app.domain.decision import Answer, Reason, Silent
from app.domain.events import (
    BuyerWrote,
    Event,
    MessageReceived,
    PersonSpoke,
    TicketCameBack,
    TicketChanged,
    TicketOpened,
    TicketTaken,
    TicketTransferred,
    TicketUndone,
    TicketUpdated,
    TurnAnswered,
    UrgeOpened,
)
from app.domain.handoff import TicketState
from app.domain.message import ConversationKey, Message, Sender
from app.domain.outbox import OutboxRow
from app.domain.outcome import HandoffRequest, Outcome, RecordUrge
from app.domain.reply import OutgoingReply
from app.domain.step import Step
from app.domain.understanding import IntentScore, Request
from app.domain.written_turn import Turn
from app.turns.announce import turn_answered, turn_events
from app.turns.response import answer_body
from tests.storage.builders import a_ticket

NOW = datetime(2026, 3, 2, tzinfo=UTC)
KEY = ConversationKey("demo", "webhook", "c-1")
URL = "https://shop.example/callback"
REQUEST = Request("怎么还不发", (IntentScore("delivery_urging", 0.9),))
ANSWER = Answer("delivery_urging", 0.9)


def a_turn(*commitments: Any, outcome: Outcome | None = None, **changes: Any) -> Turn:
    message = Message("m-1", KEY, Sender("b-1"), "怎么还不发", NOW, NOW)
    step = Step(REQUEST, ANSWER, outcome or Outcome("", commitments=commitments))
    return replace(Turn((message,), 0, Conversation(KEY, buyer="b-1"), {}, "t-1", NOW, steps=(step,)), **changes)


def told(turn: Turn, *, in_response: bool = True) -> list[Event]:
    """What happened in the turn."""
    answered = turn_answered(turn, turn.steps[0].verdict, NOW, in_response=in_response)
    return list(turn_events(turn, answered))


def sent(turn: Turn, *, in_response: bool = True, url: str | None = URL) -> Sequence[OutboxRow]:
    """What leaves with it."""
    outgoing = OutboxWriter(
        buyer_destination=lambda _key: url, event_destinations=lambda _shop, _kind: (url,) if url else ()
    )
    reader = CallbackEvents(outgoing, answer_body)
    return [row for event in told(turn, in_response=in_response) for row in reader.outbox_rows(event)]


def test_amends_that_were_promised_are_told_to_who_pays_them() -> None:
    made = CompensationCommitment(CompensationKind.CASH, "8800100004", Decimal(5))

    (row,) = sent(a_turn(made))

    assert (row.id, row.kind, row.destination) == ("t-1:promise", "promise.made", URL)
    (granted,) = row.payload["data"]["granted"]
    assert granted == {
        "type": "CompensationCommitment",
        "kind": "cash",
        "order_id": "8800100004",
        "amount": "5",
        "gift": "",
    }
    assert row.payload["data"]["buyer"] == "b-1"


def test_what_nobody_has_to_carry_out_is_left_out_of_a_promise() -> None:
    coupon = CouponCommitment("ten", Decimal(5), Decimal(80))

    (row,) = sent(a_turn(StockCommitment("T1", 1, available=True), coupon))

    assert [granted["type"] for granted in row.payload["data"]["granted"]] == ["CouponCommitment"]


def test_amends_only_offered_are_nobodys_to_pay_yet() -> None:
    made = CompensationCommitment(CompensationKind.CASH, "8800100004", Decimal(5))
    asked = Pending("quality_issue", COMPENSATION_CHOICE, "有点划痕", NOW)

    assert sent(a_turn(made, conversation=Conversation(KEY, buyer="b-1", pending=asked))) == []


def test_a_public_promotion_is_nobodys_task() -> None:
    assert sent(a_turn(PromotionCommitment("autumn"))) == []


def test_replies_go_out_only_where_the_response_has_gone_before_them() -> None:
    turn = a_turn(replies=(OutgoingReply("r-1", "亲，今天发出"),))

    (row,) = sent(turn, in_response=False)

    assert sent(turn) == []
    assert (row.id, row.kind) == ("r-1", "reply")
    assert row.payload["data"]["in_reply_to"] == ["m-1"]
    assert row.payload["data"]["answer"]["replies"] == [{"type": "text", "text": "亲，今天发出"}]


def test_a_shop_without_a_callback_is_told_nothing() -> None:
    made = CompensationCommitment(CompensationKind.CASH, "1", Decimal(5))

    assert sent(a_turn(made), in_response=False, url=None) == []


def test_a_message_that_waited_for_its_turn_was_told_of_when_it_came() -> None:
    assert [type(event) for event in told(a_turn())] == [MessageReceived, TurnAnswered]
    assert [type(event) for event in told(a_turn(), in_response=False)] == [TurnAnswered]


def test_an_opened_ticket_is_told_with_its_turn_and_a_growing_one_is_not_sent() -> None:
    wish = Outcome("", handoff=HandoffRequest(Reason.COMPLAINT))
    opening = a_turn(outcome=wish, ticket=a_ticket(key=KEY))
    silent = (Step(REQUEST, Silent("delivery_urging", 0.9)),)
    growing = a_turn(ticket=a_ticket(key=KEY), steps=silent)

    (opened,) = [event for event in told(opening) if isinstance(event, TicketOpened)]

    assert opened.trace_id == "t-1"
    assert [row.kind for row in sent(opening)] == ["handoff.opened"]
    assert [type(event) for event in told(growing)][-1] is TicketUpdated
    assert sent(growing) == []


@pytest.mark.parametrize("owner", [Owner.QUEUE, Owner.AGENT])
def test_a_line_of_a_buyer_whom_people_serve_is_an_event_of_its_ticket(owner: Owner) -> None:
    conversation = Conversation(KEY, owner=owner, handoff_id="t-9")
    turn = a_turn(conversation=conversation, steps=(Step(REQUEST, Silent("delivery_urging", 0.9)),))

    (wrote,) = [event for event in told(turn) if isinstance(event, BuyerWrote)]

    assert (wrote.ticket_id, wrote.owner) == ("t-9", owner)
    assert [message.text for message in wrote.messages] == ["怎么还不发"]


def test_an_urge_is_told_to_the_warehouse() -> None:
    turn = a_turn(effects=(RecordUrge("8800100004", None, "overdue"),))

    (urge,) = [event for event in told(turn) if isinstance(event, UrgeOpened)]

    assert (urge.order_id, urge.buyer) == ("8800100004", "b-1")


@pytest.mark.parametrize(("on_platform", "rows"), [(False, 1), (True, 0)])
def test_a_persons_line_is_sent_unless_the_buyer_has_it_already(on_platform: bool, rows: int) -> None:
    outgoing = OutboxWriter(lambda _key: URL, lambda _shop, _kind: ())
    spoke = PersonSpoke(
        key=KEY, at=NOW, line_id="l-1", agent="lan", text="我来", ticket=a_ticket(key=KEY), on_platform=on_platform
    )

    assert len(CallbackEvents(outgoing, answer_body).outbox_rows(spoke)) == rows


@pytest.mark.parametrize("change", [TicketTransferred, TicketCameBack, TicketTaken, TicketUndone])
def test_a_ticket_that_went_elsewhere_is_claimed_or_queued_to_the_shops_systems(change: type[TicketChanged]) -> None:
    outgoing = OutboxWriter(lambda _key: None, lambda _shop, _kind: (URL,))
    queued = a_ticket(key=KEY)
    held = replace(queued, state=TicketState.CLAIMED, claimed_by="qing")

    rows = [
        row
        for ticket in (held, queued)
        for row in CallbackEvents(outgoing, answer_body).outbox_rows(
            change(key=KEY, at=NOW, ticket=ticket, agent="lan")
        )
    ]

    told = [(row.kind, row.payload["data"]["agent"]) for row in rows]
    assert told == [("handoff.claimed", "qing"), ("handoff.released", "lan")]
